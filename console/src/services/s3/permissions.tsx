import {
  DeleteBucketCorsCommand,
  DeleteBucketPolicyCommand,
  GetBucketAclCommand,
  GetBucketCorsCommand,
  GetBucketOwnershipControlsCommand,
  GetBucketPolicyCommand,
  GetBucketPolicyStatusCommand,
  GetPublicAccessBlockCommand,
  PutBucketAclCommand,
  PutBucketCorsCommand,
  PutBucketOwnershipControlsCommand,
  PutBucketPolicyCommand,
  PutPublicAccessBlockCommand,
  S3Client,
  type BucketCannedACL,
  type CORSRule,
  type ObjectOwnership,
} from '@aws-sdk/client-s3';
import Badge from '@cloudscape-design/components/badge';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import FormField from '@cloudscape-design/components/form-field';
import RadioGroup from '@cloudscape-design/components/radio-group';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { useState } from 'react';
import { useParams } from 'react-router';
import { useCall, useSend } from '../../aws/call.ts';
import { isMissing } from '../../aws/failure.ts';
import { tellSuccess } from '../../shell/notices.tsx';
import { EffectiveAccess } from './effective-access.tsx';
import { JsonSetting } from './json-setting.tsx';
import { ActionDialog } from './object-actions.tsx';
import { BlocksField, type Blocks } from './public-access.tsx';
import { SettingCard } from './setting.tsx';

type Props = { bucket: string };

/** Who may do what with a bucket and its objects. */
export function Permissions() {
  const bucket = useParams()['bucket']!;
  return (
    <SpaceBetween size="l">
      <EffectiveAccess bucket={bucket} />
      <PublicAccess bucket={bucket} />
      <Policy bucket={bucket} />
      <Ownership bucket={bucket} />
      <Acl bucket={bucket} />
      <Cors bucket={bucket} />
    </SpaceBetween>
  );
}

const NONE_BLOCKED: Blocks = {
  BlockPublicAcls: false,
  IgnorePublicAcls: false,
  BlockPublicPolicy: false,
  RestrictPublicBuckets: false,
};

function PublicAccess({ bucket }: Props) {
  const send = useSend(S3Client);
  const block = useCall(S3Client, GetPublicAccessBlockCommand, { Bucket: bucket });
  const found = block.error ? {} : block.data?.PublicAccessBlockConfiguration;
  const now: Blocks = { ...NONE_BLOCKED, ...found };
  const [edited, setEdited] = useState<Blocks>();
  return (
    <>
      <SettingCard
        title="Block public access (bucket settings)"
        setting={block}
        none="Nothing is blocked."
        actions={
          <Button disabled={!!block.error && !isMissing(block.error)} onClick={() => setEdited(now)}>
            Edit public access
          </Button>
        }
      >
        <ul className="s3-words">
          {Object.entries(now).map(([name, on]) => (
            <li key={name}>
              {name}: <StatusIndicator type={on ? 'success' : 'warning'}>{on ? 'On' : 'Off'}</StatusIndicator>
            </li>
          ))}
        </ul>
      </SettingCard>
      {edited && (
        <ActionDialog
          title="Edit Block public access"
          action="Save changes"
          act={() => send(PutPublicAccessBlockCommand, { Bucket: bucket, PublicAccessBlockConfiguration: edited })}
          onClose={(changed) => {
            setEdited(undefined);
            if (!changed) return;
            tellSuccess('Block public access is saved.');
            void block.refetch();
          }}
        >
          <BlocksField value={edited} onChange={setEdited} />
        </ActionDialog>
      )}
    </>
  );
}

function Policy({ bucket }: Props) {
  const send = useSend(S3Client);
  const policy = useCall(S3Client, GetBucketPolicyCommand, { Bucket: bucket });
  const status = useCall(S3Client, GetBucketPolicyStatusCommand, { Bucket: bucket });
  const refetch = () => Promise.all([policy.refetch(), status.refetch()]);
  const isPublic = !status.error && status.data?.PolicyStatus?.IsPublic === true;
  return (
    <JsonSetting
      title="Bucket policy"
      badge={isPublic && <Badge color="red">Public</Badge>}
      description="What it allows and denies, and to whom, beside the policies of users and roles."
      setting={policy}
      none="There is no bucket policy."
      text={policy.error ? undefined : policy.data?.Policy}
      example={{
        Version: '2012-10-17',
        Statement: [
          {
            Sid: 'Read',
            Effect: 'Allow',
            Principal: { AWS: 'arn:aws:iam::000000000000:user/name' },
            Action: ['s3:GetObject'],
            Resource: `arn:aws:s3:::${bucket}/*`,
          },
        ],
      }}
      kind="policy"
      save={async (text) => {
        await send(PutBucketPolicyCommand, { Bucket: bucket, Policy: text });
        await refetch();
      }}
      remove={async () => {
        await send(DeleteBucketPolicyCommand, { Bucket: bucket });
        await refetch();
      }}
    />
  );
}

