import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import FormField from '@cloudscape-design/components/form-field';
import Modal from '@cloudscape-design/components/modal';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table from '@cloudscape-design/components/table';
import { useRef, useState } from 'react';
import { useSignedIn } from '../../../aws/session.ts';
import { bytesText } from '../../../ui/text.ts';
import { DropZone } from '../drop-zone.tsx';
import { encryptionOf } from '../encryption.ts';
import { EncryptionField, PairsField, StorageClassField, type Encryption, type Pair } from '../fields.tsx';
import { faultOfTags, tagging } from '../model.ts';
import { filesOfPicker, typeOfFile, type Chosen } from './choose.ts';
import { useUploadClient } from './client.ts';
import { startUploads } from './store.ts';

const SHOWN_MAX = 50;
const TAGS_MAX = 10;
const METADATA_MAX = 50;

/** What is uploaded, and as what. */
export function UploadDialog(props: { bucket: string; prefix: string; chosen: Chosen[]; onClose: () => void }) {
  const { bucket, prefix, onClose } = props;
  const client = useUploadClient();
  const { arn, account } = useSignedIn();
  const [chosen, setChosen] = useState(props.chosen);
  const [storageClass, setStorageClass] = useState('STANDARD');
  const [encryption, setEncryption] = useState<Encryption>({ algorithm: '', keyId: '' });
  const [tags, setTags] = useState<Pair[]>([]);
  const [metadata, setMetadata] = useState<Pair[]>([]);
  const [tried, setTried] = useState(false);
  const tagsFault = faultOfTags(tags);
  const metadataFault = metadata.some(({ Key }) => !/^[\w!#$%&'*+.^`|~-]+$/.test(Key))
    ? 'Keys of metadata have letters, digits and signs, and no spaces.'
    : undefined;
  // Of two files of one path the last is meant.
  const more = (files: Chosen[]) =>
    setChosen((before) => [...new Map([...before, ...files].map((one) => [one.path, one])).values()]);

  function start() {
    setTried(true);
    if (tagsFault || metadataFault) return;
    startUploads({ client, arn, account }, bucket, prefix, chosen, {
      ...(storageClass === 'STANDARD' ? {} : { StorageClass: storageClass as 'STANDARD_IA' }),
      ...encryptionOf(encryption),
      ...(tags.length === 0 ? {} : { Tagging: tagging(tags) }),
      ...(metadata.length === 0
        ? {}
        : { Metadata: Object.fromEntries(metadata.map(({ Key, Value }) => [Key, Value])) }),
    });
    onClose();
  }

  return (
    <Modal
      visible
      size="large"
      header={`Upload to ${bucket}/${prefix}`}
      closeAriaLabel="Close"
      onDismiss={onClose}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={onClose}>
              Cancel
            </Button>
            <Button variant="primary" disabled={chosen.length === 0} onClick={start}>
              Upload
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <DropZone onFiles={more}>
        <SpaceBetween size="m">
          <SpaceBetween direction="horizontal" size="xs">
            <Picker label="Add files" onFiles={more} />
            <Picker label="Add folder" folder onFiles={more} />
          </SpaceBetween>
          <Table<Chosen>
            variant="embedded"
            items={chosen.slice(0, SHOWN_MAX)}
            trackBy="path"
            ariaLabels={{ tableLabel: 'Files to upload' }}
            empty={<Box textAlign="center">Drop files or folders here, or add them.</Box>}
            columnDefinitions={[
              { id: 'name', header: 'Name', cell: ({ path }) => path, isRowHeader: true },
              { id: 'size', header: 'Size', cell: ({ file }) => bytesText(file.size) },
              { id: 'type', header: 'Type', cell: ({ file }) => typeOfFile(file) },
              {
                id: 'remove',
                header: 'Remove',
                cell: ({ path }) => (
                  <Button
                    variant="inline-icon"
                    iconName="remove"
                    ariaLabel={`Remove ${path}`}
                    onClick={() => setChosen((before) => before.filter((one) => one.path !== path))}
                  />
                ),
              },
            ]}
          />
          {chosen.length > 0 && (
            <Box>
              {chosen.length === 1 ? '1 file' : `${chosen.length.toLocaleString('en')} files`},{' '}
              {bytesText(chosen.reduce((sum, { file }) => sum + file.size, 0))}
              {chosen.length > SHOWN_MAX && ` (the first ${SHOWN_MAX} are shown)`}. What is there under the same name is
              overwritten.
            </Box>
          )}
          <ExpandableSection headerText="Properties">
            <SpaceBetween size="m">
              <StorageClassField value={storageClass} onChange={setStorageClass} />
              <EncryptionField value={encryption} onChange={setEncryption} ofBucket />
              <FormField label="Tags" errorText={tried && tagsFault}>
                <PairsField noun="tag" pairs={tags} onChange={setTags} max={TAGS_MAX} empty="No tags." />
              </FormField>
              <FormField label="Metadata" description="Kept as x-amz-meta-…" errorText={tried && metadataFault}>
                <PairsField
                  noun="metadata"
                  pairs={metadata}
                  onChange={setMetadata}
                  max={METADATA_MAX}
                  empty="No metadata."
                />
              </FormField>
            </SpaceBetween>
          </ExpandableSection>
        </SpaceBetween>
      </DropZone>
    </Modal>
  );
}

/** A button that opens the browser's picker. */
export function Picker(props: {
  label: string;
  ariaLabel?: string;
  folder?: boolean;
  onFiles: (files: Chosen[]) => void;
}) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <input
        ref={input}
        className="s3-hidden"
        type="file"
        multiple
        aria-label={props.label}
        {...(props.folder ? { webkitdirectory: '' } : {})}
        onChange={({ target }) => {
          props.onFiles(filesOfPicker(target.files));
          target.value = '';
        }}
      />
      <Button
        iconName={props.folder ? 'folder' : 'file'}
        ariaLabel={props.ariaLabel}
        onClick={() => input.current!.click()}
      >
        {props.label}
      </Button>
    </>
  );
}
