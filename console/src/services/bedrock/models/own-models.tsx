import {
  BedrockClient,
  ListCustomModelDeploymentsCommand,
  ListCustomModelsCommand,
  ListImportedModelsCommand,
  ListProvisionedModelThroughputsCommand,
} from '@aws-sdk/client-bedrock';
import Link from '@cloudscape-design/components/link';
import { useAllPages, useRefresh } from '../../../aws/call.ts';
import { Empty } from '../../../ui/empty.tsx';
import { ResourceTable, type ResourceColumn } from '../../../ui/resource-table.tsx';
import { timeText, timeValue } from '../../../ui/text.ts';
import { chatHref } from './chat-href.ts';

type Own = {
  arn: string;
  name: string;
  kind: string;
  base: string;
  status: string;
  created: Date | undefined;
  /** Whether its ARN can be called. */
  callable: boolean;
};

const nameOf = (arn: string | undefined): string => arn?.split('/').slice(1).join('/') ?? '';

/** Models of the account's own, and what serves them: custom models, deployments, imported models, provisioned throughput. */
export function useOwnModels() {
  const custom = useAllPages(
    BedrockClient,
    ListCustomModelsCommand,
    {},
    {
      items: ({ modelSummaries }) =>
        modelSummaries?.map((each): Own => ({
          arn: each.modelArn!,
          name: each.modelName!,
          kind: 'Custom model',
          base: each.baseModelName ?? nameOf(each.baseModelArn),
          status: each.modelStatus ?? 'Active',
          created: each.creationTime,
          callable: false,
        })),
      input: 'nextToken',
    },
  );
  const deployments = useAllPages(
    BedrockClient,
    ListCustomModelDeploymentsCommand,
    {},
    {
      items: ({ modelDeploymentSummaries }) =>
        modelDeploymentSummaries?.map((each): Own => ({
          arn: each.customModelDeploymentArn!,
          name: each.customModelDeploymentName!,
          kind: 'Custom model deployment',
          base: nameOf(each.modelArn),
          status: each.status!,
          created: each.createdAt,
          callable: each.status === 'Active',
        })),
      input: 'nextToken',
    },
  );
  const imported = useAllPages(
    BedrockClient,
    ListImportedModelsCommand,
    {},
    {
      items: ({ modelSummaries }) =>
        modelSummaries?.map((each): Own => ({
          arn: each.modelArn!,
          name: each.modelName!,
          kind: 'Imported model',
          base: each.modelArchitecture ?? '',
          status: 'Active',
          created: each.creationTime,
          callable: true,
        })),
      input: 'nextToken',
    },
  );
  const provisioned = useAllPages(
    BedrockClient,
    ListProvisionedModelThroughputsCommand,
    {},
    {
      items: ({ provisionedModelSummaries }) =>
        provisionedModelSummaries?.map((each): Own => ({
          arn: each.provisionedModelArn!,
          name: each.provisionedModelName!,
          kind: 'Provisioned throughput',
          base: nameOf(each.modelArn),
          status: each.status!,
          created: each.creationTime,
          callable: each.status === 'InService',
        })),
      input: 'nextToken',
    },
  );
  const parts = [custom, deployments, imported, provisioned];
  return {
    data: parts.every(({ data }) => data !== undefined) ? parts.flatMap(({ data }) => data!) : undefined,
    error: parts.find(({ error }) => error)?.error,
    isFetching: parts.some(({ isFetching }) => isFetching),
  };
}

const COLUMNS: ResourceColumn<Own>[] = [
  { id: 'name', header: 'Name', isRowHeader: true, width: 200, cell: ({ name }) => name },
  { id: 'kind', header: 'Kind', width: 180, cell: ({ kind }) => kind },
  { id: 'base', header: 'Of', width: 220, cell: ({ base }) => base },
  { id: 'status', header: 'Status', width: 110, cell: ({ status }) => status },
  {
    id: 'created',
    header: 'Created',
    width: 170,
    value: ({ created }) => timeValue(created),
    cell: ({ created }) => timeText(created),
  },
  {
    id: 'chat',
    header: 'Chat',
    width: 90,
    value: () => '',
    cell: ({ arn, name, callable }) =>
      callable ? (
        <Link href={chatHref(arn)} ariaLabel={`Chat with ${name}`}>
          Chat
        </Link>
      ) : (
        '–'
      ),
  },
];

export function OwnModels() {
  const { data, error, isFetching } = useOwnModels();
  const refresh = useRefresh();
  return (
    <ResourceTable<Own>
      title="Your models"
      noun="model"
      items={data}
      error={error}
      idOf={({ arn }) => arn}
      refresh={() => void refresh()}
      refreshing={isFetching}
      sortedBy="-created"
      columns={COLUMNS}
      empty={
        <Empty title="No models of your own" code={[SAMPLE]}>
          Customise a model with your examples, import weights from S3, or buy provisioned throughput.
        </Empty>
      }
    />
  );
}

const SAMPLE = {
  serviceId: 'Bedrock',
  operation: 'CreateModelImportJob',
  input: {
    jobName: 'import-1',
    importedModelName: 'my-model',
    roleArn: 'arn:aws:iam::000000000000:role/import',
    modelDataSource: { s3DataSource: { s3Uri: 's3://my-bucket/weights/' } },
  },
};
