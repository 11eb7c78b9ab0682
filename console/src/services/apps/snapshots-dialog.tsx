import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import Modal from '@cloudscape-design/components/modal';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table from '@cloudscape-design/components/table';
import { useState } from 'react';
import { useAsk, useStack } from '../../aws/stack.ts';
import { tellSuccess } from '../../shell/notices.tsx';
import { Failure } from '../../ui/failure.tsx';
import { timeText } from '../../ui/text.ts';
import type { State } from './runner.ts';
import type { App, Snapshot } from './types.ts';

/** Named states of an app: its widgets and prompts, and what they held. */
export function SnapshotsDialog(props: {
  app: App;
  state: State;
  restored: (app: App, state: State) => void;
  close: () => void;
}) {
  const { app, state, restored, close } = props;
  const ask = useAsk();
  const path = `apps/${app.id}/snapshots`;
  const { data, error, refetch } = useStack<{ snapshots: Snapshot[] }>(path);
  const [name, setName] = useState('');
  const [tried, setTried] = useState(false);
  const [pending, setPending] = useState<string>();
  const [failure, setFailure] = useState<unknown>();
  const [deleting, setDeleting] = useState<string>();
  const fault = name.trim() === '' ? 'A snapshot has a name.' : name.trim().length > 60 ? '60 characters at most.' : '';

  const act = async (what: string, work: () => Promise<void>) => {
    setPending(what);
    setFailure(undefined);
    try {
      await work();
    } catch (thrown) {
      setFailure(thrown);
    } finally {
      setPending(undefined);
    }
  };
  const take = async () => {
    setTried(true);
    if (fault !== '') return;
    await act('take', async () => {
      await ask('POST', path, { name, state });
      setName('');
      setTried(false);
      await refetch();
    });
  };
  const restore = (snapshot: Snapshot) =>
    act(snapshot.id, async () => {
      const found = await ask<{ app: App; state: State }>('POST', `${path}/${snapshot.id}/restore`, {
        version: app.version,
      });
      restored(found.app, found.state);
      tellSuccess(`The app is as it was in ${snapshot.name}.`);
      close();
    });
  const remove = (snapshot: Snapshot) =>
    act(snapshot.id, async () => {
      await ask('DELETE', `${path}/${snapshot.id}`);
      setDeleting(undefined);
      await refetch();
    });

  const rowActions = (snapshot: Snapshot) => (
    <RowActions
      name={snapshot.name}
      pending={pending === snapshot.id}
      deleting={deleting === snapshot.id}
      restore={() => void restore(snapshot)}
      ask={(asked) => setDeleting(asked ? snapshot.id : undefined)}
      remove={() => void remove(snapshot)}
    />
  );
  return (
    <Modal
      visible
      size="large"
      header="Snapshots"
      closeAriaLabel="Close"
      onDismiss={close}
      footer={
        <Box float="right">
          <Button variant="primary" onClick={close}>
            Done
          </Button>
        </Box>
      }
    >
      <SpaceBetween size="m">
        {failure !== undefined && <Failure error={failure} />}
        <FormField
          label="Name of the snapshot"
          description="It keeps the widgets, their prompts and parameters, your inputs and the outputs on screen."
          errorText={tried ? fault : ''}
          stretch
          secondaryControl={
            <Button loading={pending === 'take'} onClick={() => void take()}>
              Take snapshot
            </Button>
          }
        >
          <Input value={name} onChange={({ detail }) => setName(detail.value)} />
        </FormField>
        {error ? (
          <Failure error={error} retry={() => void refetch()} />
        ) : (
          <Table
            variant="embedded"
            loading={!data}
            loadingText="Loading"
            trackBy="id"
            items={data?.snapshots ?? []}
            empty="There is no snapshot of this app yet."
            ariaLabels={{ tableLabel: 'Snapshots' }}
            columnDefinitions={[
              { id: 'name', header: 'Snapshot', isRowHeader: true, cell: (snapshot) => snapshot.name },
              { id: 'time', header: 'Taken', cell: ({ createdMs }) => timeText(createdMs) },
              { id: 'widgets', header: 'Widgets', cell: ({ widgets }) => widgets },
              {
                id: 'actions',
                header: 'Actions',
                cell: (snapshot) => rowActions(snapshot),
              },
            ]}
          />
        )}
      </SpaceBetween>
    </Modal>
  );
}

function RowActions(props: {
  name: string;
  pending: boolean;
  deleting: boolean;
  restore: () => void;
  ask: (asked: boolean) => void;
  remove: () => void;
}) {
  const { name, pending, deleting, restore, ask, remove } = props;
  return deleting ? (
    <SpaceBetween size="xs" direction="horizontal">
      <Button variant="inline-link" ariaLabel={`Delete ${name} for good`} loading={pending} onClick={remove}>
        Delete for good
      </Button>
      <Button variant="inline-link" onClick={() => ask(false)}>
        Keep
      </Button>
    </SpaceBetween>
  ) : (
    <SpaceBetween size="xs" direction="horizontal">
      <Button variant="inline-link" ariaLabel={`Restore ${name}`} loading={pending} onClick={restore}>
        Restore
      </Button>
      <Button variant="inline-link" ariaLabel={`Delete ${name}`} onClick={() => ask(true)}>
        Delete
      </Button>
    </SpaceBetween>
  );
}
