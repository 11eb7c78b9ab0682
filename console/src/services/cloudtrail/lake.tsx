import {
  CloudTrailClient,
  CreateEventDataStoreCommand,
  DeleteEventDataStoreCommand,
  DescribeQueryCommand,
  GetEventDataStoreCommand,
  GetQueryResultsCommand,
  ListEventDataStoresCommand,
  StartQueryCommand,
  UpdateEventDataStoreCommand,
  type EventDataStore,
} from '@aws-sdk/client-cloudtrail';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table from '@cloudscape-design/components/table';
import { useState } from 'react';
import { useAllPages, useCall, useRefresh, useSend } from '../../aws/call.ts';
import { tellSuccess } from '../../shell/notices.tsx';
import { AskFirst } from '../../ui/ask-first.tsx';
import { Editor } from '../../ui/editor.tsx';
import { Empty } from '../../ui/empty.tsx';
import { Failure } from '../../ui/failure.tsx';
import { FormModal } from '../../ui/form-modal.tsx';
import { Page } from '../../ui/page.tsx';
import { ResourceTable } from '../../ui/resource-table.tsx';

const POLL_MS = 300;
const ROWS_MAX = 1000;
const idOf = (arn: string): string => arn.split('/').at(-1)!;

/** Event data stores, and SQL over their events. */
export function Lake() {
  const send = useSend(CloudTrailClient);
  const refresh = useRefresh();
  const { data, error, isFetching } = useAllPages(
    CloudTrailClient,
    ListEventDataStoresCommand,
    {},
    { input: 'NextToken', items: (page) => page.EventDataStores },
  );
  const [selected, setSelected] = useState<EventDataStore[]>([]);
  const [open, setOpen] = useState<'create' | 'delete'>();
  const [name, setName] = useState('');
  const [store] = selected;
  const close = () => setOpen(undefined);
  return (
    <Page
      title="CloudTrail Lake"
      trail={[{ text: 'AWS CloudTrail', href: '#/cloudtrail' }]}
      description="Events that are kept for SQL, from when their store was made."
    >
      <ResourceTable<EventDataStore>
        title="Event data stores"
        noun="event data store"
        items={data}
        error={error}
        refresh={() => void refresh()}
        refreshing={isFetching}
        idOf={({ EventDataStoreArn }) => EventDataStoreArn!}
        selection="single"
        selected={selected}
        onSelect={setSelected}
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <Button disabled={!store} onClick={() => setOpen('delete')}>
              Delete
            </Button>
            <Button onClick={() => setOpen('create')}>Create event data store</Button>
          </SpaceBetween>
        }
        columns={[
          { id: 'name', header: 'Name', cell: ({ Name }) => Name, isRowHeader: true },
          {
            id: 'status',
            header: 'Status',
            cell: ({ EventDataStoreArn }) => <Status arn={EventDataStoreArn!} />,
            value: () => '',
          },
          { id: 'id', header: 'ID, as SQL names it', cell: ({ EventDataStoreArn }) => idOf(EventDataStoreArn!) },
        ]}
        empty={
          <Empty
            title="No event data stores"
            code={[{ serviceId: 'CloudTrail', operation: 'CreateEventDataStore', input: { Name: 'audit' } }]}
          >
            A store keeps the events of all regions, and is asked by SQL.
          </Empty>
        }
      />
      {store && <Query key={store.EventDataStoreArn} store={idOf(store.EventDataStoreArn!)} />}
      {open === 'create' && (
        <FormModal
          title="Create event data store"
          action="Create"
          close={close}
          disabled={name.length < 3}
          submit={async (signal) => {
            await send(CreateEventDataStoreCommand, { Name: name, TerminationProtectionEnabled: false }, signal);
            tellSuccess(`Created ${name}.`);
            await refresh();
          }}
        >
          <FormField label="Name" description="3 to 128 characters.">
            <Input value={name} onChange={({ detail }) => setName(detail.value)} autoComplete={false} />
          </FormField>
        </FormModal>
      )}
      {open === 'delete' && store && (
        <AskFirst
          title={`Delete ${store.Name}?`}
          action="Delete"
          close={close}
          act={async (signal) => {
            const EventDataStore = store.EventDataStoreArn;
            await send(UpdateEventDataStoreCommand, { EventDataStore, TerminationProtectionEnabled: false }, signal);
            await send(DeleteEventDataStoreCommand, { EventDataStore }, signal);
            setSelected([]);
            await refresh();
          }}
        >
          It can be restored for seven days.
        </AskFirst>
      )}
    </Page>
  );
}

function Status({ arn }: { arn: string }) {
  const { data } = useCall(CloudTrailClient, GetEventDataStoreCommand, { EventDataStore: arn });
  return <>{data?.Status ?? '–'}</>;
}

type Result = { columns: string[]; rows: Record<string, string>[]; total: number };

function Query({ store }: { store: string }) {
  const send = useSend(CloudTrailClient);
  const [sql, setSql] = useState(
    `SELECT eventName, count(*) AS calls\nFROM ${store}\nGROUP BY eventName\nORDER BY calls DESC\nLIMIT 20`,
  );
  const [result, setResult] = useState<Result>();
  const [error, setError] = useState<unknown>();
  const [running, setRunning] = useState(false);
  const run = async () => {
    setRunning(true);
    setError(undefined);
    setResult(undefined);
    try {
      const { QueryId } = await send(StartQueryCommand, { QueryStatement: sql });
      for (;;) {
        const { QueryStatus, ErrorMessage } = await send(DescribeQueryCommand, { QueryId });
        if (QueryStatus === 'FINISHED') break;
        if (QueryStatus !== 'QUEUED' && QueryStatus !== 'RUNNING')
          throw new Error(ErrorMessage ?? `The query is ${QueryStatus}.`);
        await new Promise((resolve) => {
          setTimeout(resolve, POLL_MS);
        });
      }
      const answer = await send(GetQueryResultsCommand, { QueryId, MaxQueryResults: ROWS_MAX });
      const rows = (answer.QueryResultRows ?? []).map((row) => Object.assign({}, ...row) as Record<string, string>);
      setResult({
        columns: [...new Set(rows.flatMap((row) => Object.keys(row)))],
        rows,
        total: answer.QueryStatistics?.TotalResultsCount ?? rows.length,
      });
    } catch (thrown) {
      setError(thrown);
    } finally {
      setRunning(false);
    }
  };
  return (
    <Container
      header={
        <Header
          variant="h2"
          actions={
            <Button variant="primary" loading={running} onClick={() => void run()}>
              Run query
            </Button>
          }
        >
          Query
        </Header>
      }
    >
      <SpaceBetween size="m">
        <Editor label="SQL" language="text" value={sql} onChange={setSql} minHeight="100px" />
        {error !== undefined && <Failure error={error} />}
        {result &&
          (result.rows.length === 0 ? (
            <Box>The query found nothing.</Box>
          ) : (
            <Table
              variant="embedded"
              wrapLines
              header={
                <Header variant="h3" counter={`(${result.total})`}>
                  Result
                </Header>
              }
              ariaLabels={{ tableLabel: 'Result' }}
              items={result.rows}
              columnDefinitions={result.columns.map((column) => ({
                id: column,
                header: column,
                cell: (row: Record<string, string>) => row[column],
              }))}
            />
          ))}
      </SpaceBetween>
    </Container>
  );
}
