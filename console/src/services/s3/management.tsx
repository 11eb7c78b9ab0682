import {
  DeleteBucketLifecycleCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketReplicationCommand,
  ListBucketInventoryConfigurationsCommand,
  PutBucketLifecycleConfigurationCommand,
  S3Client,
  type LifecycleRule,
} from '@aws-sdk/client-s3';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { useState } from 'react';
import { useParams } from 'react-router';
import { useCall, useSend } from '../../aws/call.ts';
import { isMissing } from '../../aws/failure.ts';
import { tellSuccess } from '../../shell/notices.tsx';
import { useAction } from '../../ui/action.ts';
import { AskFirst } from '../../ui/ask-first.tsx';
import { JsonBlock } from '../../ui/code-block.tsx';
import { Empty } from '../../ui/empty.tsx';
import { ResourceTable } from '../../ui/resource-table.tsx';
import { draftOf, NEW_RULE, scopeOf, wordsOf } from './lifecycle.ts';
import { LifecycleRuleDialog } from './lifecycle-rule.tsx';
import { SettingCard } from './setting.tsx';
import { UnfinishedUploads } from './upload/unfinished.tsx';

/** What happens to objects by themselves. */
export function Management() {
  const bucket = useParams()['bucket']!;
  return (
    <SpaceBetween size="l">
      <Lifecycle bucket={bucket} />
      <Replication bucket={bucket} />
      <Inventory bucket={bucket} />
      <UnfinishedUploads bucket={bucket} />
    </SpaceBetween>
  );
}

function Lifecycle({ bucket }: { bucket: string }) {
  const send = useSend(S3Client);
  const lifecycle = useCall(S3Client, GetBucketLifecycleConfigurationCommand, { Bucket: bucket });
  const none = isMissing(lifecycle.error);
  const rules = none ? [] : lifecycle.data?.Rules;
  // While it is read again.
  const known = rules ?? [];
  const [selected, setSelected] = useState<LifecycleRule[]>([]);
  const [edited, setEdited] = useState<LifecycleRule | 'new'>();
  const one = selected[0];
  const idOf = (rule: LifecycleRule) => rule.ID ?? JSON.stringify(rule);

  async function put(next: LifecycleRule[]) {
    if (next.length === 0) await send(DeleteBucketLifecycleCommand, { Bucket: bucket });
    else
      await send(PutBucketLifecycleConfigurationCommand, {
        Bucket: bucket,
        LifecycleConfiguration: { Rules: next },
      });
    setSelected([]);
    await lifecycle.refetch();
  }
  const [asking, setAsking] = useState(false);
  const turning = useAction(async () => {
    await put(
      known.map((rule) =>
        rule === one ? { ...rule, Status: rule.Status === 'Enabled' ? 'Disabled' : 'Enabled' } : rule,
      ),
    );
  });
  return (
    <>
      <ResourceTable<LifecycleRule>
        title="Lifecycle rules"
        description="Carried out each midnight UTC of the stack’s clock."
        noun="rule"
        items={rules}
        error={none ? undefined : lifecycle.error}
        refresh={() => void lifecycle.refetch()}
        refreshing={lifecycle.isFetching}
        idOf={idOf}
        selection="single"
        selected={selected}
        onSelect={setSelected}
        columns={[
          { id: 'name', header: 'Name', isRowHeader: true, cell: ({ ID }) => ID ?? '–', width: 180 },
          {
            id: 'status',
            header: 'Status',
            width: 120,
            value: ({ Status }) => Status,
            cell: ({ Status }) => (
              <StatusIndicator type={Status === 'Enabled' ? 'success' : 'stopped'}>{Status}</StatusIndicator>
            ),
          },
          { id: 'scope', header: 'Scope', cell: scopeOf, width: 220 },
          {
            id: 'what',
            header: 'What it does',
            value: (rule) => wordsOf(rule).join(' '),
            cell: (rule) => (
              <ul className="s3-words">
                {wordsOf(rule).map((words) => (
                  <li key={words}>{words}</li>
                ))}
              </ul>
            ),
          },
        ]}
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <Button disabled={!one} loading={turning.pending} onClick={() => void turning.run()}>
              {one?.Status === 'Disabled' ? 'Enable' : 'Disable'}
            </Button>
            <Button
              disabled={!one || draftOf(one) === undefined}
              disabledReason={one && 'The rule says what this form has no fields for. Edit it by code.'}
              onClick={() => setEdited(one)}
            >
              Edit
            </Button>
            <Button disabled={!one} onClick={() => setAsking(true)}>
              Delete
            </Button>
            <Button variant="primary" disabled={!rules} onClick={() => setEdited('new')}>
              Create lifecycle rule
            </Button>
          </SpaceBetween>
        }
        empty={
          <Empty
            title="No lifecycle rules"
            code={[
              {
                serviceId: 'S3',
                operation: 'PutBucketLifecycleConfiguration',
                input: {
                  Bucket: bucket,
                  LifecycleConfiguration: {
                    Rules: [
                      {
                        ID: 'archive',
                        Status: 'Enabled',
                        Filter: { Prefix: '' },
                        Transitions: [{ Days: 90, StorageClass: 'GLACIER' }],
                      },
                    ],
                  },
                },
              },
            ]}
          >
            A rule moves objects to colder storage as they age, or deletes them. Create one here, or by code:
          </Empty>
        }
      />
      {asking && one && (
        <AskFirst
          title="Delete lifecycle rule"
          action="Delete rule"
          act={async () => {
            await put(known.filter((rule) => rule !== one));
            tellSuccess('The rule is deleted.');
          }}
          close={() => setAsking(false)}
        >
          {scopeOf(one)}: {wordsOf(one).join(' ')} That will happen no longer.
        </AskFirst>
      )}
      {edited && (
        <LifecycleRuleDialog
          draft={edited === 'new' ? NEW_RULE : draftOf(edited)!}
          isNew={edited === 'new'}
          others={known.filter((rule) => rule !== edited).map(({ ID }) => ID ?? '')}
          save={async (rule) => {
            await put(edited === 'new' ? [...known, rule] : known.map((each) => (each === edited ? rule : each)));
            tellSuccess('The lifecycle rules are saved.');
          }}
          onClose={() => setEdited(undefined)}
        />
      )}
    </>
  );
}

