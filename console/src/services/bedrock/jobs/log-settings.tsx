import {
  BedrockClient,
  DeleteModelInvocationLoggingConfigurationCommand,
  PutModelInvocationLoggingConfigurationCommand,
  type LoggingConfig,
} from '@aws-sdk/client-bedrock';
import Button from '@cloudscape-design/components/button';
import Checkbox from '@cloudscape-design/components/checkbox';
import Container from '@cloudscape-design/components/container';
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { useState } from 'react';
import { useRefresh, useSend } from '../../../aws/call.ts';
import { useSignedIn } from '../../../aws/session.ts';
import { tellSuccess } from '../../../shell/notices.tsx';
import { CodeBlock } from '../../../ui/code-block.tsx';
import { FormModal } from '../../../ui/form-modal.tsx';
import { ConfirmedButton } from './confirm.tsx';
import { BucketField, TextField } from './fields.tsx';
import { bucketPolicy } from './log-records.ts';
import { S3Link } from './s3-link.tsx';

const KINDS = [
  { name: 'textDataDeliveryEnabled', label: 'Text' },
  { name: 'imageDataDeliveryEnabled', label: 'Images' },
  { name: 'embeddingDataDeliveryEnabled', label: 'Embeddings' },
  { name: 'videoDataDeliveryEnabled', label: 'Video' },
  { name: 'audioDataDeliveryEnabled', label: 'Audio' },
] as const;
type KindName = (typeof KINDS)[number]['name'];

/** Whether, where and what is logged. */
export function LogSettings({ config }: { config: LoggingConfig | undefined }) {
  const [editing, setEditing] = useState(false);
  const send = useSend(BedrockClient);
  const refresh = useRefresh();
  const s3 = config?.s3Config;
  return (
    <Container
      header={
        <Header
          variant="h2"
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              {config && (
                <ConfirmedButton
                  label="Turn off"
                  title="Turn off logging of invocations?"
                  act={async () => {
                    await send(DeleteModelInvocationLoggingConfigurationCommand, {});
                    tellSuccess('Invocations are logged no longer.');
                    await refresh();
                  }}
                >
                  What is logged already stays in the bucket.
                </ConfirmedButton>
              )}
              <Button onClick={() => setEditing(true)}>{config ? 'Edit' : 'Turn on'}</Button>
            </SpaceBetween>
          }
        >
          Settings
        </Header>
      }
    >
      <KeyValuePairs
        columns={3}
        items={[
          {
            label: 'Logging',
            value: config ? (
              <StatusIndicator type="success">On</StatusIndicator>
            ) : (
              <StatusIndicator type="stopped">Off</StatusIndicator>
            ),
          },
          { label: 'Destination', value: s3 ? <S3Link uri={`s3://${s3.bucketName}/${s3.keyPrefix ?? ''}`} /> : '–' },
          {
            label: 'What is logged',
            value:
              KINDS.filter(({ name }) => config?.[name])
                .map(({ label }) => label)
                .join(', ') || '–',
          },
        ]}
      />
      {editing && <EditSettings config={config} onClose={() => setEditing(false)} />}
    </Container>
  );
}

function EditSettings({ config, onClose }: { config: LoggingConfig | undefined; onClose: () => void }) {
  const session = useSignedIn();
  const send = useSend(BedrockClient);
  const refresh = useRefresh();
  const [bucketName, setBucketName] = useState(config?.s3Config?.bucketName ?? '');
  const [keyPrefix, setKeyPrefix] = useState(config?.s3Config?.keyPrefix ?? '');
  const [kinds, setKinds] = useState<KindName[]>(
    KINDS.filter(({ name }) => config?.[name] ?? true).map(({ name }) => name),
  );
  const [tried, setTried] = useState(false);
  const [policyShown, setPolicyShown] = useState(false);
  const fault = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucketName) ? '' : 'Enter the name of a bucket.';

  async function save(signal: AbortSignal) {
    const loggingConfig = {
      s3Config: { bucketName, ...(keyPrefix.trim() === '' ? {} : { keyPrefix: keyPrefix.trim() }) },
      ...Object.fromEntries(KINDS.map(({ name }) => [name, kinds.includes(name)])),
    };
    try {
      await send(PutModelInvocationLoggingConfigurationCommand, { loggingConfig }, signal);
    } catch (failure) {
      // Mostly the bucket does not let Bedrock write.
      setPolicyShown(true);
      throw failure;
    }
    tellSuccess(`Invocations are logged to ${bucketName}.`);
    await refresh();
  }

  return (
    <FormModal
      title="Logging of invocations"
      action="Save settings"
      check={() => {
        setTried(true);
        return fault === '';
      }}
      submit={save}
      close={onClose}
    >
      <BucketField label="Bucket" value={bucketName} onChange={setBucketName} fault={tried && fault} />
      <TextField label="Prefix – optional" value={keyPrefix} onChange={setKeyPrefix} />
      <FormField label="What is logged">
        <SpaceBetween size="xs">
          {KINDS.map(({ name, label }) => (
            <Checkbox
              key={name}
              checked={kinds.includes(name)}
              onChange={({ detail }) =>
                setKinds(detail.checked ? [...kinds, name] : kinds.filter((each) => each !== name))
              }
            >
              {label}
            </Checkbox>
          ))}
        </SpaceBetween>
      </FormField>
      <ExpandableSection
        headerText="The policy that the bucket needs"
        expanded={policyShown}
        onChange={({ detail }) => setPolicyShown(detail.expanded)}
      >
        <CodeBlock
          label="Bucket policy"
          text={bucketPolicy({ bucketName: bucketName || 'my-log-bucket', keyPrefix: keyPrefix.trim() }, session)}
        />
      </ExpandableSection>
    </FormModal>
  );
}
