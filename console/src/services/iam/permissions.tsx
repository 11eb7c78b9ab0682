import {
  AttachGroupPolicyCommand,
  AttachRolePolicyCommand,
  AttachUserPolicyCommand,
  DeleteGroupPolicyCommand,
  DeleteRolePolicyCommand,
  DeleteUserPolicyCommand,
  DetachGroupPolicyCommand,
  DetachRolePolicyCommand,
  DetachUserPolicyCommand,
  GetGroupPolicyCommand,
  GetRolePolicyCommand,
  GetUserPolicyCommand,
  IAMClient,
  ListAttachedGroupPoliciesCommand,
  ListAttachedRolePoliciesCommand,
  ListAttachedUserPoliciesCommand,
  ListGroupPoliciesCommand,
  ListPoliciesCommand,
  ListRolePoliciesCommand,
  ListUserPoliciesCommand,
  PutGroupPolicyCommand,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam';
import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import Link from '@cloudscape-design/components/link';
import Multiselect from '@cloudscape-design/components/multiselect';
import { useState } from 'react';
import { useAllPages, useCall, useRefresh, useSend } from '../../aws/call.ts';
import { tellSuccess } from '../../shell/notices.tsx';
import { AskFirst } from '../../ui/ask-first.tsx';
import { Empty } from '../../ui/empty.tsx';
import { Failure } from '../../ui/failure.tsx';
import { FormModal } from '../../ui/form-modal.tsx';
import { Loading } from '../../ui/page.tsx';
import { indented, newPolicy, PolicyEditor } from '../../ui/policy-editor.tsx';
import { ResourceTable } from '../../ui/resource-table.tsx';
import { documentText, policyHref, policyName } from './documents.ts';

const USER = {
  member: 'UserName',
  attached: ListAttachedUserPoliciesCommand,
  names: ListUserPoliciesCommand,
  get: GetUserPolicyCommand,
  put: PutUserPolicyCommand,
  remove: DeleteUserPolicyCommand,
  attach: AttachUserPolicyCommand,
  detach: DetachUserPolicyCommand,
};
/** The same operations for each kind; their inputs differ by the member that names it. */
const OF = {
  user: USER,
  group: {
    member: 'GroupName',
    attached: ListAttachedGroupPoliciesCommand,
    names: ListGroupPoliciesCommand,
    get: GetGroupPolicyCommand,
    put: PutGroupPolicyCommand,
    remove: DeleteGroupPolicyCommand,
    attach: AttachGroupPolicyCommand,
    detach: DetachGroupPolicyCommand,
  } as unknown as typeof USER,
  role: {
    member: 'RoleName',
    attached: ListAttachedRolePoliciesCommand,
    names: ListRolePoliciesCommand,
    get: GetRolePolicyCommand,
    put: PutRolePolicyCommand,
    remove: DeleteRolePolicyCommand,
    attach: AttachRolePolicyCommand,
    detach: DetachRolePolicyCommand,
  } as unknown as typeof USER,
};

export type HolderKind = keyof typeof OF;
type Held = { name: string; arn?: string };
type Open = { what: 'attach' } | { what: 'inline'; name?: string } | { what: 'remove' };

/** The policies of a user, group or role: attached ones and its own. */
export function Permissions({ kind, name }: { kind: HolderKind; name: string }) {
  const of = OF[kind];
  const who = { [of.member]: name } as { UserName: string };
  const send = useSend(IAMClient);
  const refresh = useRefresh();
  const attached = useAllPages(IAMClient, of.attached, who, {
    input: 'Marker',
    items: (page) => page.AttachedPolicies,
  });
  const inline = useAllPages(IAMClient, of.names, who, { input: 'Marker', items: (page) => page.PolicyNames });
  const [selected, setSelected] = useState<Held[]>([]);
  const [open, setOpen] = useState<Open>();
  const items: Held[] | undefined =
    attached.data && inline.data
      ? [
          ...attached.data.map(({ PolicyName, PolicyArn }) => ({ name: PolicyName!, arn: PolicyArn! })),
          ...inline.data.map((one) => ({ name: one })),
        ]
      : undefined;
  const close = () => setOpen(undefined);
  return (
    <>
      <ResourceTable<Held>
        title="Permissions policies"
        noun="policy"
        nouns="policies"
        items={items}
        error={attached.error ?? inline.error}
        refresh={() => void refresh()}
        refreshing={attached.isFetching || inline.isFetching}
        idOf={({ name: id, arn }) => arn ?? `inline ${id}`}
        selection="multi"
        selected={selected}
        onSelect={setSelected}
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <Button disabled={selected.length === 0} onClick={() => setOpen({ what: 'remove' })}>
              Remove
            </Button>
            <Button onClick={() => setOpen({ what: 'inline' })}>Create inline policy</Button>
            <Button onClick={() => setOpen({ what: 'attach' })}>Attach policies</Button>
          </SpaceBetween>
        }
        columns={[
          {
            id: 'name',
            header: 'Policy name',
            cell: ({ name: id, arn }) =>
              arn === undefined ? (
                <Button
                  variant="inline-link"
                  ariaLabel={`Edit ${id}`}
                  onClick={() => setOpen({ what: 'inline', name: id })}
                >
                  {id}
                </Button>
              ) : (
                <Link href={policyHref(arn)}>{id}</Link>
              ),
            value: ({ name: id }) => id,
            isRowHeader: true,
          },
          {
            id: 'type',
            header: 'Type',
            cell: ({ arn }) =>
              arn === undefined ? 'Inline' : arn.includes(':iam::aws:') ? 'AWS managed' : 'Customer managed',
          },
        ]}
        empty={
          <Empty
            title="No permissions"
            code={[
              {
                serviceId: 'IAM',
                operation: `Attach${kind[0]!.toUpperCase()}${kind.slice(1)}Policy`,
                input: { ...who, PolicyArn: 'arn:aws:iam::aws:policy/AmazonBedrockReadOnly' },
              },
            ]}
          >
            What no policy allows is denied.
          </Empty>
        }
      />
      {open?.what === 'attach' && (
        <Attach
          close={close}
          known={(attached.data ?? []).map(({ PolicyArn }) => PolicyArn!)}
          attach={async (arns, signal) => {
            for (const PolicyArn of arns) await send(of.attach, { ...who, PolicyArn }, signal);
            await refresh();
          }}
        />
      )}
      {open?.what === 'inline' && (
        <InlinePolicy
          kind={kind}
          holder={name}
          {...(open.name === undefined ? {} : { name: open.name })}
          close={close}
        />
      )}
      {open?.what === 'remove' && (
        <AskFirst
          title={`Remove ${selected.map((one) => one.name).join(', ')}?`}
          action="Remove"
          close={close}
          act={async (signal) => {
            for (const one of selected)
              await (one.arn === undefined
                ? send(of.remove, { ...who, PolicyName: one.name }, signal)
                : send(of.detach, { ...who, PolicyArn: one.arn }, signal));
            setSelected([]);
            await refresh();
          }}
        >
          Managed policies are detached and stay; inline policies are deleted. It holds from the next call on.
        </AskFirst>
      )}
    </>
  );
}

