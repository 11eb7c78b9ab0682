import {
  AttachPolicyCommand,
  DeletePolicyCommand,
  DescribePolicyCommand,
  DetachPolicyCommand,
  ListTargetsForPolicyCommand,
  OrganizationsClient,
  UpdatePolicyCommand,
  type PolicyTargetSummary,
} from '@aws-sdk/client-organizations';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { useNavigate, useParams } from 'react-router';
import { useAllPages, useCall, useRefresh, useSend } from '../../aws/call.ts';
import { tellSuccess } from '../../shell/notices.tsx';
import { useAction } from '../../ui/action.ts';
import { AskFirst } from '../../ui/ask-first.tsx';
import { CodeBlock } from '../../ui/code-block.tsx';
import { Empty } from '../../ui/empty.tsx';
import { Failure } from '../../ui/failure.tsx';
import { FormModal } from '../../ui/form-modal.tsx';
import { Loading, Page } from '../../ui/page.tsx';
import { indented } from '../../ui/policy-editor.tsx';
import { ResourceTable } from '../../ui/resource-table.tsx';
import { DocumentEditor } from './document-editor.tsx';
import { flat, useTree } from './tree.ts';
import { POLICY_TYPES } from './types.ts';

/** A policy of the organization: its document, and what it is attached to. */
export function PolicyPage() {
  const PolicyId = useParams()['id']!;
  const send = useSend(OrganizationsClient);
  const refresh = useRefresh();
  const navigate = useNavigate();
  const { data, error, refetch } = useCall(OrganizationsClient, DescribePolicyCommand, { PolicyId });
  const [text, setText] = useState<string>();
  const [deleting, setDeleting] = useState(false);
  const policy = data?.Policy;
  const summary = policy?.PolicySummary;
  const before = indented(policy?.Content ?? '');
  const save = useAction(async (signal) => {
    await send(UpdatePolicyCommand, { PolicyId, Content: text }, signal);
    tellSuccess('Saved. It holds from the next call on.');
    setText(undefined);
    await refresh();
  });
  return (
    <Page
      title={summary?.Name ?? PolicyId}
      trail={[
        { text: 'AWS Organizations', href: '#/organizations' },
        { text: 'Policies', href: '#/organizations/policies' },
      ]}
      {...(summary && !summary.AwsManaged
        ? { actions: <Button onClick={() => setDeleting(true)}>Delete</Button> }
        : {})}
    >
      {error ? (
        <Failure error={error} retry={() => void refetch()} />
      ) : !summary ? (
        <Loading />
      ) : (
        <>
          <Container header={<Header variant="h2">Summary</Header>}>
            <KeyValuePairs
              columns={3}
              items={[
                { label: 'ARN', value: summary.Arn },
                {
                  label: 'Type',
                  value: POLICY_TYPES.find(({ value }) => value === summary.Type)?.label ?? summary.Type,
                },
                { label: 'Description', value: summary.Description || '–' },
              ]}
            />
          </Container>
          <Container
            header={
              <Header
                variant="h2"
                actions={
                  !summary.AwsManaged && (
                    <Button
                      variant="primary"
                      disabled={text === undefined || text === before}
                      loading={save.pending}
                      onClick={() => void save.run()}
                    >
                      Save policy
                    </Button>
                  )
                }
              >
                Content
              </Header>
            }
          >
            {summary.AwsManaged ? (
              <CodeBlock text={before} label="Policy document" />
            ) : (
              <DocumentEditor type={summary.Type!} value={text ?? before} onChange={setText} />
            )}
          </Container>
          <Targets id={PolicyId} />
        </>
      )}
      {deleting && summary && (
        <AskFirst
          title={`Delete ${summary.Name}?`}
          action="Delete"
          typed={summary.Name}
          close={() => setDeleting(false)}
          act={async (signal) => {
            await send(DeletePolicyCommand, { PolicyId }, signal);
            tellSuccess(`Deleted ${summary.Name}.`);
            void navigate('/organizations/policies');
          }}
        >
          A policy has to be detached everywhere before it is deleted.
        </AskFirst>
      )}
    </Page>
  );
}

function Targets({ id: PolicyId }: { id: string }) {
  const send = useSend(OrganizationsClient);
  const refresh = useRefresh();
  const targets = useAllPages(
    OrganizationsClient,
    ListTargetsForPolicyCommand,
    { PolicyId },
    { input: 'NextToken', items: (page) => page.Targets },
  );
  const tree = useTree(true);
  const [selected, setSelected] = useState<PolicyTargetSummary[]>([]);
  const [adding, setAdding] = useState<{ target?: string }>();
  const detach = useAction(async (signal) => {
    for (const { TargetId } of selected) await send(DetachPolicyCommand, { PolicyId, TargetId }, signal);
    setSelected([]);
    await refresh();
  });
  const options = flat(tree.data ?? [])
    .filter(({ id }) => !(targets.data ?? []).some(({ TargetId }) => TargetId === id))
    .map(({ id, name, kind }) => ({ value: id, label: name, description: `${kind} ${id}` }));
  return (
    <>
      <ResourceTable<PolicyTargetSummary>
        title="Targets"
        noun="target"
        items={targets.data}
        error={targets.error}
        idOf={({ TargetId }) => TargetId!}
        selection="multi"
        selected={selected}
        onSelect={setSelected}
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <Button disabled={selected.length === 0} loading={detach.pending} onClick={() => void detach.run()}>
              Detach
            </Button>
            <Button onClick={() => setAdding({})}>Attach</Button>
          </SpaceBetween>
        }
        columns={[
          { id: 'name', header: 'Name', cell: ({ Name }) => Name, isRowHeader: true },
          { id: 'id', header: 'ID', cell: ({ TargetId }) => TargetId },
          { id: 'type', header: 'Type', cell: ({ Type }) => Type },
        ]}
        empty={
          <Empty
            title="Attached to nothing"
            code={[
              { serviceId: 'Organizations', operation: 'AttachPolicy', input: { PolicyId, TargetId: '000000000000' } },
            ]}
          >
            It holds nowhere yet.
          </Empty>
        }
      />
      {adding && (
        <FormModal
          title="Attach the policy"
          action="Attach policy"
          close={() => setAdding(undefined)}
          disabled={adding.target === undefined}
          submit={async (signal) => {
            await send(AttachPolicyCommand, { PolicyId, TargetId: adding.target }, signal);
            await refresh();
          }}
        >
          <FormField label="Root, unit or account">
            <Select
              selectedOption={options.find(({ value }) => value === adding.target) ?? null}
              options={options}
              onChange={({ detail }) => setAdding({ target: detail.selectedOption.value! })}
              filteringType="auto"
              filteringAriaLabel="Find a root, unit or account"
              placeholder="Choose where it holds"
            />
          </FormField>
        </FormModal>
      )}
    </>
  );
}
