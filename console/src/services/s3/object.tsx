import { HeadObjectCommand, S3Client } from '@aws-sdk/client-s3';
import Button from '@cloudscape-design/components/button';
import ButtonDropdown from '@cloudscape-design/components/button-dropdown';
import CopyToClipboard from '@cloudscape-design/components/copy-to-clipboard';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Tabs from '@cloudscape-design/components/tabs';
import { useState } from 'react';
import { useNavigate, useParams, useSearchParams } from 'react-router';
import { useCall, useClient } from '../../aws/call.ts';
import { useAction } from '../../ui/action.ts';
import { Failure } from '../../ui/failure.tsx';
import { Loading, Page } from '../../ui/page.tsx';
import { CopyObjects } from './copy-objects.tsx';
import { download } from './download.ts';
import { bucketHref, folderOf, nameOf, type ObjectProps } from './model.ts';
import { DeleteEntries } from './object-actions.tsx';
import { ObjectLock } from './object-lock.tsx';
import { ObjectProperties } from './object-properties.tsx';
import { ObjectVersions } from './object-versions.tsx';
import { PresignedLink } from './presigned-link.tsx';
import { Preview } from './preview/preview.tsx';
import { SelectQuery } from './select-query.tsx';

/** An object, or one version of it. */
export function ObjectPage() {
  const bucket = useParams()['bucket']!;
  const [search] = useSearchParams();
  const key = search.get('key') ?? '';
  const version = search.get('version') ?? undefined;
  return <ObjectOf key={`${key} ${version}`} bucket={bucket} objectKey={key} version={version} />;
}

function ObjectOf({ bucket, objectKey: key, version }: ObjectProps) {
  const client = useClient(S3Client);
  const navigate = useNavigate();
  const head = useCall(S3Client, HeadObjectCommand, {
    Bucket: bucket,
    Key: key,
    VersionId: version,
    ChecksumMode: 'ENABLED',
  });
  const [tab, setTab] = useState('preview');
  const [asked, setAsked] = useState<'link' | 'delete' | 'rename' | 'copy'>();
  const getting = useAction((signal: AbortSignal) => download(client, bucket, key, version, signal));
  const folder = folderOf(key);
  const names = folder.split('/').slice(0, -1);
  const close = (changed: boolean) => {
    setAsked(undefined);
    if (changed) void navigate(bucketHref(bucket, { prefix: folder }).slice(1));
  };
  const entry = { id: key, kind: 'object' as const, key, name: nameOf(key), versionId: version };
  const object = { bucket, objectKey: key, version };
  return (
    <Page
      title={nameOf(key)}
      trail={[
        { text: 'Amazon S3', href: '#/s3/buckets' },
        { text: bucket, href: bucketHref(bucket) },
        ...names.map((name, index) => ({
          text: name === '' ? '(no name)' : name,
          href: bucketHref(bucket, { prefix: `${names.slice(0, index + 1).join('/')}/` }),
        })),
      ]}
      description={version === undefined ? undefined : `Version ${version}`}
      actions={
        <SpaceBetween direction="horizontal" size="xs">
          <CopyToClipboard
            copyButtonText="Copy S3 URI"
            copySuccessText="Copied"
            copyErrorText="The browser did not allow it"
            textToCopy={`s3://${bucket}/${key}`}
          />
          <Button iconName="download" loading={getting.pending} onClick={() => void getting.run()}>
            Download
          </Button>
          <Button onClick={() => setAsked('link')}>Presigned link</Button>
          <ButtonDropdown
            items={[
              { id: 'copy', text: 'Copy', disabled: version !== undefined },
              { id: 'rename', text: 'Rename', disabled: version !== undefined },
              { id: 'delete', text: version === undefined ? 'Delete' : 'Delete this version' },
            ]}
            onItemClick={({ detail }) => setAsked(detail.id as 'delete')}
          >
            Actions
          </ButtonDropdown>
        </SpaceBetween>
      }
    >
      {head.error ? (
        <Failure error={head.error} retry={() => void head.refetch()} />
      ) : head.data === undefined ? (
        <Loading />
      ) : (
        <Tabs
          ariaLabel={`Of ${key}`}
          activeTabId={tab}
          onChange={({ detail }) => setTab(detail.activeTabId)}
          tabs={[
            { id: 'preview', label: 'Preview', content: <Preview {...object} head={head.data} /> },
            {
              id: 'properties',
              label: 'Properties',
              content: <ObjectProperties {...object} head={head.data} refresh={() => void head.refetch()} />,
            },
            {
              id: 'lock',
              label: 'Object Lock',
              content: <ObjectLock {...object} head={head.data} refresh={() => void head.refetch()} />,
            },
            { id: 'versions', label: 'Versions', content: <ObjectVersions {...object} /> },
            { id: 'select', label: 'Query with S3 Select', content: <SelectQuery {...object} /> },
          ]}
        />
      )}
      {asked === 'link' && <PresignedLink {...object} onClose={() => setAsked(undefined)} />}
      {asked === 'delete' && (
        <DeleteEntries bucket={bucket} entries={[entry]} versions={version !== undefined} onClose={close} />
      )}
      {(asked === 'rename' || asked === 'copy') && (
        <CopyObjects mode={asked} bucket={bucket} prefix={folder} entries={[entry]} onClose={close} />
      )}
    </Page>
  );
}
