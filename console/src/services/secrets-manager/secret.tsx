import {
  CancelRotateSecretCommand,
  DeleteResourcePolicyCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetResourcePolicyCommand,
  ListSecretVersionIdsCommand,
  PutResourcePolicyCommand,
  RemoveRegionsFromReplicationCommand,
  ReplicateSecretToRegionsCommand,
  RestoreSecretCommand,
  RotateSecretCommand,
  SecretsManagerClient,
  TagResourceCommand,
  UntagResourceCommand,
  type DescribeSecretResponse,
} from '@aws-sdk/client-secrets-manager';
import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import Multiselect from '@cloudscape-design/components/multiselect';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Tabs from '@cloudscape-design/components/tabs';
import { useState } from 'react';
import { useParams } from 'react-router';
import { useAllPages, useCall, useRefresh, useSend } from '../../aws/call.ts';
import { useSignedIn } from '../../aws/session.ts';
import { tellSuccess } from '../../shell/notices.tsx';
import { REGIONS } from '../../shell/regions.ts';
import { useAction } from '../../ui/action.ts';
import { EditedPolicy } from '../../ui/edited-policy.tsx';
import { Empty } from '../../ui/empty.tsx';
import { Failure } from '../../ui/failure.tsx';
import { FormModal } from '../../ui/form-modal.tsx';
import { Loading, Page } from '../../ui/page.tsx';
import { ResourceTable } from '../../ui/resource-table.tsx';
import { ScheduleDeletion } from '../../ui/schedule-deletion.tsx';
import { ResourceTags } from '../../ui/tags.tsx';
import { timeText, timeValue } from '../../ui/text.ts';
import { SecretValue } from './secret-value.tsx';

/** A secret: its value behind a button, its versions, who may read it, and where it is copied to. */
export function SecretPage() {
  const SecretId = useParams()['id']!;
  const send = useSend(SecretsManagerClient);
  const refresh = useRefresh();
  const { data, error, refetch } = useCall(SecretsManagerClient, DescribeSecretCommand, { SecretId });
  const [deleting, setDeleting] = useState(false);
  const restore = useAction(async (signal) => {
    await send(RestoreSecretCommand, { SecretId }, signal);
    tellSuccess(`Restored ${SecretId}.`);
    await refresh();
  });
  const gone = data?.DeletedDate;
  return (
    <Page
      title={data?.Name ?? SecretId}
      trail={[{ text: 'AWS Secrets Manager', href: '#/secrets-manager' }]}
      {...(data?.Description ? { description: data.Description } : {})}
      actions={
        gone ? (
          <Button variant="primary" loading={restore.pending} onClick={() => void restore.run()}>
            Cancel deletion
          </Button>
        ) : (
          <Button disabled={!data} onClick={() => setDeleting(true)}>
            Delete secret
          </Button>
        )
      }
    >
      {error ? (
        <Failure error={error} retry={() => void refetch()} />
      ) : !data ? (
        <Loading />
      ) : (
        <>
          {gone && (
            <Alert type="warning" header="Scheduled for deletion">
              It is gone for good on {timeText(gone)}. Until then it cannot be read, and can be restored.
            </Alert>
          )}
          <Container header={<Header variant="h2">Secret details</Header>}>
            <KeyValuePairs
              columns={3}
              items={[
                { label: 'ARN', value: data.ARN },
                { label: 'Encryption key', value: data.KmsKeyId ?? 'alias/aws/secretsmanager' },
                { label: 'Created', value: timeText(data.CreatedDate) },
                { label: 'Last changed', value: timeText(data.LastChangedDate) },
                {
                  label: 'Last retrieved (UTC day)',
                  value: data.LastAccessedDate?.toISOString().slice(0, 10) ?? 'Never',
                },
                { label: 'Primary region', value: data.PrimaryRegion ?? '–' },
              ]}
            />
          </Container>
          {!gone && <SecretValue id={SecretId} stages={Object.values(data.VersionIdsToStages ?? {}).flat()} />}
          <Tabs
            tabs={[
              { id: 'versions', label: 'Versions', content: <Versions id={SecretId} /> },
              { id: 'rotation', label: 'Rotation', content: <Rotation secret={data} /> },
              { id: 'replication', label: 'Replication', content: <Replication secret={data} /> },
              { id: 'policy', label: 'Resource permissions', content: <Policy id={SecretId} /> },
              {
                id: 'tags',
                label: 'Tags',
                content: (
                  <ResourceTags
                    tags={data.Tags}
                    put={(Tags, signal) => send(TagResourceCommand, { SecretId, Tags }, signal)}
                    remove={(TagKeys, signal) => send(UntagResourceCommand, { SecretId, TagKeys }, signal)}
                  />
                ),
              },
            ]}
          />
        </>
      )}
      {deleting && <DeleteSecret id={SecretId} close={() => setDeleting(false)} />}
    </Page>
  );
}

