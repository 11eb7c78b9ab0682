import {
  CloudTrailClient,
  CreateTrailCommand,
  DescribeTrailsCommand,
  GetTrailStatusCommand,
  StartLoggingCommand,
  type Trail,
} from '@aws-sdk/client-cloudtrail';
import { CreateBucketCommand, ListBucketsCommand, PutBucketPolicyCommand, S3Client } from '@aws-sdk/client-s3';
import Button from '@cloudscape-design/components/button';
import Checkbox from '@cloudscape-design/components/checkbox';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import Link from '@cloudscape-design/components/link';
import RadioGroup from '@cloudscape-design/components/radio-group';
import Select from '@cloudscape-design/components/select';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { useState } from 'react';
import { useCall, useRefresh, useSend } from '../../aws/call.ts';
import { useSignedIn } from '../../aws/session.ts';
import { tellSuccess } from '../../shell/notices.tsx';
import { Empty } from '../../ui/empty.tsx';
import { FormModal } from '../../ui/form-modal.tsx';
import { Page } from '../../ui/page.tsx';
import { ResourceTable } from '../../ui/resource-table.tsx';

/** Trails: what is kept in a bucket. */
export function Trails() {
  const refresh = useRefresh();
  const { data, error, isFetching } = useCall(CloudTrailClient, DescribeTrailsCommand, {});
  const [creating, setCreating] = useState(false);
  return (
    <Page title="Trails" trail={[{ text: 'AWS CloudTrail', href: '#/cloudtrail' }]} bare>
      <ResourceTable<Trail>
        variant="full-page"
        title="Trails"
        noun="trail"
        items={data?.trailList}
        error={error}
        refresh={() => void refresh()}
        refreshing={isFetching}
        idOf={({ TrailARN }) => TrailARN!}
        actions={
          <Button variant="primary" onClick={() => setCreating(true)}>
            Create trail
          </Button>
        }
        columns={[
          {
            id: 'name',
            header: 'Name',
            cell: ({ Name, TrailARN }) => (
              <Link href={`#/cloudtrail/trails/${encodeURIComponent(TrailARN!)}`}>{Name}</Link>
            ),
            value: ({ Name }) => Name,
            isRowHeader: true,
          },
          { id: 'logging', header: 'Logging', cell: ({ TrailARN }) => <Logging arn={TrailARN!} />, value: () => '' },
          { id: 'home', header: 'Home region', cell: ({ HomeRegion }) => HomeRegion },
          {
            id: 'multi',
            header: 'Multi-region',
            cell: ({ IsMultiRegionTrail }) => (IsMultiRegionTrail ? 'Yes' : 'No'),
          },
          {
            id: 'bucket',
            header: 'S3 bucket',
            cell: ({ S3BucketName }) => <Link href={`#/s3/buckets/${S3BucketName}`}>{S3BucketName}</Link>,
            value: ({ S3BucketName }) => S3BucketName,
          },
          {
            id: 'validation',
            header: 'Log file validation',
            cell: ({ LogFileValidationEnabled }) => (LogFileValidationEnabled ? 'Enabled' : 'Disabled'),
          },
        ]}
        empty={
          <Empty
            title="No trails"
            action={<Button onClick={() => setCreating(true)}>Create trail</Button>}
            code={[
              {
                serviceId: 'CloudTrail',
                operation: 'CreateTrail',
                input: { Name: 'audit', S3BucketName: 'audit-logs' },
              },
            ]}
          >
            The event history lasts 90 days. A trail keeps what was called in a bucket for as long as you like.
          </Empty>
        }
      />
      {creating && <CreateTrail close={() => setCreating(false)} />}
    </Page>
  );
}

function Logging({ arn }: { arn: string }) {
  const { data, error } = useCall(CloudTrailClient, GetTrailStatusCommand, { Name: arn });
  if (error) return <StatusIndicator type="error">Unknown</StatusIndicator>;
  if (!data) return <StatusIndicator type="loading">Loading</StatusIndicator>;
  return data.IsLogging ? (
    <StatusIndicator type="success">Logging</StatusIndicator>
  ) : (
    <StatusIndicator type="stopped">Off</StatusIndicator>
  );
}

