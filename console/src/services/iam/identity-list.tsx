import { IAMClient } from '@aws-sdk/client-iam';
import Button from '@cloudscape-design/components/button';
import Link from '@cloudscape-design/components/link';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState, type ReactNode } from 'react';
import { useRefresh, useSend } from '../../aws/call.ts';
import type { MadeCall } from '../../aws/history.ts';
import { tellSuccess } from '../../shell/notices.tsx';
import { AskFirst } from '../../ui/ask-first.tsx';
import { Empty } from '../../ui/empty.tsx';
import { Page } from '../../ui/page.tsx';
import { ResourceTable, type ResourceColumn } from '../../ui/resource-table.tsx';
import { timeText, timeValue } from '../../ui/text.ts';
import { IAM } from './trail.ts';

/** The account's users, groups or roles: shown, created, and deleted with what they hold. */
export function IdentityList<T extends { CreateDate: Date | undefined }>(props: {
  title: string;
  /** Of one: `user`. */
  noun: string;
  /** Of their pages: `users`. */
  path: string;
  listed: { data: T[] | undefined; error: unknown; isFetching: boolean };
  nameOf: (item: T) => string;
  /** Between the name and the time of creation. */
  columns: ResourceColumn<T>[];
  /** A call that makes one. */
  example: Omit<MadeCall, 'serviceId'>;
  /** What one is. */
  about: ReactNode;
  create: (close: () => void) => ReactNode;
  remove: (send: ReturnType<typeof useSend>, name: string, signal: AbortSignal) => Promise<unknown>;
  /** What goes with those that are deleted. */
  lost: ReactNode;
  /** What the question before calls those that are deleted, where not by all their names. */
  called?: (names: string[]) => string;
}) {
  const { title, noun, listed, nameOf } = props;
  const send = useSend(IAMClient);
  const refresh = useRefresh();
  const [selected, setSelected] = useState<T[]>([]);
  const [open, setOpen] = useState<'create' | 'delete'>();
  const names = selected.map(nameOf);
  const all = names.join(', ');
  const close = () => setOpen(undefined);
  return (
    <Page title={title} trail={[IAM]} bare>
      <ResourceTable<T>
        variant="full-page"
        title={title}
        noun={noun}
        items={listed.data}
        error={listed.error}
        refresh={() => void refresh()}
        refreshing={listed.isFetching}
        idOf={nameOf}
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
              Create {noun}
            </Button>
          </SpaceBetween>
        }
        columns={[
          {
            id: 'name',
            header: `${noun.charAt(0).toUpperCase()}${noun.slice(1)} name`,
            cell: (item) => (
              <Link href={`#/iam/${props.path}/${encodeURIComponent(nameOf(item))}`}>{nameOf(item)}</Link>
            ),
            value: nameOf,
            isRowHeader: true,
          },
          ...props.columns,
          {
            id: 'created',
            header: 'Created',
            cell: ({ CreateDate }) => timeText(CreateDate),
            value: ({ CreateDate }) => timeValue(CreateDate),
          },
        ]}
        empty={
          <Empty
            title={`No ${title.toLowerCase()}`}
            action={<Button onClick={() => setOpen('create')}>Create {noun}</Button>}
            code={[{ serviceId: 'IAM', ...props.example }]}
          >
            {props.about}
          </Empty>
        }
      />
      {open === 'create' && props.create(close)}
      {open === 'delete' && (
        <AskFirst
          title={`Delete ${props.called?.(names) ?? all}?`}
          action="Delete"
          typed="delete"
          close={close}
          act={async (signal) => {
            for (const name of names) await props.remove(send, name, signal);
            setSelected([]);
            tellSuccess(`Deleted ${all}.`);
            await refresh();
          }}
        >
          {props.lost}
        </AskFirst>
      )}
    </Page>
  );
}
