import {
  DeleteBucketTaggingCommand,
  GetBucketEncryptionCommand,
  GetBucketLocationCommand,
  GetBucketTaggingCommand,
  GetBucketVersioningCommand,
  PutBucketEncryptionCommand,
  PutBucketTaggingCommand,
  PutBucketVersioningCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import Button from '@cloudscape-design/components/button';
import Checkbox from '@cloudscape-design/components/checkbox';
import CopyToClipboard from '@cloudscape-design/components/copy-to-clipboard';
import FormField from '@cloudscape-design/components/form-field';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import RadioGroup from '@cloudscape-design/components/radio-group';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useMemo, useState } from 'react';
import { useParams } from 'react-router';
import { useCall, useSend } from '../../aws/call.ts';
import { tellSuccess } from '../../shell/notices.tsx';
import { encryptionRules } from './encryption.ts';
import { EncryptionField, PairsField, type Encryption, type Pair } from './fields.tsx';
import { faultOfTags } from './model.ts';
import { ActionDialog, Sum } from './object-actions.tsx';
import { Accelerate, LockDefaults, Logging, Notifications, Website } from './more-properties.tsx';
import { SettingCard } from './setting.tsx';

/** What a bucket is set to. */
export function Properties() {
  const bucket = useParams()['bucket']!;
  return (
    <SpaceBetween size="l">
      <Overview bucket={bucket} />
      <Versioning bucket={bucket} />
      <Tags bucket={bucket} />
      <DefaultEncryption bucket={bucket} />
      <LockDefaults bucket={bucket} />
      <Notifications bucket={bucket} />
      <Logging bucket={bucket} />
      <Website bucket={bucket} />
      <Accelerate bucket={bucket} />
    </SpaceBetween>
  );
}

type Props = { bucket: string };

function Overview({ bucket }: Props) {
  const location = useCall(S3Client, GetBucketLocationCommand, { Bucket: bucket });
  const [counting, setCounting] = useState(false);
  const all = useMemo(() => [{ kind: 'folder' as const, key: '' }], []);
  return (
    <SettingCard
      title="Bucket overview"
      setting={location}
      actions={
        <Button disabled={counting} onClick={() => setCounting(true)}>
          Calculate total size
        </Button>
      }
    >
      <SpaceBetween size="m">
        <KeyValuePairs
          columns={2}
          items={[
            { label: 'AWS Region', value: location.data?.LocationConstraint || 'us-east-1' },
            {
              label: 'Amazon Resource Name (ARN)',
              value: (
                <CopyToClipboard
                  variant="inline"
                  textToCopy={`arn:aws:s3:::${bucket}`}
                  copyButtonAriaLabel="Copy the ARN"
                  copySuccessText="Copied"
                  copyErrorText="The browser did not allow it"
                />
              ),
            },
          ]}
        />
        {counting && <Sum bucket={bucket} entries={all} />}
      </SpaceBetween>
    </SettingCard>
  );
}

function Versioning({ bucket }: Props) {
  const send = useSend(S3Client);
  const versioning = useCall(S3Client, GetBucketVersioningCommand, { Bucket: bucket });
  const status = versioning.data?.Status;
  const [chosen, setChosen] = useState<string>();
  return (
    <SettingCard
      title="Bucket Versioning"
      setting={versioning}
      actions={<Button onClick={() => setChosen(status ?? 'Suspended')}>Edit versioning</Button>}
    >
      <KeyValuePairs
        columns={2}
        items={[
          { label: 'Bucket Versioning', value: status ?? 'Disabled' },
          { label: 'MFA delete', value: versioning.data?.MFADelete ?? 'Disabled' },
        ]}
      />
      {chosen !== undefined && (
        <ActionDialog
          title="Edit Bucket Versioning"
          action="Save changes"
          disabled={chosen === (status ?? 'Suspended')}
          act={() =>
            send(PutBucketVersioningCommand, {
              Bucket: bucket,
              VersioningConfiguration: { Status: chosen as 'Enabled' },
            })
          }
          onClose={(changed) => {
            setChosen(undefined);
            if (!changed) return;
            tellSuccess('Bucket Versioning is changed.');
            void versioning.refetch();
          }}
        >
          <FormField label="Bucket Versioning">
            <RadioGroup
              value={chosen}
              onChange={({ detail }) => setChosen(detail.value)}
              items={[
                {
                  value: 'Suspended',
                  label: status === undefined ? 'Disable' : 'Suspend',
                  description: 'Versions that are there stay; what is written from now on replaces.',
                },
                { value: 'Enabled', label: 'Enable', description: 'What is overwritten or deleted is kept.' },
              ]}
            />
          </FormField>
        </ActionDialog>
      )}
    </SettingCard>
  );
}