const OWNERSHIPS = [
  { value: 'BucketOwnerEnforced', label: 'Bucket owner enforced', description: 'ACLs are disabled.' },
  {
    value: 'BucketOwnerPreferred',
    label: 'Bucket owner preferred',
    description: 'Objects written with bucket-owner-full-control are this account’s.',
  },
  { value: 'ObjectWriter', label: 'Object writer', description: 'Objects are the account’s that writes them.' },
];

function Ownership({ bucket }: Props) {
  const send = useSend(S3Client);
  const ownership = useCall(S3Client, GetBucketOwnershipControlsCommand, { Bucket: bucket });
  const now = ownership.error ? undefined : ownership.data?.OwnershipControls?.Rules?.[0]?.ObjectOwnership;
  const [chosen, setChosen] = useState<string>();
  return (
    <>
      <SettingCard
        title="Object Ownership"
        setting={ownership}
        none="Not set: objects are the account’s that writes them."
        actions={<Button onClick={() => setChosen(now ?? 'ObjectWriter')}>Edit ownership</Button>}
      >
        <Box>{OWNERSHIPS.find(({ value }) => value === now)?.label ?? now}</Box>
      </SettingCard>
      {chosen !== undefined && (
        <ActionDialog
          title="Edit Object Ownership"
          action="Save changes"
          disabled={chosen === now}
          act={() =>
            send(PutBucketOwnershipControlsCommand, {
              Bucket: bucket,
              OwnershipControls: { Rules: [{ ObjectOwnership: chosen as ObjectOwnership }] },
            })
          }
          onClose={(changed) => {
            setChosen(undefined);
            if (!changed) return;
            tellSuccess('Object Ownership is saved.');
            void ownership.refetch();
          }}
        >
          <FormField label="Object Ownership">
            <RadioGroup value={chosen} items={OWNERSHIPS} onChange={({ detail }) => setChosen(detail.value)} />
          </FormField>
        </ActionDialog>
      )}
    </>
  );
}

const ACLS = ['private', 'public-read', 'public-read-write', 'authenticated-read', 'log-delivery-write'];

function Acl({ bucket }: Props) {
  const send = useSend(S3Client);
  const acl = useCall(S3Client, GetBucketAclCommand, { Bucket: bucket });
  const [chosen, setChosen] = useState<string>();
  return (
    <SettingCard
      title="Access control list (ACL)"
      description="In effect where Object Ownership enables it."
      setting={acl}
      actions={<Button onClick={() => setChosen('private')}>Edit ACL</Button>}
    >
      <ul className="s3-words">
        {(acl.data?.Grants ?? []).map(({ Grantee, Permission }) => (
          <li key={`${Grantee?.URI ?? Grantee?.ID} ${Permission}`}>
            <code>{Grantee?.URI?.split('/').at(-1) ?? Grantee?.DisplayName ?? Grantee?.ID}</code>: {Permission}
          </li>
        ))}
      </ul>
      {chosen !== undefined && (
        <ActionDialog
          title="Edit access control list"
          action="Save changes"
          act={() => send(PutBucketAclCommand, { Bucket: bucket, ACL: chosen as BucketCannedACL })}
          onClose={(changed) => {
            setChosen(undefined);
            if (!changed) return;
            tellSuccess('The access control list is saved.');
            void acl.refetch();
          }}
        >
          <FormField label="Canned ACL" description="It takes the place of the list that is there.">
            <Select
              selectedOption={{ value: chosen }}
              options={ACLS.map((value) => ({ value }))}
              onChange={({ detail }) => setChosen(detail.selectedOption.value)}
            />
          </FormField>
        </ActionDialog>
      )}
    </SettingCard>
  );
}

function Cors({ bucket }: Props) {
  const send = useSend(S3Client);
  const cors = useCall(S3Client, GetBucketCorsCommand, { Bucket: bucket });
  const rules = cors.error ? undefined : cors.data?.CORSRules;
  return (
    <JsonSetting
      title="Cross-origin resource sharing (CORS)"
      description="Pages of which sites may ask for what, in browsers."
      setting={cors}
      none="Pages of other sites have no access."
      text={rules && JSON.stringify(rules)}
      example={[
        { AllowedOrigins: ['https://example.com'], AllowedMethods: ['GET'], AllowedHeaders: ['*'], MaxAgeSeconds: 300 },
      ]}
      kind="list"
      save={async (text) => {
        await send(PutBucketCorsCommand, {
          Bucket: bucket,
          CORSConfiguration: { CORSRules: JSON.parse(text) as CORSRule[] },
        });
        await cors.refetch();
      }}
      remove={async () => {
        await send(DeleteBucketCorsCommand, { Bucket: bucket });
        await cors.refetch();
      }}
    />
  );
}
