import {
  AttachPolicyCommand,
  CloseAccountCommand,
  DeleteOrganizationalUnitCommand,
  DescribeEffectivePolicyCommand,
  DetachPolicyCommand,
  ListPoliciesCommand,
  ListPoliciesForTargetCommand,
  MoveAccountCommand,
  OrganizationsClient,
  UpdateOrganizationalUnitCommand,
  type EffectivePolicyType,
  type PolicySummary,
} from '@aws-sdk/client-organizations';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import Link from '@cloudscape-design/components/link';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { useAllPages, useCall, useRefresh, useSend } from '../../aws/call.ts';
import { factsOf } from '../../aws/failure.ts';
import { tellSuccess } from '../../shell/notices.tsx';
import { useAction } from '../../ui/action.ts';
import { AskFirst } from '../../ui/ask-first.tsx';
import { CodeBlock } from '../../ui/code-block.tsx';
import { Empty } from '../../ui/empty.tsx';
import { Failure } from '../../ui/failure.tsx';
import { FormModal } from '../../ui/form-modal.tsx';
import { indented } from '../../ui/policy-editor.tsx';
import { ResourceTable } from '../../ui/resource-table.tsx';
import type { TreeNode } from './tree.ts';
import { POLICY_TYPES } from './types.ts';

type Open = 'move' | 'rename' | 'delete' | 'attach';

/** A root, unit or account: its policies, where it is, and what becomes of it. */
export function NodeDetails({ node, nodes, management }: { node: TreeNode; nodes: TreeNode[]; management: string }) {
  const [open, setOpen] = useState<Open>();
  const send = useSend(OrganizationsClient);
  const refresh = useRefresh();
  const close = () => setOpen(undefined);
  const parent = nodes.find(({ id }) => id === node.parent);
  const member = node.kind === 'account' && node.id !== management;
  return (
    <SpaceBetween size="l">
      <Container
        header={
          <Header
            variant="h2"
            actions={
              <SpaceBetween direction="horizontal" size="xs">
                {node.kind === 'account' && <Button onClick={() => setOpen('move')}>Move</Button>}
                {node.kind === 'unit' && <Button onClick={() => setOpen('rename')}>Rename</Button>}
                {(node.kind === 'unit' || member) && (
                  <Button onClick={() => setOpen('delete')}>{member ? 'Close account' : 'Delete'}</Button>
                )}
              </SpaceBetween>
            }
          >
            {node.name}
          </Header>
        }
      >
        <KeyValuePairs
          columns={2}
          items={[
            { label: 'ID', value: node.id },
            { label: 'Kind', value: { root: 'Root', unit: 'Organizational unit', account: 'Account' }[node.kind] },
            { label: 'ARN', value: node.arn },
            { label: 'Under', value: parent?.name ?? '–' },
            ...(node.kind === 'account'
              ? [
                  { label: 'E-mail', value: node.email },
                  { label: 'Status', value: node.status },
                ]
              : []),
          ]}
        />
      </Container>
      {member && (
        <Container header={<Header variant="h2">Work in this account</Header>}>
          <SpaceBetween size="s">
            <Box>
              As a user of the management account, choose <strong>Switch role</strong> in the menu at the top right,
              with account {node.id} and the role that it was made with, or at the command line:
            </Box>
            <CodeBlock
              label="Command"
              text={`aws sts assume-role \\\n  --role-arn arn:aws:iam::${node.id}:role/OrganizationAccountAccessRole \\\n  --role-session-name me`}
            />
          </SpaceBetween>
        </Container>
      )}
      <Attached node={node} />
      {node.kind === 'account' && <Effective id={node.id} />}
      {open === 'move' && <Move node={node} nodes={nodes} close={close} />}
      {open === 'rename' && <Rename node={node} close={close} />}
      {open === 'delete' && (
        <AskFirst
          title={member ? `Close ${node.name}?` : `Delete ${node.name}?`}
          action={member ? 'Close account' : 'Delete'}
          typed={node.name}
          close={close}
          act={async (signal) => {
            await (member
              ? send(CloseAccountCommand, { AccountId: node.id }, signal)
              : send(DeleteOrganizationalUnitCommand, { OrganizationalUnitId: node.id }, signal));
            tellSuccess(member ? `Closed ${node.name}.` : `Deleted ${node.name}.`);
            await refresh();
          }}
        >
          {member
            ? 'It is suspended at once: its credentials are refused. After 90 days it is gone.'
            : 'A unit has to be empty to be deleted.'}
        </AskFirst>
      )}
    </SpaceBetween>
  );
}

