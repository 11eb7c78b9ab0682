import { CloudTrailClient, LookupEventsCommand } from '@aws-sdk/client-cloudtrail';
import Alert from '@cloudscape-design/components/alert';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import Link from '@cloudscape-design/components/link';
import { useParams } from 'react-router';
import { useCall } from '../../aws/call.ts';
import { JsonBlock } from '../../ui/code-block.tsx';
import { Failure } from '../../ui/failure.tsx';
import { Loading, Page } from '../../ui/page.tsx';
import { timeText } from '../../ui/text.ts';

type TrailRecord = {
  errorCode?: string;
  errorMessage?: string;
  requestID?: string;
  awsRegion?: string;
  sourceIPAddress?: string;
  userIdentity?: { arn?: string };
};

/** One event, with all that is on the record. */
export function EventPage() {
  const { id } = useParams();
  const { data, error, refetch } = useCall(CloudTrailClient, LookupEventsCommand, {
    LookupAttributes: [{ AttributeKey: 'EventId', AttributeValue: id }],
  });
  const event = data?.Events?.[0];
  const record = event && (JSON.parse(event.CloudTrailEvent ?? '{}') as TrailRecord);
  return (
    <Page
      title={event?.EventName ?? 'Event'}
      trail={[
        { text: 'AWS CloudTrail', href: '#/cloudtrail' },
        { text: 'Event history', href: '#/cloudtrail/history' },
      ]}
    >
      {error ? (
        <Failure error={error} retry={() => void refetch()} />
      ) : !data ? (
        <Loading />
      ) : !event || !record ? (
        <Alert type="info" header="There is no such event">
          The history of this region has none of id {id}. Events of IAM and Organizations are in us-east-1.
        </Alert>
      ) : (
        <>
          <Container header={<Header variant="h2">Details</Header>}>
            <KeyValuePairs
              columns={3}
              items={[
                { label: 'Event time', value: timeText(event.EventTime) },
                { label: 'Who', value: record.userIdentity?.arn ?? event.Username ?? '–' },
                { label: 'Event source', value: event.EventSource ?? '–' },
                { label: 'Region', value: record.awsRegion ?? '–' },
                { label: 'Source IP address', value: record.sourceIPAddress ?? '–' },
                { label: 'Read-only', value: event.ReadOnly ?? '–' },
                { label: 'Event ID', value: event.EventId },
                { label: 'Access key', value: event.AccessKeyId ?? '–' },
                {
                  label: 'Request ID',
                  value: record.requestID ? (
                    <>
                      {record.requestID}{' '}
                      <Link href={`#/iam/why/${encodeURIComponent(record.requestID)}`}>Why it was decided so</Link>
                    </>
                  ) : (
                    '–'
                  ),
                },
                {
                  label: 'Error',
                  value: record.errorCode ? `${record.errorCode}: ${record.errorMessage ?? ''}` : 'None',
                },
                {
                  label: 'Resources',
                  value: (event.Resources ?? []).map(({ ResourceName }) => ResourceName).join(', ') || '–',
                },
              ]}
            />
          </Container>
          <Container header={<Header variant="h2">Event record</Header>}>
            <JsonBlock value={record} label="Event record" />
          </Container>
        </>
      )}
    </Page>
  );
}
