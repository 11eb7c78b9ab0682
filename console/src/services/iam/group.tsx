import {
  AddUserToGroupCommand,
  GetGroupCommand,
  IAMClient,
  ListUsersCommand,
  RemoveUserFromGroupCommand,
  type User,
} from '@aws-sdk/client-iam';
import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import Link from '@cloudscape-design/components/link';
import Multiselect from '@cloudscape-design/components/multiselect';
import { useState } from 'react';
import { useParams } from 'react-router';
import { useAllPages, useCall, useRefresh, useSend } from '../../aws/call.ts';
import { useAction } from '../../ui/action.ts';
import { Empty } from '../../ui/empty.tsx';
import { Failure } from '../../ui/failure.tsx';
import { FormModal } from '../../ui/form-modal.tsx';
import { Loading, Page } from '../../ui/page.tsx';
import { ResourceTable } from '../../ui/resource-table.tsx';
import { timeText } from '../../ui/text.ts';
import { Permissions } from './permissions.tsx';
import { trailTo } from './trail.ts';

/** A user group: its members, and what its policies allow them. */
export function GroupPage() {
  const GroupName = useParams()['name']!;
  const send = useSend(IAMClient);
  const refresh = useRefresh();
  const { data, error, refetch } = useCall(IAMClient, GetGroupCommand, { GroupName, MaxItems: 1 });
  const members = useAllPages(
    IAMClient,
    GetGroupCommand,
    { GroupName, MaxItems: 1000 },
    { input: 'Marker', items: (page) => page.Users },
  );
  const [selected, setSelected] = useState<User[]>([]);
  const [adding, setAdding] = useState(false);
  const remove = useAction(async (signal) => {
    for (const { UserName } of selected) await send(RemoveUserFromGroupCommand, { GroupName, UserName }, signal);
    setSelected([]);
    await refresh();
  });
  const group = data?.Group;
  return (
    <Page title={GroupName} trail={trailTo('User groups', 'groups')}>
      {error ? (
        <Failure error={error} retry={() => void refetch()} />
      ) : !group ? (
        <Loading />
      ) : (
        <>
          <Container header={<Header variant="h2">Summary</Header>}>
            <KeyValuePairs
              columns={3}
              items={[
                { label: 'ARN', value: group.Arn },
                { label: 'Group ID', value: group.GroupId },
                { label: 'Created', value: timeText(group.CreateDate) },
              ]}
            />
          </Container>
          <ResourceTable<User>
            title="Users in this group"
            noun="user"
            items={members.data}
            error={members.error}
            idOf={({ UserName }) => UserName!}
            selection="multi"
            selected={selected}
            onSelect={setSelected}
            actions={
              <SpaceBetween direction="horizontal" size="xs">
                <Button disabled={selected.length === 0} loading={remove.pending} onClick={() => void remove.run()}>
                  Remove users
                </Button>
                <Button onClick={() => setAdding(true)}>Add users</Button>
              </SpaceBetween>
            }
            columns={[
              {
                id: 'name',
                header: 'User name',
                cell: ({ UserName }) => <Link href={`#/iam/users/${encodeURIComponent(UserName!)}`}>{UserName}</Link>,
                value: ({ UserName }) => UserName,
                isRowHeader: true,
              },
              { id: 'arn', header: 'ARN', cell: ({ Arn }) => Arn },
            ]}
            empty={
              <Empty
                title="No members"
                code={[{ serviceId: 'IAM', operation: 'AddUserToGroup', input: { GroupName, UserName: 'anna' } }]}
              >
                The group&apos;s policies hold for nobody yet.
              </Empty>
            }
          />
          <Permissions kind="group" name={GroupName} />
        </>
      )}
      {adding && (
        <AddUsers
          group={GroupName}
          known={(members.data ?? []).map(({ UserName }) => UserName!)}
          close={() => setAdding(false)}
        />
      )}
    </Page>
  );
}

function AddUsers({ group: GroupName, known, close }: { group: string; known: string[]; close: () => void }) {
  const send = useSend(IAMClient);
  const refresh = useRefresh();
  const users = useAllPages(
    IAMClient,
    ListUsersCommand,
    { MaxItems: 1000 },
    { input: 'Marker', items: (page) => page.Users },
  );
  const [names, setNames] = useState<string[]>([]);
  return (
    <FormModal
      title="Add users"
      action="Add users"
      close={close}
      disabled={names.length === 0}
      submit={async (signal) => {
        for (const UserName of names) await send(AddUserToGroupCommand, { GroupName, UserName }, signal);
        await refresh();
      }}
    >
      <FormField label="Users">
        <Multiselect
          selectedOptions={names.map((value) => ({ value, label: value }))}
          onChange={({ detail }) => setNames(detail.selectedOptions.map(({ value }) => value!))}
          options={(users.data ?? [])
            .filter(({ UserName }) => !known.includes(UserName!))
            .map(({ UserName }) => ({ value: UserName!, label: UserName! }))}
          filteringType="auto"
          filteringAriaLabel="Find a user"
          virtualScroll
          placeholder="Choose users"
          empty="There is no other user."
          deselectAriaLabel={({ label }) => `Leave ${label} out`}
        />
      </FormField>
    </FormModal>
  );
}
