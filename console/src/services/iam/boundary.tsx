import { IAMClient, ListPoliciesCommand } from '@aws-sdk/client-iam';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Link from '@cloudscape-design/components/link';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { useAllPages } from '../../aws/call.ts';
import { AskFirst } from '../../ui/ask-first.tsx';
import { FormModal } from '../../ui/form-modal.tsx';
import { policyHref, policyName } from './documents.ts';

/** The permissions boundary of a user or role. */
export function PermissionsBoundary(props: {
  arn: string | undefined;
  put: (arn: string, signal: AbortSignal) => Promise<unknown>;
  remove: (signal: AbortSignal) => Promise<unknown>;
}) {
  const { arn } = props;
  const [open, setOpen] = useState<'set' | 'remove'>();
  const close = () => setOpen(undefined);
  return (
    <Container
      header={
        <Header
          variant="h2"
          description="The most that its policies can allow."
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              {arn !== undefined && <Button onClick={() => setOpen('remove')}>Remove boundary</Button>}
              <Button onClick={() => setOpen('set')}>{arn === undefined ? 'Set boundary' : 'Change boundary'}</Button>
            </SpaceBetween>
          }
        >
          Permissions boundary
        </Header>
      }
    >
      {arn === undefined ? (
        <Box color="text-body-secondary">Not set: policies are bounded by nothing but the organization.</Box>
      ) : (
        <Link href={policyHref(arn)}>{policyName(arn)}</Link>
      )}
      {open === 'set' && <SetBoundary put={props.put} close={close} />}
      {open === 'remove' && (
        <AskFirst title="Remove the permissions boundary?" action="Remove" act={props.remove} close={close}>
          All that the policies allow is allowed from the next call on.
        </AskFirst>
      )}
    </Container>
  );
}

function SetBoundary(props: { put: (arn: string, signal: AbortSignal) => Promise<unknown>; close: () => void }) {
  const [arn, setArn] = useState<string>();
  const { data, isPending } = useAllPages(
    IAMClient,
    ListPoliciesCommand,
    { MaxItems: 1000 },
    { input: 'Marker', items: (page) => page.Policies },
  );
  return (
    <FormModal
      title="Set permissions boundary"
      action="Set boundary"
      close={props.close}
      disabled={arn === undefined}
      submit={(signal) => props.put(arn!, signal)}
    >
      <FormField label="Policy">
        <Select
          selectedOption={arn === undefined ? null : { value: arn, label: policyName(arn) }}
          onChange={({ detail }) => setArn(detail.selectedOption.value)}
          options={(data ?? []).map(({ Arn, PolicyName }) => ({ value: Arn!, label: PolicyName! }))}
          filteringType="auto"
          filteringAriaLabel="Find a policy"
          placeholder="Choose a policy"
          statusType={isPending ? 'loading' : 'finished'}
        />
      </FormField>
    </FormModal>
  );
}
