import { CreateRoleCommand, IAMClient, ListRolesCommand, type Role } from '@aws-sdk/client-iam';
import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import Link from '@cloudscape-design/components/link';
import Select from '@cloudscape-design/components/select';
import { useState } from 'react';
import { useAllPages, useRefresh, useSend } from '../../aws/call.ts';
import { useSignedIn } from '../../aws/session.ts';
import { tellSuccess } from '../../shell/notices.tsx';
import { AskFirst } from '../../ui/ask-first.tsx';
import { Empty } from '../../ui/empty.tsx';
import { FormModal } from '../../ui/form-modal.tsx';
import { Page } from '../../ui/page.tsx';
import { newPolicy, PolicyEditor } from '../../ui/policy-editor.tsx';
import { ResourceTable } from '../../ui/resource-table.tsx';
import { timeText, timeValue } from '../../ui/text.ts';
import { deleteRole } from './deletion.ts';
import { documentText } from './documents.ts';
import { IAM } from './trail.ts';

/** The account's roles. */
export function Roles() {
  const send = useSend(IAMClient);
  const refresh = useRefresh();
  const { data, error, isFetching } = useAllPages(
    IAMClient,
    ListRolesCommand,
    {},
    { input: 'Marker', items: (page) => page.Roles },
  );
  const [selected, setSelected] = useState<Role[]>([]);
  const [open, setOpen] = useState<'create' | 'delete'>();
  const names = selected.map(({ RoleName }) => RoleName!);
  return (
    <Page title="Roles" trail={[IAM]} bare>
      <ResourceTable<Role>
        variant="full-page"
        title="Roles"
        noun="role"
        items={data}
        error={error}
        refresh={() => void refresh()}
        refreshing={isFetching}
        idOf={({ RoleName }) => RoleName!}
        sortedBy="name"
        selection="multi"
        selected={selected}
        onSelect={setSelected}
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <Button disabled={selected.length === 0} onClick={() => setOpen('delete')}>
              Delete
            </Button>
            <Button variant="primary" onClick={() => setOpen('create')}>
              Create role
            </Button>
          </SpaceBetween>
        }
        columns={[
          {
            id: 'name',
            header: 'Role name',
            cell: ({ RoleName }) => <Link href={`#/iam/roles/${encodeURIComponent(RoleName!)}`}>{RoleName}</Link>,
            value: ({ RoleName }) => RoleName,
            isRowHeader: true,
          },
          { id: 'trusted', header: 'Trusted entities', cell: (role) => trustedBy(role) },
          {
            id: 'created',
            header: 'Created',
            cell: ({ CreateDate }) => timeText(CreateDate),
            value: ({ CreateDate }) => timeValue(CreateDate),
          },
        ]}
        empty={
          <Empty
            title="No roles"
            action={<Button onClick={() => setOpen('create')}>Create role</Button>}
            code={[
              {
                serviceId: 'IAM',
                operation: 'CreateRole',
                input: {
                  RoleName: 'batch',
                  AssumeRolePolicyDocument: newPolicy({
                    Effect: 'Allow',
                    Principal: { Service: 'bedrock.amazonaws.com' },
                    Action: 'sts:AssumeRole',
                  }),
                },
              },
            ]}
          >
            A role is taken on for a while: by people, programs, accounts or services that its trust policy names.
          </Empty>
        }
      />
      {open === 'create' && <CreateRole close={() => setOpen(undefined)} />}
      {open === 'delete' && (
        <AskFirst
          title={`Delete ${names.join(', ')}?`}
          action="Delete"
          typed="delete"
          close={() => setOpen(undefined)}
          act={async (signal) => {
            for (const one of names) await deleteRole(send, one, signal);
            setSelected([]);
            tellSuccess(`Deleted ${names.join(', ')}.`);
            await refresh();
          }}
        >
          Its sessions end with it, and services that work under it stop working.
        </AskFirst>
      )}
    </Page>
  );
}

/** Whom the trust policy names. */
function trustedBy({ AssumeRolePolicyDocument }: Role): string {
  try {
    const { Statement } = JSON.parse(documentText(AssumeRolePolicyDocument)) as { Statement: unknown };
    const named = [Statement].flat().flatMap((one) => {
      const { Principal } = one as { Principal?: string | Record<string, string | string[]> };
      return typeof Principal === 'object' ? Object.values(Principal).flat() : (Principal ?? []);
    });
    return [...new Set(named)].join(', ');
  } catch {
    return '';
  }
}

const TRUSTED = [
  { value: 'account', label: 'This account' },
  { value: 'bedrock.amazonaws.com', label: 'Amazon Bedrock' },
  { value: 'lambda.amazonaws.com', label: 'AWS Lambda' },
  { value: 'sagemaker.amazonaws.com', label: 'Amazon SageMaker' },
  { value: 's3.amazonaws.com', label: 'Amazon S3' },
];

function CreateRole({ close }: { close: () => void }) {
  const send = useSend(IAMClient);
  const refresh = useRefresh();
  const { account } = useSignedIn();
  const trustOf = (who: string) =>
    newPolicy({
      Effect: 'Allow',
      Principal: who === 'account' ? { AWS: `arn:aws:iam::${account}:root` } : { Service: who },
      Action: 'sts:AssumeRole',
    });
  const [name, setName] = useState('');
  const [description, setDescription] = useState('');
  const [trusted, setTrusted] = useState('account');
  const [trust, setTrust] = useState(() => trustOf('account'));
  const wrong = name !== '' && !/^[\w+=,.@-]{1,64}$/.test(name);
  return (
    <FormModal
      title="Create role"
      action="Create role"
      size="large"
      close={close}
      disabled={name === '' || wrong}
      submit={async (signal) => {
        await send(
          CreateRoleCommand,
          {
            RoleName: name,
            AssumeRolePolicyDocument: trust,
            ...(description === '' ? {} : { Description: description }),
          },
          signal,
        );
        tellSuccess(
          <>
            Created{' '}
            <Link color="inverted" href={`#/iam/roles/${encodeURIComponent(name)}`}>
              {name}
            </Link>
            . It allows nothing until a policy is attached.
          </>,
        );
        await refresh();
      }}
    >
      <FormField label="Role name" errorText={wrong ? 'Up to 64 letters, digits and + = , . @ _ -' : undefined}>
        <Input value={name} onChange={({ detail }) => setName(detail.value)} autoComplete={false} />
      </FormField>
      <FormField label="Description">
        <Input value={description} onChange={({ detail }) => setDescription(detail.value)} />
      </FormField>
      <FormField label="Trusted entity" description="Who may take on the role. The trust policy below is what counts.">
        <Select
          selectedOption={TRUSTED.find(({ value }) => value === trusted)!}
          options={TRUSTED}
          onChange={({ detail }) => {
            setTrusted(detail.selectedOption.value!);
            setTrust(trustOf(detail.selectedOption.value!));
          }}
        />
      </FormField>
      <PolicyEditor label="Trust policy" kind="trust" value={trust} onChange={setTrust} minHeight="160px" />
    </FormModal>
  );
}
