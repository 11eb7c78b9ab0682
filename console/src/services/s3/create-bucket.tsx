import {
  CreateBucketCommand,
  PutBucketEncryptionCommand,
  PutBucketVersioningCommand,
  PutPublicAccessBlockCommand,
  S3Client,
  type BucketLocationConstraint,
} from '@aws-sdk/client-s3';
import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import Checkbox from '@cloudscape-design/components/checkbox';
import Container from '@cloudscape-design/components/container';
import Form from '@cloudscape-design/components/form';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import RadioGroup from '@cloudscape-design/components/radio-group';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { useRefresh, useSend } from '../../aws/call.ts';
import { useSignedIn } from '../../aws/session.ts';
import { REGIONS } from '../../shell/regions.ts';
import { tellSuccess } from '../../shell/notices.tsx';
import { Failure } from '../../ui/failure.tsx';
import { Page } from '../../ui/page.tsx';
import { EncryptionField, PairsField, type Encryption, type Pair } from './fields.tsx';
import { encryptionRules } from './encryption.ts';
import { faultOfName, faultOfTags } from './model.ts';
import { ALL_BLOCKED, BlocksField, type Blocks } from './public-access.tsx';

const TAGS_MAX = 50;

/** A new bucket, with what it is like from the first object on. */
export function CreateBucket() {
  const session = useSignedIn();
  const send = useSend(S3Client);
  const refresh = useRefresh();
  const navigate = useNavigate();
  const [name, setName] = useState('');
  const [region, setRegion] = useState(session.region);
  const [ownership, setOwnership] = useState('BucketOwnerEnforced');
  const [blocks, setBlocks] = useState<Blocks>(ALL_BLOCKED);
  const [versioning, setVersioning] = useState('Suspended');
  const [lock, setLock] = useState(false);
  const [encryption, setEncryption] = useState<Encryption>({ algorithm: 'AES256', keyId: '' });
  const [bucketKey, setBucketKey] = useState(true);
  const [tags, setTags] = useState<Pair[]>([]);
  const [tried, setTried] = useState(false);
  const [made, setMade] = useState<string>();
  const [error, setError] = useState<unknown>();
  const [pending, setPending] = useState(false);
  const nameFault = faultOfName(name);
  const tagsFault = faultOfTags(tags);

  async function submit() {
    setTried(true);
    if (nameFault || tagsFault) return;
    setPending(true);
    setError(undefined);
    try {
      // Where a setting is refused, the bucket is there already: the next try goes on from it.
      if (made !== name) {
        const configuration = {
          ...(region === 'us-east-1' ? {} : { LocationConstraint: region as BucketLocationConstraint }),
          ...(tags.length === 0 ? {} : { Tags: tags }),
        };
        await send(CreateBucketCommand, {
          Bucket: name,
          ...(Object.keys(configuration).length === 0 ? {} : { CreateBucketConfiguration: configuration }),
          ...(ownership === 'BucketOwnerEnforced'
            ? {}
            : { ObjectOwnership: ownership as 'BucketOwnerPreferred' | 'ObjectWriter' }),
          ...(lock ? { ObjectLockEnabledForBucket: true } : {}),
        });
        setMade(name);
      }
      if (Object.values(blocks).includes(false))
        await send(PutPublicAccessBlockCommand, { Bucket: name, PublicAccessBlockConfiguration: blocks });
      if (versioning === 'Enabled' && !lock)
        await send(PutBucketVersioningCommand, { Bucket: name, VersioningConfiguration: { Status: 'Enabled' } });
      if (encryption.algorithm !== 'AES256')
        await send(PutBucketEncryptionCommand, {
          Bucket: name,
          ServerSideEncryptionConfiguration: encryptionRules(encryption, bucketKey),
        });
      tellSuccess(`Bucket ${name} is created.`);
      await refresh();
      await navigate(`/s3/buckets/${name}`);
    } catch (failure) {
      setError(failure);
      setPending(false);
    }
  }

  return (
    <Page title="Create bucket" trail={[{ text: 'Amazon S3', href: '#/s3/buckets' }]}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <Form
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              <Button variant="link" href="#/s3/buckets">
                Cancel
              </Button>
              <Button variant="primary" loading={pending} formAction="submit">
                Create bucket
              </Button>
            </SpaceBetween>
          }
        >
          <SpaceBetween size="l">
            {made !== undefined && error !== undefined && (
              <Alert type="warning">
                Bucket <strong>{made}</strong> is created, but not all of its settings are made. Change what was refused
                and try again.
              </Alert>
            )}
            <Container header={<Header variant="h2">General configuration</Header>}>
              <SpaceBetween size="m">
                <FormField
                  label="Bucket name"
                  constraintText="3 to 63 lowercase letters, numbers, dots and hyphens; unique among all accounts."
                  errorText={(tried || name.length > 2) && nameFault}
                >
                  <Input value={name} disabled={made !== undefined} onChange={({ detail }) => setName(detail.value)} />
                </FormField>
                <FormField label="AWS Region">
                  <Select
                    selectedOption={{ value: region, label: REGIONS[region] ?? region, description: region }}
                    options={[...new Set([region, ...Object.keys(REGIONS)])].map((value) => ({
                      value,
                      label: REGIONS[value] ?? value,
                      description: value,
                    }))}
                    filteringType="auto"
                    disabled={made !== undefined}
                    onChange={({ detail }) => setRegion(detail.selectedOption.value!)}
                  />
                </FormField>
              </SpaceBetween>
            </Container>
            <Container header={<Header variant="h2">Object Ownership</Header>}>
              <FormField label="Access control lists">
                <RadioGroup
                  value={ownership}
                  onChange={({ detail }) => setOwnership(detail.value)}
                  items={OWNERSHIPS.map((one) => ({ ...one, disabled: made !== undefined }))}
                />
              </FormField>
            </Container>
            <Container header={<Header variant="h2">Block Public Access settings for this bucket</Header>}>
              <BlocksField value={blocks} onChange={setBlocks} />
            </Container>
            <Container header={<Header variant="h2">Versions and lock</Header>}>
              <SpaceBetween size="m">
                <FormField label="Bucket Versioning" description="Keeps what is overwritten or deleted.">
                  <RadioGroup
                    value={lock ? 'Enabled' : versioning}
                    onChange={({ detail }) => setVersioning(detail.value)}
                    items={[
                      { value: 'Suspended', label: 'Disable', disabled: lock },
                      { value: 'Enabled', label: 'Enable' },
                    ]}
                  />
                </FormField>
                <Checkbox
                  checked={lock}
                  disabled={made !== undefined}
                  onChange={({ detail }) => setLock(detail.checked)}
                  description="Versions can be kept from deletion for a time. It needs versioning, and cannot be turned off."
                >
                  Object Lock
                </Checkbox>
              </SpaceBetween>
            </Container>
            <Container header={<Header variant="h2">Default encryption</Header>}>
              <SpaceBetween size="m">
                <EncryptionField value={encryption} onChange={setEncryption} />
                {encryption.algorithm === 'aws:kms' && (
                  <Checkbox checked={bucketKey} onChange={({ detail }) => setBucketKey(detail.checked)}>
                    Bucket key: fewer requests of KMS
                  </Checkbox>
                )}
              </SpaceBetween>
            </Container>
            <Container header={<Header variant="h2">Tags</Header>}>
              <FormField label="Tags of the bucket" errorText={tried && tagsFault}>
                <PairsField noun="tag" pairs={tags} onChange={setTags} max={TAGS_MAX} empty="No tags." />
              </FormField>
            </Container>
            {error !== undefined && <Failure error={error} />}
          </SpaceBetween>
        </Form>
      </form>
    </Page>
  );
}

/** Source: Amazon S3 User Guide, Controlling ownership of objects and disabling ACLs. */
const OWNERSHIPS = [
  {
    value: 'BucketOwnerEnforced',
    label: 'ACLs disabled (recommended)',
    description: 'All objects are this account’s. Policies alone say who may do what.',
  },
  {
    value: 'BucketOwnerPreferred',
    label: 'ACLs enabled, bucket owner preferred',
    description: 'Objects written with bucket-owner-full-control are this account’s.',
  },
  {
    value: 'ObjectWriter',
    label: 'ACLs enabled, object writer',
    description: 'Objects are the account’s that writes them.',
  },
];