function Attached({ node }: { node: TreeNode }) {
  const send = useSend(OrganizationsClient);
  const refresh = useRefresh();
  const [type, setType] = useState('SERVICE_CONTROL_POLICY');
  const [selected, setSelected] = useState<PolicySummary[]>([]);
  const [attaching, setAttaching] = useState(false);
  const policies = useAllPages(
    OrganizationsClient,
    ListPoliciesForTargetCommand,
    { TargetId: node.id, Filter: type as 'TAG_POLICY' },
    { input: 'NextToken', items: (page) => page.Policies },
  );
  const detach = useAction(async (signal) => {
    for (const { Id } of selected) await send(DetachPolicyCommand, { PolicyId: Id, TargetId: node.id }, signal);
    setSelected([]);
    await refresh();
  });
  return (
    <>
      <ResourceTable<PolicySummary>
        title="Policies attached here"
        noun="policy"
        nouns="policies"
        items={policies.data}
        error={policies.error}
        idOf={({ Id }) => Id!}
        selection="multi"
        selected={selected}
        onSelect={setSelected}
        above={
          <Select
            ariaLabel="Policy type"
            selectedOption={POLICY_TYPES.find(({ value }) => value === type)!}
            options={POLICY_TYPES}
            onChange={({ detail }) => setType(detail.selectedOption.value!)}
          />
        }
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <Button disabled={selected.length === 0} loading={detach.pending} onClick={() => void detach.run()}>
              Detach
            </Button>
            <Button onClick={() => setAttaching(true)}>Attach</Button>
          </SpaceBetween>
        }
        columns={[
          {
            id: 'name',
            header: 'Policy',
            cell: ({ Id, Name }) => <Link href={`#/organizations/policies/${Id}`}>{Name}</Link>,
            value: ({ Name }) => Name,
            isRowHeader: true,
          },
          { id: 'aws', header: 'By', cell: ({ AwsManaged }) => (AwsManaged ? 'AWS' : 'You') },
        ]}
        empty={
          <Empty
            title="No policies of this type"
            code={[
              {
                serviceId: 'Organizations',
                operation: 'AttachPolicy',
                input: { PolicyId: 'p-FullAWSAccess', TargetId: node.id },
              },
            ]}
          >
            Those of the levels above hold here too. A type has to be enabled before its policies are attached.
          </Empty>
        }
      />
      {attaching && <Attach node={node} type={type} known={policies.data ?? []} close={() => setAttaching(false)} />}
    </>
  );
}

function Attach(props: { node: TreeNode; type: string; known: PolicySummary[]; close: () => void }) {
  const send = useSend(OrganizationsClient);
  const refresh = useRefresh();
  const { data, isPending } = useAllPages(
    OrganizationsClient,
    ListPoliciesCommand,
    { Filter: props.type as 'TAG_POLICY' },
    { input: 'NextToken', items: (page) => page.Policies },
  );
  const [id, setId] = useState<string>();
  const options = (data ?? [])
    .filter(({ Id }) => !props.known.some((one) => one.Id === Id))
    .map(({ Id, Name }) => ({ value: Id!, label: Name! }));
  return (
    <FormModal
      title={`Attach a policy to ${props.node.name}`}
      action="Attach policy"
      close={props.close}
      disabled={id === undefined}
      submit={async (signal) => {
        await send(AttachPolicyCommand, { PolicyId: id, TargetId: props.node.id }, signal);
        await refresh();
      }}
    >
      <FormField label="Policy">
        <Select
          selectedOption={options.find(({ value }) => value === id) ?? null}
          options={options}
          onChange={({ detail }) => setId(detail.selectedOption.value)}
          placeholder="Choose a policy"
          statusType={isPending ? 'loading' : 'finished'}
          empty="There is no other policy of this type."
        />
      </FormField>
    </FormModal>
  );
}

const EFFECTIVE = POLICY_TYPES.filter(({ value }) => value !== 'SERVICE_CONTROL_POLICY');

function Effective({ id: TargetId }: { id: string }) {
  const [type, setType] = useState(EFFECTIVE[0]!.value);
  const { data, error } = useCall(OrganizationsClient, DescribeEffectivePolicyCommand, {
    TargetId,
    PolicyType: type as EffectivePolicyType,
  });
  const none = error && factsOf(error).name === 'EffectivePolicyNotFoundException';
  return (
    <Container
      header={
        <Header variant="h2" description="The policies of all levels, merged.">
          Effective policy
        </Header>
      }
    >
      <SpaceBetween size="s">
        <Select
          ariaLabel="Type of the effective policy"
          selectedOption={EFFECTIVE.find(({ value }) => value === type)!}
          options={EFFECTIVE}
          onChange={({ detail }) => setType(detail.selectedOption.value!)}
        />
        {none ? (
          <Box color="text-body-secondary">No policy of this type holds for the account.</Box>
        ) : error ? (
          <Failure error={error} />
        ) : (
          <CodeBlock text={indented(data?.EffectivePolicy?.PolicyContent ?? '')} label="Effective policy" />
        )}
      </SpaceBetween>
    </Container>
  );
}

function Move({ node, nodes, close }: { node: TreeNode; nodes: TreeNode[]; close: () => void }) {
  const send = useSend(OrganizationsClient);
  const refresh = useRefresh();
  const [target, setTarget] = useState<string>();
  const options = nodes
    .filter(({ kind, id }) => kind !== 'account' && id !== node.parent)
    .map(({ id, name }) => ({ value: id, label: name, description: id }));
  return (
    <FormModal
      title={`Move ${node.name}`}
      action="Move account"
      close={close}
      disabled={target === undefined}
      submit={async (signal) => {
        const input = { AccountId: node.id, SourceParentId: node.parent, DestinationParentId: target };
        await send(MoveAccountCommand, input, signal);
        tellSuccess(`Moved ${node.name}. The policies there hold from its next call on.`);
        await refresh();
      }}
    >
      <FormField label="To">
        <Select
          selectedOption={options.find(({ value }) => value === target) ?? null}
          options={options}
          onChange={({ detail }) => setTarget(detail.selectedOption.value)}
          placeholder="Choose a root or unit"
          empty="There is no other place: create a unit first."
        />
      </FormField>
    </FormModal>
  );
}

function Rename({ node, close }: { node: TreeNode; close: () => void }) {
  const send = useSend(OrganizationsClient);
  const refresh = useRefresh();
  const [name, setName] = useState(node.name);
  return (
    <FormModal
      title={`Rename ${node.name}`}
      action="Rename"
      close={close}
      disabled={name === ''}
      submit={async (signal) => {
        await send(UpdateOrganizationalUnitCommand, { OrganizationalUnitId: node.id, Name: name }, signal);
        await refresh();
      }}
    >
      <FormField label="Name">
        <Input value={name} onChange={({ detail }) => setName(detail.value)} autoComplete={false} />
      </FormField>
    </FormModal>
  );
}
