import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import { useState } from 'react';
import { switchRole, useSignedIn } from '../aws/session.ts';
import { FormModal } from '../ui/form-modal.tsx';

/** Takes on a role, of this account or another. */
export function SwitchRole({ onClose }: { onClose: () => void }) {
  const session = useSignedIn();
  const [account, setAccount] = useState(session.account);
  const [role, setRole] = useState('');
  return (
    <FormModal
      title="Switch role"
      action="Switch role"
      submit={() => switchRole(account.trim(), role.trim())}
      close={onClose}
      disabled={!/^\d{12}$/.test(account.trim()) || role.trim() === ''}
    >
      <FormField label="Account ID" constraintText="12 digits">
        <Input value={account} onChange={({ detail }) => setAccount(detail.value)} inputMode="numeric" />
      </FormField>
      <FormField
        label="Role name"
        description="With its path, if it has one. The role's trust policy must name you, and your policies must allow sts:AssumeRole."
      >
        <Input
          value={role}
          onChange={({ detail }) => setRole(detail.value)}
          placeholder="OrganizationAccountAccessRole"
        />
      </FormField>
    </FormModal>
  );
}
