import { LookupAttributeKey } from '@aws-sdk/client-cloudtrail';
import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import Link from '@cloudscape-design/components/link';
import Select from '@cloudscape-design/components/select';
import ColumnLayout from '@cloudscape-design/components/column-layout';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import TokenGroup from '@cloudscape-design/components/token-group';
import { useMemo, useState } from 'react';
import { useSearchParams } from 'react-router';
import { useClockState } from '../../aws/clock.ts';
import { Empty } from '../../ui/empty.tsx';
import { Failure } from '../../ui/failure.tsx';
import { Page } from '../../ui/page.tsx';
import { ResourceTable } from '../../ui/resource-table.tsx';
import { timeText, timeValue } from '../../ui/text.ts';
import { READ_MAX, useEvents, type Listed } from './events.ts';
import { EventTimeline } from './timeline.tsx';

const ATTRIBUTES: Record<string, string> = {
  EventName: 'Event name',
  EventSource: 'Event source',
  Username: 'User name',
  ResourceName: 'Resource name',
  ResourceType: 'Resource type',
  ReadOnly: 'Read-only',
  AccessKeyId: 'Access key',
  EventId: 'Event ID',
};
const RANGES = [
  { value: '', label: 'All 90 days' },
  { value: '900000', label: 'Last 15 minutes' },
  { value: '3600000', label: 'Last hour' },
  { value: '86400000', label: 'Last day' },
  { value: '604800000', label: 'Last 7 days' },
  { value: 'between', label: 'Between two times' },
];

type Window = { from: number; to: number };

