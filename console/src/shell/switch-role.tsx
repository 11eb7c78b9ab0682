import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import Modal from '@cloudscape-design/components/modal';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { switchRole, useSignedIn } from '../aws/session.ts';
import { Failure } from '../ui/failure.tsx';

/** Takes on a role, of this account or another. */
export function SwitchRole({ onClose }: { onClose: () => void }) {
  const session = useSignedIn();
  const [account, setAccount] = useState(session.account);
  const [role, setRole] = useState('');
  const [error, setError] = useState<unknown>();
  const [pending, setPending] = useState(false);

  async function submit() {
    setPending(true);
    setError(undefined);
    try {
      await switchRole(account.trim(), role.trim());
      onClose();
    } catch (failure) {
      setError(failure);
      setPending(false);
    }
  }

  return (
    <Modal
      visible
      header="Switch role"
      onDismiss={onClose}
      closeAriaLabel="Close"
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={onClose}>
              Cancel
            </Button>
            <Button
              variant="primary"
              loading={pending}
              disabled={!/^\d{12}$/.test(account.trim()) || role.trim() === ''}
              onClick={() => void submit()}
            >
              Switch role
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="m">
        {error !== undefined && <Failure error={error} />}
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
      </SpaceBetween>
    </Modal>
  );
}
