import { BedrockClient, ListFoundationModelsCommand, type FoundationModelSummary } from '@aws-sdk/client-bedrock';
import Badge from '@cloudscape-design/components/badge';
import Box from '@cloudscape-design/components/box';
import Link from '@cloudscape-design/components/link';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { useState } from 'react';
import { useCall, useRefresh } from '../../../aws/call.ts';
import { Empty } from '../../../ui/empty.tsx';
import { ResourceTable, type ResourceColumn } from '../../../ui/resource-table.tsx';
import { backendWords, useBound } from './bound.ts';

type Facet = { id: string; label: string; of: (model: FoundationModelSummary) => readonly string[] };
const FACETS: Facet[] = [
  { id: 'provider', label: 'Provider', of: ({ providerName }) => [providerName ?? ''] },
  { id: 'input', label: 'Input modality', of: ({ inputModalities }) => inputModalities ?? [] },
  { id: 'output', label: 'Output modality', of: ({ outputModalities }) => outputModalities ?? [] },
  { id: 'lifecycle', label: 'Lifecycle', of: ({ modelLifecycle }) => [modelLifecycle?.status ?? ''] },
];

export const modelHref = (id: string): string => `#/bedrock/models/${encodeURIComponent(id)}`;

const COLUMNS: ResourceColumn<FoundationModelSummary>[] = [
  {
    id: 'name',
    header: 'Model',
    isRowHeader: true,
    width: 230,
    value: ({ modelName, modelId }) => `${modelName} ${modelId}`,
    cell: ({ modelName, modelId }) => (
      <>
        <Link href={modelHref(modelId!)}>{modelName}</Link>
        <Box variant="small" display="block">
          {modelId}
        </Box>
      </>
    ),
  },
  { id: 'provider', header: 'Provider', width: 130, cell: ({ providerName }) => providerName },
  {
    id: 'takes',
    header: 'Takes and gives',
    width: 210,
    value: ({ inputModalities, outputModalities }) => [inputModalities, outputModalities].flat().join(' '),
    cell: ({ inputModalities, outputModalities }) => (
      <SpaceBetween direction="horizontal" size="xxs">
        {inputModalities?.map((each) => (
          <Badge key={`in ${each}`}>{each}</Badge>
        ))}
        <span>→</span>
        {outputModalities?.map((each) => (
          <Badge key={`out ${each}`} color="blue">
            {each}
          </Badge>
        ))}
      </SpaceBetween>
    ),
  },
  {
    id: 'lifecycle',
    header: 'Lifecycle',
    width: 130,
    value: ({ modelLifecycle }) => modelLifecycle?.status ?? '',
    cell: ({ modelLifecycle }) => <Lifecycle status={modelLifecycle?.status} />,
  },
];

export function FoundationModels() {
  const { data, error, isFetching } = useCall(BedrockClient, ListFoundationModelsCommand, {});
  const { data: bound } = useBound();
  const refresh = useRefresh();
  const [chosen, setChosen] = useState<Record<string, string>>({});
  const all = data?.modelSummaries;
  const backends = new Map(bound?.models.map((each) => [each.model, each]));
  const items = all?.filter((model) =>
    FACETS.every(({ id, of }) => chosen[id] === undefined || of(model).includes(chosen[id])),
  );
  return (
    <ResourceTable<FoundationModelSummary>
      title="Foundation models"
      noun="model"
      items={items}
      error={error}
      idOf={({ modelId }) => modelId!}
      sortedBy="name"
      refresh={() => void refresh()}
      refreshing={isFetching}
      above={
        <SpaceBetween direction="horizontal" size="xs">
          {FACETS.map((facet) => (
            <FacetSelect
              key={facet.id}
              facet={facet}
              models={all ?? []}
              value={chosen[facet.id]}
              onChange={(value) => {
                const { [facet.id]: _before, ...rest } = chosen;
                setChosen(value === undefined ? rest : { ...rest, [facet.id]: value });
              }}
            />
          ))}
        </SpaceBetween>
      }
      columns={[
        ...COLUMNS,
        {
          id: 'backend',
          header: 'Answered by',
          width: 180,
          value: ({ modelId }) => backends.get(modelId!)?.backend ?? '',
          cell: ({ modelId, outputModalities }) => {
            const found = backends.get(modelId!);
            return found ? backendWords(found.backend, outputModalities).short : '–';
          },
        },
      ]}
      empty={
        <Empty
          title={all?.length === 0 ? 'This region offers no models' : 'No model is like that'}
          code={[{ serviceId: 'Bedrock', operation: 'ListFoundationModels', input: {} }]}
        >
          Choose another region above, or other filters.
        </Empty>
      }
    />
  );
}

export const Lifecycle = ({ status }: { status: string | undefined }) => (
  <StatusIndicator type={status === 'ACTIVE' ? 'success' : 'warning'}>{status ?? 'unknown'}</StatusIndicator>
);

function FacetSelect(props: {
  facet: Facet;
  models: readonly FoundationModelSummary[];
  value: string | undefined;
  onChange: (value: string | undefined) => void;
}) {
  const { facet, models, value } = props;
  const all = { value: '', label: `${facet.label}: all` };
  const options = [...new Set(models.flatMap((model) => facet.of(model)))]
    .filter((each) => each !== '')
    .sort()
    .map((each) => ({ value: each, label: each }));
  return (
    <Select
      ariaLabel={facet.label}
      options={[all, ...options]}
      selectedOption={value === undefined ? all : { value, label: `${facet.label}: ${value}` }}
      onChange={({ detail }) => props.onChange(detail.selectedOption.value || undefined)}
      expandToViewport
    />
  );
}
