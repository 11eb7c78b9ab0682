import {
  DeleteBucketWebsiteCommand,
  GetBucketAccelerateConfigurationCommand,
  GetBucketLocationCommand,
  GetBucketLoggingCommand,
  GetBucketNotificationConfigurationCommand,
  GetBucketWebsiteCommand,
  GetObjectLockConfigurationCommand,
  PutBucketAccelerateConfigurationCommand,
  PutBucketLoggingCommand,
  PutBucketWebsiteCommand,
  PutObjectLockConfigurationCommand,
  S3Client,
  type ObjectLockRetentionMode,
} from '@aws-sdk/client-s3';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import Link from '@cloudscape-design/components/link';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { useCall, useSend } from '../../aws/call.ts';
import { tellSuccess } from '../../shell/notices.tsx';
import { useAction } from '../../ui/action.ts';
import { isMissing } from '../../aws/failure.ts';
import { JsonBlock } from '../../ui/code-block.tsx';
import { ActionDialog } from './object-actions.tsx';
import { SettingCard } from './setting.tsx';

type Props = { bucket: string };

const NO_MODE = { value: '', label: 'None' };
const MODES = [NO_MODE, { value: 'GOVERNANCE', label: 'Governance' }, { value: 'COMPLIANCE', label: 'Compliance' }];

/** Object Lock, and the retention that new versions are given. */
export function LockDefaults({ bucket }: Props) {
  const send = useSend(S3Client);
  const lock = useCall(S3Client, GetObjectLockConfigurationCommand, { Bucket: bucket });
  const found = lock.error ? undefined : lock.data?.ObjectLockConfiguration;
  const retention = found?.Rule?.DefaultRetention;
  const [edited, setEdited] = useState<{ mode: string; count: string; unit: 'Days' | 'Years' }>();
  return (
    <>
      <SettingCard
        title="Object Lock"
        setting={lock}
        none="Object Lock is off. Turning it on needs Bucket Versioning."
        actions={
          <Button
            onClick={() =>
              setEdited({
                mode: retention?.Mode ?? '',
                count: String(retention?.Days ?? retention?.Years ?? 30),
                unit: retention?.Years === undefined ? 'Days' : 'Years',
              })
            }
          >
            {found ? 'Edit Object Lock' : 'Turn Object Lock on'}
          </Button>
        }
      >
        <KeyValuePairs
          columns={3}
          items={[
            { label: 'Object Lock', value: found?.ObjectLockEnabled ?? 'Disabled' },
            { label: 'Default retention mode', value: retention?.Mode ?? 'None' },
            {
              label: 'Default retention period',
              value: retention?.Days ? `${retention.Days} days` : retention?.Years ? `${retention.Years} years` : '–',
            },
          ]}
        />
      </SettingCard>
      {edited && (
        <ActionDialog
          title="Object Lock"
          action="Save changes"
          disabled={edited.mode !== '' && !/^[1-9]\d*$/.test(edited.count)}
          act={() =>
            send(PutObjectLockConfigurationCommand, {
              Bucket: bucket,
              ObjectLockConfiguration: {
                ObjectLockEnabled: 'Enabled',
                ...(edited.mode === ''
                  ? {}
                  : {
                      Rule: {
                        DefaultRetention: {
                          Mode: edited.mode as ObjectLockRetentionMode,
                          [edited.unit]: Number(edited.count),
                        },
                      },
                    }),
              },
            })
          }
          onClose={(changed) => {
            setEdited(undefined);
            if (!changed) return;
            tellSuccess('Object Lock is saved.');
            void lock.refetch();
          }}
        >
          <Box>Once it is on, Object Lock stays on.</Box>
          <FormField label="Default retention mode">
            <Select
              selectedOption={MODES.find(({ value }) => value === edited.mode)!}
              options={MODES}
              onChange={({ detail }) => setEdited({ ...edited, mode: detail.selectedOption.value! })}
            />
          </FormField>
          {edited.mode !== '' && (
            <SpaceBetween direction="horizontal" size="s">
              <FormField label="Default retention period">
                <Input
                  value={edited.count}
                  type="number"
                  onChange={({ detail }) => setEdited({ ...edited, count: detail.value })}
                />
              </FormField>
              <FormField label="Unit">
                <Select
                  selectedOption={{ value: edited.unit, label: edited.unit }}
                  options={[
                    { value: 'Days', label: 'Days' },
                    { value: 'Years', label: 'Years' },
                  ]}
                  onChange={({ detail }) => setEdited({ ...edited, unit: detail.selectedOption.value as 'Days' })}
                />
              </FormField>
            </SpaceBetween>
          )}
        </ActionDialog>
      )}
    </>
  );
}

