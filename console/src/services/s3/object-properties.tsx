import {
  CopyObjectCommand,
  GetObjectTaggingCommand,
  PutObjectTaggingCommand,
  S3Client,
  type HeadObjectCommandOutput,
} from '@aws-sdk/client-s3';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import CopyToClipboard from '@cloudscape-design/components/copy-to-clipboard';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { useCall, useSend } from '../../aws/call.ts';
import { tellSuccess } from '../../shell/notices.tsx';
import { Failure } from '../../ui/failure.tsx';
import { Loading } from '../../ui/page.tsx';
import { bytesText, timeText } from '../../ui/text.ts';
import { PairsField, StorageClassField, type Pair } from './fields.tsx';
import { copySource, faultOfTags, objectArn, storageClassText, type ObjectProps } from './model.ts';
import { ActionDialog } from './object-actions.tsx';
import { Restore } from './restore.tsx';

type Props = ObjectProps & { head: HeadObjectCommandOutput; refresh: () => void };

/** What S3 says of an object, and what of it can be changed. */
export function ObjectProperties(props: Props) {
  return (
    <SpaceBetween size="l">
      <Overview {...props} />
      <StorageClass {...props} />
      <Metadata {...props} />
      <Tags {...props} />
    </SpaceBetween>
  );
}

const CHECKSUMS = [
  'ChecksumCRC64NVME',
  'ChecksumCRC32',
  'ChecksumCRC32C',
  'ChecksumSHA1',
  'ChecksumSHA256',
  'ChecksumSHA512',
  'ChecksumMD5',
] as const;

function Overview({ bucket, objectKey, head }: Props) {
  const arn = objectArn(bucket, objectKey);
  const copied = (label: string, text: string) => ({
    label,
    value: (
      <CopyToClipboard
        variant="inline"
        textToCopy={text}
        copyButtonAriaLabel={`Copy ${label}`}
        copySuccessText="Copied"
        copyErrorText="The browser did not allow it"
      />
    ),
  });
  const facts = head as HeadObjectCommandOutput & Partial<Record<(typeof CHECKSUMS)[number], string>>;
  const optional = [
    ['Encryption key', head.SSEKMSKeyId],
    ['Expiration by a lifecycle rule', head.Expiration],
    ['Replication status', head.ReplicationStatus],
    ['Website redirect', head.WebsiteRedirectLocation],
    ['Checksum type', head.ChecksumType],
    ...CHECKSUMS.map((name) => [name.replace('Checksum', 'Checksum '), facts[name]]),
  ].filter((pair): pair is [string, string] => pair[1] !== undefined);
  return (
    <Container header={<Header variant="h2">Overview</Header>}>
      <KeyValuePairs
        columns={2}
        items={[
          { label: 'Size', value: bytesText(head.ContentLength) },
          { label: 'Last modified', value: timeText(head.LastModified) },
          { label: 'Type', value: head.ContentType ?? '–' },
          { label: 'Version ID', value: head.VersionId ?? '–' },
          { label: 'Server-side encryption', value: head.ServerSideEncryption ?? head.SSECustomerAlgorithm ?? '–' },
          { label: 'Entity tag (ETag)', value: head.ETag ?? '–' },
          copied('Amazon Resource Name (ARN)', arn),
          copied('S3 URI', `s3://${bucket}/${objectKey}`),
          ...optional.map(([label, value]) => ({ label, value })),
        ]}
      />
    </Container>
  );
}

function StorageClass({ bucket, objectKey, version, head, refresh }: Props) {
  const send = useSend(S3Client);
  const [asked, setAsked] = useState<'class' | 'restore'>();
  const [chosen, setChosen] = useState<string>(head.StorageClass ?? 'STANDARD');
  const archived = head.StorageClass === 'GLACIER' || head.StorageClass === 'DEEP_ARCHIVE';
  const close = (changed: boolean) => {
    setAsked(undefined);
    if (changed) refresh();
  };
  return (
    <Container
      header={
        <Header
          variant="h2"
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              {archived && <Button onClick={() => setAsked('restore')}>Initiate restore</Button>}
              <Button onClick={() => setAsked('class')}>Edit storage class</Button>
            </SpaceBetween>
          }
        >
          Storage class
        </Header>
      }
    >
      <KeyValuePairs
        columns={2}
        items={[
          { label: 'Storage class', value: storageClassText(head.StorageClass) },
          ...(archived ? [{ label: 'Restoration', value: restoreText(head.Restore) }] : []),
        ]}
      />
      {asked === 'class' && (
        <ActionDialog
          title="Edit storage class"
          action="Save changes"
          disabled={chosen === (head.StorageClass ?? 'STANDARD')}
          act={async () => {
            await send(CopyObjectCommand, {
              Bucket: bucket,
              Key: objectKey,
              CopySource: copySource(bucket, objectKey, version),
              StorageClass: chosen as 'STANDARD_IA',
            });
            tellSuccess(`The object is in ${storageClassText(chosen)}.`);
          }}
          onClose={close}
        >
          <Box>
            The object is copied onto itself in its new class. Where the bucket keeps versions, that is a new one.
          </Box>
          <StorageClassField value={chosen} onChange={setChosen} />
        </ActionDialog>
      )}
      {asked === 'restore' && (
        <Restore bucket={bucket} objectKey={objectKey} version={version} head={head} onClose={close} />
      )}
    </Container>
  );
}