function DeleteSecret({ id: SecretId, close }: { id: string; close: () => void }) {
  const send = useSend(SecretsManagerClient);
  return (
    <ScheduleDeletion
      title={`Delete ${SecretId}?`}
      warning="It cannot be read from then on. Until the days are over it can be restored."
      schedule={(RecoveryWindowInDays, signal) => send(DeleteSecretCommand, { SecretId, RecoveryWindowInDays }, signal)}
      close={close}
    />
  );
}

function Versions({ id: SecretId }: { id: string }) {
  const { data, error } = useAllPages(
    SecretsManagerClient,
    ListSecretVersionIdsCommand,
    { SecretId, IncludeDeprecated: true },
    { input: 'NextToken', items: (page) => page.Versions },
  );
  return (
    <ResourceTable
      title="Versions"
      noun="version"
      items={data}
      error={error}
      idOf={({ VersionId }) => VersionId!}
      sortedBy="-created"
      columns={[
        { id: 'id', header: 'Version ID', cell: ({ VersionId }) => VersionId, isRowHeader: true },
        {
          id: 'stages',
          header: 'Staging labels',
          cell: ({ VersionStages }) => (VersionStages ?? []).join(', ') || '–',
        },
        {
          id: 'created',
          header: 'Created',
          cell: ({ CreatedDate }) => timeText(CreatedDate),
          value: ({ CreatedDate }) => timeValue(CreatedDate),
        },
      ]}
      empty={
        <Empty
          title="No versions"
          code={[
            { serviceId: 'Secrets Manager', operation: 'PutSecretValue', input: { SecretId, SecretString: 'value' } },
          ]}
        >
          The secret has no value yet.
        </Empty>
      }
    />
  );
}

function Rotation({ secret }: { secret: DescribeSecretResponse }) {
  const send = useSend(SecretsManagerClient);
  const refresh = useRefresh();
  const SecretId = secret.ARN!;
  const act = useAction(async (signal, command: 'rotate' | 'cancel') => {
    await (command === 'rotate'
      ? send(RotateSecretCommand, { SecretId }, signal)
      : send(CancelRotateSecretCommand, { SecretId }, signal));
    await refresh();
  });
  const rules = secret.RotationRules;
  return (
    <Container
      header={
        <Header
          variant="h2"
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              <Button disabled={!secret.RotationEnabled} loading={act.pending} onClick={() => void act.run('cancel')}>
                Turn rotation off
              </Button>
              <Button loading={act.pending} onClick={() => void act.run('rotate')}>
                Rotate now
              </Button>
            </SpaceBetween>
          }
        >
          Rotation
        </Header>
      }
    >
      <KeyValuePairs
        columns={3}
        items={[
          { label: 'Rotation', value: secret.RotationEnabled ? 'Enabled' : 'Off' },
          {
            label: 'Schedule',
            value:
              rules?.ScheduleExpression ??
              (rules?.AutomaticallyAfterDays ? `Every ${rules.AutomaticallyAfterDays} days` : '–'),
          },
          { label: 'Function', value: secret.RotationLambdaARN ?? '–' },
          { label: 'Last rotated', value: timeText(secret.LastRotatedDate) },
          { label: 'Next rotation', value: timeText(secret.NextRotationDate) },
        ]}
      />
    </Container>
  );
}

