import { DeleteBucketCommand, S3Client } from '@aws-sdk/client-s3';
import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import { useState } from 'react';
import { useClient, useSend } from '../../aws/call.ts';
import { tellSuccess } from '../../shell/notices.tsx';
import { BatchProgress, useBatch } from './batch.tsx';
import { deleteAll, versionsBelow } from './everything.ts';
import { TypedConfirmation, TypedField } from './fields.tsx';
import { ActionDialog } from './object-actions.tsx';

type Props = {
  bucket: string;
  /** `changed`: something is otherwise than before. */
  onClose: (changed: boolean) => void;
};

/** Deletes all objects of a bucket, with all versions and delete markers. */
export function EmptyBucket({ bucket, onClose }: Props) {
  const client = useClient(S3Client);
  const batch = useBatch();
  const [begun, setBegun] = useState(false);
  async function empty() {
    setBegun(true);
    await batch.run(async (report) => {
      for await (const page of versionsBelow(client, bucket, '', report.signal))
        await deleteAll(client, bucket, page, report);
    });
  }
  return (
    <TypedConfirmation
      title={`Empty bucket ${bucket}`}
      word="permanently delete"
      action="Empty"
      pending={batch.running}
      finished={begun && !batch.running}
      onConfirm={() => void empty()}
      onCancel={batch.cancel}
      onClose={() => onClose(begun)}
    >
      <Alert type="warning">
        Every object in <strong>{bucket}</strong> is deleted, with all its versions and delete markers. This cannot be
        undone.
      </Alert>
      <BatchProgress batch={batch} label="Deleting" noun="versions and delete markers" />
      {begun && !batch.running && batch.done === 0 && batch.errors.length === 0 && (
        <Box>There was nothing in the bucket.</Box>
      )}
    </TypedConfirmation>
  );
}

/** Deletes an empty bucket. */
export function DeleteBucket({ bucket, onClose }: Props) {
  const send = useSend(S3Client);
  const [typed, setTyped] = useState('');
  return (
    <ActionDialog
      title={`Delete bucket ${bucket}`}
      action="Delete bucket"
      disabled={typed !== bucket}
      act={async (signal) => {
        await send(DeleteBucketCommand, { Bucket: bucket }, signal);
        tellSuccess(`Bucket ${bucket} is deleted.`);
      }}
      onClose={onClose}
    >
      <Alert type="warning">A bucket is deleted only where it is empty: empty it first. Its name is free again.</Alert>
      <TypedField word={bucket} value={typed} onChange={setTyped} />
    </ActionDialog>
  );
}
