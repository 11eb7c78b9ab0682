import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import Select from '@cloudscape-design/components/select';
import { useState } from 'react';
import { useRefresh } from '../../aws/call.ts';
import { useSignedIn } from '../../aws/session.ts';
import { useAsk, useStack } from '../../aws/stack.ts';
import { REGIONS } from '../../shell/regions.ts';
import { useAction } from '../../ui/action.ts';
import { Page } from '../../ui/page.tsx';
import { ResourceTable } from '../../ui/resource-table.tsx';
import { timeText } from '../../ui/text.ts';
import { modelOf, ModelField } from './scope.tsx';
import './rules.css';

type Outage = { region: string; model?: string; since: string };
type Quota = {
  model?: string;
  account?: string;
  region?: string;
  requestsPerMinute?: number;
  tokensPerMinute?: number;
};

const TRAIL = [{ text: 'Rules', href: '#/rules' }];

/** Regions whose models are down, and what accounts may ask of models by the minute. */
export function Outages() {
  return (
    <Page
      title="Outages and quotas"
      trail={TRAIL}
      description="What models in a region do not answer, and how much they may be asked: what clients, retries and cross-region profiles have to live with."
    >
      <OutagePanel />
      <QuotaPanel />
    </Page>
  );
}

function OutagePanel() {
  const { data, error, refetch } = useStack<{ outages: Outage[] }>('outages');
  const session = useSignedIn();
  const [region, setRegion] = useState(session.region);
  const [model, setModel] = useState('');
  const ask = useAsk();
  const refresh = useRefresh();
  const put = useAction(async (signal, outages: Outage[]) => {
    const wanted = outages.map(({ region: where, model: of }) => ({
      region: where,
      ...(of === undefined ? {} : { model: of }),
    }));
    await ask('PUT', 'outages', { outages: wanted }, signal);
    await refresh();
  });
  const outages = data?.outages;
  const add = () => void put.run([...(outages ?? []), { region, since: '', ...modelOf(model) }]);
  return (
    <ResourceTable
      title="Outages"
      noun="outage"
      items={outages}
      error={error}
      refresh={() => void refetch()}
      idOf={idOfOutage}
      columns={[
        {
          id: 'region',
          header: 'Region',
          cell: ({ region: where }) => `${REGIONS[where] ?? ''} ${where}`,
          isRowHeader: true,
        },
        { id: 'model', header: 'Models', cell: ({ model: of }) => of ?? 'all' },
        { id: 'since', header: 'Since', cell: ({ since }) => timeText(since), value: ({ since }) => since },
        {
          id: 'end',
          header: 'End',
          cell: (outage) => (
            <Button
              variant="inline-link"
              ariaLabel={`End outage: ${outage.region}${outage.model === undefined ? '' : ` for ${outage.model}`}`}
              onClick={() => void put.run(outages!.filter((each) => idOfOutage(each) !== idOfOutage(outage)))}
            >
              End outage
            </Button>
          ),
        },
      ]}
      above={
        <div className="fault-scope">
          <FormField label="Region">
            <Select
              selectedOption={{ value: region, label: `${REGIONS[region] ?? ''} ${region}` }}
              filteringType="auto"
              options={Object.entries(REGIONS).map(([value, name]) => ({ value, label: `${name} ${value}` }))}
              onChange={({ detail }) => setRegion(detail.selectedOption.value!)}
            />
          </FormField>
          <ModelField label="Models" value={model} onChange={setModel} />
          <Box padding={{ top: 'xl' }}>
            <Button loading={put.pending} disabled={outages === undefined} onClick={add}>
              Begin outage
            </Button>
          </Box>
        </div>
      }
      empty={
        <Box textAlign="center">
          All regions answer. An outage lets direct calls there fail; cross-region profiles go elsewhere.
        </Box>
      }
    />
  );
}

const idOfOutage = ({ region, model }: Outage): string => `${region} ${model ?? ''}`;

function QuotaPanel() {
  const { data, error, refetch } = useStack<{ quotas: Quota[] }>('quotas');
  const [model, setModel] = useState('');
  const [requests, setRequests] = useState('');
  const [tokens, setTokens] = useState('');
  const [wrong, setWrong] = useState<string>();
  const ask = useAsk();
  const refresh = useRefresh();
  const put = useAction(async (signal, quotas: Quota[]) => {
    await ask('PUT', 'quotas', { quotas }, signal);
    await refresh();
  });
  const quotas = data?.quotas.map((quota, index) => ({ ...quota, place: index + 1 }));
  const add = async () => {
    const rates = { requestsPerMinute: Number(requests || 'NaN'), tokensPerMinute: Number(tokens || 'NaN') };
    const given = Object.fromEntries(Object.entries(rates).filter(([, rate]) => rate > 0));
    if (Object.keys(given).length === 0) {
      setWrong('A quota has requests or tokens a minute: a number above 0.');
      return;
    }
    setWrong(undefined);
    const quota: Quota = { ...modelOf(model), ...given };
    if (await put.run([...(data?.quotas ?? []), quota])) {
      setRequests('');
      setTokens('');
    }
  };
  return (
    <ResourceTable
      title="Quotas"
      noun="quota"
      items={quotas}
      error={error}
      refresh={() => void refetch()}
      idOf={({ place }) => String(place)}
      columns={[
        { id: 'place', header: 'Order', cell: ({ place }) => place },
        { id: 'model', header: 'Models', cell: ({ model: of }) => of ?? 'all', isRowHeader: true },
        {
          id: 'where',
          header: 'Account and region',
          cell: ({ account, region }) => [account, region].filter(Boolean).join(', ') || 'each',
        },
        {
          id: 'requests',
          header: 'Requests a minute',
          cell: ({ requestsPerMinute }) => requestsPerMinute?.toLocaleString('en') ?? '–',
        },
        {
          id: 'tokens',
          header: 'Tokens a minute',
          cell: ({ tokensPerMinute }) => tokensPerMinute?.toLocaleString('en') ?? '–',
        },
        {
          id: 'remove',
          header: 'Remove',
          cell: ({ place }) => (
            <Button
              variant="inline-link"
              ariaLabel={`Remove quota ${place}`}
              onClick={() => void put.run(data!.quotas.filter((_quota, index) => index !== place - 1))}
            >
              Remove
            </Button>
          ),
        },
      ]}
      above={
        <div className="fault-scope">
          <ModelField label="Models of the quota" value={model} onChange={setModel} example="amazon.nova-*" />
          <FormField label="Requests a minute" errorText={wrong}>
            <Input
              type="number"
              inputMode="numeric"
              value={requests}
              onChange={({ detail }) => setRequests(detail.value)}
            />
          </FormField>
          <FormField label="Tokens a minute">
            <Input
              type="number"
              inputMode="numeric"
              value={tokens}
              onChange={({ detail }) => setTokens(detail.value)}
            />
          </FormField>
          <Box padding={{ top: 'xl' }}>
            <Button loading={put.pending} disabled={data === undefined} onClick={() => void add()}>
              Add quota
            </Button>
          </Box>
        </div>
      }
      empty={
        <Box textAlign="center">
          No quotas: models may be asked as often as you like. Over a quota they throttle, as on AWS.
        </Box>
      }
    />
  );
}
