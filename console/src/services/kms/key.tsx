import {
  CancelKeyDeletionCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  EnableKeyCommand,
  GetKeyPolicyCommand,
  KMSClient,
  ListResourceTagsCommand,
  PutKeyPolicyCommand,
  ScheduleKeyDeletionCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateKeyDescriptionCommand,
  type KeyMetadata,
} from '@aws-sdk/client-kms';
import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import Tabs from '@cloudscape-design/components/tabs';
import { useState } from 'react';
import { useParams } from 'react-router';
import { useAllPages, useCall, useRefresh, useSend } from '../../aws/call.ts';
import { tellSuccess } from '../../shell/notices.tsx';
import { useAction } from '../../ui/action.ts';
import { EditedPolicy } from '../../ui/edited-policy.tsx';
import { Failure } from '../../ui/failure.tsx';
import { FormModal } from '../../ui/form-modal.tsx';
import { Loading, Page } from '../../ui/page.tsx';
import { ScheduleDeletion } from '../../ui/schedule-deletion.tsx';
import { Tags } from '../../ui/tags.tsx';
import { timeText } from '../../ui/text.ts';
import { Aliases } from './aliases.tsx';
import { Grants } from './grants.tsx';
import { KeyRotation } from './rotation.tsx';
import { STATES } from './specs.ts';
import { TryOut } from './try-out.tsx';
import { KeyUsage } from './usage.tsx';

/** A key: who may use it, who did, and what becomes of it. */
export function KeyPage() {
  const KeyId = useParams()['id']!;
  const send = useSend(KMSClient);
  const refresh = useRefresh();
  const { data, error, refetch } = useCall(KMSClient, DescribeKeyCommand, { KeyId });
  const [open, setOpen] = useState<'delete' | 'describe'>();
  const key = data?.KeyMetadata;
  const turn = useAction(async (signal) => {
    await send(key!.Enabled ? DisableKeyCommand : EnableKeyCommand, { KeyId }, signal);
    await refresh();
  });
  const restore = useAction(async (signal) => {
    await send(CancelKeyDeletionCommand, { KeyId }, signal);
    tellSuccess('The key stays. It is disabled until you enable it.');
    await refresh();
  });
  const own = key?.KeyManager === 'CUSTOMER';
  const leaving = key?.KeyState === 'PendingDeletion';
  const close = () => setOpen(undefined);
  return (
    <Page
      title={KeyId}
      trail={[{ text: 'AWS KMS', href: '#/kms' }]}
      {...(key?.Description ? { description: key.Description } : {})}
      {...(own
        ? {
            actions: (
              <SpaceBetween direction="horizontal" size="xs">
                <Button onClick={() => setOpen('describe')}>Edit description</Button>
                {leaving ? (
                  <Button variant="primary" loading={restore.pending} onClick={() => void restore.run()}>
                    Cancel key deletion
                  </Button>
                ) : (
                  <SpaceBetween direction="horizontal" size="xs">
                    <Button loading={turn.pending} onClick={() => void turn.run()}>
                      {key.Enabled ? 'Disable' : 'Enable'}
                    </Button>
                    <Button onClick={() => setOpen('delete')}>Schedule key deletion</Button>
                  </SpaceBetween>
                )}
              </SpaceBetween>
            ),
          }
        : {})}
    >
      {error ? (
        <Failure error={error} retry={() => void refetch()} />
      ) : !key ? (
        <Loading />
      ) : (
        <>
          {leaving && (
            <Alert type="warning" header="Pending deletion">
              The key is gone on {timeText(key.DeletionDate)}, and with it what was encrypted under it.
            </Alert>
          )}
          <Summary metadata={key} />
          <Tabs
            tabs={[
              { id: 'policy', label: 'Key policy', content: <KeyPolicy id={KeyId} own={own} /> },
              { id: 'usage', label: 'Usage', content: <KeyUsage arn={key.Arn!} /> },
              { id: 'try', label: 'Encrypt and decrypt', content: <TryOut metadata={key} /> },
              { id: 'rotation', label: 'Key rotation', content: <KeyRotation metadata={key} /> },
              { id: 'grants', label: 'Grants', content: <Grants id={KeyId} /> },
              { id: 'aliases', label: 'Aliases', content: <Aliases id={KeyId} /> },
              ...(own ? [{ id: 'tags', label: 'Tags', content: <KeyTags id={KeyId} /> }] : []),
            ]}
          />
          {open === 'delete' && <ScheduleKeyDeletion id={KeyId} close={close} />}
          {open === 'describe' && <Describe id={KeyId} before={key.Description ?? ''} close={close} />}
        </>
      )}
    </Page>
  );
}

