import {
  CreateGrantCommand,
  GrantOperation,
  KMSClient,
  ListGrantsCommand,
  RevokeGrantCommand,
  type GrantListEntry,
} from '@aws-sdk/client-kms';
import Button from '@cloudscape-design/components/button';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import Multiselect from '@cloudscape-design/components/multiselect';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { useAllPages, useRefresh, useSend } from '../../aws/call.ts';
import { AskFirst } from '../../ui/ask-first.tsx';
import { Empty } from '../../ui/empty.tsx';
import { FormModal } from '../../ui/form-modal.tsx';
import { ResourceTable } from '../../ui/resource-table.tsx';
import { timeText, timeValue } from '../../ui/text.ts';

/** Who may use the key beside those whom its policy lets in. */
export function Grants({ id: KeyId }: { id: string }) {
  const send = useSend(KMSClient);
  const refresh = useRefresh();
  const { data, error } = useAllPages(
    KMSClient,
    ListGrantsCommand,
    { KeyId },
    { input: 'Marker', output: 'NextMarker', items: (page) => page.Grants },
  );
  const [selected, setSelected] = useState<GrantListEntry[]>([]);
  const [open, setOpen] = useState<'create' | 'revoke'>();
  const close = () => setOpen(undefined);
  return (
    <>
      <ResourceTable<GrantListEntry>
        title="Grants"
        noun="grant"
        items={data}
        error={error}
        idOf={({ GrantId }) => GrantId!}
        selection="multi"
        selected={selected}
        onSelect={setSelected}
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <Button disabled={selected.length === 0} onClick={() => setOpen('revoke')}>
              Revoke
            </Button>
            <Button onClick={() => setOpen('create')}>Create grant</Button>
          </SpaceBetween>
        }
        columns={[
          { id: 'grantee', header: 'Grantee', cell: ({ GranteePrincipal }) => GranteePrincipal, isRowHeader: true },
          { id: 'operations', header: 'Operations', cell: ({ Operations }) => (Operations ?? []).join(', ') },
          { id: 'name', header: 'Name', cell: ({ Name }) => Name || '–' },
          {
            id: 'created',
            header: 'Created',
            cell: ({ CreationDate }) => timeText(CreationDate),
            value: ({ CreationDate }) => timeValue(CreationDate),
          },
        ]}
        empty={
          <Empty
            title="No grants"
            code={[
              {
                serviceId: 'KMS',
                operation: 'CreateGrant',
                input: { KeyId, GranteePrincipal: 'arn:aws:iam::000000000000:role/batch', Operations: ['Decrypt'] },
              },
            ]}
          >
            A grant lets one principal use the key, until it is revoked.
          </Empty>
        }
      />
      {open === 'create' && <CreateGrant id={KeyId} close={close} />}
      {open === 'revoke' && (
        <AskFirst
          title={`Revoke ${selected.length === 1 ? 'the grant' : `${selected.length} grants`}?`}
          action="Revoke"
          close={close}
          act={async (signal) => {
            for (const { GrantId } of selected) await send(RevokeGrantCommand, { KeyId, GrantId }, signal);
            setSelected([]);
            await refresh();
          }}
        >
          What only the grant allowed is denied from then on.
        </AskFirst>
      )}
    </>
  );
}

function CreateGrant({ id: KeyId, close }: { id: string; close: () => void }) {
  const send = useSend(KMSClient);
  const refresh = useRefresh();
  const [grantee, setGrantee] = useState('');
  const [operations, setOperations] = useState<GrantOperation[]>(['Decrypt']);
  return (
    <FormModal
      title="Create grant"
      action="Create grant"
      close={close}
      disabled={grantee === '' || operations.length === 0}
      submit={async (signal) => {
        await send(CreateGrantCommand, { KeyId, GranteePrincipal: grantee, Operations: operations }, signal);
        await refresh();
      }}
    >
      <FormField label="Grantee" description="ARN of a user or role.">
        <Input value={grantee} onChange={({ detail }) => setGrantee(detail.value)} autoComplete={false} />
      </FormField>
      <FormField label="Operations">
        <Multiselect
          selectedOptions={operations.map((value) => ({ value, label: value }))}
          onChange={({ detail }) => setOperations(detail.selectedOptions.map(({ value }) => value as GrantOperation))}
          options={Object.values(GrantOperation).map((value) => ({ value, label: value }))}
          placeholder="Choose operations"
          deselectAriaLabel={({ label }) => `Leave ${label} out`}
        />
      </FormField>
    </FormModal>
  );
}
