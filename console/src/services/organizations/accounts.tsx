import {
  CreateAccountCommand,
  CreateOrganizationCommand,
  CreateOrganizationalUnitCommand,
  DescribeCreateAccountStatusCommand,
  DescribeOrganizationCommand,
  OrganizationsClient,
} from '@aws-sdk/client-organizations';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Grid from '@cloudscape-design/components/grid';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import TreeView from '@cloudscape-design/components/tree-view';
import { useState } from 'react';
import { useCall, useRefresh, useSend } from '../../aws/call.ts';
import { factsOf } from '../../aws/failure.ts';
import { tellSuccess } from '../../shell/notices.tsx';
import { useAction } from '../../ui/action.ts';
import { Empty } from '../../ui/empty.tsx';
import { Failure } from '../../ui/failure.tsx';
import { FormModal } from '../../ui/form-modal.tsx';
import { Loading, Page } from '../../ui/page.tsx';
import { NodeDetails } from './node.tsx';
import { flat, useTree, type TreeNode } from './tree.ts';

const POLL_MS = 200;

/** The organization's tree. Selecting a node shows what it is and what holds for it. */
export function Accounts() {
  const refresh = useRefresh();
  const organization = useCall(OrganizationsClient, DescribeOrganizationCommand, {});
  const tree = useTree(organization.data !== undefined);
  const [selected, setSelected] = useState<string>();
  const [collapsed, setCollapsed] = useState<string[]>([]);
  const [open, setOpen] = useState<'account' | 'unit'>();
  if (organization.error && factsOf(organization.error).name === 'AWSOrganizationsNotInUseException')
    return <NoOrganization />;
  const facts = organization.data?.Organization;
  const nodes = flat(tree.data ?? []);
  const node = nodes.find(({ id }) => id === selected) ?? nodes[0];
  const close = () => setOpen(undefined);
  // What is made goes under what is selected, an account's neighbours under its parent.
  const parent = node?.kind === 'account' ? nodes.find(({ id }) => id === node.parent) : node;
  const error = organization.error ?? tree.error;
  return (
    <Page
      title="AWS accounts"
      trail={[{ text: 'AWS Organizations', href: '#/organizations' }]}
      actions={
        <SpaceBetween direction="horizontal" size="xs">
          <Button iconName="refresh" ariaLabel="Refresh accounts" onClick={() => void refresh()} />
          <Button disabled={!parent} onClick={() => setOpen('unit')}>
            Create unit
          </Button>
          <Button variant="primary" disabled={!parent} onClick={() => setOpen('account')}>
            Create account
          </Button>
        </SpaceBetween>
      }
    >
      {error ? (
        <Failure error={error} retry={() => void refresh()} />
      ) : !facts || !tree.data ? (
        <Loading />
      ) : (
        <>
          <Container header={<Header variant="h2">Organization</Header>}>
            <KeyValuePairs
              columns={4}
              items={[
                { label: 'Organization ID', value: facts.Id },
                { label: 'Management account', value: facts.MasterAccountId },
                { label: 'Management e-mail', value: facts.MasterAccountEmail },
                { label: 'Features', value: facts.FeatureSet === 'ALL' ? 'All features' : 'Consolidated billing' },
              ]}
            />
          </Container>
          <Grid gridDefinition={[{ colspan: { default: 12, m: 5 } }, { colspan: { default: 12, m: 7 } }]}>
            <Container
              header={
                <Header variant="h2" counter={`(${nodes.filter(({ kind }) => kind === 'account').length} accounts)`}>
                  Structure
                </Header>
              }
            >
              <TreeView<TreeNode>
                ariaLabel="Organization"
                connectorLines="vertical"
                items={tree.data}
                getItemId={({ id }) => id}
                getItemChildren={({ children }) => (children.length > 0 ? children : undefined)}
                expandedItems={nodes.filter(({ id }) => !collapsed.includes(id)).map(({ id }) => id)}
                onItemToggle={({ detail }) =>
                  setCollapsed((before) =>
                    detail.expanded ? before.filter((id) => id !== detail.id) : [...before, detail.id],
                  )
                }
                renderItem={(one) => ({
                  announcementLabel: one.name,
                  content: (
                    <Button
                      variant="inline-link"
                      iconName={one.kind === 'account' ? 'user-profile' : 'folder'}
                      onClick={() => setSelected(one.id)}
                    >
                      {one.name}
                    </Button>
                  ),
                  secondaryContent: (
                    <Box variant="small">
                      {one.id}
                      {one.status && one.status !== 'ACTIVE' ? `, ${one.status.toLowerCase()}` : ''}
                      {one.id === node?.id ? ', shown' : ''}
                    </Box>
                  ),
                })}
              />
            </Container>
            {node && <NodeDetails key={node.id} node={node} nodes={nodes} management={facts.MasterAccountId!} />}
          </Grid>
        </>
      )}
      {open === 'unit' && parent && <CreateUnit parent={parent} close={close} />}
      {open === 'account' && <CreateAccount close={close} />}
    </Page>
  );
}

