import Box from '@cloudscape-design/components/box';
import ColumnLayout from '@cloudscape-design/components/column-layout';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import Select from '@cloudscape-design/components/select';
import { useState } from 'react';
import { useStack } from '../../aws/stack.ts';
import { Failure } from '../../ui/failure.tsx';
import { Page } from '../../ui/page.tsx';
import { ResourceTable } from '../../ui/resource-table.tsx';
import { usdText } from '../../ui/text.ts';
import type { Cost, CostLine } from './lines.ts';
import type { Prices } from './prices.tsx';

type WhatIfAnswer = { usd: number; whatIfUsd: number; lines: (CostLine & { whatIfUsd?: number })[] };
const ALL = { value: '', label: 'All models' };

/** What the same usage would have cost with another model. */
export function WhatIf() {
  const [from, setFrom] = useState('');
  const [to, setTo] = useState<string>();
  const cost = useStack<Cost>('cost');
  const prices = useStack<Prices>('prices');
  const query = new URLSearchParams({ ...(from === '' ? {} : { from }), to: to ?? '' });
  const answer = useStack<WhatIfAnswer>(to === undefined ? undefined : `cost/what-if?${query}`);
  const used = [
    ...new Set(
      (cost.data?.lines ?? [])
        .filter(({ service, resource }) => service === 'bedrock-runtime' && resource !== undefined)
        .map(({ resource }) => resource!),
    ),
  ].sort();
  const options = (ids: string[]) => ids.map((id) => ({ value: id, label: id }));
  const { data } = answer;
  const without = data?.lines.filter(({ whatIfUsd }) => whatIfUsd === undefined).length ?? 0;

  return (
    <Page
      title="What if"
      trail={[{ text: 'Cost', href: '#/cost' }]}
      description="The tokens that were used, at another model's list prices. Another model counts other tokens and says more or less: an estimate."
    >
      {(cost.error ?? prices.error ?? answer.error) && <Failure error={cost.error ?? prices.error ?? answer.error} />}
      <Container>
        <ColumnLayout columns={2}>
          <FormField label="Usage of">
            <Select
              selectedOption={from === '' ? ALL : { value: from, label: from }}
              options={[ALL, ...options(used)]}
              onChange={({ detail }) => setFrom(detail.selectedOption.value ?? '')}
            />
          </FormField>
          <FormField label="With the prices of">
            <Select
              selectedOption={to === undefined ? null : { value: to, label: to }}
              options={options(Object.keys(prices.data?.bedrock.models ?? {}).sort())}
              placeholder="Choose a model"
              filteringType="auto"
              onChange={({ detail }) => setTo(detail.selectedOption.value)}
            />
          </FormField>
        </ColumnLayout>
      </Container>
      {data && (
        <>
          <Container header={<Header variant="h2">Sum</Header>}>
            <KeyValuePairs
              columns={3}
              items={[
                {
                  label: 'As it was',
                  value: (
                    <Box fontSize="heading-xl" fontWeight="bold">
                      {usdText(data.usd)}
                    </Box>
                  ),
                },
                {
                  label: `With ${to}`,
                  value: (
                    <Box fontSize="heading-xl" fontWeight="bold">
                      {usdText(data.whatIfUsd)}
                    </Box>
                  ),
                },
                {
                  label: 'Difference',
                  value: data.usd === 0 ? '–' : `${((data.whatIfUsd / data.usd - 1) * 100).toFixed(1)} %`,
                },
              ]}
            />
          </Container>
          <ResourceTable
            title="Usage"
            noun="line"
            items={data.lines}
            idOf={(line) =>
              JSON.stringify([line.day, line.principal, line.resource, line.type, line.region, line.tags])
            }
            sortedBy="-usd"
            {...(without === 0
              ? {}
              : { description: `${without} of the lines have no price with this model and count as nothing there.` })}
            columns={[
              { id: 'day', header: 'Day', cell: ({ day }) => day },
              { id: 'model', header: 'Model', cell: ({ resource }) => resource ?? '–', isRowHeader: true },
              { id: 'type', header: 'Usage type', cell: ({ type }) => type },
              { id: 'quantity', header: 'Quantity', cell: ({ quantity }) => quantity },
              { id: 'usd', header: 'As it was', cell: ({ usd }) => usdText(usd), value: ({ usd }) => usd },
              {
                id: 'whatIf',
                header: 'What if',
                cell: ({ whatIfUsd }) => usdText(whatIfUsd),
                value: ({ whatIfUsd }) => whatIfUsd,
              },
            ]}
            empty="No model was called yet."
          />
        </>
      )}
    </Page>
  );
}
