import {
  CreateAliasCommand,
  DeleteAliasCommand,
  KMSClient,
  ListAliasesCommand,
  type AliasListEntry,
} from '@aws-sdk/client-kms';
import Button from '@cloudscape-design/components/button';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { useAllPages, useRefresh, useSend } from '../../aws/call.ts';
import { useAction } from '../../ui/action.ts';
import { Empty } from '../../ui/empty.tsx';
import { FormModal } from '../../ui/form-modal.tsx';
import { ResourceTable } from '../../ui/resource-table.tsx';

/** Names of a key. */
export function Aliases({ id: KeyId }: { id: string }) {
  const send = useSend(KMSClient);
  const refresh = useRefresh();
  const { data, error } = useAllPages(
    KMSClient,
    ListAliasesCommand,
    { KeyId },
    { input: 'Marker', output: 'NextMarker', items: (page) => page.Aliases },
  );
  const [selected, setSelected] = useState<AliasListEntry[]>([]);
  const [creating, setCreating] = useState(false);
  const [name, setName] = useState('');
  const remove = useAction(async (signal) => {
    for (const { AliasName } of selected) await send(DeleteAliasCommand, { AliasName }, signal);
    setSelected([]);
    await refresh();
  });
  return (
    <>
      <ResourceTable<AliasListEntry>
        title="Aliases"
        noun="alias"
        nouns="aliases"
        items={data}
        error={error}
        idOf={({ AliasName }) => AliasName!}
        selection="multi"
        selected={selected}
        onSelect={setSelected}
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <Button disabled={selected.length === 0} loading={remove.pending} onClick={() => void remove.run()}>
              Delete
            </Button>
            <Button onClick={() => setCreating(true)}>Create alias</Button>
          </SpaceBetween>
        }
        columns={[
          { id: 'name', header: 'Alias name', cell: ({ AliasName }) => AliasName, isRowHeader: true },
          { id: 'arn', header: 'ARN', cell: ({ AliasArn }) => AliasArn },
        ]}
        empty={
          <Empty
            title="No aliases"
            code={[
              {
                serviceId: 'KMS',
                operation: 'CreateAlias',
                input: { AliasName: 'alias/training', TargetKeyId: KeyId },
              },
            ]}
          >
            An alias stands for the key wherever its id does.
          </Empty>
        }
      />
      {creating && (
        <FormModal
          title="Create alias"
          action="Create alias"
          close={() => setCreating(false)}
          disabled={name === ''}
          submit={async (signal) => {
            await send(CreateAliasCommand, { AliasName: `alias/${name}`, TargetKeyId: KeyId }, signal);
            setName('');
            await refresh();
          }}
        >
          <FormField label="Alias" description="Without alias/ before it.">
            <Input value={name} onChange={({ detail }) => setName(detail.value)} autoComplete={false} />
          </FormField>
        </FormModal>
      )}
    </>
  );
}
