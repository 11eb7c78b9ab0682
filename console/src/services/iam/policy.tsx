import {
  CreatePolicyVersionCommand,
  DeletePolicyCommand,
  DeletePolicyVersionCommand,
  DetachGroupPolicyCommand,
  DetachRolePolicyCommand,
  DetachUserPolicyCommand,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  IAMClient,
  ListEntitiesForPolicyCommand,
  ListPolicyVersionsCommand,
  SetDefaultPolicyVersionCommand,
  type PolicyVersion,
} from '@aws-sdk/client-iam';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import Link from '@cloudscape-design/components/link';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Tabs from '@cloudscape-design/components/tabs';
import { useState } from 'react';
import { useParams } from 'react-router';
import { useCall, useRefresh, useSend } from '../../aws/call.ts';
import { tellSuccess } from '../../shell/notices.tsx';
import { useAction } from '../../ui/action.ts';
import { CodeBlock } from '../../ui/code-block.tsx';
import { Empty } from '../../ui/empty.tsx';
import { Failure } from '../../ui/failure.tsx';
import { Loading, Page } from '../../ui/page.tsx';
import { indented, PolicyEditor } from '../../ui/policy-editor.tsx';
import { ResourceTable } from '../../ui/resource-table.tsx';
import { timeText, timeValue } from '../../ui/text.ts';
import { DeleteNamed } from './delete-named.tsx';
import { documentText, policyName } from './documents.ts';
import { TextDifference } from './text-difference.tsx';
import { trailTo } from './trail.ts';

/** A managed policy: its document, versions and whom it is attached to. */
export function PolicyPage() {
  const PolicyArn = useParams()['arn']!;
  const name = policyName(PolicyArn);
  const send = useSend(IAMClient);
  const { data, error, refetch } = useCall(IAMClient, GetPolicyCommand, { PolicyArn });
  const [deleting, setDeleting] = useState(false);
  const policy = data?.Policy;
  const own = !PolicyArn.includes(':iam::aws:');
  const VersionId = policy?.DefaultVersionId;
  const version = useCall(
    IAMClient,
    GetPolicyVersionCommand,
    VersionId === undefined ? undefined : { PolicyArn, VersionId },
  );
  const text = version.data && indented(documentText(version.data.PolicyVersion?.Document));
  return (
    <Page
      title={name}
      trail={trailTo('Policies', 'policies')}
      {...(policy?.Description ? { description: policy.Description } : {})}
      {...(own ? { actions: <Button onClick={() => setDeleting(true)}>Delete</Button> } : {})}
    >
      {error ? (
        <Failure error={error} retry={() => void refetch()} />
      ) : !policy ? (
        <Loading />
      ) : (
        <>
          <Container header={<Header variant="h2">Summary</Header>}>
            <KeyValuePairs
              columns={4}
              items={[
                { label: 'ARN', value: policy.Arn },
                { label: 'Type', value: own ? 'Customer managed' : 'AWS managed' },
                { label: 'Attached', value: policy.AttachmentCount ?? 0 },
                { label: 'Updated', value: timeText(policy.UpdateDate) },
              ]}
            />
          </Container>
          <Tabs
            tabs={[
              {
                id: 'document',
                label: 'Permissions',
                content: version.error ? (
                  <Failure error={version.error} />
                ) : text === undefined ? (
                  <Loading />
                ) : own ? (
                  <Edit key={VersionId} arn={PolicyArn} before={text} />
                ) : (
                  <CodeBlock text={text} label="Policy document" />
                ),
              },
              {
                id: 'versions',
                label: 'Versions',
                content: <Versions arn={PolicyArn} current={text ?? ''} own={own} />,
              },
              { id: 'entities', label: 'Entities attached', content: <Entities arn={PolicyArn} /> },
            ]}
          />
        </>
      )}
      {deleting && (
        <DeleteNamed
          name={name}
          list="policies"
          close={() => setDeleting(false)}
          remove={async (signal) => {
            const held = await send(ListEntitiesForPolicyCommand, { PolicyArn, MaxItems: 1000 }, signal);
            for (const { UserName } of held.PolicyUsers ?? [])
              await send(DetachUserPolicyCommand, { PolicyArn, UserName }, signal);
            for (const { GroupName } of held.PolicyGroups ?? [])
              await send(DetachGroupPolicyCommand, { PolicyArn, GroupName }, signal);
            for (const { RoleName } of held.PolicyRoles ?? [])
              await send(DetachRolePolicyCommand, { PolicyArn, RoleName }, signal);
            const { Versions: all = [] } = await send(ListPolicyVersionsCommand, { PolicyArn }, signal);
            for (const one of all.filter(({ IsDefaultVersion }) => !IsDefaultVersion))
              await send(DeletePolicyVersionCommand, { PolicyArn, VersionId: one.VersionId }, signal);
            await send(DeletePolicyCommand, { PolicyArn }, signal);
          }}
        >
          It is detached from every user, group and role that has it, and deleted with all its versions.
        </DeleteNamed>
      )}
    </Page>
  );
}

