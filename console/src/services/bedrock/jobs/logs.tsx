import { BedrockClient, GetModelInvocationLoggingConfigurationCommand } from '@aws-sdk/client-bedrock';
import Box from '@cloudscape-design/components/box';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import { useCall } from '../../../aws/call.ts';
import { Empty } from '../../../ui/empty.tsx';
import { Failure } from '../../../ui/failure.tsx';
import { Loading, Page } from '../../../ui/page.tsx';
import { LogSettings } from './log-settings.tsx';
import { LogViewer } from './log-viewer.tsx';

const EXAMPLE = {
  serviceId: 'Bedrock',
  operation: 'PutModelInvocationLoggingConfiguration',
  input: { loggingConfig: { s3Config: { bucketName: 'my-log-bucket' } } },
};

/** Where invocations of models are logged, and what is in the log. */
export function InvocationLogs() {
  const { data, error, refetch } = useCall(BedrockClient, GetModelInvocationLoggingConfigurationCommand, {});
  const s3 = data?.loggingConfig?.s3Config;
  return (
    <Page
      title="Invocation logs"
      description="What was asked of models and what they answered, as Amazon Bedrock writes it to S3, some minutes late."
      trail={[{ text: 'Amazon Bedrock', href: '#/bedrock/models' }]}
    >
      {error && <Failure error={error} retry={() => void refetch()} />}
      {!data && !error && <Loading />}
      {data && <LogSettings config={data.loggingConfig} />}
      {data &&
        (s3 ? (
          <LogViewer s3={{ bucketName: s3.bucketName!, keyPrefix: s3.keyPrefix ?? '' }} />
        ) : (
          <Container header={<Header variant="h2">Records</Header>}>
            <Empty title="Invocations are not logged" code={[EXAMPLE]}>
              <Box>Turn logging on above: choose a bucket whose policy lets Amazon Bedrock write to it.</Box>
            </Empty>
          </Container>
        ))}
    </Page>
  );
}