/** The header as words. */
function restoreText(header: string | undefined): string {
  if (header === undefined) return 'Not restored: it cannot be read';
  if (header.includes('ongoing-request="true"')) return 'Under way';
  const expiry = /expiry-date="([^"]+)"/.exec(header)?.[1];
  return `Restored${expiry === undefined ? '' : `, until ${timeText(expiry)}`}`;
}

function Metadata({ bucket, objectKey, version, head, refresh }: Props) {
  const send = useSend(S3Client);
  const [editing, setEditing] = useState(false);
  const before = Object.entries(head.Metadata ?? {}).map(([Key, Value]) => ({ Key, Value }));
  const [pairs, setPairs] = useState<Pair[]>(before);
  const [type, setType] = useState(head.ContentType ?? '');
  const [cache, setCache] = useState(head.CacheControl ?? '');
  const [disposition, setDisposition] = useState(head.ContentDisposition ?? '');
  const system = [
    ['Content-Type', head.ContentType],
    ['Cache-Control', head.CacheControl],
    ['Content-Disposition', head.ContentDisposition],
    ['Content-Encoding', head.ContentEncoding],
    ['Content-Language', head.ContentLanguage],
  ].filter((pair): pair is [string, string] => pair[1] !== undefined && pair[1] !== '');
  return (
    <Container
      header={
        <Header variant="h2" actions={<Button onClick={() => setEditing(true)}>Edit metadata</Button>}>
          Metadata
        </Header>
      }
    >
      <KeyValuePairs
        columns={2}
        items={[
          ...system.map(([label, value]) => ({ label, value })),
          ...before.map(({ Key, Value }) => ({ label: `x-amz-meta-${Key}`, value: Value })),
        ]}
      />
      {editing && (
        <ActionDialog
          title="Edit metadata"
          action="Save changes"
          disabled={pairs.some(({ Key }) => !/^[\w!#$%&'*+.^`|~-]+$/.test(Key))}
          act={async () => {
            await send(CopyObjectCommand, {
              Bucket: bucket,
              Key: objectKey,
              CopySource: copySource(bucket, objectKey, version),
              MetadataDirective: 'REPLACE',
              Metadata: Object.fromEntries(pairs.map(({ Key, Value }) => [Key, Value])),
              ContentType: type,
              ...(cache === '' ? {} : { CacheControl: cache }),
              ...(disposition === '' ? {} : { ContentDisposition: disposition }),
              ContentEncoding: head.ContentEncoding,
              ContentLanguage: head.ContentLanguage,
              StorageClass: head.StorageClass,
            });
            tellSuccess('The metadata is changed.');
          }}
          onClose={(changed) => {
            setEditing(false);
            if (changed) refresh();
          }}
        >
          <Box>The object is copied onto itself with what is here.</Box>
          <FormField label="Content-Type">
            <Input value={type} onChange={({ detail }) => setType(detail.value)} />
          </FormField>
          <FormField label="Cache-Control">
            <Input value={cache} onChange={({ detail }) => setCache(detail.value)} />
          </FormField>
          <FormField label="Content-Disposition">
            <Input value={disposition} onChange={({ detail }) => setDisposition(detail.value)} />
          </FormField>
          <PairsField noun="metadata" pairs={pairs} onChange={setPairs} max={50} empty="No metadata of your own." />
        </ActionDialog>
      )}
    </Container>
  );
}

function Tags({ bucket, objectKey, version }: Props) {
  const send = useSend(S3Client);
  const object = { Bucket: bucket, Key: objectKey, VersionId: version };
  const tags = useCall(S3Client, GetObjectTaggingCommand, object);
  const [pairs, setPairs] = useState<Pair[]>();
  const found = (tags.data?.TagSet ?? []).map(({ Key, Value }) => ({ Key: Key!, Value: Value! }));
  const fault = pairs && faultOfTags(pairs);
  return (
    <Container
      header={
        <Header
          variant="h2"
          counter={tags.data && `(${found.length})`}
          actions={
            <Button disabled={!tags.data} onClick={() => setPairs(found)}>
              Edit tags
            </Button>
          }
        >
          Tags
        </Header>
      }
    >
      {tags.error ? (
        <Failure error={tags.error} retry={() => void tags.refetch()} />
      ) : tags.isPending ? (
        <Loading />
      ) : found.length === 0 ? (
        <Box>No tags. Policies and lifecycle rules can go by tags of objects.</Box>
      ) : (
        <KeyValuePairs columns={2} items={found.map(({ Key, Value }) => ({ label: Key, value: Value || '–' }))} />
      )}
      {pairs && (
        <ActionDialog
          title="Edit tags"
          action="Save changes"
          disabled={fault !== undefined}
          act={() => send(PutObjectTaggingCommand, { ...object, Tagging: { TagSet: pairs } })}
          onClose={(changed) => {
            setPairs(undefined);
            if (!changed) return;
            tellSuccess('The tags are saved.');
            void tags.refetch();
          }}
        >
          <FormField label="Tags of the object" constraintText="10 at most" errorText={fault}>
            <PairsField noun="tag" pairs={pairs} onChange={setPairs} max={10} empty="No tags." />
          </FormField>
        </ActionDialog>
      )}
    </Container>
  );
}
