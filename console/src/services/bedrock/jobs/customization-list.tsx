import {
  BedrockClient,
  ListCustomModelsCommand,
  ListModelCustomizationJobsCommand,
  type CustomModelSummary,
  type ModelCustomizationJobSummary,
} from '@aws-sdk/client-bedrock';
import Button from '@cloudscape-design/components/button';
import Link from '@cloudscape-design/components/link';
import { useAllPages } from '../../../aws/call.ts';
import { Empty } from '../../../ui/empty.tsx';
import { Page } from '../../../ui/page.tsx';
import { ResourceTable, type ResourceColumn } from '../../../ui/resource-table.tsx';
import { CREATED, STATUS } from './columns.tsx';
import { Deployments } from './deployments.tsx';
import { EVERY_MS, idOf } from './status.tsx';

const COLUMNS: ResourceColumn<ModelCustomizationJobSummary>[] = [
  {
    id: 'name',
    header: 'Job name',
    isRowHeader: true,
    value: ({ jobName }) => jobName,
    cell: ({ jobName }) => <Link href={`#/bedrock/customization/${encodeURIComponent(jobName!)}`}>{jobName}</Link>,
  },
  STATUS,
  { id: 'type', header: 'Type', cell: ({ customizationType }) => customizationType ?? 'FINE_TUNING' },
  { id: 'base', header: 'Base model', cell: ({ baseModelArn }) => idOf(baseModelArn) },
  { id: 'model', header: 'Custom model', cell: ({ customModelName }) => customModelName ?? '–' },
  CREATED,
];

const MODEL_COLUMNS: ResourceColumn<CustomModelSummary>[] = [
  { id: 'name', header: 'Model name', isRowHeader: true, cell: ({ modelName }) => modelName },
  { id: 'base', header: 'Base model', cell: ({ baseModelName }) => baseModelName },
  { id: 'type', header: 'Type', cell: ({ customizationType }) => customizationType ?? '–' },
  { id: 'arn', header: 'ARN', width: 300, cell: ({ modelArn }) => modelArn },
  CREATED,
];

const EXAMPLE = {
  serviceId: 'Bedrock',
  operation: 'CreateModelCustomizationJob',
  input: {
    jobName: 'my-training',
    customModelName: 'my-model',
    roleArn: 'arn:aws:iam::000000000000:role/trainer',
    baseModelIdentifier: 'amazon.nova-micro-v1:0',
    trainingDataConfig: { s3Uri: 's3://my-bucket/train.jsonl' },
    outputDataConfig: { s3Uri: 's3://my-bucket/out' },
    hyperParameters: { epochCount: '2' },
  },
};

/** The model customization jobs of the account in the region, and the models that they made. */
export function CustomizationJobs() {
  const jobs = useAllPages(
    BedrockClient,
    ListModelCustomizationJobsCommand,
    {},
    {
      items: ({ modelCustomizationJobSummaries }) => modelCustomizationJobSummaries,
      input: 'nextToken',
      refetchMs: EVERY_MS,
    },
  );
  const models = useAllPages(
    BedrockClient,
    ListCustomModelsCommand,
    {},
    {
      items: ({ modelSummaries }) => modelSummaries,
      input: 'nextToken',
      refetchMs: EVERY_MS,
    },
  );
  const create = (
    <Button variant="primary" href="#/bedrock/customization/create">
      Create customization job
    </Button>
  );
  return (
    <Page
      title="Custom models"
      description="Models that are trained further on your own examples."
      trail={[{ text: 'Amazon Bedrock', href: '#/bedrock/models' }]}
      actions={create}
    >
      <ResourceTable
        title="Jobs"
        noun="job"
        items={jobs.data}
        error={jobs.error}
        columns={COLUMNS}
        idOf={({ jobArn }) => jobArn!}
        sortedBy="-created"
        refresh={() => void jobs.refetch()}
        empty={
          <Empty title="No customization jobs" code={[EXAMPLE]}>
            Put pairs of prompt and completion as lines of JSON into a bucket, and create a job that trains a model on
            them.
          </Empty>
        }
      />
      <ResourceTable
        title="Custom models"
        noun="custom model"
        items={models.data}
        error={models.error}
        columns={MODEL_COLUMNS}
        idOf={({ modelArn }) => modelArn!}
        sortedBy="-created"
        refresh={() => void models.refetch()}
        empty={<Empty title="No custom models">A model is there when its job is completed.</Empty>}
      />
      <Deployments />
    </Page>
  );
}
