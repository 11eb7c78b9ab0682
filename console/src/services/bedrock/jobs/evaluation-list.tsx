import { BedrockClient, ListEvaluationJobsCommand, type EvaluationSummary } from '@aws-sdk/client-bedrock';
import Button from '@cloudscape-design/components/button';
import Link from '@cloudscape-design/components/link';
import { useAllPages } from '../../../aws/call.ts';
import { Empty } from '../../../ui/empty.tsx';
import { Page } from '../../../ui/page.tsx';
import { ResourceTable, type ResourceColumn } from '../../../ui/resource-table.tsx';
import { CREATED, STATUS } from './columns.tsx';
import { EVERY_MS, idOf } from './status.tsx';

const modelsOf = ({ modelIdentifiers, ragIdentifiers }: EvaluationSummary): string =>
  [...(modelIdentifiers ?? []), ...(ragIdentifiers ?? [])].map(idOf).join(', ');

const COLUMNS: ResourceColumn<EvaluationSummary>[] = [
  {
    id: 'name',
    header: 'Evaluation name',
    isRowHeader: true,
    value: ({ jobName }) => jobName,
    cell: ({ jobName, jobArn }) => <Link href={`#/bedrock/evaluations/${idOf(jobArn)}`}>{jobName}</Link>,
  },
  STATUS,
  {
    id: 'type',
    header: 'Type',
    cell: ({ jobType, evaluatorModelIdentifiers }) =>
      evaluatorModelIdentifiers?.length ? `${jobType}, judged by a model` : jobType,
  },
  { id: 'models', header: 'Models and RAG sources', cell: modelsOf },
  { id: 'tasks', header: 'Task types', cell: ({ evaluationTaskTypes }) => evaluationTaskTypes?.join(', ') },
  CREATED,
];

const EXAMPLE = {
  serviceId: 'Bedrock',
  operation: 'CreateEvaluationJob',
  input: {
    jobName: 'my-evaluation',
    roleArn: 'arn:aws:iam::000000000000:role/evaluator',
    evaluationConfig: {
      automated: {
        datasetMetricConfigs: [
          {
            taskType: 'QuestionAndAnswer',
            dataset: { name: 'questions', datasetLocation: { s3Uri: 's3://my-bucket/questions.jsonl' } },
            metricNames: ['Builtin.Accuracy'],
          },
        ],
      },
    },
    inferenceConfig: { models: [{ bedrockModel: { modelIdentifier: 'amazon.nova-lite-v1:0' } }] },
    outputDataConfig: { s3Uri: 's3://my-bucket/out' },
  },
};

/** The evaluation jobs of the account in the region. */
export function EvaluationJobs() {
  const jobs = useAllPages(
    BedrockClient,
    ListEvaluationJobsCommand,
    {},
    {
      items: ({ jobSummaries }) => jobSummaries,
      input: 'nextToken',
      refetchMs: EVERY_MS,
    },
  );
  const create = (
    <Button variant="primary" href="#/bedrock/evaluations/create">
      Create evaluation
    </Button>
  );
  return (
    <Page title="Evaluations" bare trail={[{ text: 'Amazon Bedrock', href: '#/bedrock/models' }]}>
      <ResourceTable
        title="Evaluations"
        variant="full-page"
        description="How good a model's answers are: by measures, by another model as judge, or by people."
        noun="evaluation"
        items={jobs.data}
        error={jobs.error}
        columns={COLUMNS}
        idOf={({ jobArn }) => jobArn!}
        sortedBy="-created"
        refresh={() => void jobs.refetch()}
        refreshing={jobs.isFetching && !jobs.data}
        actions={create}
        empty={
          <Empty title="No evaluations" action={create} code={[EXAMPLE]}>
            Put prompts with reference answers as lines of JSON into a bucket, and create an evaluation of a model on
            them.
          </Empty>
        }
      />
    </Page>
  );
}