/** Who is told of what happens to objects. */
export function Notifications({ bucket }: Props) {
  const notifications = useCall(S3Client, GetBucketNotificationConfigurationCommand, { Bucket: bucket });
  const { $metadata: _metadata, ...found } = notifications.data ?? {};
  const targets = [
    ...(notifications.data?.TopicConfigurations ?? []).map(({ TopicArn, Events }) => ({ to: TopicArn, Events })),
    ...(notifications.data?.QueueConfigurations ?? []).map(({ QueueArn, Events }) => ({ to: QueueArn, Events })),
    ...(notifications.data?.LambdaFunctionConfigurations ?? []).map(({ LambdaFunctionArn, Events }) => ({
      to: LambdaFunctionArn,
      Events,
    })),
  ];
  return (
    <SettingCard title="Event notifications" setting={notifications}>
      {Object.keys(found).length === 0 ? (
        <Box color="text-body-secondary">
          Nobody is told. PutBucketNotificationConfiguration sets topics, queues and functions.
        </Box>
      ) : (
        <SpaceBetween size="s">
          <ul className="s3-words">
            {targets.map(({ to, Events }) => (
              <li key={`${to} ${Events?.join(' ')}`}>
                {Events?.join(', ')} → <code>{to}</code>
              </li>
            ))}
            {notifications.data?.EventBridgeConfiguration && <li>Everything → Amazon EventBridge</li>}
          </ul>
          <JsonBlock value={found} label="Event notifications" />
        </SpaceBetween>
      )}
    </SettingCard>
  );
}

/** Where lines of who asked what of the bucket go. */
export function Logging({ bucket }: Props) {
  const send = useSend(S3Client);
  const logging = useCall(S3Client, GetBucketLoggingCommand, { Bucket: bucket });
  const found = logging.data?.LoggingEnabled;
  const [edited, setEdited] = useState<{ target: string; prefix: string }>();
  return (
    <SettingCard
      title="Server access logging"
      setting={logging}
      actions={
        <Button onClick={() => setEdited({ target: found?.TargetBucket ?? '', prefix: found?.TargetPrefix ?? '' })}>
          Edit logging
        </Button>
      }
    >
      <KeyValuePairs
        columns={3}
        items={[
          { label: 'Server access logging', value: found ? 'Enabled' : 'Disabled' },
          { label: 'Target bucket', value: found?.TargetBucket ?? '–' },
          { label: 'Target prefix', value: found?.TargetPrefix || '–' },
        ]}
      />
      {edited && (
        <ActionDialog
          title="Edit server access logging"
          action="Save changes"
          act={() =>
            send(PutBucketLoggingCommand, {
              Bucket: bucket,
              BucketLoggingStatus:
                edited.target === ''
                  ? {}
                  : { LoggingEnabled: { TargetBucket: edited.target, TargetPrefix: edited.prefix } },
            })
          }
          onClose={(changed) => {
            setEdited(undefined);
            if (!changed) return;
            tellSuccess('Server access logging is saved.');
            void logging.refetch();
          }}
        >
          <FormField
            label="Target bucket"
            description="Its policy must let logging.s3.amazonaws.com put objects. Empty: no logs."
          >
            <Input value={edited.target} onChange={({ detail }) => setEdited({ ...edited, target: detail.value })} />
          </FormField>
          <FormField label="Target prefix">
            <Input value={edited.prefix} onChange={({ detail }) => setEdited({ ...edited, prefix: detail.value })} />
          </FormField>
        </ActionDialog>
      )}
    </SettingCard>
  );
}

