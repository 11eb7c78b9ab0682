import { CopyObjectCommand, DeleteObjectCommand, ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import Alert from '@cloudscape-design/components/alert';
import Autosuggest from '@cloudscape-design/components/autosuggest';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import Modal from '@cloudscape-design/components/modal';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { send, useAllPages, useClient } from '../../aws/call.ts';
import { factsOf, isAbort } from '../../aws/failure.ts';
import { tellSuccess } from '../../shell/notices.tsx';
import { BatchProgress, useBatch, type BatchReport } from './batch.tsx';
import { objectsBelow } from './everything.ts';
import { folderOf, copySource, nameOf } from './model.ts';
import type { Entry } from './listing.ts';

const AT_ONCE = 4;
const WORDS = {
  copy: { title: 'Copy', doing: 'Copying', done: 'copied' },
  move: { title: 'Move', doing: 'Moving', done: 'moved' },
  rename: { title: 'Rename', doing: 'Renaming', done: 'renamed' },
};

/** Copies objects and folders; moved and renamed ones are deleted where they were, once they are copied. */
export function CopyObjects(props: {
  mode: 'copy' | 'move' | 'rename';
  bucket: string;
  prefix: string;
  entries: Entry[];
  onClose: (changed: boolean) => void;
}) {
  const { mode, bucket, prefix, entries, onClose } = props;
  const client = useClient(S3Client);
  const buckets = useAllPages(
    S3Client,
    ListBucketsCommand,
    {},
    { items: ({ Buckets }) => Buckets, input: 'ContinuationToken' },
  );
  const batch = useBatch();
  const [begun, setBegun] = useState(false);
  const [toBucket, setToBucket] = useState(bucket);
  const [toPrefix, setToPrefix] = useState(prefix);
  const [name, setName] = useState(nameOf(entries[0]!.key));
  const words = WORDS[mode];
  const folder = toPrefix === '' || toPrefix.endsWith('/') ? toPrefix : `${toPrefix}/`;
  const fault =
    mode === 'rename'
      ? name === entries[0]!.name && 'This is its name already.'
      : toBucket === bucket && folder === prefix
        ? 'They are there already: choose another folder or bucket.'
        : toBucket === bucket &&
          entries.some(({ kind, key }) => kind === 'folder' && folder.startsWith(key)) &&
          'A folder cannot be copied into itself.';

  async function copyOne(from: string, to: string, { signal, did, failed }: BatchReport) {
    try {
      await send(
        client,
        CopyObjectCommand,
        { Bucket: toBucket, Key: to, CopySource: copySource(bucket, from) },
        signal,
      );
      if (mode !== 'copy') await send(client, DeleteObjectCommand, { Bucket: bucket, Key: from }, signal);
      did(1);
    } catch (error) {
      if (isAbort(error) || signal.aborted) throw error;
      const { name, message, requestId } = factsOf(error);
      failed({ what: from, name, message, requestId });
    }
  }

  async function start() {
    setBegun(true);
    let count = 0;
    const whole = await batch.run(async (report) => {
      const pairs: { from: string; to: string }[] = [];
      for (const { kind, key } of entries)
        if (kind === 'object')
          pairs.push({ from: key, to: mode === 'rename' ? folderOf(key) + name : folder + nameOf(key) });
        else
          for await (const page of objectsBelow(client, bucket, key, report.signal))
            for (const { key: from } of page) pairs.push({ from, to: folder + from.slice(folderOf(key).length) });
      count = pairs.length;
      report.total(count);
      const worker = async () => {
        for (let pair = pairs.shift(); pair; pair = pairs.shift()) await copyOne(pair.from, pair.to, report);
      };
      await Promise.all(Array.from({ length: AT_ONCE }, worker));
    });
    if (whole) {
      tellSuccess(`${count === 1 ? '1 object is' : `${count} objects are`} ${words.done}.`);
      onClose(true);
    }
  }

  return (
    <Modal
      visible
      header={mode === 'rename' ? `Rename ${entries[0]!.name}` : `${words.title} ${entries.length} chosen`}
      closeAriaLabel="Close"
      onDismiss={() => {
        if (!batch.running) onClose(begun);
      }}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            {batch.running ? (
              <Button onClick={batch.cancel}>Stop</Button>
            ) : (
              <Button variant="link" onClick={() => onClose(begun)}>
                {begun ? 'Close' : 'Cancel'}
              </Button>
            )}
            <Button
              variant="primary"
              loading={batch.running}
              disabled={fault !== false || (mode === 'rename' && name === '')}
              onClick={() => void start()}
            >
              {words.title}
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="m">
        {mode === 'rename' ? (
          <FormField
            label="New name"
            description="The object is copied to its new key, then deleted under the old one."
          >
            <Input value={name} onChange={({ detail }) => setName(detail.value)} />
          </FormField>
        ) : (
          <>
            <FormField label="Destination bucket">
              <Autosuggest
                value={toBucket}
                onChange={({ detail }) => setToBucket(detail.value)}
                options={(buckets.data ?? []).map(({ Name }) => ({ value: Name! }))}
                enteredTextLabel={(value) => `Use ${value}`}
                ariaLabel="Destination bucket"
              />
            </FormField>
            <FormField
              label="Destination folder"
              constraintText="Empty: the bucket itself."
              errorText={begun ? undefined : fault}
            >
              <Input value={toPrefix} onChange={({ detail }) => setToPrefix(detail.value)} />
            </FormField>
            {mode === 'move' && (
              <Alert type="info">Each object is copied and then deleted here. What fails to be copied stays.</Alert>
            )}
          </>
        )}
        <BatchProgress batch={batch} label={words.doing} noun="objects" />
      </SpaceBetween>
    </Modal>
  );
}