function Replication({ secret }: { secret: DescribeSecretResponse }) {
  const send = useSend(SecretsManagerClient);
  const refresh = useRefresh();
  const { region } = useSignedIn();
  const SecretId = secret.ARN!;
  const replicas = secret.ReplicationStatus ?? [];
  const [adding, setAdding] = useState<string[]>();
  const [selected, setSelected] = useState<typeof replicas>([]);
  const remove = useAction(async (signal) => {
    const RemoveReplicaRegions = selected.map(({ Region }) => Region!);
    await send(RemoveRegionsFromReplicationCommand, { SecretId, RemoveReplicaRegions }, signal);
    setSelected([]);
    await refresh();
  });
  const known = new Set([region, ...replicas.map(({ Region }) => Region)]);
  return (
    <>
      <ResourceTable
        title="Replicas"
        noun="replica"
        items={replicas}
        idOf={({ Region }) => Region!}
        selection="multi"
        selected={selected}
        onSelect={setSelected}
        refresh={() => void refresh()}
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <Button disabled={selected.length === 0} loading={remove.pending} onClick={() => void remove.run()}>
              Remove
            </Button>
            <Button onClick={() => setAdding([])}>Replicate</Button>
          </SpaceBetween>
        }
        columns={[
          { id: 'region', header: 'Region', cell: ({ Region }) => Region, isRowHeader: true },
          { id: 'status', header: 'Status', cell: ({ Status }) => Status },
          { id: 'message', header: 'Message', cell: ({ StatusMessage }) => StatusMessage ?? '–' },
        ]}
        empty={
          <Empty
            title="No replicas"
            code={[
              {
                serviceId: 'Secrets Manager',
                operation: 'ReplicateSecretToRegions',
                input: { SecretId, AddReplicaRegions: [{ Region: 'eu-west-1' }] },
              },
            ]}
          >
            A replica has the same value in another region, and follows each change.
          </Empty>
        }
      />
      {adding && (
        <FormModal
          title="Replicate to other regions"
          action="Replicate"
          close={() => setAdding(undefined)}
          disabled={adding.length === 0}
          submit={async (signal) => {
            const AddReplicaRegions = adding.map((Region) => ({ Region }));
            await send(ReplicateSecretToRegionsCommand, { SecretId, AddReplicaRegions }, signal);
            await refresh();
          }}
        >
          <FormField label="Regions">
            <Multiselect
              selectedOptions={adding.map((value) => ({ value, label: value }))}
              onChange={({ detail }) => setAdding(detail.selectedOptions.map(({ value }) => value!))}
              options={Object.entries(REGIONS)
                .filter(([value]) => !known.has(value) && !value.startsWith('us-gov'))
                .map(([value, description]) => ({ value, label: value, description }))}
              placeholder="Choose regions"
              deselectAriaLabel={({ label }) => `Leave ${label} out`}
            />
          </FormField>
        </FormModal>
      )}
    </>
  );
}

function Policy({ id: SecretId }: { id: string }) {
  const send = useSend(SecretsManagerClient);
  const { data, error, refetch } = useCall(SecretsManagerClient, GetResourcePolicyCommand, { SecretId });
  return (
    <EditedPolicy
      title="Resource policy"
      description="Who else may read the secret. Empty: only identity-based policies of its account."
      kind="resource"
      policy={{ text: data && (data.ResourcePolicy ?? ''), error, refetch }}
      action="Save policy"
      save={(text, signal) =>
        text === ''
          ? send(DeleteResourcePolicyCommand, { SecretId }, signal)
          : send(PutResourcePolicyCommand, { SecretId, ResourcePolicy: text, BlockPublicPolicy: true }, signal)
      }
      minHeight="160px"
    />
  );
}