function Replication({ bucket }: { bucket: string }) {
  const replication = useCall(S3Client, GetBucketReplicationCommand, { Bucket: bucket });
  const configuration = replication.data?.ReplicationConfiguration;
  return (
    <SettingCard
      title="Replication rules"
      setting={replication}
      none="Nothing is replicated. PutBucketReplication names the buckets that are to have copies, and the role that makes them."
    >
      <SpaceBetween size="s">
        <ul className="s3-words">
          {(configuration?.Rules ?? []).map(({ ID, Status, Destination, Filter, Prefix }) => (
            <li key={ID}>
              <strong>{ID}</strong> ({Status}): {Filter?.Prefix || Prefix || 'all objects'} →{' '}
              <code>{Destination?.Bucket}</code>
            </li>
          ))}
        </ul>
        <JsonBlock value={configuration} label="Replication" />
      </SpaceBetween>
    </SettingCard>
  );
}

function Inventory({ bucket }: { bucket: string }) {
  const inventory = useCall(S3Client, ListBucketInventoryConfigurationsCommand, { Bucket: bucket });
  const found = inventory.data?.InventoryConfigurationList ?? [];
  return (
    <SettingCard title="Inventory configurations" setting={inventory}>
      {found.length === 0 ? (
        <Box color="text-body-secondary">
          There are no reports of what is in the bucket. PutBucketInventoryConfiguration makes them daily or weekly.
        </Box>
      ) : (
        <JsonBlock value={found} label="Inventory" />
      )}
    </SettingCard>
  );
}
