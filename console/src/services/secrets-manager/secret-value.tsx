import { CloudTrailClient, LookupEventsCommand } from '@aws-sdk/client-cloudtrail';
import {
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
  type GetSecretValueResponse,
} from '@aws-sdk/client-secrets-manager';
import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import Link from '@cloudscape-design/components/link';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table from '@cloudscape-design/components/table';
import { useState } from 'react';
import { useRefresh, useSend } from '../../aws/call.ts';
import { tellSuccess } from '../../shell/notices.tsx';
import { CodeBlock } from '../../ui/code-block.tsx';
import { Failure } from '../../ui/failure.tsx';
import { FormModal } from '../../ui/form-modal.tsx';
import { draftOf, emptyDraft, isComplete, textOf, ValueFields } from './value-fields.tsx';

type Revealed = { value: GetSecretValueResponse; requestId: string | undefined; event: string | undefined };

/** A secret's value: fetched when it is asked for, and not before. The fetch is on the trail, and so is shown. */
export function SecretValue({ id: SecretId, stages }: { id: string; stages: string[] }) {
  const send = useSend(SecretsManagerClient);
  const lookUp = useSend(CloudTrailClient);
  const [stage, setStage] = useState('AWSCURRENT');
  const [revealed, setRevealed] = useState<Revealed>();
  const [error, setError] = useState<unknown>();
  const [pending, setPending] = useState(false);
  const [editing, setEditing] = useState(false);
  const reveal = async () => {
    setPending(true);
    setError(undefined);
    try {
      const value = await send(GetSecretValueCommand, { SecretId, VersionStage: stage });
      const { requestId } = value.$metadata;
      // Who may not read the trail sees the value all the same.
      const event = await lookUp(LookupEventsCommand, {
        LookupAttributes: [{ AttributeKey: 'EventName', AttributeValue: 'GetSecretValue' }],
      })
        .then(({ Events = [] }) =>
          Events.find(({ CloudTrailEvent }) => requestId && CloudTrailEvent?.includes(requestId)),
        )
        .catch(() => undefined);
      setRevealed({ value, requestId, event: event?.EventId });
    } catch (thrown) {
      setError(thrown);
    } finally {
      setPending(false);
    }
  };
  const text = revealed?.value.SecretString;
  return (
    <Container
      header={
        <Header
          variant="h2"
          description="Fetched when you reveal it. That is a GetSecretValue, and is on the trail."
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              <Select
                ariaLabel="Staging label"
                selectedOption={{ value: stage, label: stage }}
                options={[...new Set(['AWSCURRENT', ...stages])].map((value) => ({ value, label: value }))}
                onChange={({ detail }) => {
                  setStage(detail.selectedOption.value!);
                  setRevealed(undefined);
                }}
              />
              {revealed ? (
                <Button onClick={() => setRevealed(undefined)}>Hide</Button>
              ) : (
                <Button loading={pending} onClick={() => void reveal()}>
                  Reveal
                </Button>
              )}
              <Button onClick={() => setEditing(true)}>Put a new value</Button>
            </SpaceBetween>
          }
        >
          Secret value
        </Header>
      }
    >
      <SpaceBetween size="m">
        {error !== undefined && <Failure error={error} retry={() => void reveal()} />}
        {!revealed && error === undefined && <Box color="text-body-secondary">••••••••••••</Box>}
        {revealed && (
          <>
            {text === undefined ? (
              <Box>Binary, {revealed.value.SecretBinary?.byteLength ?? 0} bytes.</Box>
            ) : (
              <Value text={text} />
            )}
            <Alert type="info">
              This read is now on the trail
              {revealed.event === undefined ? (
                <>, under request id {revealed.requestId}.</>
              ) : (
                <>
                  : <Link href={`#/cloudtrail/events/${revealed.event}`}>the event</Link>.
                </>
              )}
            </Alert>
          </>
        )}
      </SpaceBetween>
      {editing && (
        <PutValue id={SecretId} {...(text === undefined ? {} : { before: text })} close={() => setEditing(false)} />
      )}
    </Container>
  );
}

function Value({ text }: { text: string }) {
  const draft = draftOf(text);
  if (draft.kind === 'text') return <CodeBlock text={text} label="Secret value" />;
  return (
    <Table
      variant="embedded"
      wrapLines
      ariaLabels={{ tableLabel: 'Secret value' }}
      items={draft.pairs}
      trackBy="key"
      columnDefinitions={[
        { id: 'key', header: 'Key', cell: ({ key }) => key, isRowHeader: true },
        { id: 'value', header: 'Value', cell: ({ value }) => value },
      ]}
    />
  );
}

function PutValue({ id: SecretId, before, close }: { id: string; before?: string; close: () => void }) {
  const send = useSend(SecretsManagerClient);
  const refresh = useRefresh();
  const [draft, setDraft] = useState(() => (before === undefined ? emptyDraft() : draftOf(before)));
  return (
    <FormModal
      title="Put a new value"
      action="Save"
      size="large"
      close={close}
      disabled={!isComplete(draft)}
      submit={async (signal) => {
        await send(PutSecretValueCommand, { SecretId, SecretString: textOf(draft) }, signal);
        tellSuccess('Saved as the current version. The one before is AWSPREVIOUS now.');
        await refresh();
      }}
    >
      {before === undefined && <Alert type="info">The value now is not shown: reveal it first to begin from it.</Alert>}
      <ValueFields draft={draft} onChange={setDraft} />
    </FormModal>
  );
}
