import { BedrockClient, GetModelInvocationJobCommand, StopModelInvocationJobCommand } from '@aws-sdk/client-bedrock';
import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import Link from '@cloudscape-design/components/link';
import ProgressBar from '@cloudscape-design/components/progress-bar';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useParams } from 'react-router';
import { useCall, useRefresh, useSend } from '../../../aws/call.ts';
import { tellSuccess } from '../../../shell/notices.tsx';
import { Failure } from '../../../ui/failure.tsx';
import { Loading, Page } from '../../../ui/page.tsx';
import { timeText } from '../../../ui/text.ts';
import { BatchResults } from './batch-results.tsx';
import { ConfirmedButton } from './confirm.tsx';
import { inFolder, readS3Uri } from './objects.ts';
import { S3Link } from './s3-link.tsx';
import { EVERY_MS, isEnded, JobStatus } from './status.tsx';

const TRAIL = [
  { text: 'Amazon Bedrock', href: '#/bedrock/models' },
  { text: 'Batch inference', href: '#/bedrock/batch' },
];

/** A batch inference job: how far it is, and what came of it. */
export function BatchJob() {
  const id = useParams()['id']!;
  const send = useSend(BedrockClient);
  const refresh = useRefresh();
  const { data: job, error } = useCall(
    BedrockClient,
    GetModelInvocationJobCommand,
    { jobIdentifier: id },
    { refetchMs: EVERY_MS },
  );
  if (!job)
    return (
      <Page title={id} trail={TRAIL}>
        {error ? <Failure error={error} /> : <Loading />}
      </Page>
    );
  const total = job.totalRecordCount;
  const output = readS3Uri(job.outputDataConfig?.s3OutputDataConfig?.s3Uri);
  return (
    <Page
      title={job.jobName ?? id}
      trail={TRAIL}
      actions={
        <SpaceBetween direction="horizontal" size="xs">
          <ConfirmedButton
            label="Stop job"
            title={`Stop ${job.jobName}?`}
            disabled={isEnded(job.status) || job.status === 'Stopping'}
            act={async () => {
              await send(StopModelInvocationJobCommand, { jobIdentifier: id });
              tellSuccess(`Job ${job.jobName} is being stopped.`);
              await refresh();
            }}
          >
            What was answered already is written to S3. A stopped job does not go on.
          </ConfirmedButton>
          <Button href={`#/bedrock/batch/create?from=${id}`}>Clone job</Button>
        </SpaceBetween>
      }
    >
      {error && <Failure error={error} />}
      {job.message !== undefined && (
        <Alert type={job.status === 'Failed' ? 'error' : 'info'} header="What the job says">
          {job.message}
        </Alert>
      )}
      <Container header={<Header variant="h2">Overview</Header>}>
        <SpaceBetween size="l">
          {total !== undefined && (
            <ProgressBar
              label="Records"
              value={total === 0 ? 100 : Math.round((100 * (job.processedRecordCount ?? 0)) / total)}
              additionalInfo={`${job.processedRecordCount ?? 0} of ${total} processed`}
            />
          )}
          <KeyValuePairs
            columns={3}
            items={[
              { label: 'Status', value: <JobStatus status={job.status} /> },
              { label: 'Succeeded', value: job.successRecordCount ?? '–' },
              { label: 'Errors', value: job.errorRecordCount ?? '–' },
              { label: 'Model', value: job.modelId },
              { label: 'Format of the records', value: job.modelInvocationType ?? 'InvokeModel' },
              { label: 'Service role', value: job.roleArn },
              { label: 'Input', value: <S3Link uri={job.inputDataConfig?.s3InputDataConfig?.s3Uri} /> },
              { label: 'Output', value: <S3Link uri={job.outputDataConfig?.s3OutputDataConfig?.s3Uri} /> },
              { label: 'ARN', value: <Box variant="code">{job.jobArn}</Box> },
              { label: 'Submitted', value: timeText(job.submitTime) },
              { label: 'Ended', value: timeText(job.endTime) },
              { label: 'Expires', value: timeText(job.jobExpirationTime) },
            ]}
          />
        </SpaceBetween>
      </Container>
      {output && ['Completed', 'PartiallyCompleted', 'Stopped'].includes(job.status ?? '') ? (
        <BatchResults folder={{ ...output, key: inFolder(output.key, `${id}/`) }} />
      ) : (
        <Container header={<Header variant="h2">Results</Header>}>
          <Box color="text-body-secondary">
            {isEnded(job.status) ? (
              <>
                The job has written nothing. <Link href={`#/bedrock/batch/create?from=${id}`}>Try it again</Link>
              </>
            ) : (
              'Results are written when the job has ended.'
            )}
          </Box>
        </Container>
      )}
    </Page>
  );
}
