import {
  CreateAliasCommand,
  CreateKeyCommand,
  DescribeKeyCommand,
  KMSClient,
  ListAliasesCommand,
  ListKeysCommand,
  type KeySpec,
  type KeyUsageType,
} from '@aws-sdk/client-kms';
import Button from '@cloudscape-design/components/button';
import Checkbox from '@cloudscape-design/components/checkbox';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import Link from '@cloudscape-design/components/link';
import SegmentedControl from '@cloudscape-design/components/segmented-control';
import Select from '@cloudscape-design/components/select';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { useState } from 'react';
import { useAllPages, useCall, useRefresh, useSend } from '../../aws/call.ts';
import { tellSuccess } from '../../shell/notices.tsx';
import { Empty } from '../../ui/empty.tsx';
import { FormModal } from '../../ui/form-modal.tsx';
import { Page } from '../../ui/page.tsx';
import { ResourceTable } from '../../ui/resource-table.tsx';
import { SPECS, STATES } from './specs.ts';

type Row = { id: string; aliases: string[]; managed: boolean };

/** The region's keys. */
export function Keys() {
  const refresh = useRefresh();
  const [scope, setScope] = useState('customer');
  const keys = useAllPages(
    KMSClient,
    ListKeysCommand,
    { Limit: 1000 },
    { input: 'Marker', output: 'NextMarker', items: (page) => page.Keys },
  );
  const aliases = useAllPages(
    KMSClient,
    ListAliasesCommand,
    { Limit: 100 },
    { input: 'Marker', output: 'NextMarker', items: (page) => page.Aliases },
  );
  const [creating, setCreating] = useState(false);
  const named = new Map<string, string[]>();
  for (const { AliasName, TargetKeyId } of aliases.data ?? [])
    if (TargetKeyId) named.set(TargetKeyId, [...(named.get(TargetKeyId) ?? []), AliasName!]);
  const items: Row[] | undefined =
    keys.data && aliases.data
      ? keys.data
          .map(({ KeyId }) => {
            const own = named.get(KeyId!) ?? [];
            return { id: KeyId!, aliases: own, managed: own.some((alias) => alias.startsWith('alias/aws/')) };
          })
          .filter(({ managed }) => managed === (scope === 'aws'))
      : undefined;
  return (
    <Page title="Keys" trail={[]} bare>
      <ResourceTable<Row>
        variant="full-page"
        title="Keys"
        noun="key"
        items={items}
        error={keys.error ?? aliases.error}
        refresh={() => void refresh()}
        refreshing={keys.isFetching || aliases.isFetching}
        idOf={({ id }) => id}
        above={
          <SegmentedControl
            label="Which keys"
            selectedId={scope}
            onChange={({ detail }) => setScope(detail.selectedId)}
            options={[
              { id: 'customer', text: 'Customer managed' },
              { id: 'aws', text: 'AWS managed' },
            ]}
          />
        }
        actions={
          <Button variant="primary" onClick={() => setCreating(true)}>
            Create key
          </Button>
        }
        columns={[
          {
            id: 'aliases',
            header: 'Aliases',
            cell: ({ id, aliases: own }) => <Link href={`#/kms/keys/${id}`}>{own.join(', ') || 'Without alias'}</Link>,
            value: ({ aliases: own }) => own.join(', '),
            isRowHeader: true,
          },
          { id: 'id', header: 'Key ID', cell: ({ id }) => id },
          { id: 'status', header: 'Status', cell: ({ id }) => <Fact id={id} fact="state" />, value: () => '' },
          { id: 'spec', header: 'Key spec', cell: ({ id }) => <Fact id={id} fact="spec" />, value: () => '' },
          { id: 'usage', header: 'Key usage', cell: ({ id }) => <Fact id={id} fact="usage" />, value: () => '' },
          { id: 'origin', header: 'Origin', cell: ({ id }) => <Fact id={id} fact="origin" />, value: () => '' },
        ]}
        empty={
          <Empty
            title={scope === 'aws' ? 'No AWS managed keys' : 'No customer managed keys'}
            {...(scope === 'aws' ? {} : { action: <Button onClick={() => setCreating(true)}>Create key</Button> })}
            code={[{ serviceId: 'KMS', operation: 'CreateKey', input: { Description: 'training data' } }]}
          >
            {scope === 'aws'
              ? 'A service makes its own key when it first encrypts something.'
              : 'A key of your own has a policy that says who may use it.'}
          </Empty>
        }
      />
      {creating && <CreateKey close={() => setCreating(false)} />}
    </Page>
  );
}

