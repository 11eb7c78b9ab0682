import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { useState } from 'react';
import { useSearchParams } from 'react-router';
import { useStack } from '../../aws/stack.ts';
import { JsonBlock } from '../../ui/code-block.tsx';
import { Failure } from '../../ui/failure.tsx';
import { Page } from '../../ui/page.tsx';
import { ResourceTable } from '../../ui/resource-table.tsx';
import { timeText } from '../../ui/text.ts';

type Entry = {
  call: string;
  protocol: string;
  at: string;
  input: unknown;
  answer: { status: number; error?: string; headers: Record<string, string>; events?: { at: number }[]; file?: string };
};
type Numbered = Entry & { number: number };

const TRAIL = [
  { text: 'Rules', href: '#/rules' },
  { text: 'Cassettes', href: '#/rules/cassettes' },
];

/** What a cassette has. */
export function Entries() {
  const [query] = useSearchParams();
  const cassette = query.get('cassette') ?? '';
  const { data, error, refetch } = useStack<{ entries: Entry[]; count: number }>(
    `cassettes/entries?cassette=${encodeURIComponent(cassette)}`,
  );
  const [chosen, setChosen] = useState<Numbered[]>([]);
  const entry = chosen[0];
  return (
    <Page title={cassette} trail={TRAIL}>
      {error && <Failure error={error} retry={() => void refetch()} />}
      {data && data.count > data.entries.length && (
        <Alert type="info">
          The first {data.entries.length} of {data.count} entries are shown.
        </Alert>
      )}
      {!error && (
        <ResourceTable<Numbered>
          title="Entries"
          noun="entry"
          nouns="entries"
          items={data?.entries.map((each, index) => ({ ...each, number: index + 1 }))}
          idOf={({ number }) => String(number)}
          selection="single"
          selected={chosen}
          onSelect={setChosen}
          columns={[
            { id: 'number', header: 'Entry', cell: ({ number }) => number, width: 105 },
            { id: 'call', header: 'Call', cell: ({ call }) => call, isRowHeader: true, width: 280 },
            {
              id: 'status',
              header: 'Answer',
              cell: ({ answer }) => (
                <StatusIndicator type={answer.error === undefined ? 'success' : 'error'}>
                  {answer.status} {answer.error}
                </StatusIndicator>
              ),
              value: ({ answer }) => `${answer.status} ${answer.error ?? ''}`,
              width: 200,
            },
            { id: 'frames', header: 'Frames', cell: ({ answer }) => answer.events?.length ?? '–', width: 115 },
            { id: 'at', header: 'Recorded', cell: ({ at }) => timeText(at), value: ({ at }) => at, width: 190 },
            {
              id: 'input',
              header: 'Input',
              cell: ({ input }) => <code>{JSON.stringify(input).slice(0, 120)}</code>,
              value: ({ input }) => JSON.stringify(input),
            },
          ]}
          empty={<Box textAlign="center">The cassette has no entries yet: nothing has been recorded to it.</Box>}
        />
      )}
      {entry && (
        <Container header={<Header variant="h2">{`Entry ${entry.number}: ${entry.call}`}</Header>}>
          <SpaceBetween size="s">
            <div>
              <Box variant="awsui-key-label">Input</Box>
              <JsonBlock value={entry.input} label="Input of the entry" />
            </div>
            <div>
              <Box variant="awsui-key-label">Answer, {entry.protocol}</Box>
              <JsonBlock value={entry.answer} label="Answer of the entry" />
            </div>
          </SpaceBetween>
        </Container>
      )}
    </Page>
  );
}
