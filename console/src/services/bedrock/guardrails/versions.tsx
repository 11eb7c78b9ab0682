import { BedrockClient, DeleteGuardrailCommand, type GuardrailSummary } from '@aws-sdk/client-bedrock';
import Button from '@cloudscape-design/components/button';
import Link from '@cloudscape-design/components/link';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { useRefresh, useSend } from '../../../aws/call.ts';
import { tellSuccess } from '../../../shell/notices.tsx';
import { AskFirst } from '../../../ui/ask-first.tsx';
import { Empty } from '../../../ui/empty.tsx';
import { ResourceTable } from '../../../ui/resource-table.tsx';
import { timeText, timeValue } from '../../../ui/text.ts';
import { GuardrailStatus } from './status.tsx';

/** The numbered versions of a guardrail. */
export function Versions(props: {
  id: string;
  versions: GuardrailSummary[] | undefined;
  error: unknown;
  refreshing: boolean;
  create: () => void;
}) {
  const { id, create } = props;
  const refresh = useRefresh();
  const send = useSend(BedrockClient);
  const [selected, setSelected] = useState<GuardrailSummary[]>([]);
  const [deleting, setDeleting] = useState(false);
  const [chosen] = selected;
  return (
    <>
      <ResourceTable
        title="Versions"
        noun="version"
        items={props.versions?.filter(({ version }) => version !== 'DRAFT')}
        error={props.error}
        refresh={() => void refresh()}
        refreshing={props.refreshing}
        idOf={({ version }) => `version ${version}`}
        selection="single"
        selected={selected}
        onSelect={setSelected}
        sortedBy="-version"
        columns={[
          {
            id: 'version',
            header: 'Version',
            isRowHeader: true,
            cell: ({ version }) => (
              <Link href={`#/bedrock/guardrails/${id}?version=${version}`}>Version {version}</Link>
            ),
            value: ({ version }) => Number(version),
          },
          {
            id: 'status',
            header: 'Status',
            cell: ({ status }) => <GuardrailStatus status={status} />,
            value: ({ status }) => status,
          },
          { id: 'description', header: 'Description', cell: ({ description }) => description ?? '–' },
          {
            id: 'created',
            header: 'Created',
            cell: ({ createdAt }) => timeText(createdAt),
            value: ({ createdAt }) => timeValue(createdAt),
          },
        ]}
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <Button disabled={!chosen} onClick={() => setDeleting(true)}>
              Delete version
            </Button>
            <Button onClick={create}>Create version</Button>
          </SpaceBetween>
        }
        empty={
          <Empty
            title="No versions"
            action={<Button onClick={create}>Create version</Button>}
            code={[{ serviceId: 'Bedrock', operation: 'CreateGuardrailVersion', input: { guardrailIdentifier: id } }]}
          >
            A version keeps the draft as it is now, for those who call models with it.
          </Empty>
        }
      />
      {deleting && chosen && (
        <AskFirst
          title={`Delete version ${chosen.version}?`}
          action="Delete"
          close={() => setDeleting(false)}
          act={async () => {
            await send(DeleteGuardrailCommand, { guardrailIdentifier: id, guardrailVersion: chosen.version });
            tellSuccess(`Version ${chosen.version} is deleted.`);
            setSelected([]);
            await refresh();
          }}
        >
          Calls that name this version fail from then on. Its number is not given again.
        </AskFirst>
      )}
    </>
  );
}
