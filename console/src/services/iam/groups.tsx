import { CreateGroupCommand, IAMClient, ListGroupsCommand, type Group } from '@aws-sdk/client-iam';
import { useState } from 'react';
import { useAllPages, useRefresh, useSend } from '../../aws/call.ts';
import { FormModal } from '../../ui/form-modal.tsx';
import { isName, NameField, tellCreated } from './creation.tsx';
import { deleteGroup } from './deletion.ts';
import { IdentityList } from './identity-list.tsx';

/** The account's user groups. */
export function Groups() {
  const listed = useAllPages(IAMClient, ListGroupsCommand, {}, { input: 'Marker', items: (page) => page.Groups });
  return (
    <IdentityList<Group>
      title="User groups"
      noun="group"
      path="groups"
      listed={listed}
      nameOf={({ GroupName }) => GroupName!}
      columns={[{ id: 'path', header: 'Path', cell: ({ Path }) => Path }]}
      example={{ operation: 'CreateGroup', input: { GroupName: 'analysts' } }}
      about="The policies of a group hold for all its members."
      create={(close) => <CreateGroup close={close} />}
      remove={deleteGroup}
      lost="Its members stay, and lose what its policies allow."
    />
  );
}

/** Source of the length: API Reference, CreateGroup. */
const GROUP_NAME_MAX = 128;

function CreateGroup({ close }: { close: () => void }) {
  const send = useSend(IAMClient);
  const refresh = useRefresh();
  const [name, setName] = useState('');
  return (
    <FormModal
      title="Create group"
      action="Create group"
      close={close}
      disabled={!isName(name, GROUP_NAME_MAX)}
      submit={async (signal) => {
        await send(CreateGroupCommand, { GroupName: name }, signal);
        tellCreated(name, `#/iam/groups/${encodeURIComponent(name)}`);
        await refresh();
      }}
    >
      <NameField label="Group name" most={GROUP_NAME_MAX} value={name} onChange={setName} />
    </FormModal>
  );
}
