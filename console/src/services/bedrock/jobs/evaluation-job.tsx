import { BedrockClient, GetEvaluationJobCommand, StopEvaluationJobCommand } from '@aws-sdk/client-bedrock';
import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import Link from '@cloudscape-design/components/link';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useParams } from 'react-router';
import { useCall, useRefresh, useSend } from '../../../aws/call.ts';
import { useSignedIn } from '../../../aws/session.ts';
import { tellSuccess } from '../../../shell/notices.tsx';
import { Failure } from '../../../ui/failure.tsx';
import { Loading, Page } from '../../../ui/page.tsx';
import { timeText } from '../../../ui/text.ts';
import { ConfirmedButton } from './confirm.tsx';
import { EvaluationResults } from './evaluation-results.tsx';
import { inFolder, readS3Uri } from './objects.ts';
import { S3Link } from './s3-link.tsx';
import { EVERY_MS, evaluationArn, isEnded, JobStatus } from './status.tsx';

const TRAIL = [
  { text: 'Amazon Bedrock', href: '#/bedrock/models' },
  { text: 'Evaluations', href: '#/bedrock/evaluations' },
];

/** An evaluation: what it is of, how far it is, and what came of it. */
export function EvaluationJob() {
  const id = useParams()['id']!;
  const session = useSignedIn();
  const send = useSend(BedrockClient);
  const refresh = useRefresh();
  const jobIdentifier = evaluationArn(session, id);
  const { data: job, error } = useCall(
    BedrockClient,
    GetEvaluationJobCommand,
    { jobIdentifier },
    { refetchMs: EVERY_MS },
  );
  if (!job)
    return (
      <Page title={id} trail={TRAIL}>
        {error ? <Failure error={error} /> : <Loading />}
      </Page>
    );
  const { automated, human } = job.evaluationConfig ?? {};
  const datasets = (automated ?? human)?.datasetMetricConfigs ?? [];
  const judge = automated?.evaluatorModelConfig?.bedrockEvaluatorModels?.[0]?.modelIdentifier;
  const models = (job.inferenceConfig?.models ?? []).map(
    ({ bedrockModel, precomputedInferenceSource }) =>
      bedrockModel?.modelIdentifier ?? precomputedInferenceSource?.inferenceSourceIdentifier,
  );
  const output = readS3Uri(job.outputDataConfig?.s3Uri);
  return (
    <Page
      title={job.jobName ?? id}
      trail={TRAIL}
      {...(job.jobDescription === undefined ? {} : { description: job.jobDescription })}
      actions={
        <SpaceBetween direction="horizontal" size="xs">
          <ConfirmedButton
            label="Stop evaluation"
            title={`Stop ${job.jobName}?`}
            disabled={isEnded(job.status) || job.status === 'Stopping'}
            act={async () => {
              await send(StopEvaluationJobCommand, { jobIdentifier });
              tellSuccess(`Evaluation ${job.jobName} is being stopped.`);
              await refresh();
            }}
          >
            A stopped evaluation does not go on, and has no report.
          </ConfirmedButton>
          <Button href={`#/bedrock/evaluations/create?from=${id}`}>Clone evaluation</Button>
        </SpaceBetween>
      }
    >
      {error && <Failure error={error} />}
      {job.failureMessages?.map((message) => (
        <Alert key={message} type="error" header="Why it failed">
          {message}
        </Alert>
      ))}
      {human && !isEnded(job.status) && (
        <Alert type="info" header="People have the next step">
          How far they are stands under <Link href="#/review">Human review</Link>.
        </Alert>
      )}
      <Container header={<Header variant="h2">Overview</Header>}>
        <KeyValuePairs
          columns={3}
          items={[
            { label: 'Status', value: <JobStatus status={job.status} /> },
            { label: 'Type', value: job.jobType },
            { label: 'Models', value: models.join(', ') || '–' },
            ...(judge === undefined ? [] : [{ label: 'Judge', value: judge }]),
            {
              label: 'Datasets',
              value: datasets.map(({ dataset, taskType }) => (
                <div key={`${dataset?.name} ${taskType}`}>
                  {dataset?.name} ({taskType}) <S3Link uri={dataset?.datasetLocation?.s3Uri} />
                </div>
              )),
            },
            {
              label: 'Metrics',
              value: [...new Set(datasets.flatMap(({ metricNames }) => metricNames ?? []))]
                .map((name) => name.replace('Builtin.', ''))
                .join(', '),
            },
            { label: 'Results', value: <S3Link uri={job.outputDataConfig?.s3Uri} /> },
            { label: 'Service role', value: job.roleArn },
            { label: 'Created', value: timeText(job.creationTime) },
            { label: 'Last changed', value: timeText(job.lastModifiedTime) },
            { label: 'ARN', value: <Box variant="code">{job.jobArn}</Box> },
          ]}
        />
      </Container>
      {output && job.status === 'Completed' ? (
        <EvaluationResults folder={{ ...output, key: inFolder(output.key, `${job.jobName}/`) }} />
      ) : (
        <Container header={<Header variant="h2">Results</Header>}>
          <Box color="text-body-secondary">
            {isEnded(job.status)
              ? 'The evaluation has no results.'
              : 'Results are there when the evaluation is completed.'}
          </Box>
        </Container>
      )}
    </Page>
  );
}
