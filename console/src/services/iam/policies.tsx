import { CreatePolicyCommand, IAMClient, ListPoliciesCommand, type Policy } from '@aws-sdk/client-iam';
import Button from '@cloudscape-design/components/button';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import Link from '@cloudscape-design/components/link';
import SegmentedControl from '@cloudscape-design/components/segmented-control';
import { useState } from 'react';
import { useAllPages, useRefresh, useSend } from '../../aws/call.ts';
import { Empty } from '../../ui/empty.tsx';
import { FormModal } from '../../ui/form-modal.tsx';
import { Page } from '../../ui/page.tsx';
import { newPolicy, PolicyEditor } from '../../ui/policy-editor.tsx';
import { ResourceTable } from '../../ui/resource-table.tsx';
import { timeText, timeValue } from '../../ui/text.ts';
import { isName, NameField, tellCreated } from './creation.tsx';
import { policyHref } from './documents.ts';
import { IAM } from './trail.ts';

const START = { Effect: 'Allow', Action: ['bedrock:InvokeModel'], Resource: '*' };

/** Managed policies: the account's own, and AWS's. */
export function Policies() {
  const refresh = useRefresh();
  const [scope, setScope] = useState<'All' | 'AWS' | 'Local'>('All');
  const { data, error, isFetching } = useAllPages(
    IAMClient,
    ListPoliciesCommand,
    { Scope: scope, MaxItems: 1000 },
    { input: 'Marker', items: (page) => page.Policies },
  );
  const [creating, setCreating] = useState(false);
  return (
    <Page title="Policies" trail={[IAM]} bare>
      <ResourceTable<Policy>
        variant="full-page"
        title="Policies"
        noun="policy"
        nouns="policies"
        items={data}
        error={error}
        refresh={() => void refresh()}
        refreshing={isFetching}
        idOf={({ Arn }) => Arn!}
        sortedBy="name"
        above={
          <SegmentedControl
            label="Which policies"
            selectedId={scope}
            onChange={({ detail }) => setScope(detail.selectedId as typeof scope)}
            options={[
              { id: 'All', text: 'All' },
              { id: 'Local', text: 'Customer managed' },
              { id: 'AWS', text: 'AWS managed' },
            ]}
          />
        }
        actions={
          <Button variant="primary" onClick={() => setCreating(true)}>
            Create policy
          </Button>
        }
        columns={[
          {
            id: 'name',
            header: 'Policy name',
            cell: ({ Arn, PolicyName }) => <Link href={policyHref(Arn!)}>{PolicyName}</Link>,
            value: ({ PolicyName }) => PolicyName,
            isRowHeader: true,
          },
          {
            id: 'type',
            header: 'Type',
            cell: ({ Arn }) => (Arn!.includes(':iam::aws:') ? 'AWS managed' : 'Customer managed'),
          },
          { id: 'used', header: 'Attached', cell: ({ AttachmentCount }) => AttachmentCount ?? 0 },
          { id: 'version', header: 'Default version', cell: ({ DefaultVersionId }) => DefaultVersionId },
          {
            id: 'updated',
            header: 'Updated',
            cell: ({ UpdateDate }) => timeText(UpdateDate),
            value: ({ UpdateDate }) => timeValue(UpdateDate),
          },
        ]}
        empty={
          <Empty
            title="No policies"
            action={<Button onClick={() => setCreating(true)}>Create policy</Button>}
            code={[
              {
                serviceId: 'IAM',
                operation: 'CreatePolicy',
                input: { PolicyName: 'invoke', PolicyDocument: newPolicy(START) },
              },
            ]}
          >
            A managed policy is attached to any number of users, groups and roles.
          </Empty>
        }
      />
      {creating && <CreatePolicy close={() => setCreating(false)} />}
    </Page>
  );
}

function CreatePolicy({ close }: { close: () => void }) {
  const send = useSend(IAMClient);
  const refresh = useRefresh();
  const [name, setName] = useState('');
  const [description, setDescription] = useState('');
  const [text, setText] = useState(() => newPolicy(START));
  return (
    <FormModal
      title="Create policy"
      action="Create policy"
      size="large"
      close={close}
      disabled={!isName(name, 128)}
      submit={async (signal) => {
        const { Policy: made } = await send(
          CreatePolicyCommand,
          { PolicyName: name, PolicyDocument: text, ...(description === '' ? {} : { Description: description }) },
          signal,
        );
        tellCreated(name, policyHref(made!.Arn!));
        await refresh();
      }}
    >
      <NameField label="Policy name" most={128} value={name} onChange={setName} />
      <FormField label="Description">
        <Input value={description} onChange={({ detail }) => setDescription(detail.value)} />
      </FormField>
      <PolicyEditor label="Policy document" kind="identity" value={text} onChange={setText} />
    </FormModal>
  );
}