/** The event history of the region: searched, and on a timeline. */
export function EventHistory() {
  const [search, setSearch] = useSearchParams();
  const clock = useClockState();
  const [attribute, setAttribute] = useState(search.get('attribute') ?? 'EventName');
  const [value, setValue] = useState(search.get('value') ?? '');
  const [range, setRange] = useState(search.get('range') ?? '');
  const [start, setStart] = useState(search.get('start') ?? '');
  const [end, setEnd] = useState(search.get('end') ?? '');
  const [narrowed, setNarrowed] = useState<Window>();
  // What is asked stays as it was when it was asked, whatever is typed since.
  const [asked, setAsked] = useState(() => inputOf({ attribute, value, range, start, end, now: Date.now() }));
  const { events, state, error, stop, again } = useEvents(asked);
  const shown = useMemo(
    () =>
      narrowed ? events.filter(({ time }) => time.getTime() >= narrowed.from && time.getTime() < narrowed.to) : events,
    [events, narrowed],
  );
  const faulty = (text: string) => text !== '' && Number.isNaN(Date.parse(text));
  const lookUp = () => {
    setNarrowed(undefined);
    const now = clock ? Date.parse(clock.now) : Date.now();
    setAsked(inputOf({ attribute, value, range, start, end, now }));
    setSearch(
      Object.entries({ attribute, value, range, start, end }).filter(([, text]) => text !== ''),
      { replace: true },
    );
    again();
  };
  return (
    <Page
      title="Event history"
      trail={[{ text: 'AWS CloudTrail', href: '#/cloudtrail' }]}
      description="What was called in this region in the last 90 days, without data events. IAM and Organizations are in us-east-1."
    >
      <Container>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            lookUp();
          }}
        >
          <SpaceBetween size="m">
            <ColumnLayout columns={3}>
              <FormField label="Lookup attribute">
                <Select
                  selectedOption={{ value: attribute, label: ATTRIBUTES[attribute] ?? attribute }}
                  options={Object.values(LookupAttributeKey).map((key) => ({
                    value: key,
                    label: ATTRIBUTES[key] ?? key,
                  }))}
                  onChange={({ detail }) => setAttribute(detail.selectedOption.value!)}
                />
              </FormField>
              <FormField label="Value" description="As it is written, in full. Empty: any.">
                <Input
                  value={value}
                  placeholder={attribute === 'EventSource' ? 'kms.amazonaws.com' : ''}
                  onChange={({ detail }) => setValue(detail.value)}
                  autoComplete={false}
                />
              </FormField>
              <FormField label="Time">
                <Select
                  selectedOption={RANGES.find((one) => one.value === range) ?? RANGES[0]!}
                  options={RANGES}
                  onChange={({ detail }) => setRange(detail.selectedOption.value!)}
                />
              </FormField>
            </ColumnLayout>
            {range === 'between' && (
              <ColumnLayout columns={2}>
                <FormField label="From" errorText={faulty(start) ? 'As 2026-11-20T14:00' : undefined}>
                  <Input
                    value={start}
                    placeholder="2026-11-20T14:00"
                    onChange={({ detail }) => setStart(detail.value)}
                  />
                </FormField>
                <FormField label="To" errorText={faulty(end) ? 'As 2026-11-20T14:00' : undefined}>
                  <Input value={end} placeholder="2026-11-20T15:00" onChange={({ detail }) => setEnd(detail.value)} />
                </FormField>
              </ColumnLayout>
            )}
            <SpaceBetween size="xs" direction="horizontal" alignItems="center">
              <Button variant="primary" formAction="submit" disabled={faulty(start) || faulty(end)}>
                Look up events
              </Button>
              {state === 'reading' && (
                <>
                  <StatusIndicator type="loading">
                    Reading, {events.length.toLocaleString('en')} events so far
                  </StatusIndicator>
                  <Button variant="inline-link" onClick={stop}>
                    Stop
                  </Button>
                </>
              )}
              {state === 'done' && (
                <StatusIndicator type="success">{events.length.toLocaleString('en')} events, all read</StatusIndicator>
              )}
            </SpaceBetween>
          </SpaceBetween>
        </form>
      </Container>
      {state === 'failed' && <Failure error={error} retry={again} />}
      {state === 'stopped' && (
        <Alert type="info">
          There are more events than these {events.length.toLocaleString('en')}
          {events.length >= READ_MAX ? ', the newest ones' : ''}. A narrower time or another attribute shows the rest.
        </Alert>
      )}
      {narrowed && (
        <TokenGroup
          items={[
            {
              label: `From ${timeText(narrowed.from)} to ${timeText(narrowed.to)}`,
              dismissLabel: 'Show the whole time',
            },
          ]}
          onDismiss={() => setNarrowed(undefined)}
        />
      )}
      <EventTimeline events={shown} narrow={(from, to) => setNarrowed({ from, to })} />
      {state !== 'failed' && (
        <ResourceTable<Listed>
          title="Events"
          noun="event"
          items={state === 'reading' && events.length === 0 ? undefined : shown}
          refresh={lookUp}
          refreshing={state === 'reading'}
          idOf={({ id }) => id}
          columns={[
            {
              id: 'name',
              header: 'Event name',
              cell: ({ id, name }) => <Link href={`#/cloudtrail/events/${id}`}>{name}</Link>,
              value: ({ name }) => name,
              isRowHeader: true,
            },
            { id: 'time', header: 'Time', cell: ({ time }) => timeText(time), value: ({ time }) => timeValue(time) },
            { id: 'user', header: 'User name', cell: ({ user }) => user || '–', value: ({ user }) => user },
            { id: 'service', header: 'Service', cell: ({ service }) => service },
            { id: 'resources', header: 'Resources', cell: ({ resources }) => resources },
            {
              id: 'error',
              header: 'Error code',
              cell: ({ error: code, requestId }) =>
                code === '' ? (
                  '–'
                ) : code === 'AccessDenied' ? (
                  <Link href={`#/iam/why/${requestId}`}>{code}</Link>
                ) : (
                  code
                ),
              value: ({ error: code }) => code,
            },
          ]}
          empty={
            <Empty title="No events" code={[{ serviceId: 'CloudTrail', operation: 'LookupEvents', input: asked }]}>
              Nothing of this kind was called in this region at that time.
            </Empty>
          }
        />
      )}
    </Page>
  );
}

function inputOf(given: { attribute: string; value: string; range: string; start: string; end: string; now: number }) {
  const { attribute, value, range, now } = given;
  const between = range === 'between';
  const from = between ? Date.parse(given.start) : range === '' ? Number.NaN : now - Number(range);
  const to = between ? Date.parse(given.end) : Number.NaN;
  return {
    ...(value === ''
      ? {}
      : { LookupAttributes: [{ AttributeKey: attribute as LookupAttributeKey, AttributeValue: value }] }),
    ...(Number.isNaN(from) ? {} : { StartTime: new Date(from) }),
    ...(Number.isNaN(to) ? {} : { EndTime: new Date(to) }),
  };
}