function CreateTrail({ close }: { close: () => void }) {
  const send = useSend(CloudTrailClient);
  const sendS3 = useSend(S3Client);
  const refresh = useRefresh();
  const { account, region } = useSignedIn();
  const [name, setName] = useState('');
  const [kind, setKind] = useState('new');
  const [bucket, setBucket] = useState(() => `cloudtrail-${account}-${Math.random().toString(36).slice(2, 8)}`);
  const [prefix, setPrefix] = useState('');
  const [multi, setMulti] = useState(true);
  const [validate, setValidate] = useState(true);
  const [start, setStart] = useState(true);
  const buckets = useCall(S3Client, ListBucketsCommand, kind === 'new' ? undefined : {});
  const submit = async (signal: AbortSignal) => {
    if (kind === 'new') {
      await sendS3(CreateBucketCommand, { Bucket: bucket, ...placeOf(region) }, signal);
      await sendS3(PutBucketPolicyCommand, { Bucket: bucket, Policy: policyOf(bucket) }, signal);
      // What was made stays: another try uses it.
      setKind('existing');
    }
    await send(
      CreateTrailCommand,
      {
        Name: name,
        S3BucketName: bucket,
        ...(prefix === '' ? {} : { S3KeyPrefix: prefix }),
        IsMultiRegionTrail: multi,
        EnableLogFileValidation: validate,
      },
      signal,
    );
    if (start) await send(StartLoggingCommand, { Name: name }, signal);
    tellSuccess(`Created ${name}${start ? '; it is logging' : ''}.`);
    await refresh();
  };
  const wrong = name !== '' && !/^[A-Za-z0-9][A-Za-z0-9._-]{1,126}[A-Za-z0-9]$/.test(name);
  return (
    <FormModal
      title="Create trail"
      action="Create trail"
      close={close}
      disabled={name === '' || wrong || bucket === ''}
      submit={submit}
    >
      <FormField
        label="Trail name"
        errorText={wrong ? '3 to 128 letters, digits, dots, underscores and hyphens' : undefined}
      >
        <Input value={name} onChange={({ detail }) => setName(detail.value)} autoComplete={false} />
      </FormField>
      <FormField label="Storage location">
        <RadioGroup
          value={kind}
          onChange={({ detail }) => setKind(detail.value)}
          items={[
            {
              value: 'new',
              label: 'Create a bucket',
              description: 'With the policy that lets CloudTrail write to it.',
            },
            { value: 'existing', label: 'Use a bucket', description: 'Its policy has to let CloudTrail write to it.' },
          ]}
        />
      </FormField>
      <FormField label="S3 bucket">
        {kind === 'new' ? (
          <Input value={bucket} onChange={({ detail }) => setBucket(detail.value)} autoComplete={false} />
        ) : (
          <Select
            selectedOption={bucket === '' ? null : { value: bucket, label: bucket }}
            onChange={({ detail }) => setBucket(detail.selectedOption.value!)}
            options={(buckets.data?.Buckets ?? []).map(({ Name }) => ({ value: Name!, label: Name! }))}
            statusType={buckets.isPending ? 'loading' : 'finished'}
            placeholder="Choose a bucket"
          />
        )}
      </FormField>
      <FormField label="Prefix" description="Before AWSLogs/ in the names of the log files.">
        <Input value={prefix} onChange={({ detail }) => setPrefix(detail.value)} autoComplete={false} />
      </FormField>
      <Checkbox checked={multi} onChange={({ detail }) => setMulti(detail.checked)}>
        Log all regions
      </Checkbox>
      <Checkbox checked={validate} onChange={({ detail }) => setValidate(detail.checked)}>
        Log file validation
      </Checkbox>
      <Checkbox checked={start} onChange={({ detail }) => setStart(detail.checked)}>
        Start logging at once
      </Checkbox>
    </FormModal>
  );
}

const placeOf = (region: string) =>
  region === 'us-east-1' ? {} : { CreateBucketConfiguration: { LocationConstraint: region as 'eu-west-1' } };

/** As the CloudTrail User Guide has it. */
const policyOf = (bucket: string): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'AWSCloudTrailAclCheck',
        Effect: 'Allow',
        Principal: { Service: 'cloudtrail.amazonaws.com' },
        Action: 's3:GetBucketAcl',
        Resource: `arn:aws:s3:::${bucket}`,
      },
      {
        Sid: 'AWSCloudTrailWrite',
        Effect: 'Allow',
        Principal: { Service: 'cloudtrail.amazonaws.com' },
        Action: 's3:PutObject',
        Resource: `arn:aws:s3:::${bucket}/*`,
        Condition: { StringEquals: { 's3:x-amz-acl': 'bucket-owner-full-control' } },
      },
    ],
  });