function Tags({ bucket }: Props) {
  const send = useSend(S3Client);
  const tags = useCall(S3Client, GetBucketTaggingCommand, { Bucket: bucket });
  const [pairs, setPairs] = useState<Pair[]>();
  // What was read before stays known to the query after it failed: tags that were deleted are not there.
  const found = tags.error ? [] : (tags.data?.TagSet ?? []).map(({ Key, Value }) => ({ Key: Key!, Value: Value! }));
  const fault = pairs && faultOfTags(pairs);
  return (
    <>
      <SettingCard
        title="Tags"
        setting={tags}
        none="No tags."
        actions={<Button onClick={() => setPairs(found)}>Edit tags</Button>}
      >
        <KeyValuePairs columns={2} items={found.map(({ Key, Value }) => ({ label: Key, value: Value || '–' }))} />
      </SettingCard>
      {pairs && (
        <ActionDialog
          title="Edit tags"
          action="Save changes"
          disabled={fault !== undefined}
          act={() =>
            pairs.length === 0
              ? send(DeleteBucketTaggingCommand, { Bucket: bucket })
              : send(PutBucketTaggingCommand, { Bucket: bucket, Tagging: { TagSet: pairs } })
          }
          onClose={(changed) => {
            setPairs(undefined);
            if (!changed) return;
            tellSuccess('The tags are saved.');
            void tags.refetch();
          }}
        >
          <FormField label="Tags of the bucket" constraintText="50 at most" errorText={fault}>
            <PairsField noun="tag" pairs={pairs} onChange={setPairs} max={50} empty="No tags." />
          </FormField>
        </ActionDialog>
      )}
    </>
  );
}

const WAYS: Record<string, string> = {
  AES256: 'SSE-S3: keys of Amazon S3',
  'aws:kms': 'SSE-KMS: a key of AWS KMS',
  'aws:kms:dsse': 'DSSE-KMS: two layers, keys of AWS KMS',
};

function DefaultEncryption({ bucket }: Props) {
  const send = useSend(S3Client);
  const encryption = useCall(S3Client, GetBucketEncryptionCommand, { Bucket: bucket });
  const rule = encryption.data?.ServerSideEncryptionConfiguration?.Rules?.[0];
  const now = rule?.ApplyServerSideEncryptionByDefault;
  const [edited, setEdited] = useState<Encryption>();
  const [bucketKey, setBucketKey] = useState(true);
  return (
    <SettingCard
      title="Default encryption"
      description="Every object is encrypted; this is how, where an upload says nothing."
      setting={encryption}
      none="There is none."
      actions={
        <Button
          onClick={() => {
            setBucketKey(rule?.BucketKeyEnabled ?? true);
            setEdited({
              algorithm: (now?.SSEAlgorithm ?? 'AES256') as Encryption['algorithm'],
              keyId: now?.KMSMasterKeyID ?? '',
            });
          }}
        >
          Edit encryption
        </Button>
      }
    >
      <KeyValuePairs
        columns={3}
        items={[
          { label: 'Encryption type', value: WAYS[now?.SSEAlgorithm ?? ''] ?? '–' },
          { label: 'Encryption key ARN', value: now?.KMSMasterKeyID ?? '–' },
          { label: 'Bucket key', value: rule?.BucketKeyEnabled ? 'Enabled' : 'Disabled' },
        ]}
      />
      {edited && (
        <ActionDialog
          title="Edit default encryption"
          action="Save changes"
          act={() =>
            send(PutBucketEncryptionCommand, {
              Bucket: bucket,
              ServerSideEncryptionConfiguration: encryptionRules(edited, bucketKey),
            })
          }
          onClose={(changed) => {
            setEdited(undefined);
            if (!changed) return;
            tellSuccess('The default encryption is saved.');
            void encryption.refetch();
          }}
        >
          <EncryptionField value={edited} onChange={setEdited} />
          {edited.algorithm === 'aws:kms' && (
            <Checkbox checked={bucketKey} onChange={({ detail }) => setBucketKey(detail.checked)}>
              Bucket key: fewer requests of KMS
            </Checkbox>
          )}
        </ActionDialog>
      )}
    </SettingCard>
  );
}
