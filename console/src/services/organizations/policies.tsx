import {
  CreatePolicyCommand,
  DescribeOrganizationCommand,
  DisablePolicyTypeCommand,
  EnablePolicyTypeCommand,
  ListPoliciesCommand,
  ListRootsCommand,
  OrganizationsClient,
  type PolicySummary,
  type PolicyType,
} from '@aws-sdk/client-organizations';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import Link from '@cloudscape-design/components/link';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { useState } from 'react';
import { useAllPages, useCall, useRefresh, useSend } from '../../aws/call.ts';
import { factsOf } from '../../aws/failure.ts';
import { tellSuccess } from '../../shell/notices.tsx';
import { useAction } from '../../ui/action.ts';
import { Empty } from '../../ui/empty.tsx';
import { FormModal } from '../../ui/form-modal.tsx';
import { Page } from '../../ui/page.tsx';
import { newPolicy } from '../../ui/policy-editor.tsx';
import { ResourceTable } from '../../ui/resource-table.tsx';
import { DocumentEditor } from './document-editor.tsx';
import { POLICY_TYPES } from './types.ts';

const STARTS: Record<string, string> = {
  SERVICE_CONTROL_POLICY: newPolicy({
    Effect: 'Deny',
    Action: 'bedrock:InvokeModel*',
    Resource: '*',
    Condition: { StringNotEquals: { 'aws:RequestedRegion': 'eu-central-1' } },
  }),
  TAG_POLICY: '{\n  "tags": {\n    "team": {\n      "tag_key": { "@@assign": "team" }\n    }\n  }\n}',
  AISERVICES_OPT_OUT_POLICY:
    '{\n  "services": {\n    "default": {\n      "opt_out_policy": { "@@assign": "optOut" }\n    }\n  }\n}',
  BACKUP_POLICY: '{\n  "plans": {}\n}',
};

/** The organization's policies, by type. */
export function Policies() {
  const send = useSend(OrganizationsClient);
  const refresh = useRefresh();
  const [type, setType] = useState('SERVICE_CONTROL_POLICY');
  const [creating, setCreating] = useState(false);
  const organization = useCall(OrganizationsClient, DescribeOrganizationCommand, {});
  const there = organization.data !== undefined;
  const roots = useCall(OrganizationsClient, ListRootsCommand, there ? {} : undefined);
  const policies = useAllPages(
    OrganizationsClient,
    ListPoliciesCommand,
    there ? { Filter: type as PolicyType } : undefined,
    { input: 'NextToken', items: (page) => page.Policies },
  );
  const root = roots.data?.Roots?.[0];
  const enabled = (root?.PolicyTypes ?? []).some(({ Type, Status }) => Type === type && Status === 'ENABLED');
  const turn = useAction(async (signal) => {
    const input = { RootId: root!.Id, PolicyType: type as PolicyType };
    await send(enabled ? DisablePolicyTypeCommand : EnablePolicyTypeCommand, input, signal);
    await refresh();
  });
  const trail = [{ text: 'AWS Organizations', href: '#/organizations' }];
  if (organization.error && factsOf(organization.error).name === 'AWSOrganizationsNotInUseException')
    return (
      <Page title="Policies" trail={trail}>
        <Container>
          <Empty
            title="This account is in no organization"
            action={<Button href="#/organizations/accounts">AWS accounts</Button>}
            code={[{ serviceId: 'Organizations', operation: 'CreateOrganization', input: { FeatureSet: 'ALL' } }]}
          >
            Policies bound the accounts of an organization.
          </Empty>
        </Container>
      </Page>
    );
  return (
    <Page title="Policies" trail={trail} bare>
      <ResourceTable<PolicySummary>
        variant="full-page"
        title="Policies"
        noun="policy"
        nouns="policies"
        items={policies.data}
        error={organization.error ?? policies.error ?? roots.error}
        refresh={() => void refresh()}
        refreshing={policies.isFetching}
        idOf={({ Id }) => Id!}
        sortedBy="name"
        above={
          <SpaceBetween direction="horizontal" size="s" alignItems="center">
            <Select
              ariaLabel="Policy type"
              selectedOption={POLICY_TYPES.find(({ value }) => value === type)!}
              options={POLICY_TYPES}
              onChange={({ detail }) => setType(detail.selectedOption.value!)}
            />
            {root && (
              <StatusIndicator type={enabled ? 'success' : 'stopped'}>
                {enabled ? 'This type is enabled' : 'This type is not enabled: its policies do not hold'}
              </StatusIndicator>
            )}
          </SpaceBetween>
        }
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <Button disabled={!root} loading={turn.pending} onClick={() => void turn.run()}>
              {enabled ? 'Disable this type' : 'Enable this type'}
            </Button>
            <Button variant="primary" disabled={!there} onClick={() => setCreating(true)}>
              Create policy
            </Button>
          </SpaceBetween>
        }
        columns={[
          {
            id: 'name',
            header: 'Name',
            cell: ({ Id, Name }) => <Link href={`#/organizations/policies/${Id}`}>{Name}</Link>,
            value: ({ Name }) => Name,
            isRowHeader: true,
          },
          { id: 'aws', header: 'By', cell: ({ AwsManaged }) => (AwsManaged ? 'AWS' : 'You') },
          { id: 'description', header: 'Description', cell: ({ Description }) => Description || '–' },
        ]}
        empty={
          <Empty
            title="No policies of this type"
            code={[{ serviceId: 'Organizations', operation: 'ListPolicies', input: { Filter: type } }]}
          >
            A policy holds for the root, unit or account that it is attached to, and all below.
          </Empty>
        }
      />
      {creating && <CreatePolicy type={type} close={() => setCreating(false)} />}
    </Page>
  );
}

function CreatePolicy({ type, close }: { type: string; close: () => void }) {
  const send = useSend(OrganizationsClient);
  const refresh = useRefresh();
  const [name, setName] = useState('');
  const [description, setDescription] = useState('');
  const [text, setText] = useState(STARTS[type] ?? '{}');
  return (
    <FormModal
      title="Create policy"
      action="Create policy"
      size="large"
      close={close}
      disabled={name === ''}
      submit={async (signal) => {
        const input = { Name: name, Description: description, Content: text, Type: type as PolicyType };
        await send(CreatePolicyCommand, input, signal);
        tellSuccess(`Created ${name}. It holds where it is attached.`);
        await refresh();
      }}
    >
      <FormField label="Policy name">
        <Input value={name} onChange={({ detail }) => setName(detail.value)} autoComplete={false} />
      </FormField>
      <FormField label="Description">
        <Input value={description} onChange={({ detail }) => setDescription(detail.value)} />
      </FormField>
      <Box>
        <Header variant="h3">{POLICY_TYPES.find(({ value }) => value === type)?.label}</Header>
        <DocumentEditor type={type} value={text} onChange={setText} />
      </Box>
    </FormModal>
  );
}
