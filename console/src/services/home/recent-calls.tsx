import Box from '@cloudscape-design/components/box';
import Header from '@cloudscape-design/components/header';
import Link from '@cloudscape-design/components/link';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import Table from '@cloudscape-design/components/table';
import { useStack } from '../../aws/stack.ts';
import { Failure } from '../../ui/failure.tsx';
import { durationText, timeText, usdText } from '../../ui/text.ts';

type Call = {
  requestId: string;
  timeMs: number;
  service: string;
  operation: string;
  status: number;
  durationUs: number;
  error?: string;
  answer?: string;
  usd?: number;
};
const SHOWN = 8;
const EVERY_MS = 3_000;

/** What was called lately. */
export function RecentCalls() {
  const { data, error } = useStack<{ calls: Call[] }>(`calls?limit=${SHOWN}`, { refetchMs: EVERY_MS });
  return (
    <Table
      variant="container"
      header={
        <Header variant="h2" actions={<Link href="#/calls">All calls</Link>}>
          Called lately
        </Header>
      }
      loading={!data && !error}
      loadingText="Loading calls"
      items={data?.calls ?? []}
      trackBy="requestId"
      wrapLines
      ariaLabels={{ tableLabel: 'Called lately' }}
      empty={
        error ? (
          <Failure error={error} />
        ) : (
          <Box textAlign="center">Nothing was called yet: point an SDK or the CLI here, as below.</Box>
        )
      }
      columnDefinitions={[
        {
          id: 'call',
          header: 'Call',
          isRowHeader: true,
          cell: ({ requestId, service, operation }) => (
            <Link href={`#/calls/${encodeURIComponent(requestId)}`}>
              {service}.{operation}
            </Link>
          ),
        },
        { id: 'time', header: 'Time', cell: ({ timeMs }) => timeText(timeMs) },
        {
          id: 'status',
          header: 'Status',
          cell: ({ status, error: name }) => (
            <StatusIndicator type={status < 400 ? 'success' : 'error'}>{name ?? status}</StatusIndicator>
          ),
        },
        { id: 'answer', header: 'Answer', cell: ({ answer }) => answer ?? '–' },
        { id: 'duration', header: 'Took', cell: ({ durationUs }) => durationText(durationUs) },
        { id: 'usd', header: 'On AWS', cell: ({ usd }) => usdText(usd) },
      ]}
    />
  );
}