function Summary({ metadata: key }: { metadata: KeyMetadata }) {
  const { type, text } = STATES[key.KeyState!] ?? { type: 'info' as const, text: key.KeyState };
  return (
    <Container header={<Header variant="h2">General configuration</Header>}>
      <KeyValuePairs
        columns={4}
        items={[
          { label: 'Status', value: <StatusIndicator type={type}>{text}</StatusIndicator> },
          { label: 'Key spec', value: key.KeySpec },
          { label: 'Key usage', value: key.KeyUsage },
          { label: 'Origin', value: key.Origin },
          { label: 'Manager', value: key.KeyManager === 'AWS' ? 'AWS' : 'Customer' },
          { label: 'Multi-region', value: key.MultiRegion ? key.MultiRegionConfiguration?.MultiRegionKeyType : 'No' },
          { label: 'Created', value: timeText(key.CreationDate) },
          { label: 'ARN', value: key.Arn },
        ]}
      />
    </Container>
  );
}

function KeyPolicy({ id: KeyId, own }: { id: string; own: boolean }) {
  const send = useSend(KMSClient);
  const { data, error, refetch } = useCall(KMSClient, GetKeyPolicyCommand, { KeyId, PolicyName: 'default' });
  return (
    <EditedPolicy
      title="Key policy"
      description="Nobody gets in whom neither this policy nor a grant lets in, the account's root included."
      kind="resource"
      policy={{ text: data && (data.Policy ?? ''), error, refetch }}
      action="Save key policy"
      save={
        own
          ? (Policy, signal) => send(PutKeyPolicyCommand, { KeyId, PolicyName: 'default', Policy }, signal)
          : undefined
      }
    />
  );
}

function KeyTags({ id: KeyId }: { id: string }) {
  const send = useSend(KMSClient);
  const refresh = useRefresh();
  const { data, error } = useAllPages(
    KMSClient,
    ListResourceTagsCommand,
    { KeyId },
    { input: 'Marker', output: 'NextMarker', items: (page) => page.Tags },
  );
  if (error) return <Failure error={error} />;
  if (!data) return <Loading />;
  return (
    <Tags
      tags={data.map(({ TagKey, TagValue }) => ({ key: TagKey!, value: TagValue! }))}
      save={async (put, removed, signal) => {
        const Tags = put.map(({ key, value }) => ({ TagKey: key, TagValue: value }));
        if (removed.length > 0) await send(UntagResourceCommand, { KeyId, TagKeys: removed }, signal);
        if (put.length > 0) await send(TagResourceCommand, { KeyId, Tags }, signal);
        await refresh();
      }}
    />
  );
}

function ScheduleKeyDeletion({ id: KeyId, close }: { id: string; close: () => void }) {
  const send = useSend(KMSClient);
  return (
    <ScheduleDeletion
      title="Schedule key deletion"
      warning="Once the key is gone, what was encrypted under it can never be read again. Until then it cannot be used, and the deletion can be cancelled."
      schedule={(PendingWindowInDays, signal) =>
        send(ScheduleKeyDeletionCommand, { KeyId, PendingWindowInDays }, signal)
      }
      close={close}
    />
  );
}

function Describe({ id: KeyId, before, close }: { id: string; before: string; close: () => void }) {
  const send = useSend(KMSClient);
  const refresh = useRefresh();
  const [text, setText] = useState(before);
  return (
    <FormModal
      title="Edit description"
      action="Save"
      close={close}
      submit={async (signal) => {
        await send(UpdateKeyDescriptionCommand, { KeyId, Description: text }, signal);
        await refresh();
      }}
    >
      <FormField label="Description">
        <Input value={text} onChange={({ detail }) => setText(detail.value)} />
      </FormField>
    </FormModal>
  );
}
