import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Link from '@cloudscape-design/components/link';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { useMemo, useState } from 'react';
import { useSearchParams } from 'react-router';
import { Empty } from '../../ui/empty.tsx';
import { Failure } from '../../ui/failure.tsx';
import { Page } from '../../ui/page.tsx';
import { ResourceTable, type ResourceColumn } from '../../ui/resource-table.tsx';
import { durationText, timeText, usdText } from '../../ui/text.ts';
import { clearFeed, setPaused, useFeed } from './feed.ts';
import { CallFilters, matches, type Filter } from './filters.tsx';
import { MakeCassette } from './make-cassette.tsx';
import { isDenied, kindOf, whoOf, type ListedCall } from './types.ts';

const CHOSEN_MAX = 500;

const COLUMNS: ResourceColumn<ListedCall>[] = [
  {
    id: 'time',
    header: 'Time',
    cell: ({ timeMs }) => <span title={timeText(timeMs)}>{timeText(timeMs).slice(-8)}</span>,
    value: ({ timeMs }) => timeMs,
    width: 100,
  },
  {
    id: 'call',
    header: 'Call',
    cell: ({ service, operation, requestId, model }) => (
      <>
        <Link href={`#/calls/${requestId}`}>
          {service}.{operation}
        </Link>
        {model !== undefined && (
          <Box variant="small" display="block">
            {model}
          </Box>
        )}
      </>
    ),
    value: ({ service, operation, requestId, model }) => `${service}.${operation} ${model ?? ''} ${requestId}`,
    width: 230,
    isRowHeader: true,
  },
  {
    id: 'who',
    header: 'Who',
    cell: ({ principal }) => whoOf(principal),
    value: ({ principal }) => principal,
    width: 115,
  },
  { id: 'decision', header: 'Decision', cell: (call) => <Decided call={call} />, value: decisionText, width: 120 },
  {
    id: 'status',
    header: 'Status',
    cell: ({ status, error }) => (
      <StatusIndicator type={error === undefined ? 'success' : 'error'}>
        {status} {error}
      </StatusIndicator>
    ),
    value: ({ status, error, errorMessage }) => `${status} ${error ?? ''} ${errorMessage ?? ''}`,
    width: 140,
  },
  {
    id: 'answer',
    header: 'Answered by',
    cell: (call) => <AnsweredBy call={call} />,
    value: ({ answer, rule }) => `${answer ?? ''} ${rule ?? ''}`,
    width: 140,
  },
  {
    id: 'latency',
    header: 'Latency',
    cell: ({ durationUs }) => durationText(durationUs),
    value: ({ durationUs }) => durationUs,
    width: 110,
  },
  { id: 'cost', header: 'Cost', cell: ({ usd }) => usdText(usd), value: ({ usd }) => usd ?? 0, width: 120 },
];

/** Every call as it is made. */
export function Calls() {
  const { calls, error, paused, cleared } = useFeed();
  const [query, setQuery] = useSearchParams();
  const filter: Filter = useMemo(() => Object.fromEntries(query), [query]);
  const [chosen, setChosen] = useState<ListedCall[]>([]);
  const [making, setMaking] = useState(false);
  const shown = useMemo(() => {
    const all = cleared ? calls?.slice(0, -1) : calls;
    return Object.keys(filter).length === 0 ? all : all?.filter((call) => matches(call, filter));
  }, [calls, cleared, filter]);
  const isFiltered = Object.keys(filter).length > 0;
  return (
    <Page title="Calls" bare>
      {error !== undefined && calls !== undefined && <Failure error={error} />}
      <ResourceTable
        variant="full-page"
        title="Calls"
        description={
          paused
            ? 'Paused: what is called meanwhile is shown when you resume.'
            : 'Live: every call of the AWS APIs as it is made, the console’s own included.'
        }
        noun="call"
        items={shown}
        {...(error !== undefined && calls === undefined ? { error } : {})}
        columns={COLUMNS}
        idOf={({ requestId }) => requestId}
        selection="multi"
        selected={chosen}
        onSelect={(items) => setChosen(items.slice(0, CHOSEN_MAX))}
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <Button iconName={paused ? 'caret-right-filled' : 'status-in-progress'} onClick={() => setPaused(!paused)}>
              {paused ? 'Resume' : 'Pause'}
            </Button>
            <Button onClick={clearFeed} disabled={!calls?.length}>
              Clear
            </Button>
            <Button disabled={chosen.length === 0} onClick={() => setMaking(true)}>
              Make a cassette
            </Button>
          </SpaceBetween>
        }
        above={<CallFilters calls={calls ?? []} filter={filter} change={(next) => setQuery(next, { replace: true })} />}
        empty={
          isFiltered ? (
            <Box textAlign="center">
              <SpaceBetween size="s">
                <span>No call is of these kinds.</span>
                <Button onClick={() => setQuery({}, { replace: true })}>Clear filters</Button>
              </SpaceBetween>
            </Box>
          ) : (
            <Empty
              title={cleared ? 'No call since you cleared the page' : 'No calls yet'}
              code={[{ serviceId: 'STS', operation: 'GetCallerIdentity', input: {} }]}
            >
              A call appears here within a second. Make one:
            </Empty>
          )
        }
      />
      {making && (
        <MakeCassette
          calls={chosen}
          onClose={() => setMaking(false)}
          onMade={() => {
            setMaking(false);
            setChosen([]);
          }}
        />
      )}
    </Page>
  );
}

function decisionText(call: ListedCall): string {
  if (isDenied(call)) return 'Denied';
  return call.allowed === undefined ? '–' : 'Allowed';
}

function Decided({ call }: { call: ListedCall }) {
  const text = decisionText(call);
  if (text === '–') return <span>–</span>;
  return <StatusIndicator type={text === 'Denied' ? 'stopped' : 'success'}>{text}</StatusIndicator>;
}

function AnsweredBy({ call }: { call: ListedCall }) {
  const kind = kindOf(call);
  return (
    <>
      {kind ?? 'service'}
      {call.rule !== undefined && (
        <>
          {' '}
          <Link href={`#/rules/rule/${encodeURIComponent(call.rule)}`}>{call.rule}</Link>
        </>
      )}
    </>
  );
}