/** Told by DescribeKey, of the rows that are shown. */
function Fact({ id, fact }: { id: string; fact: 'state' | 'spec' | 'usage' | 'origin' }) {
  const { data, error } = useCall(KMSClient, DescribeKeyCommand, { KeyId: id });
  const key = data?.KeyMetadata;
  if (!key) return <>{error ? error.name : '–'}</>;
  if (fact === 'state') {
    const { type, text } = STATES[key.KeyState!] ?? { type: 'info' as const, text: key.KeyState };
    return <StatusIndicator type={type}>{text}</StatusIndicator>;
  }
  return <>{{ spec: key.KeySpec, usage: key.KeyUsage, origin: key.Origin }[fact]}</>;
}

function CreateKey({ close }: { close: () => void }) {
  const send = useSend(KMSClient);
  const refresh = useRefresh();
  const [alias, setAlias] = useState('');
  const [description, setDescription] = useState('');
  const [spec, setSpec] = useState<KeySpec>('SYMMETRIC_DEFAULT');
  const [usage, setUsage] = useState<KeyUsageType>('ENCRYPT_DECRYPT');
  const [multi, setMulti] = useState(false);
  const usages = SPECS[spec] ?? [];
  const wrong = alias !== '' && !/^[A-Za-z0-9/_-]{1,250}$/.test(alias);
  return (
    <FormModal
      title="Create key"
      action="Create key"
      close={close}
      disabled={wrong}
      submit={async (signal) => {
        const { KeyMetadata } = await send(
          CreateKeyCommand,
          {
            KeySpec: spec,
            KeyUsage: usage,
            MultiRegion: multi,
            ...(description === '' ? {} : { Description: description }),
          },
          signal,
        );
        const KeyId = KeyMetadata!.KeyId!;
        if (alias !== '') await send(CreateAliasCommand, { AliasName: `alias/${alias}`, TargetKeyId: KeyId }, signal);
        tellSuccess(
          <>
            Created{' '}
            <Link color="inverted" href={`#/kms/keys/${KeyId}`}>
              {alias === '' ? KeyId : `alias/${alias}`}
            </Link>
            .
          </>,
        );
        await refresh();
      }}
    >
      <FormField
        label="Alias"
        description="Without alias/ before it."
        errorText={wrong ? 'Letters, digits and / _ -' : undefined}
      >
        <Input value={alias} onChange={({ detail }) => setAlias(detail.value)} autoComplete={false} />
      </FormField>
      <FormField label="Description">
        <Input value={description} onChange={({ detail }) => setDescription(detail.value)} />
      </FormField>
      <FormField label="Key spec">
        <Select
          selectedOption={{ value: spec, label: spec }}
          options={Object.keys(SPECS).map((value) => ({ value, label: value }))}
          onChange={({ detail }) => {
            const chosen = detail.selectedOption.value as KeySpec;
            setSpec(chosen);
            setUsage(SPECS[chosen]![0]!);
          }}
        />
      </FormField>
      <FormField label="Key usage">
        <Select
          selectedOption={{ value: usage, label: usage }}
          options={usages.map((value) => ({ value, label: value }))}
          onChange={({ detail }) => setUsage(detail.selectedOption.value as KeyUsageType)}
        />
      </FormField>
      <Checkbox checked={multi} onChange={({ detail }) => setMulti(detail.checked)}>
        Multi-region key
      </Checkbox>
    </FormModal>
  );
}
