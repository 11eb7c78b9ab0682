import {
  BedrockClient,
  DeleteCustomModelDeploymentCommand,
  ListCustomModelDeploymentsCommand,
  type CustomModelDeploymentSummary,
} from '@aws-sdk/client-bedrock';
import { useState } from 'react';
import { useAllPages, useRefresh, useSend } from '../../../aws/call.ts';
import { tellSuccess } from '../../../shell/notices.tsx';
import { Empty } from '../../../ui/empty.tsx';
import { ResourceTable, type ResourceColumn } from '../../../ui/resource-table.tsx';
import { timeText, timeValue } from '../../../ui/text.ts';
import { ConfirmedButton } from './confirm.tsx';
import { EVERY_MS, JobStatus } from './status.tsx';

const COLUMNS: ResourceColumn<CustomModelDeploymentSummary>[] = [
  {
    id: 'name',
    header: 'Deployment name',
    isRowHeader: true,
    cell: ({ customModelDeploymentName }) => customModelDeploymentName,
  },
  {
    id: 'status',
    header: 'Status',
    value: ({ status }) => status,
    cell: ({ status }) => <JobStatus status={status} />,
  },
  {
    id: 'arn',
    header: 'ARN: a model id',
    width: 300,
    cell: ({ customModelDeploymentArn }) => customModelDeploymentArn,
  },
  {
    id: 'created',
    header: 'Created',
    value: ({ createdAt }) => timeValue(createdAt),
    cell: ({ createdAt }) => timeText(createdAt),
  },
];

/** Deployments of custom models, through which they are asked. */
export function Deployments() {
  const send = useSend(BedrockClient);
  const refresh = useRefresh();
  const [selected, setSelected] = useState<CustomModelDeploymentSummary[]>([]);
  const found = useAllPages(
    BedrockClient,
    ListCustomModelDeploymentsCommand,
    {},
    {
      items: ({ modelDeploymentSummaries }) => modelDeploymentSummaries,
      input: 'nextToken',
      refetchMs: EVERY_MS,
    },
  );
  const [chosen] = selected;
  return (
    <ResourceTable
      title="Deployments"
      noun="deployment"
      items={found.data}
      error={found.error}
      columns={COLUMNS}
      idOf={({ customModelDeploymentName }) => customModelDeploymentName!}
      sortedBy="-created"
      selection="single"
      selected={selected}
      onSelect={setSelected}
      refresh={() => void found.refetch()}
      actions={
        <ConfirmedButton
          label="Delete deployment"
          title={`Delete ${chosen?.customModelDeploymentName ?? ''}?`}
          disabled={!chosen}
          act={async () => {
            await send(DeleteCustomModelDeploymentCommand, {
              customModelDeploymentIdentifier: chosen!.customModelDeploymentArn!,
            });
            tellSuccess(`Deployment ${chosen!.customModelDeploymentName} is deleted.`);
            setSelected([]);
            await refresh();
          }}
        >
          Invocations by its ARN fail from then on. The model stays.
        </ConfirmedButton>
      }
      empty={<Empty title="No deployments">Deploy a model from the page of its job: then it can be asked.</Empty>}
    />
  );
}
