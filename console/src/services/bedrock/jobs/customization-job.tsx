import {
  BedrockClient,
  GetModelCustomizationJobCommand,
  StopModelCustomizationJobCommand,
  type GetModelCustomizationJobResponse,
} from '@aws-sdk/client-bedrock';
import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useParams } from 'react-router';
import { useCall, useRefresh, useSend } from '../../../aws/call.ts';
import { tellSuccess } from '../../../shell/notices.tsx';
import { Failure } from '../../../ui/failure.tsx';
import { Loading, Page } from '../../../ui/page.tsx';
import { timeText } from '../../../ui/text.ts';
import { ConfirmedButton } from './confirm.tsx';
import { DeployButton } from './deploy.tsx';
import { scoreText } from './evaluation-report.ts';
import { LossCurves } from './loss-curves.tsx';
import { inFolder, readS3Uri } from './objects.ts';
import { S3Link } from './s3-link.tsx';
import { EVERY_MS, idOf, isEnded, JobStatus } from './status.tsx';

const TRAIL = [
  { text: 'Amazon Bedrock', href: '#/bedrock/models' },
  { text: 'Custom models', href: '#/bedrock/customization' },
];

/** A customization job: its phases, what it was given, and how the loss fell. */
export function CustomizationJob() {
  const name = useParams()['name']!;
  const send = useSend(BedrockClient);
  const refresh = useRefresh();
  const { data: job, error } = useCall(
    BedrockClient,
    GetModelCustomizationJobCommand,
    { jobIdentifier: name },
    { refetchMs: EVERY_MS },
  );
  if (!job)
    return (
      <Page title={name} trail={TRAIL}>
        {error ? <Failure error={error} /> : <Loading />}
      </Page>
    );
  const output = readS3Uri(job.outputDataConfig?.s3Uri);
  return (
    <Page
      title={name}
      trail={TRAIL}
      actions={
        <SpaceBetween direction="horizontal" size="xs">
          <ConfirmedButton
            label="Stop job"
            title={`Stop ${name}?`}
            disabled={isEnded(job.status) || job.status === 'Stopping'}
            act={async () => {
              await send(StopModelCustomizationJobCommand, { jobIdentifier: name });
              tellSuccess(`Job ${name} is being stopped.`);
              await refresh();
            }}
          >
            A stopped job does not go on, and makes no model.
          </ConfirmedButton>
          <Button href={`#/bedrock/customization/create?from=${encodeURIComponent(name)}`}>Clone job</Button>
          {job.status === 'Completed' && job.outputModelArn !== undefined && (
            <DeployButton modelArn={job.outputModelArn} modelName={job.outputModelName ?? name} />
          )}
        </SpaceBetween>
      }
    >
      {error && <Failure error={error} />}
      {job.failureMessage !== undefined && (
        <Alert type="error" header="Why it failed">
          {job.failureMessage}
        </Alert>
      )}
      <Overview job={job} />
      {output && job.status === 'Completed' && (
        <LossCurves folder={{ ...output, key: inFolder(output.key, `model-customization-job-${idOf(job.jobArn)}`) }} />
      )}
    </Page>
  );
}

function Overview({ job }: { job: GetModelCustomizationJobResponse }) {
  const { validationDetails, dataProcessingDetails, trainingDetails } = job.statusDetails ?? {};
  return (
    <>
      <Container header={<Header variant="h2">Overview</Header>}>
        <KeyValuePairs
          columns={3}
          items={[
            { label: 'Status', value: <JobStatus status={job.status} /> },
            { label: 'Type', value: job.customizationType ?? 'FINE_TUNING' },
            { label: 'Base model', value: idOf(job.baseModelArn) },
            { label: 'Custom model', value: job.outputModelName },
            { label: 'Training data', value: <S3Link uri={job.trainingDataConfig?.s3Uri} /> },
            {
              label: 'Validation data',
              value: <S3Link uri={job.validationDataConfig?.validators?.[0]?.s3Uri} />,
            },
            { label: 'Metrics', value: <S3Link uri={job.outputDataConfig?.s3Uri} /> },
            { label: 'Service role', value: job.roleArn },
            { label: 'Created', value: timeText(job.creationTime) },
            { label: 'Ended', value: timeText(job.endTime) },
            { label: 'Training loss', value: scoreText(job.trainingMetrics?.trainingLoss) },
            { label: 'Validation loss', value: scoreText(job.validationMetrics?.[0]?.validationLoss) },
            ...(job.outputModelArn === undefined
              ? []
              : [{ label: 'Model ARN', value: <Box variant="code">{job.outputModelArn}</Box> }]),
          ]}
        />
      </Container>
      <Container header={<Header variant="h2">Phases</Header>}>
        <KeyValuePairs
          columns={3}
          items={[
            { label: 'Validation of the data', value: <JobStatus status={validationDetails?.status} /> },
            { label: 'Processing of the data', value: <JobStatus status={dataProcessingDetails?.status} /> },
            { label: 'Training', value: <JobStatus status={trainingDetails?.status} /> },
          ]}
        />
      </Container>
      <Container header={<Header variant="h2">Hyperparameters</Header>}>
        <KeyValuePairs
          columns={4}
          items={Object.entries(job.hyperParameters ?? {}).map(([label, value]) => ({ label, value }))}
        />
      </Container>
    </>
  );
}
