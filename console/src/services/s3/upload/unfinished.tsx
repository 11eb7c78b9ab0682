import {
  ListMultipartUploadsCommand,
  S3Client,
  type ListMultipartUploadsCommandOutput,
  type MultipartUpload,
} from '@aws-sdk/client-s3';
import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { send, useClient } from '../../../aws/call.ts';
import { useSignedIn } from '../../../aws/session.ts';
import { useAction } from '../../../ui/action.ts';
import { AskFirst } from '../../../ui/ask-first.tsx';
import { Empty } from '../../../ui/empty.tsx';
import { ResourceTable } from '../../../ui/resource-table.tsx';
import { bytesText, timeText, timeValue } from '../../../ui/text.ts';
import { storageClassText } from '../model.ts';
import { useUploadClient } from './client.ts';
import { Picker } from './dialog.tsx';
import { forgetUpload, isFileOf, useUploadRecords, type UploadRecord } from './records.ts';
import { resumeUpload, useUploads } from './store.ts';
import { abortUpload } from './transfer.ts';

/** The uploads that this browser began and that nothing goes on with: after a reload, or in another tab. */
function useUnfinished(bucket: string | undefined): UploadRecord[] {
  const { account } = useSignedIn();
  const { uploads } = useUploads();
  const here = new Set(uploads.map(({ uploadId }) => uploadId));
  return useUploadRecords().filter(
    (record) =>
      record.account === account && (bucket === undefined || record.bucket === bucket) && !here.has(record.uploadId),
  );
}

/** Offers to go on with them. */
export function UnfinishedHere({ bucket }: { bucket: string | undefined }) {
  const records = useUnfinished(bucket);
  if (records.length === 0) return null;
  return (
    <SpaceBetween size="s">
      {records.slice(0, 5).map((record) => (
        <Unfinished key={record.uploadId} record={record} />
      ))}
      {records.length > 5 && <Alert type="info">{records.length - 5} more uploads are unfinished.</Alert>}
    </SpaceBetween>
  );
}

function Unfinished({ record }: { record: UploadRecord }) {
  const { bucket, key, name, size, lastModified, uploadId } = record;
  const client = useUploadClient();
  const { arn, account } = useSignedIn();
  const [wrong, setWrong] = useState<string>();
  const aborting = useAction(async () => {
    await abortUpload(client, bucket, key, uploadId);
    forgetUpload(uploadId);
  });
  return (
    <Alert
      type={wrong === undefined ? 'warning' : 'error'}
      header={`The upload of ${name} is unfinished`}
      action={
        <SpaceBetween direction="horizontal" size="xs">
          <Picker
            label={`Choose ${name} again`}
            onFiles={(chosen) => {
              const found = chosen.find(({ file }) => isFileOf(record, file));
              if (found) resumeUpload({ client, arn, account }, record, found.file);
              else
                setWrong(
                  `${chosen.map(({ file }) => `${file.name} (${bytesText(file.size)}, ${timeText(file.lastModified)})`).join(', ')} is another file.`,
                );
            }}
          />
          <Button
            loading={aborting.pending}
            ariaLabel={`Abort the upload of ${name}`}
            onClick={() => void aborting.run()}
          >
            Abort
          </Button>
        </SpaceBetween>
      }
    >
      {wrong !== undefined && <div>{wrong}</div>}
      To <strong>{`${bucket}/${key}`}</strong>: {bytesText(size)}, changed {timeText(lastModified)}. Choose the same
      file again, and the parts that are missing are sent.
    </Alert>
  );
}

/** All unfinished uploads in parts of a bucket, whoever began them. */
export function UnfinishedUploads({ bucket }: { bucket: string }) {
  const client = useClient(S3Client);
  const uploads = useAllUploads(bucket);
  const [selected, setSelected] = useState<MultipartUpload[]>([]);
  const [asking, setAsking] = useState(false);
  return (
    <>
      <ResourceTable<MultipartUpload>
        title="Unfinished multipart uploads"
        description="What was sent of them is stored, though no object has it. Those of this browser are resumed on Objects."
        noun="upload"
        items={uploads.data}
        error={uploads.error}
        refresh={() => void uploads.refetch()}
        refreshing={uploads.isFetching}
        idOf={({ Key, UploadId }) => `${Key} ${UploadId}`}
        selection="multi"
        selected={selected}
        onSelect={setSelected}
        columns={[
          { id: 'key', header: 'Key', isRowHeader: true, cell: ({ Key }) => Key },
          {
            id: 'initiated',
            header: 'Initiated',
            value: ({ Initiated }) => timeValue(Initiated),
            cell: ({ Initiated }) => timeText(Initiated),
          },
          { id: 'class', header: 'Storage class', cell: ({ StorageClass }) => storageClassText(StorageClass) },
          { id: 'id', header: 'Upload ID', cell: ({ UploadId }) => UploadId },
        ]}
        actions={
          <Button disabled={selected.length === 0} onClick={() => setAsking(true)}>
            Abort uploads
          </Button>
        }
        empty={
          <Empty title="No unfinished uploads">
            A lifecycle rule can abort those that come to be, some days after they began.
          </Empty>
        }
      />
      {asking && (
        <AskFirst
          title="Abort uploads"
          action="Abort"
          act={async (signal) => {
            for (const { Key, UploadId } of selected) {
              signal.throwIfAborted();
              await abortUpload(client, bucket, Key!, UploadId!);
              forgetUpload(UploadId!);
            }
            setSelected([]);
            await uploads.refetch();
          }}
          close={() => setAsking(false)}
        >
          What was sent of {selected.length === 1 ? 'the upload' : `${selected.length} uploads`} is deleted. It cannot
          be resumed.
        </AskFirst>
      )}
    </>
  );
}

/** Two markers carry the list on: a key may have many uploads. */
function useAllUploads(bucket: string) {
  const client = useClient(S3Client);
  const { arn, region } = useSignedIn();
  return useQuery({
    queryKey: [arn, region, 'S3', 'ListMultipartUploads', 'all', bucket],
    queryFn: async ({ signal }) => {
      const found: MultipartUpload[] = [];
      let marker: { KeyMarker?: string; UploadIdMarker?: string } | undefined = {};
      while (marker) {
        const page: ListMultipartUploadsCommandOutput = await send(
          client,
          ListMultipartUploadsCommand,
          { Bucket: bucket, ...marker },
          signal,
        );
        found.push(...(page.Uploads ?? []));
        marker = page.IsTruncated
          ? { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker }
          : undefined;
      }
      return found;
    },
  });
}