function Edit({ arn: PolicyArn, before }: { arn: string; before: string }) {
  const send = useSend(IAMClient);
  const refresh = useRefresh();
  const [text, setText] = useState(before);
  const save = useAction(async (signal) => {
    const { PolicyVersion: made } = await send(
      CreatePolicyVersionCommand,
      { PolicyArn, PolicyDocument: text, SetAsDefault: true },
      signal,
    );
    tellSuccess(`Saved as ${made!.VersionId}, the default version from now on.`);
    await refresh();
  });
  return (
    <Container
      header={
        <Header
          variant="h2"
          description="Saving makes a new version, and makes it the default one. There are five versions at most."
          actions={
            <Button variant="primary" disabled={text === before} loading={save.pending} onClick={() => void save.run()}>
              Save as new version
            </Button>
          }
        >
          Policy document
        </Header>
      }
    >
      <SpaceBetween size="m">
        <PolicyEditor label="Policy document" kind="identity" value={text} onChange={setText} />
        {text !== before && <TextDifference before={before} after={text} label="What changes" />}
      </SpaceBetween>
    </Container>
  );
}

function Versions({ arn: PolicyArn, current, own }: { arn: string; current: string; own: boolean }) {
  const send = useSend(IAMClient);
  const refresh = useRefresh();
  const { data, error } = useCall(IAMClient, ListPolicyVersionsCommand, { PolicyArn });
  const [selected, setSelected] = useState<PolicyVersion[]>([]);
  const [version] = selected;
  const VersionId = version?.VersionId;
  const document = useCall(
    IAMClient,
    GetPolicyVersionCommand,
    VersionId === undefined ? undefined : { PolicyArn, VersionId },
  );
  const text = document.data && indented(documentText(document.data.PolicyVersion?.Document));
  const standard = useAction(async (signal) => {
    await send(SetDefaultPolicyVersionCommand, { PolicyArn, VersionId }, signal);
    setSelected([]);
    await refresh();
  });
  const remove = useAction(async (signal) => {
    await send(DeletePolicyVersionCommand, { PolicyArn, VersionId }, signal);
    setSelected([]);
    await refresh();
  });
  const idle = !version || version.IsDefaultVersion === true || !own;
  return (
    <SpaceBetween size="l">
      <ResourceTable<PolicyVersion>
        title="Versions"
        noun="version"
        items={data?.Versions}
        error={error}
        idOf={(one) => one.VersionId!}
        selection="single"
        selected={selected}
        onSelect={setSelected}
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <Button disabled={idle} loading={remove.pending} onClick={() => void remove.run()}>
              Delete version
            </Button>
            <Button disabled={idle} loading={standard.pending} onClick={() => void standard.run()}>
              Set as default
            </Button>
          </SpaceBetween>
        }
        columns={[
          { id: 'id', header: 'Version', cell: (one) => one.VersionId, isRowHeader: true },
          { id: 'default', header: 'Default', cell: ({ IsDefaultVersion }) => (IsDefaultVersion ? 'Yes' : 'No') },
          {
            id: 'created',
            header: 'Created',
            cell: ({ CreateDate }) => timeText(CreateDate),
            value: ({ CreateDate }) => timeValue(CreateDate),
          },
        ]}
        empty={<Empty title="No versions">Choose another policy.</Empty>}
      />
      {text !== undefined &&
        (version?.IsDefaultVersion ? (
          <CodeBlock text={text} label={`Document of ${VersionId}`} />
        ) : (
          <TextDifference before={text} after={current} label={`From ${VersionId} to the default version`} />
        ))}
    </SpaceBetween>
  );
}

type Entity = { name: string; kind: string; href: string };

function Entities({ arn: PolicyArn }: { arn: string }) {
  const { data, error } = useCall(IAMClient, ListEntitiesForPolicyCommand, { PolicyArn, MaxItems: 1000 });
  const items: Entity[] | undefined = data && [
    ...(data.PolicyUsers ?? []).map(({ UserName }) => ({
      name: UserName!,
      kind: 'User',
      href: `#/iam/users/${UserName}`,
    })),
    ...(data.PolicyGroups ?? []).map(({ GroupName }) => ({
      name: GroupName!,
      kind: 'User group',
      href: `#/iam/groups/${GroupName}`,
    })),
    ...(data.PolicyRoles ?? []).map(({ RoleName }) => ({
      name: RoleName!,
      kind: 'Role',
      href: `#/iam/roles/${RoleName}`,
    })),
  ];
  return (
    <ResourceTable<Entity>
      title="Entities attached"
      noun="entity"
      nouns="entities"
      items={items}
      error={error}
      idOf={({ kind, name }) => `${kind} ${name}`}
      columns={[
        {
          id: 'name',
          header: 'Name',
          cell: ({ name, href }) => <Link href={href}>{name}</Link>,
          value: ({ name }) => name,
          isRowHeader: true,
        },
        { id: 'kind', header: 'Type', cell: ({ kind }) => kind },
      ]}
      empty={
        <Empty
          title="Attached to nobody"
          code={[{ serviceId: 'IAM', operation: 'AttachUserPolicy', input: { UserName: 'anna', PolicyArn } }]}
        >
          A policy allows nothing before it is attached.
        </Empty>
      }
    />
  );
}
