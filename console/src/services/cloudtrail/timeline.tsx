import BarChart from '@cloudscape-design/components/bar-chart';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import Header from '@cloudscape-design/components/header';
import SegmentedControl from '@cloudscape-design/components/segmented-control';
import Table from '@cloudscape-design/components/table';
import { useMemo, useState } from 'react';
import { timeText } from '../../ui/text.ts';
import { timelineOf, type Grouping } from './buckets.ts';
import type { Listed } from './events.ts';

const DAY_MS = 86_400_000;

/** Events over time, by service, error or user. `narrow`: to a part of it. */
export function EventTimeline({
  events,
  narrow,
}: {
  events: readonly Listed[];
  narrow: (from: number, to: number) => void;
}) {
  const [grouping, setGrouping] = useState<Grouping>('service');
  const timeline = useMemo(() => timelineOf(events, grouping), [events, grouping]);
  if (!timeline) return null;
  const { from, sizeMs, count, series } = timeline;
  const times = Array.from({ length: count }, (_, index) => new Date(from + index * sizeMs));
  const textOf = (time: Date) => (sizeMs >= DAY_MS ? timeText(time).slice(0, 10) : timeText(time));
  const most = Math.max(...times.map((_, at) => series.reduce((sum, { counts }) => sum + counts[at]!, 0)));
  return (
    <Container
      header={
        <Header
          variant="h2"
          counter={`(${events.length.toLocaleString('en')} events)`}
          description={`One bar is ${spanText(sizeMs)}. Choose a bar to look at that time alone.`}
          actions={
            <SegmentedControl
              label="Bars by"
              selectedId={grouping}
              onChange={({ detail }) => setGrouping(detail.selectedId as Grouping)}
              options={[
                { id: 'service', text: 'By service' },
                { id: 'error', text: 'By error' },
                { id: 'user', text: 'By user' },
              ]}
            />
          }
        >
          Timeline
        </Header>
      }
    >
      <BarChart<Date>
        ariaLabel="Events over time"
        height={180}
        stackedBars
        hideFilter
        xScaleType="categorical"
        xDomain={times}
        yDomain={[0, most]}
        yTitle="Events"
        xTitle="Time"
        i18nStrings={{ xTickFormatter: (time) => tickText(time, sizeMs) }}
        series={series.map(({ title, total, counts }) => ({
          type: 'bar',
          title: `${title} (${total.toLocaleString('en')})`,
          data: counts.map((y, at) => ({ x: times[at]!, y })),
        }))}
        detailPopoverFooter={(time) => (
          <Button
            variant="inline-link"
            onClick={() => narrow(new Date(time).getTime(), new Date(time).getTime() + sizeMs)}
          >
            Only this time
          </Button>
        )}
        empty="No events"
      />
      <ExpandableSection headerText="As a table" variant="footer">
        <Table<{ time: Date; at: number }>
          variant="embedded"
          ariaLabels={{ tableLabel: 'Events over time' }}
          items={times.map((time, at) => ({ time, at }))}
          trackBy={({ at }) => String(at)}
          columnDefinitions={[
            {
              id: 'time',
              header: 'From',
              isRowHeader: true,
              cell: ({ time }) => (
                <Button
                  variant="inline-link"
                  ariaLabel={`Only from ${textOf(time)}`}
                  onClick={() => narrow(time.getTime(), time.getTime() + sizeMs)}
                >
                  {textOf(time)}
                </Button>
              ),
            },
            ...series.map(({ title, counts }) => ({
              id: title,
              header: title,
              cell: ({ at }: { time: Date; at: number }) => <Box textAlign="right">{counts[at]}</Box>,
            })),
          ]}
        />
      </ExpandableSection>
    </Container>
  );
}

const tickText = (time: Date, sizeMs: number): string => {
  const text = timeText(time);
  return sizeMs >= DAY_MS ? text.slice(5, 10) : sizeMs >= 60_000 ? text.slice(12, 17) : text.slice(12);
};

const spanText = (ms: number): string => {
  const units: [number, string][] = [
    [DAY_MS, 'day'],
    [3_600_000, 'hour'],
    [60_000, 'minute'],
    [1_000, 'second'],
  ];
  const [size, name] = units.find(([unit]) => ms >= unit)!;
  return `${ms / size} ${name}${ms === size ? '' : 's'}`;
};