function Attach(props: {
  known: string[];
  attach: (arns: string[], signal: AbortSignal) => Promise<unknown>;
  close: () => void;
}) {
  const policies = useAllPages(
    IAMClient,
    ListPoliciesCommand,
    { MaxItems: 1000 },
    { input: 'Marker', items: (page) => page.Policies },
  );
  const [arns, setArns] = useState<string[]>([]);
  return (
    <FormModal
      title="Attach policies"
      action="Attach"
      close={props.close}
      disabled={arns.length === 0}
      submit={(signal) => props.attach(arns, signal)}
    >
      <FormField label="Policies">
        <Multiselect
          selectedOptions={arns.map((value) => ({ value, label: policyName(value) }))}
          onChange={({ detail }) => setArns(detail.selectedOptions.map(({ value }) => value!))}
          options={(policies.data ?? [])
            .filter(({ Arn }) => !props.known.includes(Arn!))
            .map(({ Arn, PolicyName }) => ({
              value: Arn!,
              label: PolicyName!,
              description: Arn!.includes(':iam::aws:') ? 'AWS managed' : 'Customer managed',
            }))}
          filteringType="auto"
          filteringAriaLabel="Find a policy"
          placeholder="Choose policies"
          statusType={policies.isPending ? 'loading' : policies.error ? 'error' : 'finished'}
          errorText={policies.error?.message}
          deselectAriaLabel={({ label }) => `Leave ${label} out`}
        />
      </FormField>
    </FormModal>
  );
}

function InlinePolicy(props: { kind: HolderKind; holder: string; name?: string; close: () => void }) {
  const of = OF[props.kind];
  const who = { [of.member]: props.holder } as { UserName: string };
  const send = useSend(IAMClient);
  const refresh = useRefresh();
  const [name, setName] = useState(props.name ?? '');
  const [text, setText] = useState<string>();
  const known = useCallOnce(of, who, props.name);
  if (known.error) return <Failure error={known.error} />;
  const document =
    text ??
    (props.name === undefined
      ? newPolicy({ Effect: 'Allow', Action: [], Resource: '*' })
      : known.data && indented(documentText(known.data.PolicyDocument)));
  return (
    <FormModal
      title={props.name === undefined ? 'Create inline policy' : `Edit ${props.name}`}
      action="Save policy"
      size="large"
      close={props.close}
      disabled={name === '' || document === undefined}
      submit={async (signal) => {
        await send(of.put, { ...who, PolicyName: name, PolicyDocument: document }, signal);
        tellSuccess(`Saved ${name}.`);
        await refresh();
      }}
    >
      {props.name === undefined && (
        <FormField label="Policy name">
          <Input value={name} onChange={({ detail }) => setName(detail.value)} autoComplete={false} />
        </FormField>
      )}
      {document === undefined ? (
        <Loading />
      ) : (
        <PolicyEditor label="Policy document" kind="identity" value={document} onChange={setText} />
      )}
    </FormModal>
  );
}

const useCallOnce = (of: typeof USER, who: { UserName: string }, name: string | undefined) =>
  useCall(IAMClient, of.get, name === undefined ? undefined : { ...who, PolicyName: name });
