import {
  CreateAccessKeyCommand,
  DeleteAccessKeyCommand,
  GetAccessKeyLastUsedCommand,
  IAMClient,
  ListAccessKeysCommand,
  UpdateAccessKeyCommand,
  type AccessKey,
  type AccessKeyMetadata,
} from '@aws-sdk/client-iam';
import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import CopyToClipboard from '@cloudscape-design/components/copy-to-clipboard';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import Modal from '@cloudscape-design/components/modal';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { useState } from 'react';
import { useAllPages, useCall, useRefresh, useSend } from '../../aws/call.ts';
import { useAction } from '../../ui/action.ts';
import { AskFirst } from '../../ui/ask-first.tsx';
import { Empty } from '../../ui/empty.tsx';
import { ResourceTable } from '../../ui/resource-table.tsx';
import { saveText } from '../../ui/save-text.ts';
import { timeText, timeValue } from '../../ui/text.ts';

/** A user's access keys. The secret of one is shown when it is made, and never again. */
export function AccessKeys({ name: UserName }: { name: string }) {
  const send = useSend(IAMClient);
  const refresh = useRefresh();
  const keys = useAllPages(
    IAMClient,
    ListAccessKeysCommand,
    { UserName },
    { input: 'Marker', items: (page) => page.AccessKeyMetadata },
  );
  const [selected, setSelected] = useState<AccessKeyMetadata[]>([]);
  const [made, setMade] = useState<AccessKey>();
  const [deleting, setDeleting] = useState(false);
  const [key] = selected;
  const create = useAction(async (signal) => {
    setMade((await send(CreateAccessKeyCommand, { UserName }, signal)).AccessKey);
    await refresh();
  });
  const turn = useAction(async (signal) => {
    const Status = key!.Status === 'Active' ? 'Inactive' : 'Active';
    await send(UpdateAccessKeyCommand, { UserName, AccessKeyId: key!.AccessKeyId, Status }, signal);
    setSelected([]);
    await refresh();
  });
  return (
    <>
      <ResourceTable<AccessKeyMetadata>
        title="Access keys"
        noun="access key"
        items={keys.data}
        error={keys.error}
        refresh={() => void refresh()}
        refreshing={keys.isFetching}
        idOf={({ AccessKeyId }) => AccessKeyId!}
        selection="single"
        selected={selected}
        onSelect={setSelected}
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <Button disabled={!key} loading={turn.pending} onClick={() => void turn.run()}>
              {key?.Status === 'Inactive' ? 'Activate' : 'Deactivate'}
            </Button>
            <Button disabled={!key} onClick={() => setDeleting(true)}>
              Delete
            </Button>
            <Button loading={create.pending} onClick={() => void create.run()}>
              Create access key
            </Button>
          </SpaceBetween>
        }
        columns={[
          { id: 'id', header: 'Access key ID', cell: ({ AccessKeyId }) => AccessKeyId, isRowHeader: true },
          {
            id: 'status',
            header: 'Status',
            cell: ({ Status }) => (
              <StatusIndicator type={Status === 'Active' ? 'success' : 'stopped'}>{Status}</StatusIndicator>
            ),
            value: ({ Status }) => Status,
          },
          {
            id: 'created',
            header: 'Created',
            cell: ({ CreateDate }) => timeText(CreateDate),
            value: ({ CreateDate }) => timeValue(CreateDate),
          },
          {
            id: 'used',
            header: 'Last used',
            cell: ({ AccessKeyId }) => <LastUsed id={AccessKeyId!} />,
            value: () => '',
          },
        ]}
        empty={
          <Empty
            title="No access keys"
            code={[{ serviceId: 'IAM', operation: 'CreateAccessKey', input: { UserName } }]}
          >
            With an access key {UserName} signs its calls, at the command line and by the SDKs.
          </Empty>
        }
      />
      {made && <Made made={made} close={() => setMade(undefined)} />}
      {deleting && key && (
        <AskFirst
          title={`Delete ${key.AccessKeyId}?`}
          action="Delete"
          close={() => setDeleting(false)}
          act={async (signal) => {
            await send(DeleteAccessKeyCommand, { UserName, AccessKeyId: key.AccessKeyId }, signal);
            setSelected([]);
            await refresh();
          }}
        >
          Calls that it signs are refused from then on. It cannot be brought back; an inactive key can.
        </AskFirst>
      )}
    </>
  );
}

function LastUsed({ id }: { id: string }) {
  const { data } = useCall(IAMClient, GetAccessKeyLastUsedCommand, { AccessKeyId: id });
  const { LastUsedDate, ServiceName, Region } = data?.AccessKeyLastUsed ?? {};
  if (!data) return <>–</>;
  return <>{LastUsedDate ? `${timeText(LastUsedDate)}, ${ServiceName} in ${Region}` : 'Never'}</>;
}

function Made({ made, close }: { made: AccessKey; close: () => void }) {
  const { AccessKeyId, SecretAccessKey, UserName } = made;
  const [shown, setShown] = useState(false);
  return (
    <Modal
      visible
      header="Access key created"
      onDismiss={close}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button
              iconName="download"
              onClick={() =>
                saveText(
                  `${UserName}_accessKeys.csv`,
                  `Access key ID,Secret access key\r\n${AccessKeyId},${SecretAccessKey}\r\n`,
                  'text/csv',
                )
              }
            >
              Download .csv file
            </Button>
            <Button variant="primary" onClick={close}>
              Done
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="m">
        <Alert type="warning">
          This is the only time that the secret can be seen or downloaded. A lost one is replaced by a new key.
        </Alert>
        <KeyValuePairs
          items={[
            {
              label: 'Access key ID',
              value: (
                <CopyToClipboard
                  variant="inline"
                  textToCopy={AccessKeyId!}
                  copyButtonAriaLabel="Copy access key ID"
                  copySuccessText="Copied"
                  copyErrorText="The browser did not allow it"
                />
              ),
            },
            {
              label: 'Secret access key',
              value: (
                <SpaceBetween direction="horizontal" size="xs">
                  <CopyToClipboard
                    variant="inline"
                    textToCopy={SecretAccessKey!}
                    textToDisplay={shown ? SecretAccessKey! : '•'.repeat(20)}
                    copyButtonAriaLabel="Copy secret access key"
                    copySuccessText="Copied"
                    copyErrorText="The browser did not allow it"
                  />
                  <Button variant="inline-link" onClick={() => setShown(!shown)}>
                    {shown ? 'Hide' : 'Show'}
                  </Button>
                </SpaceBetween>
              ),
            },
          ]}
        />
      </SpaceBetween>
    </Modal>
  );
}
