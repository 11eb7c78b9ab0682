import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import Link from '@cloudscape-design/components/link';
import Modal from '@cloudscape-design/components/modal';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { JsonBlock } from '../../../ui/code-block.tsx';
import { Failure } from '../../../ui/failure.tsx';
import { Loading } from '../../../ui/page.tsx';
import { timeText } from '../../../ui/text.ts';
import { readBody, type LogRecord } from './log-records.ts';
import { useFiles } from './objects.ts';

/** A logged invocation: who, what, and both bodies. */
export function LogRecordDialog({ record, onClose }: { record: LogRecord; onClose: () => void }) {
  return (
    <Modal
      visible
      size="large"
      header={`${record.operation} ${record.requestId}`}
      closeAriaLabel="Close"
      onDismiss={onClose}
    >
      <SpaceBetween size="m">
        <KeyValuePairs
          columns={3}
          items={[
            { label: 'Time', value: timeText(record.timestamp) },
            { label: 'Model', value: record.modelId },
            { label: 'Identity', value: record.identity?.arn ?? '–' },
            { label: 'Input tokens', value: record.input?.inputTokenCount ?? '–' },
            { label: 'Output tokens', value: record.output?.outputTokenCount ?? '–' },
            {
              label: 'Request id',
              value: (
                <Link href={`#/calls/${encodeURIComponent(record.requestId)}`} onFollow={onClose}>
                  {record.requestId}
                </Link>
              ),
            },
            ...(record.errorCode === undefined ? [] : [{ label: 'Error', value: record.errorCode }]),
          ]}
        />
        <Body title="Request" body={record.input?.inputBodyJson} path={record.input?.inputBodyS3Path} />
        <Body title="Response" body={record.output?.outputBodyJson} path={record.output?.outputBodyS3Path} />
      </SpaceBetween>
    </Modal>
  );
}

/** A body; one that is a file of its own is read when it is asked for. */
function Body({ title, body, path }: { title: string; body: unknown; path: string | undefined }) {
  const [asked, setAsked] = useState(false);
  const file = useFiles(asked && path !== undefined ? ['log body', path] : undefined, (session, signal) =>
    readBody(session, path!, signal),
  );
  const shown = body ?? file.data;
  return (
    <div>
      <Box variant="h3">{title}</Box>
      {shown !== undefined ? (
        <JsonBlock value={shown} label={title} />
      ) : path === undefined ? (
        <Box color="text-status-inactive">It is not logged.</Box>
      ) : file.error ? (
        <Failure error={file.error} />
      ) : asked ? (
        <Loading />
      ) : (
        <SpaceBetween size="xs">
          <Box>It is large, and in a file of its own: {path}</Box>
          <Button onClick={() => setAsked(true)}>Read it</Button>
        </SpaceBetween>
      )}
    </div>
  );
}