function NoOrganization() {
  const send = useSend(OrganizationsClient);
  const refresh = useRefresh();
  const create = useAction(async (signal) => {
    await send(CreateOrganizationCommand, { FeatureSet: 'ALL' }, signal);
    await refresh();
  });
  return (
    <Page title="AWS accounts" trail={[{ text: 'AWS Organizations', href: '#/organizations' }]}>
      <Container>
        <Empty
          title="This account is in no organization"
          action={
            <Button variant="primary" loading={create.pending} onClick={() => void create.run()}>
              Create an organization
            </Button>
          }
          code={[{ serviceId: 'Organizations', operation: 'CreateOrganization', input: { FeatureSet: 'ALL' } }]}
        >
          In an organization you make accounts, put them in units, and bound them by policies. This account would manage
          it.
        </Empty>
      </Container>
    </Page>
  );
}

function CreateUnit({ parent, close }: { parent: TreeNode; close: () => void }) {
  const send = useSend(OrganizationsClient);
  const refresh = useRefresh();
  const [name, setName] = useState('');
  return (
    <FormModal
      title={`Create a unit under ${parent.name}`}
      action="Create unit"
      close={close}
      disabled={name === ''}
      submit={async (signal) => {
        await send(CreateOrganizationalUnitCommand, { ParentId: parent.id, Name: name }, signal);
        await refresh();
      }}
    >
      <FormField label="Name of the organizational unit">
        <Input value={name} onChange={({ detail }) => setName(detail.value)} autoComplete={false} />
      </FormField>
    </FormModal>
  );
}

function CreateAccount({ close }: { close: () => void }) {
  const send = useSend(OrganizationsClient);
  const refresh = useRefresh();
  const [name, setName] = useState('');
  const [email, setEmail] = useState('');
  const [role, setRole] = useState('OrganizationAccountAccessRole');
  const wrong = email !== '' && !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email);
  return (
    <FormModal
      title="Create an account"
      action="Create account"
      close={close}
      disabled={name === '' || email === '' || wrong}
      submit={async (signal) => {
        const answer = await send(CreateAccountCommand, { AccountName: name, Email: email, RoleName: role }, signal);
        let status = answer.CreateAccountStatus;
        while (status?.State === 'IN_PROGRESS') {
          await new Promise((resolve) => {
            setTimeout(resolve, POLL_MS);
          });
          const asked = { CreateAccountRequestId: status.Id };
          status = (await send(DescribeCreateAccountStatusCommand, asked, signal)).CreateAccountStatus;
        }
        if (status?.State !== 'SUCCEEDED') throw new Error(`The account was not made: ${status?.FailureReason ?? ''}`);
        tellSuccess(`Created ${name}, account ${status.AccountId}.`);
        await refresh();
      }}
    >
      <FormField label="AWS account name">
        <Input value={name} onChange={({ detail }) => setName(detail.value)} autoComplete={false} />
      </FormField>
      <FormField
        label="E-mail address of the account's root"
        errorText={wrong ? 'As name@example.com' : undefined}
        description="Nothing is sent to it. No two accounts have the same."
      >
        <Input value={email} onChange={({ detail }) => setEmail(detail.value)} autoComplete={false} />
      </FormField>
      <FormField label="IAM role name" description="The role in the new account that this account may take on.">
        <Input value={role} onChange={({ detail }) => setRole(detail.value)} autoComplete={false} />
      </FormField>
    </FormModal>
  );
}
