import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import Box from '@cloudscape-design/components/box';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table from '@cloudscape-design/components/table';
import { useState } from 'react';
import { useRefresh } from '../aws/call.ts';
import { FormModal } from './form-modal.tsx';
import { KeyValueRows, type KeyValue } from './key-value-rows.tsx';

/** Tags of a resource. `save` is told what to put, and which keys to take away. */
export function Tags({
  tags,
  save,
}: {
  tags: KeyValue[];
  save: (put: KeyValue[], removed: string[], signal: AbortSignal) => Promise<unknown>;
}) {
  const [edited, setEdited] = useState<KeyValue[]>();
  return (
    <Container
      header={
        <Header variant="h2" actions={<Button onClick={() => setEdited(tags)}>Manage tags</Button>}>
          Tags
        </Header>
      }
    >
      <Table
        variant="embedded"
        items={tags}
        trackBy="key"
        ariaLabels={{ tableLabel: 'Tags' }}
        columnDefinitions={[
          { id: 'key', header: 'Key', cell: ({ key }) => key, isRowHeader: true },
          { id: 'value', header: 'Value', cell: ({ value }) => value },
        ]}
        empty={
          <Box color="text-body-secondary">
            No tags. Policies can look at them as aws:ResourceTag and aws:PrincipalTag.
          </Box>
        }
      />
      {edited && (
        <FormModal
          title="Manage tags"
          action="Save tags"
          size="large"
          close={() => setEdited(undefined)}
          disabled={edited.some(({ key }) => key === '') || new Set(edited.map(({ key }) => key)).size < edited.length}
          submit={(signal) => {
            const put = edited.filter(
              ({ key, value }) => !tags.some((before) => before.key === key && before.value === value),
            );
            const gone = tags.filter(({ key }) => !edited.some((now) => now.key === key)).map(({ key }) => key);
            return save(put, gone, signal);
          }}
        >
          <SpaceBetween size="m">
            <KeyValueRows rows={edited} onChange={setEdited} noun="tag" />
          </SpaceBetween>
        </FormModal>
      )}
    </Container>
  );
}

/** Tags of a resource whose service says `Key` and `Value`, as most do. */
export function ResourceTags(props: {
  tags: { Key?: string | undefined; Value?: string | undefined }[] | undefined;
  put: (tags: { Key: string; Value: string }[], signal: AbortSignal) => Promise<unknown>;
  remove: (keys: string[], signal: AbortSignal) => Promise<unknown>;
}) {
  const refresh = useRefresh();
  return (
    <Tags
      tags={(props.tags ?? []).map(({ Key, Value }) => ({ key: Key!, value: Value ?? '' }))}
      save={async (put, removed, signal) => {
        if (removed.length > 0) await props.remove(removed, signal);
        if (put.length > 0)
          await props.put(
            put.map(({ key, value }) => ({ Key: key, Value: value })),
            signal,
          );
        await refresh();
      }}
    />
  );
}
