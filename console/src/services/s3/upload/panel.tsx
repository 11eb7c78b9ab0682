import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import Link from '@cloudscape-design/components/link';
import Pagination from '@cloudscape-design/components/pagination';
import ProgressBar from '@cloudscape-design/components/progress-bar';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator, { type StatusIndicatorProps } from '@cloudscape-design/components/status-indicator';
import Table from '@cloudscape-design/components/table';
import { useState } from 'react';
import { useSignedIn } from '../../../aws/session.ts';
import { Failure } from '../../../ui/failure.tsx';
import { bytesText } from '../../../ui/text.ts';
import { nameOf, objectHref } from '../model.ts';
import {
  cancelUpload,
  clearUploads,
  continueUpload,
  pauseUpload,
  useUploads,
  type Upload,
  type UploadStatus,
} from './store.ts';
import { UnfinishedHere } from './unfinished.tsx';

const ROWS = 10;
const STATUS: Record<UploadStatus, { type: StatusIndicatorProps.Type; text: string }> = {
  waiting: { type: 'pending', text: 'Waiting' },
  running: { type: 'in-progress', text: 'Uploading' },
  paused: { type: 'stopped', text: 'Paused' },
  done: { type: 'success', text: 'Uploaded' },
  failed: { type: 'error', text: 'Failed' },
  cancelled: { type: 'stopped', text: 'Cancelled' },
};
const isOpen = ({ status }: Upload) => status === 'waiting' || status === 'running';
const canGoOn = ({ status }: Upload) => status === 'paused' || status === 'failed';

/** The uploads of this tab, to one bucket or all: how far they are, and what can be done with them. */
export function UploadPanel({ bucket }: { bucket?: string }) {
  const { arn } = useSignedIn();
  const { uploads: all, bytesPerSecond } = useUploads();
  const [page, setPage] = useState(1);
  const uploads = all.filter((one) => one.arn === arn && (bucket === undefined || one.bucket === bucket));
  if (uploads.length === 0) return <UnfinishedHere bucket={bucket} />;
  const counted = uploads.filter(({ status }) => status !== 'cancelled');
  const size = counted.reduce((sum, one) => sum + one.size, 0);
  const sent = counted.reduce((sum, one) => sum + one.sent, 0);
  const open = uploads.filter(isOpen);
  const failed = uploads.filter(({ status }) => status === 'failed').length;
  const done = uploads.filter(({ status }) => status === 'done').length;
  const left = bytesPerSecond > 0 ? Math.ceil((size - sent) / bytesPerSecond) : undefined;
  const shown = uploads.slice((page - 1) * ROWS, page * ROWS);
  return (
    <SpaceBetween size="m">
      <Container
        header={
          <Header
            variant="h2"
            counter={`(${done} of ${uploads.length})`}
            actions={
              <SpaceBetween direction="horizontal" size="xs">
                <Button disabled={open.length === 0} onClick={() => open.forEach(({ id }) => pauseUpload(id))}>
                  Pause all
                </Button>
                <Button
                  disabled={!uploads.some(canGoOn)}
                  onClick={() => uploads.filter(canGoOn).forEach(({ id }) => continueUpload(id))}
                >
                  Resume all
                </Button>
                <Button
                  disabled={open.length === 0 && !uploads.some(canGoOn)}
                  onClick={() =>
                    uploads.filter((one) => isOpen(one) || canGoOn(one)).forEach(({ id }) => cancelUpload(id))
                  }
                >
                  Cancel all
                </Button>
                <Button onClick={clearUploads}>Clear what is over</Button>
              </SpaceBetween>
            }
          >
            Uploads
          </Header>
        }
      >
        <SpaceBetween size="s">
          <ProgressBar
            label="Total"
            value={size === 0 ? (open.length === 0 ? 100 : 0) : (100 * sent) / size}
            status={open.length > 0 ? 'in-progress' : failed > 0 ? 'error' : 'success'}
            resultText={
              failed > 0
                ? `${done} of ${uploads.length} uploaded, ${failed} failed`
                : `${done} of ${uploads.length} uploaded, ${bytesText(sent)}`
            }
            description={`${bytesText(sent)} of ${bytesText(size)}`}
            additionalInfo={
              open.length > 0 &&
              `${bytesText(Math.round(bytesPerSecond))} per second${left === undefined ? '' : `, ${leftText(left)} left`}`
            }
          />
          <Table<Upload>
            variant="embedded"
            items={shown}
            trackBy="id"
            ariaLabels={{ tableLabel: 'Uploads' }}
            columnDefinitions={[
              {
                id: 'name',
                header: 'Name',
                isRowHeader: true,
                cell: ({ key, bucket: to, status }) =>
                  status === 'done' ? <Link href={objectHref(to, key)}>{nameOf(key)}</Link> : nameOf(key),
              },
              ...(bucket === undefined
                ? [{ id: 'bucket', header: 'Bucket', cell: ({ bucket: to }: Upload) => to }]
                : []),
              {
                id: 'progress',
                header: 'Progress',
                cell: (one) => (
                  <span data-testid="upload-progress">
                    {bytesText(one.sent)} of {bytesText(one.size)}
                    {one.size > 0 && ` (${Math.floor((100 * one.sent) / one.size)}%)`}
                  </span>
                ),
              },
              {
                id: 'status',
                header: 'Status',
                cell: ({ status }) => (
                  <StatusIndicator type={STATUS[status].type}>{STATUS[status].text}</StatusIndicator>
                ),
              },
              { id: 'actions', header: 'Actions', cell: (one) => <Actions upload={one} /> },
            ]}
          />
          {uploads.length > ROWS && (
            <Pagination
              currentPageIndex={page}
              pagesCount={Math.ceil(uploads.length / ROWS)}
              onChange={({ detail }) => setPage(detail.currentPageIndex)}
              ariaLabels={{
                nextPageLabel: 'Next uploads',
                previousPageLabel: 'Previous uploads',
                pageLabel: (number) => `Uploads, page ${number}`,
              }}
            />
          )}
          {uploads
            .filter(({ error }) => error !== undefined)
            .slice(0, 5)
            .map(({ id, key, error }) => (
              <div key={id}>
                <Box variant="strong">{key}</Box>
                <Failure error={error} retry={() => continueUpload(id)} />
              </div>
            ))}
          {open.length > 0 && (
            <Alert type="info">
              Uploads go on while you look at other pages of the console. They stop where this tab is closed or
              reloaded; large ones can be resumed.
            </Alert>
          )}
        </SpaceBetween>
      </Container>
      <UnfinishedHere bucket={bucket} />
    </SpaceBetween>
  );
}

function Actions({ upload }: { upload: Upload }) {
  const { id } = upload;
  const name = nameOf(upload.key);
  return (
    <SpaceBetween direction="horizontal" size="xs">
      {isOpen(upload) && (
        <Button variant="inline-link" ariaLabel={`Pause ${name}`} onClick={() => pauseUpload(id)}>
          Pause
        </Button>
      )}
      {canGoOn(upload) && (
        <Button variant="inline-link" ariaLabel={`Resume ${name}`} onClick={() => continueUpload(id)}>
          Resume
        </Button>
      )}
      {(isOpen(upload) || canGoOn(upload)) && (
        <Button variant="inline-link" ariaLabel={`Cancel ${name}`} onClick={() => cancelUpload(id)}>
          Cancel
        </Button>
      )}
    </SpaceBetween>
  );
}

function leftText(seconds: number): string {
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.ceil(seconds / 60)} min`;
  return `${Math.floor(seconds / 3600)} h ${Math.ceil((seconds % 3600) / 60)} min`;
}
