import {
  AddUserToGroupCommand,
  DeleteUserPermissionsBoundaryCommand,
  GetUserCommand,
  IAMClient,
  ListGroupsCommand,
  ListGroupsForUserCommand,
  ListMFADevicesCommand,
  PutUserPermissionsBoundaryCommand,
  RemoveUserFromGroupCommand,
  TagUserCommand,
  UntagUserCommand,
  type Group,
} from '@aws-sdk/client-iam';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import Link from '@cloudscape-design/components/link';
import Multiselect from '@cloudscape-design/components/multiselect';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Tabs from '@cloudscape-design/components/tabs';
import { useState } from 'react';
import { useParams } from 'react-router';
import { useAllPages, useCall, useRefresh, useSend } from '../../aws/call.ts';
import { useAction } from '../../ui/action.ts';
import { Empty } from '../../ui/empty.tsx';
import { Failure } from '../../ui/failure.tsx';
import { FormModal } from '../../ui/form-modal.tsx';
import { Loading, Page } from '../../ui/page.tsx';
import { ResourceTable } from '../../ui/resource-table.tsx';
import { ResourceTags } from '../../ui/tags.tsx';
import { timeText } from '../../ui/text.ts';
import { AccessKeys } from './access-keys.tsx';
import { PermissionsBoundary } from './boundary.tsx';
import { DeleteNamed } from './delete-named.tsx';
import { deleteUser } from './deletion.ts';
import { Permissions } from './permissions.tsx';
import { trailTo } from './trail.ts';

/** A user: what it may do, where it belongs, and what it proves itself with. */
export function UserPage() {
  const UserName = useParams()['name']!;
  const send = useSend(IAMClient);
  const refresh = useRefresh();
  const { data, error, refetch } = useCall(IAMClient, GetUserCommand, { UserName });
  const [deleting, setDeleting] = useState(false);
  const user = data?.User;
  return (
    <Page
      title={UserName}
      trail={trailTo('Users', 'users')}
      actions={
        <SpaceBetween direction="horizontal" size="xs">
          <Button href={`#/iam/simulator?principal=${encodeURIComponent(user?.Arn ?? '')}`} disabled={!user}>
            Simulate
          </Button>
          <Button onClick={() => setDeleting(true)}>Delete</Button>
        </SpaceBetween>
      }
    >
      {error ? (
        <Failure error={error} retry={() => void refetch()} />
      ) : !user ? (
        <Loading />
      ) : (
        <>
          <Container header={<Header variant="h2">Summary</Header>}>
            <KeyValuePairs
              columns={4}
              items={[
                { label: 'ARN', value: user.Arn },
                { label: 'User ID', value: user.UserId },
                { label: 'Path', value: user.Path },
                { label: 'Created', value: timeText(user.CreateDate) },
              ]}
            />
          </Container>
          <Tabs
            tabs={[
              {
                id: 'permissions',
                label: 'Permissions',
                content: (
                  <SpaceBetween size="l">
                    <Permissions kind="user" name={UserName} />
                    <PermissionsBoundary
                      arn={user.PermissionsBoundary?.PermissionsBoundaryArn}
                      put={async (PermissionsBoundary, signal) => {
                        await send(PutUserPermissionsBoundaryCommand, { UserName, PermissionsBoundary }, signal);
                        await refresh();
                      }}
                      remove={async (signal) => {
                        await send(DeleteUserPermissionsBoundaryCommand, { UserName }, signal);
                        await refresh();
                      }}
                    />
                  </SpaceBetween>
                ),
              },
              { id: 'groups', label: 'Groups', content: <GroupsOf name={UserName} /> },
              {
                id: 'credentials',
                label: 'Security credentials',
                content: (
                  <SpaceBetween size="l">
                    <AccessKeys name={UserName} />
                    <Devices name={UserName} />
                  </SpaceBetween>
                ),
              },
              {
                id: 'tags',
                label: 'Tags',
                content: (
                  <ResourceTags
                    tags={user.Tags}
                    put={(Tags, signal) => send(TagUserCommand, { UserName, Tags }, signal)}
                    remove={(TagKeys, signal) => send(UntagUserCommand, { UserName, TagKeys }, signal)}
                  />
                ),
              },
            ]}
          />
        </>
      )}
      {deleting && (
        <DeleteNamed
          name={UserName}
          list="users"
          remove={(signal) => deleteUser(send, UserName, signal)}
          close={() => setDeleting(false)}
        >
          Its access keys, policies, memberships and MFA devices go with it.
        </DeleteNamed>
      )}
    </Page>
  );
}

