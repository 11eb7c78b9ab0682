import { BedrockClient, ListModelInvocationJobsCommand, type ModelInvocationJobSummary } from '@aws-sdk/client-bedrock';
import Button from '@cloudscape-design/components/button';
import Link from '@cloudscape-design/components/link';
import { useAllPages } from '../../../aws/call.ts';
import { Empty } from '../../../ui/empty.tsx';
import { Page } from '../../../ui/page.tsx';
import { ResourceTable, type ResourceColumn } from '../../../ui/resource-table.tsx';
import { timeText, timeValue } from '../../../ui/text.ts';
import { STATUS } from './columns.tsx';
import { EVERY_MS, idOf } from './status.tsx';

const COLUMNS: ResourceColumn<ModelInvocationJobSummary>[] = [
  {
    id: 'name',
    header: 'Job name',
    isRowHeader: true,
    value: ({ jobName }) => jobName,
    cell: ({ jobName, jobArn }) => <Link href={`#/bedrock/batch/${idOf(jobArn)}`}>{jobName}</Link>,
  },
  STATUS,
  { id: 'model', header: 'Model', cell: ({ modelId }) => idOf(modelId) },
  {
    id: 'records',
    header: 'Records',
    value: ({ processedRecordCount }) => processedRecordCount,
    cell: ({ processedRecordCount, totalRecordCount }) =>
      totalRecordCount === undefined
        ? '–'
        : `${(processedRecordCount ?? 0).toLocaleString('en')} of ${totalRecordCount.toLocaleString('en')}`,
  },
  { id: 'errors', header: 'Errors', cell: ({ errorRecordCount }) => errorRecordCount ?? '–' },
  {
    id: 'submitted',
    header: 'Submitted',
    value: ({ submitTime }) => timeValue(submitTime),
    cell: ({ submitTime }) => timeText(submitTime),
  },
];

const EXAMPLE = {
  serviceId: 'Bedrock',
  operation: 'CreateModelInvocationJob',
  input: {
    jobName: 'my-batch',
    modelId: 'amazon.nova-lite-v1:0',
    roleArn: 'arn:aws:iam::000000000000:role/batch',
    inputDataConfig: { s3InputDataConfig: { s3Uri: 's3://my-bucket/in/' } },
    outputDataConfig: { s3OutputDataConfig: { s3Uri: 's3://my-bucket/out/' } },
  },
};

/** The batch inference jobs of the account in the region. */
export function BatchJobs() {
  const jobs = useAllPages(
    BedrockClient,
    ListModelInvocationJobsCommand,
    {},
    {
      items: ({ invocationJobSummaries }) => invocationJobSummaries,
      input: 'nextToken',
      refetchMs: EVERY_MS,
    },
  );
  const create = (
    <Button variant="primary" href="#/bedrock/batch/create">
      Create job
    </Button>
  );
  return (
    <Page title="Batch inference" bare trail={[{ text: 'Amazon Bedrock', href: '#/bedrock/models' }]}>
      <ResourceTable
        title="Batch inference jobs"
        variant="full-page"
        description="Many prompts at once, read from S3 and answered to S3, at half the price where AWS sells batches so."
        noun="job"
        items={jobs.data}
        error={jobs.error}
        columns={COLUMNS}
        idOf={({ jobArn }) => jobArn!}
        sortedBy="-submitted"
        refresh={() => void jobs.refetch()}
        refreshing={jobs.isFetching && !jobs.data}
        actions={create}
        empty={
          <Empty title="No batch inference jobs" action={create} code={[EXAMPLE]}>
            Put prompts as lines of JSON into a bucket, with a role that Amazon Bedrock may assume, and create a job.
          </Empty>
        }
      />
    </Page>
  );
}
