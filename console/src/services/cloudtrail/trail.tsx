import {
  CloudTrailClient,
  DeleteTrailCommand,
  GetEventSelectorsCommand,
  GetTrailCommand,
  GetTrailStatusCommand,
  StartLoggingCommand,
  StopLoggingCommand,
} from '@aws-sdk/client-cloudtrail';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { useState } from 'react';
import { useNavigate, useParams } from 'react-router';
import { useCall, useRefresh, useSend } from '../../aws/call.ts';
import { tellSuccess } from '../../shell/notices.tsx';
import { useAction } from '../../ui/action.ts';
import { AskFirst } from '../../ui/ask-first.tsx';
import { JsonBlock } from '../../ui/code-block.tsx';
import { Failure } from '../../ui/failure.tsx';
import { Loading, Page } from '../../ui/page.tsx';
import { timeText } from '../../ui/text.ts';

const EVERY_MS = 5_000;

/** A trail: what it logs, and whether it gets there. */
export function TrailPage() {
  const arn = useParams()['arn']!;
  const send = useSend(CloudTrailClient);
  const refresh = useRefresh();
  const navigate = useNavigate();
  const trail = useCall(CloudTrailClient, GetTrailCommand, { Name: arn });
  const status = useCall(CloudTrailClient, GetTrailStatusCommand, { Name: arn }, { refetchMs: EVERY_MS });
  const selectors = useCall(CloudTrailClient, GetEventSelectorsCommand, { TrailName: arn });
  const [deleting, setDeleting] = useState(false);
  const logging = status.data?.IsLogging ?? false;
  const turn = useAction(async (signal) => {
    await send(logging ? StopLoggingCommand : StartLoggingCommand, { Name: arn }, signal);
    await refresh();
  });
  const name = arn.split('/').at(-1)!;
  const facts = trail.data?.Trail;
  const error = trail.error ?? status.error;
  return (
    <Page
      title={name}
      trail={[
        { text: 'AWS CloudTrail', href: '#/cloudtrail' },
        { text: 'Trails', href: '#/cloudtrail/trails' },
      ]}
      actions={
        <SpaceBetween direction="horizontal" size="xs">
          <Button disabled={!status.data} loading={turn.pending} onClick={() => void turn.run()}>
            {logging ? 'Stop logging' : 'Start logging'}
          </Button>
          <Button onClick={() => setDeleting(true)}>Delete</Button>
        </SpaceBetween>
      }
    >
      {error ? (
        <Failure error={error} retry={() => void refresh()} />
      ) : !facts || !status.data ? (
        <Loading />
      ) : (
        <>
          <Container header={<Header variant="h2">General details</Header>}>
            <KeyValuePairs
              columns={3}
              items={[
                {
                  label: 'Logging',
                  value: (
                    <StatusIndicator type={logging ? 'success' : 'stopped'}>
                      {logging ? 'Logging' : 'Off'}
                    </StatusIndicator>
                  ),
                },
                { label: 'S3 bucket', value: facts.S3BucketName },
                { label: 'Prefix', value: facts.S3KeyPrefix ?? '–' },
                { label: 'Home region', value: facts.HomeRegion },
                { label: 'Multi-region', value: facts.IsMultiRegionTrail ? 'Yes' : 'No' },
                { label: 'Log file validation', value: facts.LogFileValidationEnabled ? 'Enabled' : 'Disabled' },
                { label: 'KMS key', value: facts.KmsKeyId ?? 'None' },
                { label: 'Last log file delivered', value: timeText(status.data.LatestDeliveryTime) },
                { label: 'Last delivery error', value: status.data.LatestDeliveryError || 'None' },
                { label: 'Logging since', value: timeText(status.data.StartLoggingTime) },
                { label: 'Last digest delivered', value: timeText(status.data.LatestDigestDeliveryTime) },
                { label: 'ARN', value: arn },
              ]}
            />
          </Container>
          <Container header={<Header variant="h2">Event selectors</Header>}>
            {selectors.error ? (
              <Failure error={selectors.error} />
            ) : (
              <JsonBlock
                value={selectors.data?.AdvancedEventSelectors ?? selectors.data?.EventSelectors ?? []}
                label="Event selectors"
              />
            )}
          </Container>
        </>
      )}
      {deleting && (
        <AskFirst
          title={`Delete ${name}?`}
          action="Delete"
          typed={name}
          close={() => setDeleting(false)}
          act={async (signal) => {
            await send(DeleteTrailCommand, { Name: arn }, signal);
            tellSuccess(`Deleted ${name}.`);
            void navigate('/cloudtrail/trails');
          }}
        >
          Nothing more is delivered. The log files stay in the bucket.
        </AskFirst>
      )}
    </Page>
  );
}
