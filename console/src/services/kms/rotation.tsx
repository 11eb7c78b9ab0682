import {
  DisableKeyRotationCommand,
  EnableKeyRotationCommand,
  GetKeyRotationStatusCommand,
  KMSClient,
  ListKeyRotationsCommand,
  RotateKeyOnDemandCommand,
  type KeyMetadata,
} from '@aws-sdk/client-kms';
import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useAllPages, useCall, useRefresh, useSend } from '../../aws/call.ts';
import { useAction } from '../../ui/action.ts';
import { Failure } from '../../ui/failure.tsx';
import { ResourceTable } from '../../ui/resource-table.tsx';
import { timeText, timeValue } from '../../ui/text.ts';

/** New material under the same key: by the year, or when it is asked for. */
export function KeyRotation({ metadata }: { metadata: KeyMetadata }) {
  const KeyId = metadata.KeyId!;
  const symmetric = metadata.KeySpec === 'SYMMETRIC_DEFAULT' && metadata.Origin !== 'AWS_CLOUDHSM';
  const send = useSend(KMSClient);
  const refresh = useRefresh();
  const { data, error } = useCall(KMSClient, GetKeyRotationStatusCommand, symmetric ? { KeyId } : undefined);
  const rotations = useAllPages(KMSClient, ListKeyRotationsCommand, symmetric ? { KeyId } : undefined, {
    input: 'Marker',
    output: 'NextMarker',
    items: (page) => page.Rotations,
  });
  const on = data?.KeyRotationEnabled ?? false;
  const turn = useAction(async (signal) => {
    await send(on ? DisableKeyRotationCommand : EnableKeyRotationCommand, { KeyId }, signal);
    await refresh();
  });
  const rotate = useAction(async (signal) => {
    await send(RotateKeyOnDemandCommand, { KeyId }, signal);
    await refresh();
  });
  if (!symmetric)
    return <Alert type="info">Only symmetric keys rotate. Make a new key, and point the alias at it.</Alert>;
  if (error) return <Failure error={error} />;
  return (
    <SpaceBetween size="l">
      <Container
        header={
          <Header
            variant="h2"
            description="What was encrypted under earlier material is still decrypted."
            actions={
              <SpaceBetween direction="horizontal" size="xs">
                <Button loading={rotate.pending} onClick={() => void rotate.run()}>
                  Rotate now
                </Button>
                <Button disabled={!data} loading={turn.pending} onClick={() => void turn.run()}>
                  {on ? 'Turn automatic rotation off' : 'Turn automatic rotation on'}
                </Button>
              </SpaceBetween>
            }
          >
            Rotation
          </Header>
        }
      >
        <KeyValuePairs
          columns={3}
          items={[
            { label: 'Automatic rotation', value: on ? 'On' : 'Off' },
            { label: 'Every', value: data?.RotationPeriodInDays ? `${data.RotationPeriodInDays} days` : '–' },
            { label: 'Next rotation', value: timeText(data?.NextRotationDate) },
          ]}
        />
      </Container>
      <ResourceTable
        title="Rotations"
        noun="rotation"
        items={rotations.data}
        error={rotations.error}
        idOf={({ RotationDate }) => String(RotationDate?.getTime())}
        columns={[
          {
            id: 'time',
            header: 'Time',
            cell: ({ RotationDate }) => timeText(RotationDate),
            value: ({ RotationDate }) => timeValue(RotationDate),
            isRowHeader: true,
          },
          { id: 'type', header: 'Type', cell: ({ RotationType }) => RotationType },
        ]}
        empty="It has its first material still."
      />
    </SpaceBetween>
  );
}
