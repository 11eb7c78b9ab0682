import Link from '@cloudscape-design/components/link';
import { useStack } from '../../aws/stack.ts';
import { Failure } from '../../ui/failure.tsx';
import { Loading, Page } from '../../ui/page.tsx';
import { ResourceTable } from '../../ui/resource-table.tsx';

type ModelPrices = { input: number; output?: number; cacheRead?: number; cacheWrite?: number; batch?: number };
type Table = { service: string; asOf: string; source: string; note?: string; prices: Record<string, number> };
/** `GET /_outcrop/prices`: Bedrock's per million tokens, others' per unit. */
export type Prices = {
  tables: Table[];
  bedrock: {
    asOf: string;
    source: string;
    region?: string;
    models: Record<string, ModelPrices>;
    units: Record<string, number>;
  };
};

const DIGITS = 12;
const price = (usd: number | undefined): string => (usd === undefined ? '–' : `$${Number(usd.toPrecision(DIGITS))}`);

/** The list prices that costs are worked out from, when they were so and where they are from. */
export function Prices() {
  const { data, error, refetch } = useStack<Prices>('prices');
  return (
    <Page
      title="Prices"
      trail={[{ text: 'Cost', href: '#/cost' }]}
      description="Public list prices in US dollars, US East (N. Virginia). Start the stack with --prices to put figures of your own in their place."
    >
      {error && <Failure error={error} retry={() => void refetch()} />}
      {!data && !error && <Loading />}
      {data && (
        <ResourceTable
          title="Amazon Bedrock, per million tokens"
          description={<Source {...data.bedrock} />}
          noun="model"
          items={Object.entries(data.bedrock.models)}
          idOf={([id]) => id}
          sortedBy="model"
          columns={[
            { id: 'model', header: 'Model', cell: ([id]) => id, isRowHeader: true },
            { id: 'input', header: 'Input', cell: ([, each]) => price(each.input), value: ([, { input }]) => input },
            {
              id: 'output',
              header: 'Output',
              cell: ([, each]) => price(each.output),
              value: ([, { output }]) => output,
            },
            { id: 'cacheRead', header: 'Cache read', cell: ([, each]) => price(each.cacheRead) },
            { id: 'cacheWrite', header: 'Cache write', cell: ([, each]) => price(each.cacheWrite) },
            {
              id: 'batch',
              header: 'Batch',
              cell: ([, { batch }]) => (batch === undefined ? '–' : `${batch * 100} % of it`),
            },
          ]}
          empty="The table has no model."
        />
      )}
      {data?.tables.concat({ ...data.bedrock, service: 'bedrock', prices: data.bedrock.units }).map((table) => (
        <ResourceTable
          key={table.service}
          title={`${table.service}, per unit`}
          description={<Source {...table} />}
          noun="price"
          items={Object.entries(table.prices)}
          idOf={([type]) => type}
          columns={[
            { id: 'type', header: 'Usage type', cell: ([type]) => type, isRowHeader: true },
            { id: 'price', header: 'Price', cell: ([, usd]) => price(usd), value: ([, usd]) => usd },
          ]}
          empty="The table has no price."
        />
      ))}
    </Page>
  );
}

/** When and where prices are from. */
function Source({ asOf, source, note }: { asOf: string; source: string; note?: string }) {
  const [address, ...rest] = source.split(/,\s*/);
  return (
    <>
      As of {asOf}, from{' '}
      {address?.startsWith('https://') ? (
        <Link external href={address} externalIconAriaLabel="Opens in a new tab">
          {address}
        </Link>
      ) : (
        address
      )}
      {rest.length > 0 && ` (${rest.join(', ')})`}.{note !== undefined && ` ${note}`}
    </>
  );
}
