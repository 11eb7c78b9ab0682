import Alert from '@cloudscape-design/components/alert';
import Link from '@cloudscape-design/components/link';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useRefresh } from '../../aws/call.ts';
import { Empty } from '../../ui/empty.tsx';
import { Failure } from '../../ui/failure.tsx';
import { Loading } from '../../ui/page.tsx';
import { ResourceTable } from '../../ui/resource-table.tsx';
import { timeText, timeValue } from '../../ui/text.ts';
import { useEvents, type Listed } from '../cloudtrail/events.ts';
import { EventTimeline } from '../cloudtrail/timeline.tsx';
import { useState } from 'react';

type Use = { id: string; name: string; user: string; count: number; denied: number; last: Date };

/** Who used the key, for what, and when: as the trail has it. */
export function KeyUsage({ arn }: { arn: string }) {
  const refresh = useRefresh();
  const { events, state, error, again } = useEvents({
    LookupAttributes: [{ AttributeKey: 'ResourceName', AttributeValue: arn }],
  });
  const [window, setWindow] = useState<{ from: number; to: number }>();
  if (state === 'failed') return <Failure error={error} retry={again} />;
  if (state === 'reading' && events.length === 0) return <Loading text="Reading the trail" />;
  const shown = window
    ? events.filter(({ time }) => time.getTime() >= window.from && time.getTime() < window.to)
    : events;
  return (
    <SpaceBetween size="l">
      <EventTimeline events={shown} narrow={(from, to) => setWindow({ from, to })} />
      {window && (
        <Alert type="info" dismissible onDismiss={() => setWindow(undefined)} dismissAriaLabel="Show the whole time">
          From {timeText(window.from)} to {timeText(window.to)}.
        </Alert>
      )}
      <ResourceTable<Use>
        title="Who used the key"
        noun="use"
        items={usesOf(shown)}
        idOf={({ id }) => id}
        sortedBy="-count"
        refresh={() => {
          again();
          void refresh();
        }}
        refreshing={state === 'reading'}
        columns={[
          { id: 'user', header: 'Who', cell: ({ user }) => user || '–', isRowHeader: true },
          { id: 'name', header: 'Operation', cell: ({ name }) => name },
          { id: 'count', header: 'Calls', cell: ({ count }) => count },
          { id: 'denied', header: 'With an error', cell: ({ denied }) => denied },
          { id: 'last', header: 'Last', cell: ({ last }) => timeText(last), value: ({ last }) => timeValue(last) },
        ]}
        empty={
          <Empty
            title="Not used lately"
            code={[
              {
                serviceId: 'CloudTrail',
                operation: 'LookupEvents',
                input: { LookupAttributes: [{ AttributeKey: 'ResourceName', AttributeValue: arn }] },
              },
            ]}
          >
            The trail has no call of the last 90 days that names this key.
          </Empty>
        }
      />
      <Link href={`#/cloudtrail/history?attribute=ResourceName&value=${encodeURIComponent(arn)}`}>
        Each call, in the event history
      </Link>
    </SpaceBetween>
  );
}

function usesOf(events: readonly Listed[]): Use[] {
  const uses = new Map<string, Use>();
  for (const { name, user, error, time } of events) {
    const id = `${name} ${user}`;
    const use = uses.get(id) ?? { id, name, user, count: 0, denied: 0, last: time };
    use.count += 1;
    if (error !== '') use.denied += 1;
    if (time > use.last) use.last = time;
    uses.set(id, use);
  }
  return [...uses.values()];
}