/** The bucket as a website, at a name of its own. */
export function Website({ bucket }: Props) {
  const send = useSend(S3Client);
  const where = useCall(S3Client, GetBucketLocationCommand, { Bucket: bucket });
  const website = useCall(S3Client, GetBucketWebsiteCommand, { Bucket: bucket });
  const found = website.error ? undefined : website.data;
  const [edited, setEdited] = useState<{ index: string; error: string }>();
  const removing = useAction(async () => {
    await send(DeleteBucketWebsiteCommand, { Bucket: bucket });
    await website.refetch();
  });
  const address = `http://${bucket}.s3-website-${where.data?.LocationConstraint || 'us-east-1'}.localhost:${location.port}/`;
  return (
    <>
      <SettingCard
        title="Static website hosting"
        setting={website}
        none="Disabled."
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            {found && (
              <Button loading={removing.pending} onClick={() => void removing.run()}>
                Disable
              </Button>
            )}
            <Button
              disabled={!found && !isMissing(website.error)}
              onClick={() =>
                setEdited({
                  index: found?.IndexDocument?.Suffix ?? 'index.html',
                  error: found?.ErrorDocument?.Key ?? '',
                })
              }
            >
              {found ? 'Edit website' : 'Enable'}
            </Button>
          </SpaceBetween>
        }
      >
        <KeyValuePairs
          columns={2}
          items={[
            {
              label: 'Bucket website endpoint',
              value: (
                <Link href={address} external externalIconAriaLabel="Opens in a new tab">
                  {address}
                </Link>
              ),
            },
            { label: 'Index document', value: found?.IndexDocument?.Suffix ?? '–' },
            { label: 'Error document', value: found?.ErrorDocument?.Key ?? '–' },
            { label: 'Redirects all to', value: found?.RedirectAllRequestsTo?.HostName ?? '–' },
          ]}
        />
        {found?.RoutingRules && <JsonBlock value={found.RoutingRules} label="Routing rules" />}
      </SettingCard>
      {edited && (
        <ActionDialog
          title="Static website hosting"
          action="Save changes"
          disabled={edited.index === '' || edited.index.includes('/')}
          act={() =>
            send(PutBucketWebsiteCommand, {
              Bucket: bucket,
              WebsiteConfiguration: {
                IndexDocument: { Suffix: edited.index },
                ...(edited.error === '' ? {} : { ErrorDocument: { Key: edited.error } }),
                ...(found?.RoutingRules ? { RoutingRules: found.RoutingRules } : {}),
              },
            })
          }
          onClose={(changed) => {
            setEdited(undefined);
            if (!changed) return;
            tellSuccess('The website is saved.');
            void website.refetch();
          }}
        >
          <Box>A website shows what the bucket policy lets everybody read.</Box>
          <FormField label="Index document">
            <Input value={edited.index} onChange={({ detail }) => setEdited({ ...edited, index: detail.value })} />
          </FormField>
          <FormField label="Error document" constraintText="May be empty.">
            <Input value={edited.error} onChange={({ detail }) => setEdited({ ...edited, error: detail.value })} />
          </FormField>
        </ActionDialog>
      )}
    </>
  );
}

/** A state that is kept: there is one endpoint, on this machine. */
export function Accelerate({ bucket }: Props) {
  const send = useSend(S3Client);
  const accelerate = useCall(S3Client, GetBucketAccelerateConfigurationCommand, { Bucket: bucket });
  const enabled = accelerate.data?.Status === 'Enabled';
  const changing = useAction(async () => {
    await send(PutBucketAccelerateConfigurationCommand, {
      Bucket: bucket,
      AccelerateConfiguration: { Status: enabled ? 'Suspended' : 'Enabled' },
    });
    await accelerate.refetch();
  });
  return (
    <SettingCard
      title="Transfer acceleration"
      description="Kept as a setting. There is one endpoint here, and nothing to be faster than."
      setting={accelerate}
      actions={
        <Button loading={changing.pending} disabled={!accelerate.data} onClick={() => void changing.run()}>
          {enabled ? 'Suspend acceleration' : 'Enable acceleration'}
        </Button>
      }
    >
      <KeyValuePairs items={[{ label: 'Transfer acceleration', value: accelerate.data?.Status ?? 'Disabled' }]} />
    </SettingCard>
  );
}
