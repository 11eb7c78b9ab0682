import { CreateRoleCommand, IAMClient, ListRolesCommand, type Role } from '@aws-sdk/client-iam';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import Select from '@cloudscape-design/components/select';
import { useState } from 'react';
import { useAllPages, useRefresh, useSend } from '../../aws/call.ts';
import { useSignedIn } from '../../aws/session.ts';
import { FormModal } from '../../ui/form-modal.tsx';
import { newPolicy, PolicyEditor } from '../../ui/policy-editor.tsx';
import { isName, NameField, tellCreated } from './creation.tsx';
import { deleteRole } from './deletion.ts';
import { documentText } from './documents.ts';
import { IdentityList } from './identity-list.tsx';

/** The account's roles. */
export function Roles() {
  const listed = useAllPages(IAMClient, ListRolesCommand, {}, { input: 'Marker', items: (page) => page.Roles });
  return (
    <IdentityList<Role>
      title="Roles"
      noun="role"
      path="roles"
      listed={listed}
      nameOf={({ RoleName }) => RoleName!}
      columns={[{ id: 'trusted', header: 'Trusted entities', cell: (role) => trustedBy(role) }]}
      example={{
        operation: 'CreateRole',
        input: {
          RoleName: 'batch',
          AssumeRolePolicyDocument: newPolicy({
            Effect: 'Allow',
            Principal: { Service: 'bedrock.amazonaws.com' },
            Action: 'sts:AssumeRole',
          }),
        },
      }}
      about="A role is taken on for a while: by people, programs, accounts or services that its trust policy names."
      create={(close) => <CreateRole close={close} />}
      remove={deleteRole}
      lost="Its sessions end with it, and services that work under it stop working."
    />
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
  return (
    <FormModal
      title="Create role"
      action="Create role"
      size="large"
      close={close}
      disabled={!isName(name, 64)}
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
        tellCreated(name, `#/iam/roles/${encodeURIComponent(name)}`, ' It allows nothing until a policy is attached.');
        await refresh();
      }}
    >
      <NameField label="Role name" most={64} value={name} onChange={setName} />
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
