import BarChart from '@cloudscape-design/components/bar-chart';
import Box from '@cloudscape-design/components/box';
import Container from '@cloudscape-design/components/container';
import DateRangePicker, { type DateRangePickerProps } from '@cloudscape-design/components/date-range-picker';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useMemo, useState } from 'react';
import { useStack } from '../../aws/stack.ts';
import { Empty } from '../../ui/empty.tsx';
import { Failure } from '../../ui/failure.tsx';
import { Loading, Page } from '../../ui/page.tsx';
import { ResourceTable } from '../../ui/resource-table.tsx';
import { usdText } from '../../ui/text.ts';
import { quantitiesText, sumsBy, tagKeysOf, valueOf, type Cost, type Dimension } from './lines.ts';

const DIMENSIONS: { value: Dimension; label: string }[] = [
  { value: 'service', label: 'Service' },
  { value: 'model', label: 'Model' },
  { value: 'principal', label: 'Principal' },
  { value: 'type', label: 'Usage type' },
  { value: 'account', label: 'Account' },
  { value: 'region', label: 'Region' },
  { value: 'day', label: 'Day' },
];
/** Groups that a chart tells apart; the rest is one. */
const SERIES_MAX = 8;
const EVERY_MS = 5_000;

/** What was used, by what, whom and when, and what it would have cost on AWS. */
export function Usage() {
  const [by, setBy] = useState<Dimension>('service');
  const [range, setRange] = useState<DateRangePickerProps.Value | null>(null);
  const { data, error, refetch, isFetching } = useStack<Cost>('cost', { refetchMs: EVERY_MS });
  const lines = useMemo(
    () =>
      (data?.lines ?? []).filter(
        ({ day }) =>
          range?.type !== 'absolute' || (day >= range.startDate.slice(0, 10) && day <= range.endDate.slice(0, 10)),
      ),
    [data, range],
  );
  const sums = useMemo(() => sumsBy(lines, by), [lines, by]);
  const total = lines.reduce((sum, { usd = 0 }) => sum + usd, 0);
  const unpriced = lines.filter(({ usd }) => usd === undefined).length;
  const dimensions = [
    ...DIMENSIONS,
    ...tagKeysOf(data?.lines ?? []).map((key) => ({ value: `tag:${key}` as const, label: `Tag ${key}` })),
  ];
  const chosen = dimensions.find(({ value }) => value === by) ?? dimensions[0]!;

  return (
    <Page
      title="Usage"
      trail={[{ text: 'Cost', href: '#/cost' }]}
      description="What the calls would have cost on AWS, by list prices. Here, they cost nothing."
      actions={
        <SpaceBetween direction="horizontal" size="xs">
          <Select
            selectedOption={chosen}
            options={dimensions}
            ariaLabel="Sum by"
            onChange={({ detail }) => setBy(detail.selectedOption.value as Dimension)}
          />
          <DateRangePicker
            value={range}
            dateOnly
            rangeSelectorMode="absolute-only"
            placeholder="All days"
            relativeOptions={[]}
            isValidRange={() => ({ valid: true })}
            getTimeOffset={() => 0}
            showClearButton
            onChange={({ detail }) => setRange(detail.value)}
            ariaLabel="Days"
          />
        </SpaceBetween>
      }
    >
      {error && <Failure error={error} retry={() => void refetch()} />}
      {!data && !error && <Loading />}
      {data && (
        <>
          <Container header={<Header variant="h2">Sum</Header>}>
            <KeyValuePairs
              columns={4}
              items={[
                {
                  label: 'On AWS',
                  value: (
                    <Box fontSize="heading-xl" fontWeight="bold">
                      {usdText(total)}
                    </Box>
                  ),
                },
                {
                  label: 'Here',
                  value: (
                    <Box fontSize="heading-xl" fontWeight="bold">
                      $0
                    </Box>
                  ),
                },
                { label: 'Lines of the ledger', value: lines.length.toLocaleString('en') },
                {
                  label: 'Lines without a known price',
                  value: unpriced === 0 ? 'none' : `${unpriced.toLocaleString('en')}, counted as nothing`,
                },
              ]}
            />
          </Container>
          {lines.length > 0 && (
            <Container header={<Header variant="h2">{`By day and ${chosen.label.toLowerCase()}`}</Header>}>
              <Days lines={lines} by={by} />
            </Container>
          )}
          <ResourceTable
            title={`By ${chosen.label.toLowerCase()}`}
            noun="sum"
            items={sums}
            idOf={({ key }) => key}
            sortedBy="-usd"
            refresh={() => void refetch()}
            refreshing={isFetching}
            columns={[
              { id: 'key', header: chosen.label, cell: ({ key }) => key, isRowHeader: true },
              {
                id: 'usd',
                header: 'On AWS',
                cell: ({ usd, lines: all, unpriced: without }) => (all === without ? 'no known price' : usdText(usd)),
                value: ({ usd }) => usd,
              },
              { id: 'quantity', header: 'Used', cell: ({ quantities }) => quantitiesText(quantities) },
              { id: 'unpriced', header: 'Lines without a price', cell: ({ unpriced: without }) => without },
            ]}
            empty={
              <Empty
                title="Nothing was called yet"
                code={[
                  {
                    serviceId: 'Bedrock Runtime',
                    operation: 'Converse',
                    input: {
                      modelId: 'amazon.nova-lite-v1:0',
                      messages: [{ role: 'user', content: [{ text: 'Say hello.' }] }],
                    },
                  },
                ]}
              >
                Each call that AWS would charge for is counted here, with its price. Make one:
              </Empty>
            }
          />
        </>
      )}
    </Page>
  );
}

/** Dollars by day, stacked by group. */
function Days({ lines, by }: { lines: Cost['lines']; by: Dimension }) {
  const days = [...new Set(lines.map(({ day }) => day))].sort();
  const dearest = sumsBy(lines, by)
    .slice(0, SERIES_MAX)
    .map(({ key }) => key);
  const named = (key: string) => (dearest.includes(key) ? key : 'Others');
  const groups = [...new Set(lines.map((line) => named(valueOf(line, by))))];
  return (
    <BarChart
      stackedBars
      ariaLabel="Cost by day"
      height={240}
      xScaleType="categorical"
      xTitle="Day (UTC, by the clock of the stack)"
      yTitle="US dollars"
      i18nStrings={{ xTickFormatter: String, yTickFormatter: (usd) => usdText(usd) }}
      series={groups.map((group) => ({
        type: 'bar' as const,
        title: group,
        valueFormatter: (usd: number) => usdText(usd),
        data: days.map((day) => ({
          x: day,
          y: lines
            .filter((line) => line.day === day && named(valueOf(line, by)) === group)
            .reduce((sum, { usd = 0 }) => sum + usd, 0),
        })),
      }))}
      xDomain={days}
      hideFilter
    />
  );
}
