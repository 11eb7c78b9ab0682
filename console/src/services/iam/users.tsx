import {
  AddUserToGroupCommand,
  CreateUserCommand,
  IAMClient,
  ListGroupsCommand,
  ListUsersCommand,
  type User,
} from '@aws-sdk/client-iam';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import Multiselect from '@cloudscape-design/components/multiselect';
import { useState } from 'react';
import { useAllPages, useRefresh, useSend } from '../../aws/call.ts';
import { FormModal } from '../../ui/form-modal.tsx';
import { isName, NameField, tellCreated } from './creation.tsx';
import { deleteUser } from './deletion.ts';
import { IdentityList } from './identity-list.tsx';

const PAGE = 1000;

/** The account's users. */
export function Users() {
  const listed = useAllPages(
    IAMClient,
    ListUsersCommand,
    { MaxItems: PAGE },
    { input: 'Marker', items: (page) => page.Users },
  );
  return (
    <IdentityList<User>
      title="Users"
      noun="user"
      path="users"
      listed={listed}
      nameOf={({ UserName }) => UserName!}
      columns={[
        { id: 'path', header: 'Path', cell: ({ Path }) => Path },
        { id: 'id', header: 'User ID', cell: ({ UserId }) => UserId },
      ]}
      example={{ operation: 'CreateUser', input: { UserName: 'anna' } }}
      about="A user has access keys of its own, and what its policies allow."
      create={(close) => <CreateUser close={close} />}
      remove={deleteUser}
      lost="Their access keys, policies, memberships and MFA devices go with them. Calls with their keys are refused from then on."
      called={(names) => (names.length === 1 ? names[0]! : `${names.length} users`)}
    />
  );
}

function CreateUser({ close }: { close: () => void }) {
  const send = useSend(IAMClient);
  const refresh = useRefresh();
  const groups = useAllPages(IAMClient, ListGroupsCommand, {}, { input: 'Marker', items: (page) => page.Groups });
  const [name, setName] = useState('');
  const [path, setPath] = useState('/');
  const [joined, setJoined] = useState<string[]>([]);
  return (
    <FormModal
      title="Create user"
      action="Create user"
      close={close}
      disabled={!isName(name, 64)}
      submit={async (signal) => {
        await send(CreateUserCommand, { UserName: name, Path: path }, signal);
        for (const GroupName of joined) await send(AddUserToGroupCommand, { GroupName, UserName: name }, signal);
        tellCreated(name, `#/iam/users/${encodeURIComponent(name)}`);
        await refresh();
      }}
    >
      <NameField label="User name" most={64} value={name} onChange={setName} />
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
