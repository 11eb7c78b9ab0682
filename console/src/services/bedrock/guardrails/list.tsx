import {
  BedrockClient,
  DeleteGuardrailCommand,
  ListGuardrailsCommand,
  type GuardrailSummary,
} from '@aws-sdk/client-bedrock';
import Button from '@cloudscape-design/components/button';
import Link from '@cloudscape-design/components/link';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { useAllPages, useRefresh, useSend } from '../../../aws/call.ts';
import { tellSuccess } from '../../../shell/notices.tsx';
import { AskFirst } from '../../../ui/ask-first.tsx';
import { Empty } from '../../../ui/empty.tsx';
import { Page } from '../../../ui/page.tsx';
import { ResourceTable } from '../../../ui/resource-table.tsx';
import { timeText, timeValue } from '../../../ui/text.ts';
import { GuardrailStatus } from './status.tsx';

const EXAMPLE = {
  serviceId: 'Bedrock',
  operation: 'CreateGuardrail',
  input: {
    name: 'support',
    sensitiveInformationPolicyConfig: { piiEntitiesConfig: [{ type: 'EMAIL', action: 'ANONYMIZE' }] },
    blockedInputMessaging: 'We cannot take this question.',
    blockedOutputsMessaging: 'We cannot give this answer.',
  },
};

/** All guardrails of the account in the region. */
export function GuardrailList() {
  const guardrails = useAllPages(
    BedrockClient,
    ListGuardrailsCommand,
    {},
    {
      input: 'nextToken',
      items: ({ guardrails: found }) => found,
    },
  );
  const refresh = useRefresh();
  const send = useSend(BedrockClient);
  const [selected, setSelected] = useState<GuardrailSummary[]>([]);
  const [deleting, setDeleting] = useState(false);
  const [chosen] = selected;

  return (
    <Page title="Guardrails" trail={[{ text: 'Amazon Bedrock', href: '#/bedrock/models' }]} bare>
      <ResourceTable
        variant="full-page"
        title="Guardrails"
        description="Filters for what goes to a model and what comes from it."
        noun="guardrail"
        items={guardrails.data}
        error={guardrails.error}
        refresh={() => void refresh()}
        refreshing={guardrails.isFetching}
        idOf={({ id }) => id!}
        selection="single"
        selected={selected}
        onSelect={setSelected}
        sortedBy="name"
        columns={[
          {
            id: 'name',
            header: 'Name',
            isRowHeader: true,
            cell: ({ id, name }) => <Link href={`#/bedrock/guardrails/${id}`}>{name}</Link>,
            value: ({ name }) => name,
          },
          {
            id: 'status',
            header: 'Status',
            cell: ({ status }) => <GuardrailStatus status={status} />,
            value: ({ status }) => status,
          },
          { id: 'description', header: 'Description', cell: ({ description }) => description ?? '–' },
          { id: 'id', header: 'ID', cell: ({ id }) => id },
          {
            id: 'updated',
            header: 'Updated',
            cell: ({ updatedAt }) => timeText(updatedAt),
            value: ({ updatedAt }) => timeValue(updatedAt),
          },
        ]}
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <Button
              disabled={!chosen}
              href={chosen ? `#/bedrock/guardrails/${chosen.id}/bench` : '#/bedrock/guardrails'}
            >
              Test bench
            </Button>
            <Button disabled={!chosen} onClick={() => setDeleting(true)}>
              Delete
            </Button>
            <Button variant="primary" href="#/bedrock/guardrails/create">
              Create guardrail
            </Button>
          </SpaceBetween>
        }
        empty={
          <Empty
            title="No guardrails"
            action={<Button href="#/bedrock/guardrails/create">Create guardrail</Button>}
            code={[EXAMPLE]}
          >
            A guardrail blocks or masks what must not go to a model or come from it. Create one here, or by code.
          </Empty>
        }
      />
      {deleting && chosen && (
        <AskFirst
          title={`Delete guardrail ${chosen.name}?`}
          typed="delete"
          action="Delete"
          close={() => setDeleting(false)}
          act={async () => {
            await send(DeleteGuardrailCommand, { guardrailIdentifier: chosen.id });
            tellSuccess(`Guardrail ${chosen.name} is deleted.`);
            setSelected([]);
            await refresh();
          }}
        >
          The draft and all versions go. Calls that name this guardrail fail from then on.
        </AskFirst>
      )}
    </Page>
  );
}
