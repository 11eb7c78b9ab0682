import { CreateGroupCommand, IAMClient, ListGroupsCommand, type Group } from '@aws-sdk/client-iam';
import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import Link from '@cloudscape-design/components/link';
import { useState } from 'react';
import { useAllPages, useRefresh, useSend } from '../../aws/call.ts';
import { tellSuccess } from '../../shell/notices.tsx';
import { AskFirst } from '../../ui/ask-first.tsx';
import { Empty } from '../../ui/empty.tsx';
import { FormModal } from '../../ui/form-modal.tsx';
import { Page } from '../../ui/page.tsx';
import { ResourceTable } from '../../ui/resource-table.tsx';
import { timeText, timeValue } from '../../ui/text.ts';
import { deleteGroup } from './deletion.ts';
import { IAM } from './trail.ts';

/** The account's user groups. */
export function Groups() {
  const send = useSend(IAMClient);
  const refresh = useRefresh();
  const { data, error, isFetching } = useAllPages(
    IAMClient,
    ListGroupsCommand,
    {},
    { input: 'Marker', items: (page) => page.Groups },
  );
  const [selected, setSelected] = useState<Group[]>([]);
  const [open, setOpen] = useState<'create' | 'delete'>();
  const [name, setName] = useState('');
  const names = selected.map(({ GroupName }) => GroupName!);
  const close = () => setOpen(undefined);
  const create = () => {
    setName('');
    setOpen('create');
  };
  return (
    <Page title="User groups" trail={[IAM]} bare>
      <ResourceTable<Group>
        variant="full-page"
        title="User groups"
        noun="group"
        items={data}
        error={error}
        refresh={() => void refresh()}
        refreshing={isFetching}
        idOf={({ GroupName }) => GroupName!}
        sortedBy="name"
        selection="multi"
        selected={selected}
        onSelect={setSelected}
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <Button disabled={selected.length === 0} onClick={() => setOpen('delete')}>
              Delete
            </Button>
            <Button variant="primary" onClick={create}>
              Create group
            </Button>
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
          { id: 'path', header: 'Path', cell: ({ Path }) => Path },
          {
            id: 'created',
            header: 'Created',
            cell: ({ CreateDate }) => timeText(CreateDate),
            value: ({ CreateDate }) => timeValue(CreateDate),
          },
        ]}
        empty={
          <Empty
            title="No user groups"
            action={<Button onClick={create}>Create group</Button>}
            code={[{ serviceId: 'IAM', operation: 'CreateGroup', input: { GroupName: 'analysts' } }]}
          >
            The policies of a group hold for all its members.
          </Empty>
        }
      />
      {open === 'create' && (
        <FormModal
          title="Create group"
          action="Create group"
          close={close}
          disabled={name === ''}
          submit={async (signal) => {
            await send(CreateGroupCommand, { GroupName: name }, signal);
            tellSuccess(`Created ${name}.`);
            await refresh();
          }}
        >
          <FormField label="Group name">
            <Input value={name} onChange={({ detail }) => setName(detail.value)} autoComplete={false} />
          </FormField>
        </FormModal>
      )}
      {open === 'delete' && (
        <AskFirst
          title={`Delete ${names.join(', ')}?`}
          action="Delete"
          typed="delete"
          close={close}
          act={async (signal) => {
            for (const one of names) await deleteGroup(send, one, signal);
            setSelected([]);
            tellSuccess(`Deleted ${names.join(', ')}.`);
            await refresh();
          }}
        >
          Its members stay, and lose what its policies allow.
        </AskFirst>
      )}
    </Page>
  );
}
