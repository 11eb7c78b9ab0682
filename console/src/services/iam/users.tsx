import {
  AddUserToGroupCommand,
  CreateUserCommand,
  IAMClient,
  ListGroupsCommand,
  ListUsersCommand,
  type User,
} from '@aws-sdk/client-iam';
import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import Link from '@cloudscape-design/components/link';
import Multiselect from '@cloudscape-design/components/multiselect';
import { useState } from 'react';
import { useAllPages, useRefresh, useSend } from '../../aws/call.ts';
import { tellSuccess } from '../../shell/notices.tsx';
import { AskFirst } from '../../ui/ask-first.tsx';
import { Empty } from '../../ui/empty.tsx';
import { FormModal } from '../../ui/form-modal.tsx';
import { Page } from '../../ui/page.tsx';
import { ResourceTable } from '../../ui/resource-table.tsx';
import { timeText, timeValue } from '../../ui/text.ts';
import { deleteUser } from './deletion.ts';
import { IAM } from './trail.ts';

const PAGE = 1000;

/** The account's users. */
export function Users() {
  const { data, error, isFetching } = useAllPages(
    IAMClient,
    ListUsersCommand,
    { MaxItems: PAGE },
    { input: 'Marker', items: (page) => page.Users },
  );
  const refresh = useRefresh();
  const send = useSend(IAMClient);
  const [selected, setSelected] = useState<User[]>([]);
  const [open, setOpen] = useState<'create' | 'delete'>();
  const names = selected.map(({ UserName }) => UserName!);
  return (
    <Page title="Users" trail={[IAM]} bare>
      <ResourceTable<User>
        variant="full-page"
        title="Users"
        noun="user"
        items={data}
        error={error}
        refresh={() => void refresh()}
        refreshing={isFetching}
        idOf={({ UserName }) => UserName!}
        sortedBy="name"
        selection="multi"
        selected={selected}
        onSelect={setSelected}
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <Button disabled={selected.length === 0} onClick={() => setOpen('delete')}>
              Delete
            </Button>
            <Button variant="primary" onClick={() => setOpen('create')}>
              Create user
            </Button>
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
          { id: 'path', header: 'Path', cell: ({ Path }) => Path },
          { id: 'id', header: 'User ID', cell: ({ UserId }) => UserId },
          {
            id: 'created',
            header: 'Created',
            cell: ({ CreateDate }) => timeText(CreateDate),
            value: ({ CreateDate }) => timeValue(CreateDate),
          },
        ]}
        empty={
          <Empty
            title="No users"
            action={<Button onClick={() => setOpen('create')}>Create user</Button>}
            code={[{ serviceId: 'IAM', operation: 'CreateUser', input: { UserName: 'anna' } }]}
          >
            A user has access keys of its own, and what its policies allow.
          </Empty>
        }
      />
      {open === 'create' && <CreateUser close={() => setOpen(undefined)} />}
      {open === 'delete' && (
        <AskFirst
          title={`Delete ${names.length === 1 ? names[0] : `${names.length} users`}?`}
          action="Delete"
          typed="delete"
          close={() => setOpen(undefined)}
          act={async (signal) => {
            for (const name of names) await deleteUser(send, name, signal);
            setSelected([]);
            tellSuccess(`Deleted ${names.join(', ')}.`);
            await refresh();
          }}
        >
          Their access keys, policies, memberships and MFA devices go with them. Calls with their keys are refused from
          then on.
        </AskFirst>
      )}
    </Page>
  );
}

function CreateUser({ close }: { close: () => void }) {
  const send = useSend(IAMClient);
  const refresh = useRefresh();
  const groups = useAllPages(IAMClient, ListGroupsCommand, {}, { input: 'Marker', items: (page) => page.Groups });
  const [name, setName] = useState('');
  const [path, setPath] = useState('/');
  const [joined, setJoined] = useState<string[]>([]);
  const wrong = name !== '' && !/^[\w+=,.@-]{1,64}$/.test(name);
  return (
    <FormModal
      title="Create user"
      action="Create user"
      close={close}
      disabled={name === '' || wrong}
      submit={async (signal) => {
        await send(CreateUserCommand, { UserName: name, Path: path }, signal);
        for (const GroupName of joined) await send(AddUserToGroupCommand, { GroupName, UserName: name }, signal);
        tellSuccess(
          <>
            Created{' '}
            <Link color="inverted" href={`#/iam/users/${encodeURIComponent(name)}`}>
              {name}
            </Link>
            .
          </>,
        );
        await refresh();
      }}
    >
      <FormField label="User name" errorText={wrong ? 'Up to 64 letters, digits and + = , . @ _ -' : undefined}>
        <Input value={name} onChange={({ detail }) => setName(detail.value)} autoComplete={false} />
      </FormField>
      <FormField label="Path" description="Begins and ends with a slash.">
        <Input value={path} onChange={({ detail }) => setPath(detail.value)} autoComplete={false} />
      </FormField>
      <FormField label="User groups">
        <Multiselect
          selectedOptions={joined.map((value) => ({ value, label: value }))}
          onChange={({ detail }) => setJoined(detail.selectedOptions.map(({ value }) => value!))}
          options={(groups.data ?? []).map(({ GroupName }) => ({ value: GroupName!, label: GroupName! }))}
          placeholder="Choose groups"
          empty="There is no group yet."
          deselectAriaLabel={({ label }) => `Leave ${label}`}
        />
      </FormField>
    </FormModal>
  );
}
