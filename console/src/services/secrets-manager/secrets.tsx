import {
  CreateSecretCommand,
  ListSecretsCommand,
  SecretsManagerClient,
  type SecretListEntry,
} from '@aws-sdk/client-secrets-manager';
import Button from '@cloudscape-design/components/button';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import Link from '@cloudscape-design/components/link';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import Toggle from '@cloudscape-design/components/toggle';
import { useState } from 'react';
import { useAllPages, useRefresh, useSend } from '../../aws/call.ts';
import { tellSuccess } from '../../shell/notices.tsx';
import { Empty } from '../../ui/empty.tsx';
import { FormModal } from '../../ui/form-modal.tsx';
import { Page } from '../../ui/page.tsx';
import { ResourceTable } from '../../ui/resource-table.tsx';
import { timeText, timeValue } from '../../ui/text.ts';
import { emptyDraft, isComplete, textOf, ValueFields } from './value-fields.tsx';

const hrefOf = (name: string) => `#/secrets-manager/secrets/${encodeURIComponent(name)}`;

/** The region's secrets. */
export function Secrets() {
  const refresh = useRefresh();
  const [deleted, setDeleted] = useState(false);
  const { data, error, isFetching } = useAllPages(
    SecretsManagerClient,
    ListSecretsCommand,
    { MaxResults: 100, IncludePlannedDeletion: deleted },
    { input: 'NextToken', items: (page) => page.SecretList },
  );
  const [creating, setCreating] = useState(false);
  return (
    <Page title="Secrets" trail={[]} bare>
      <ResourceTable<SecretListEntry>
        variant="full-page"
        title="Secrets"
        noun="secret"
        items={data}
        error={error}
        refresh={() => void refresh()}
        refreshing={isFetching}
        idOf={({ ARN }) => ARN!}
        sortedBy="name"
        above={
          <Toggle checked={deleted} onChange={({ detail }) => setDeleted(detail.checked)}>
            Show secrets that are scheduled for deletion
          </Toggle>
        }
        actions={
          <Button variant="primary" onClick={() => setCreating(true)}>
            Store a new secret
          </Button>
        }
        columns={[
          {
            id: 'name',
            header: 'Secret name',
            cell: ({ Name }) => <Link href={hrefOf(Name!)}>{Name}</Link>,
            value: ({ Name }) => Name,
            isRowHeader: true,
          },
          { id: 'description', header: 'Description', cell: ({ Description }) => Description ?? '–' },
          {
            id: 'status',
            header: 'Status',
            cell: ({ DeletedDate }) =>
              DeletedDate ? (
                <StatusIndicator type="pending">Scheduled for deletion</StatusIndicator>
              ) : (
                <StatusIndicator type="success">Active</StatusIndicator>
              ),
            value: ({ DeletedDate }) => (DeletedDate ? 'Scheduled for deletion' : 'Active'),
          },
          { id: 'rotation', header: 'Rotation', cell: ({ RotationEnabled }) => (RotationEnabled ? 'Enabled' : 'Off') },
          {
            id: 'changed',
            header: 'Last changed',
            cell: ({ LastChangedDate }) => timeText(LastChangedDate),
            value: ({ LastChangedDate }) => timeValue(LastChangedDate),
          },
          {
            id: 'read',
            header: 'Last retrieved (UTC day)',
            cell: ({ LastAccessedDate }) => LastAccessedDate?.toISOString().slice(0, 10) ?? '–',
          },
        ]}
        empty={
          <Empty
            title="No secrets"
            action={<Button onClick={() => setCreating(true)}>Store a new secret</Button>}
            code={[
              {
                serviceId: 'Secrets Manager',
                operation: 'CreateSecret',
                input: { Name: 'models/api-key', SecretString: '{"key":"value"}' },
              },
            ]}
          >
            A secret is encrypted under a key of its own, and each read of it is on the trail.
          </Empty>
        }
      />
      {creating && <CreateSecret close={() => setCreating(false)} />}
    </Page>
  );
}

function CreateSecret({ close }: { close: () => void }) {
  const send = useSend(SecretsManagerClient);
  const refresh = useRefresh();
  const [name, setName] = useState('');
  const [description, setDescription] = useState('');
  const [key, setKey] = useState('');
  const [draft, setDraft] = useState(emptyDraft);
  const wrong = name !== '' && !/^[\w/+=.@-]{1,512}$/.test(name);
  return (
    <FormModal
      title="Store a new secret"
      action="Store"
      size="large"
      close={close}
      disabled={name === '' || wrong || !isComplete(draft)}
      submit={async (signal) => {
        await send(
          CreateSecretCommand,
          {
            Name: name,
            SecretString: textOf(draft),
            ...(description === '' ? {} : { Description: description }),
            ...(key === '' ? {} : { KmsKeyId: key }),
          },
          signal,
        );
        tellSuccess(
          <>
            Stored{' '}
            <Link color="inverted" href={hrefOf(name)}>
              {name}
            </Link>
            .
          </>,
        );
        await refresh();
      }}
    >
      <FormField label="Secret name" errorText={wrong ? 'Letters, digits and / _ + = . @ -' : undefined}>
        <Input value={name} onChange={({ detail }) => setName(detail.value)} autoComplete={false} />
      </FormField>
      <FormField label="Description">
        <Input value={description} onChange={({ detail }) => setDescription(detail.value)} />
      </FormField>
      <ValueFields draft={draft} onChange={setDraft} />
      <FormField label="Encryption key" description="ID, ARN or alias of a KMS key. Empty: alias/aws/secretsmanager.">
        <Input value={key} onChange={({ detail }) => setKey(detail.value)} autoComplete={false} />
      </FormField>
    </FormModal>
  );
}