function GroupsOf({ name: UserName }: { name: string }) {
  const send = useSend(IAMClient);
  const refresh = useRefresh();
  const mine = useAllPages(
    IAMClient,
    ListGroupsForUserCommand,
    { UserName },
    { input: 'Marker', items: (page) => page.Groups },
  );
  const all = useAllPages(IAMClient, ListGroupsCommand, {}, { input: 'Marker', items: (page) => page.Groups });
  const [selected, setSelected] = useState<Group[]>([]);
  const [joined, setJoined] = useState<string[]>();
  const leave = useAction(async (signal) => {
    for (const { GroupName } of selected) await send(RemoveUserFromGroupCommand, { UserName, GroupName }, signal);
    setSelected([]);
    await refresh();
  });
  const known = new Set((mine.data ?? []).map(({ GroupName }) => GroupName));
  return (
    <>
      <ResourceTable<Group>
        title="User groups"
        noun="group"
        items={mine.data}
        error={mine.error}
        refresh={() => void refresh()}
        refreshing={mine.isFetching}
        idOf={({ GroupName }) => GroupName!}
        selection="multi"
        selected={selected}
        onSelect={setSelected}
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <Button disabled={selected.length === 0} loading={leave.pending} onClick={() => void leave.run()}>
              Remove from group
            </Button>
            <Button onClick={() => setJoined([])}>Add to groups</Button>
          </SpaceBetween>
        }
        columns={[
          {
            id: 'name',
            header: 'Group name',
            cell: ({ GroupName }) => <Link href={`#/iam/groups/${encodeURIComponent(GroupName!)}`}>{GroupName}</Link>,
            value: ({ GroupName }) => GroupName,
            isRowHeader: true,
          },
          { id: 'arn', header: 'ARN', cell: ({ Arn }) => Arn },
        ]}
        empty={
          <Empty
            title="In no group"
            code={[{ serviceId: 'IAM', operation: 'AddUserToGroup', input: { GroupName: 'analysts', UserName } }]}
          >
            A user has what the policies of its groups allow.
          </Empty>
        }
      />
      {joined && (
        <FormModal
          title={`Add ${UserName} to groups`}
          action="Add"
          close={() => setJoined(undefined)}
          disabled={joined.length === 0}
          submit={async (signal) => {
            for (const GroupName of joined) await send(AddUserToGroupCommand, { GroupName, UserName }, signal);
            await refresh();
          }}
        >
          <FormField label="User groups">
            <Multiselect
              selectedOptions={joined.map((value) => ({ value, label: value }))}
              onChange={({ detail }) => setJoined(detail.selectedOptions.map(({ value }) => value!))}
              options={(all.data ?? [])
                .filter(({ GroupName }) => !known.has(GroupName))
                .map(({ GroupName }) => ({ value: GroupName!, label: GroupName! }))}
              placeholder="Choose groups"
              empty="There is no other group."
              deselectAriaLabel={({ label }) => `Leave ${label}`}
            />
          </FormField>
        </FormModal>
      )}
    </>
  );
}

function Devices({ name: UserName }: { name: string }) {
  const { data, error } = useCall(IAMClient, ListMFADevicesCommand, { UserName });
  return (
    <ResourceTable
      title="Multi-factor authentication (MFA)"
      noun="device"
      items={data?.MFADevices}
      error={error}
      idOf={({ SerialNumber }) => SerialNumber!}
      columns={[
        { id: 'serial', header: 'Identifier', cell: ({ SerialNumber }) => SerialNumber, isRowHeader: true },
        { id: 'enabled', header: 'Assigned', cell: ({ EnableDate }) => timeText(EnableDate) },
      ]}
      empty={
        <Empty
          title="No MFA devices"
          code={[{ serviceId: 'IAM', operation: 'CreateVirtualMFADevice', input: { VirtualMFADeviceName: UserName } }]}
        >
          With a device, sessions can be told by aws:MultiFactorAuthPresent.
        </Empty>
      }
    />
  );
}
