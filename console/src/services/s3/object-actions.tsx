import { CopyObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import Modal from '@cloudscape-design/components/modal';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { useEffect, useRef, useState, type ReactNode } from 'react';
import { useClient, useSend } from '../../aws/call.ts';
import { isAbort } from '../../aws/failure.ts';
import { tellSuccess } from '../../shell/notices.tsx';
import { Failure } from '../../ui/failure.tsx';
import { FormModal } from '../../ui/form-modal.tsx';
import { bytesText } from '../../ui/text.ts';
import { BatchProgress, useBatch } from './batch.tsx';
import { deleteAll, objectsBelow, versionsBelow } from './everything.ts';
import { TypedConfirmation } from './fields.tsx';
import type { Entry } from './listing.ts';
import { copySource } from './model.ts';

type OnClose = (changed: boolean) => void;

/** A form with one thing to do; tells whether it was done. */
export function ActionDialog(props: {
  title: string;
  action: string;
  disabled?: boolean;
  act: (signal: AbortSignal) => Promise<unknown>;
  onClose: OnClose;
  children: ReactNode;
}) {
  const { title, action, act, onClose } = props;
  const done = useRef(false);
  return (
    <FormModal
      title={title}
      action={action}
      disabled={props.disabled ?? false}
      submit={async (signal) => {
        await act(signal);
        done.current = true;
      }}
      close={() => onClose(done.current)}
    >
      {props.children}
    </FormModal>
  );
}

/** An empty object whose key ends with a slash: what S3 has for a folder. */
export function CreateFolder({ bucket, prefix, onClose }: { bucket: string; prefix: string; onClose: OnClose }) {
  const send = useSend(S3Client);
  const [name, setName] = useState('');
  const fault = name.includes('/') ? 'A name of a folder has no slash.' : undefined;
  return (
    <ActionDialog
      title="Create folder"
      action="Create folder"
      disabled={name === '' || fault !== undefined}
      act={() => send(PutObjectCommand, { Bucket: bucket, Key: `${prefix}${name}/`, Body: '' })}
      onClose={onClose}
    >
      <FormField
        label="Folder name"
        description="S3 has no folders: an empty object is put whose key ends with a slash."
        errorText={fault}
      >
        <Input value={name} onChange={({ detail }) => setName(detail.value)} />
      </FormField>
    </ActionDialog>
  );
}

/** Deletes objects and all that is in folders; with versions shown, versions for ever. */
export function DeleteEntries(props: { bucket: string; entries: Entry[]; versions: boolean; onClose: OnClose }) {
  const { bucket, entries, versions, onClose } = props;
  const client = useClient(S3Client);
  const batch = useBatch();
  const [begun, setBegun] = useState(false);
  const folders = entries.filter(({ kind }) => kind === 'folder');
  async function remove() {
    setBegun(true);
    const whole = await batch.run(async (report) => {
      if (folders.length === 0) report.total(entries.length);
      await deleteAll(
        client,
        bucket,
        entries.filter(({ kind }) => kind !== 'folder'),
        report,
      );
      for (const { key } of folders)
        for await (const page of (versions ? versionsBelow : objectsBelow)(client, bucket, key, report.signal))
          await deleteAll(client, bucket, page, report);
    });
    if (whole) {
      tellSuccess(versions ? 'The versions are deleted for ever.' : 'The objects are deleted.');
      onClose(true);
    }
  }
  return (
    <TypedConfirmation
      title={versions ? 'Delete versions permanently' : 'Delete objects'}
      word={versions ? 'permanently delete' : 'delete'}
      action={versions ? 'Delete permanently' : 'Delete'}
      pending={batch.running}
      finished={begun && !batch.running}
      onConfirm={() => void remove()}
      onCancel={batch.cancel}
      onClose={() => onClose(begun)}
    >
      <Alert type="warning">
        {versions
          ? 'These versions and delete markers are deleted for ever. An object whose delete marker is deleted is back.'
          : 'Where the bucket keeps versions, a delete marker hides each object and it can be brought back; otherwise it is gone.'}
      </Alert>
      <ul className="s3-words">
        {entries.slice(0, 10).map(({ id, kind }) => (
          <li key={id}>
            <code>{id}</code>
            {kind === 'folder' && ' and all that is in it'}
          </li>
        ))}
        {entries.length > 10 && <li>and {(entries.length - 10).toLocaleString('en')} more</li>}
      </ul>
      <BatchProgress batch={batch} label="Deleting" noun="objects" />
    </TypedConfirmation>
  );
}

/** Makes an older version the current one, by a copy of it; the others stay. */
export function RestoreVersions({ bucket, entry, onClose }: { bucket: string; entry: Entry; onClose: OnClose }) {
  const send = useSend(S3Client);
  const { key, versionId } = entry;
  return (
    <ActionDialog
      title="Make current version"
      action="Make current"
      act={async () => {
        await send(CopyObjectCommand, { Bucket: bucket, Key: key, CopySource: copySource(bucket, key, versionId) });
        tellSuccess(`Version ${versionId} of ${key} is copied: the copy is the current version.`);
      }}
      onClose={onClose}
    >
      <Box>
        Version <code>{versionId}</code> of <code>{key}</code> is copied over the object. The copy is a new version; all
        that are there stay.
      </Box>
    </ActionDialog>
  );
}

/** How many objects there are in what was chosen, and how large they are together. */
export function TotalSize({ bucket, entries, onClose }: { bucket: string; entries: Entry[]; onClose: OnClose }) {
  return (
    <Modal
      visible
      header="Total size"
      closeAriaLabel="Close"
      onDismiss={() => onClose(false)}
      footer={
        <Box float="right">
          <Button onClick={() => onClose(false)}>Close</Button>
        </Box>
      }
    >
      <Sum bucket={bucket} entries={entries} />
    </Modal>
  );
}

/** Counted page by page, as long as it is on screen. */
export function Sum({ bucket, entries }: { bucket: string; entries: Pick<Entry, 'kind' | 'key' | 'size'>[] }) {
  const client = useClient(S3Client);
  const [sum, setSum] = useState({ objects: 0, bytes: 0, whole: false });
  const [error, setError] = useState<unknown>();
  useEffect(() => {
    const controller = new AbortController();
    async function count() {
      const single = entries.filter(({ kind }) => kind === 'object');
      let objects = single.length;
      let bytes = single.reduce((total, { size }) => total + (size ?? 0), 0);
      for (const { key } of entries.filter(({ kind }) => kind === 'folder'))
        for await (const page of objectsBelow(client, bucket, key, controller.signal)) {
          objects += page.length;
          bytes += page.reduce((total, { size }) => total + size, 0);
          setSum({ objects, bytes, whole: false });
        }
      setSum({ objects, bytes, whole: true });
    }
    count().catch((failure: unknown) => {
      if (!isAbort(failure)) setError(failure);
    });
    return () => controller.abort();
    // oxlint-disable-next-line react/exhaustive-effect-dependencies
  }, [client, bucket, entries]);
  if (error !== undefined) return <Failure error={error} />;
  return (
    <KeyValuePairs
      columns={3}
      items={[
        { label: 'Objects', value: sum.objects.toLocaleString('en') },
        { label: 'Size', value: bytesText(sum.bytes) },
        {
          label: 'Count',
          value: sum.whole ? (
            <StatusIndicator type="success">Complete</StatusIndicator>
          ) : (
            <StatusIndicator type="loading">Counting</StatusIndicator>
          ),
        },
      ]}
    />
  );
}
