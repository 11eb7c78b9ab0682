import { S3Client } from '@aws-sdk/client-s3';
import Badge from '@cloudscape-design/components/badge';
import BreadcrumbGroup from '@cloudscape-design/components/breadcrumb-group';
import Button from '@cloudscape-design/components/button';
import ButtonDropdown from '@cloudscape-design/components/button-dropdown';
import Icon from '@cloudscape-design/components/icon';
import Link from '@cloudscape-design/components/link';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import Toggle from '@cloudscape-design/components/toggle';
import { useEffect, useState, type ReactNode } from 'react';
import { useClient } from '../../aws/call.ts';
import { Empty } from '../../ui/empty.tsx';
import { useAction } from '../../ui/action.ts';
import { Failure } from '../../ui/failure.tsx';
import { ResourceTable } from '../../ui/resource-table.tsx';
import { bytesText, timeText } from '../../ui/text.ts';
import { CopyObjects } from './copy-objects.tsx';
import { CreateFolder, DeleteEntries, RestoreVersions, TotalSize } from './object-actions.tsx';
import { DropZone } from './drop-zone.tsx';
import { download } from './download.ts';
import { bucketHref, objectHref, storageClassText } from './model.ts';
import { useListing, type Entry } from './listing.ts';
import { onUploaded } from './upload/store.ts';
import { UploadDialog } from './upload/dialog.tsx';
import { UploadPanel } from './upload/panel.tsx';
import type { Chosen } from './upload/choose.ts';

type Asked = 'folder' | 'delete' | 'copy' | 'move' | 'rename' | 'size' | 'restore';

/** What is in a folder of a bucket, and all that is done with it. */
export function Objects({ bucket, prefix }: { bucket: string; prefix: string }) {
  const client = useClient(S3Client);
  const [versions, setVersions] = useState(false);
  const listing = useListing({ bucket, prefix, versions });
  const { entries, refresh } = listing;
  const [selected, setSelected] = useState<Entry[]>([]);
  const [asked, setAsked] = useState<Asked>();
  const [files, setFiles] = useState<Chosen[]>();
  const getting = useAction(async (signal: AbortSignal, entry: Entry) =>
    download(client, bucket, entry.key, entry.versionId, signal),
  );
  useEffect(() => onUploaded(bucket, refresh), [bucket, refresh]);
  const one = selected.length === 1 ? selected[0]! : undefined;
  const isObject = one?.kind === 'object';
  const close = (changed: boolean) => {
    setAsked(undefined);
    if (!changed) return;
    setSelected([]);
    refresh();
  };
  return (
    <DropZone onFiles={setFiles}>
      <SpaceBetween size="m">
        <UploadPanel bucket={bucket} />
        <ResourceTable<Entry>
          title={prefix === '' ? 'Objects' : prefix}
          noun="object"
          items={entries}
          error={entries === undefined ? listing.error : undefined}
          refresh={refresh}
          refreshing={listing.reading}
          idOf={({ id }) => id}
          selection="multi"
          selected={selected}
          onSelect={setSelected}
          columns={columnsOf(bucket, versions)}
          above={
            <SpaceBetween size="s">
              <Folders bucket={bucket} prefix={prefix} />
              <SpaceBetween direction="horizontal" size="m" alignItems="center">
                <Toggle
                  checked={versions}
                  onChange={({ detail }) => {
                    setSelected([]);
                    setVersions(detail.checked);
                  }}
                >
                  Show versions
                </Toggle>
                {entries !== undefined && listing.reading && (
                  <SpaceBetween direction="horizontal" size="xs" alignItems="center">
                    <StatusIndicator type="loading">
                      Reading on: {entries.length.toLocaleString('en')} so far
                    </StatusIndicator>
                    <Button variant="inline-link" onClick={listing.stop}>
                      Stop reading
                    </Button>
                  </SpaceBetween>
                )}
                {entries !== undefined && !listing.reading && !listing.whole && (
                  <StatusIndicator type="warning">There is more than what was read</StatusIndicator>
                )}
              </SpaceBetween>
              {entries !== undefined && listing.error !== undefined && (
                <Failure error={listing.error} retry={refresh} />
              )}
            </SpaceBetween>
          }
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              <Button
                disabled={!isObject}
                iconName="download"
                loading={getting.pending}
                onClick={() => void getting.run(one!)}
              >
                Download
              </Button>
              <Button disabled={selected.length === 0} onClick={() => setAsked('delete')}>
                Delete
              </Button>
              <ButtonDropdown
                items={[
                  { id: 'copy', text: 'Copy', disabled: selected.length === 0 || versions },
                  { id: 'move', text: 'Move', disabled: selected.length === 0 || versions },
                  { id: 'rename', text: 'Rename', disabled: !isObject || versions },
                  { id: 'size', text: 'Calculate total size', disabled: selected.length === 0 },
                  {
                    id: 'restore',
                    text: 'Make current version',
                    disabled: !versions || !isObject || one.isLatest === true,
                  },
                ]}
                onItemClick={({ detail }) => setAsked(detail.id as Asked)}
              >
                Actions
              </ButtonDropdown>
              <Button onClick={() => setAsked('folder')}>Create folder</Button>
              <Button variant="primary" iconName="upload" onClick={() => setFiles([])}>
                Upload
              </Button>
            </SpaceBetween>
          }
          empty={
            <Empty
              title={prefix === '' ? 'No objects' : 'Nothing in this folder'}
              action={<Button onClick={() => setFiles([])}>Upload</Button>}
              code={[
                {
                  serviceId: 'S3',
                  operation: 'PutObject',
                  input: { Bucket: bucket, Key: `${prefix}empty.txt` },
                },
              ]}
            >
              Drop files or folders here, choose them, or put an empty object by code:
            </Empty>
          }
        />
      </SpaceBetween>
      {files && <UploadDialog bucket={bucket} prefix={prefix} chosen={files} onClose={() => setFiles(undefined)} />}
      {asked === 'folder' && <CreateFolder bucket={bucket} prefix={prefix} onClose={close} />}
      {asked === 'delete' && <DeleteEntries bucket={bucket} entries={selected} versions={versions} onClose={close} />}
      {(asked === 'copy' || asked === 'move' || asked === 'rename') && (
        <CopyObjects mode={asked} bucket={bucket} prefix={prefix} entries={selected} onClose={close} />
      )}
      {asked === 'size' && <TotalSize bucket={bucket} entries={selected} onClose={close} />}
      {asked === 'restore' && <RestoreVersions bucket={bucket} entry={one!} onClose={close} />}
    </DropZone>
  );
}

/** The folders on the way to this one. */
function Folders({ bucket, prefix }: { bucket: string; prefix: string }) {
  if (prefix === '') return null;
  const names = prefix.split('/').slice(0, -1);
  return (
    <BreadcrumbGroup
      ariaLabel="Folders"
      items={[
        { text: bucket, href: bucketHref(bucket) },
        ...names.map((name, index) => ({
          text: name === '' ? '(no name)' : name,
          href: bucketHref(bucket, { prefix: `${names.slice(0, index + 1).join('/')}/` }),
        })),
      ]}
    />
  );
}

function columnsOf(bucket: string, versions: boolean) {
  const name = (entry: Entry): ReactNode => {
    if (entry.kind === 'marker')
      return (
        <>
          {entry.name} <Badge color="grey">Delete marker</Badge>
        </>
      );
    const href =
      entry.kind === 'folder'
        ? bucketHref(bucket, { prefix: entry.key })
        : objectHref(bucket, entry.key, versions ? entry.versionId : undefined);
    return (
      <>
        <Icon name={entry.kind === 'folder' ? 'folder' : 'file'} /> <Link href={href}>{entry.name}</Link>
        {versions && entry.isLatest && (
          <>
            {' '}
            <Badge color="green">Current</Badge>
          </>
        )}
      </>
    );
  };
  return [
    {
      id: 'name',
      header: 'Name',
      isRowHeader: true,
      width: versions ? 230 : 300,
      value: ({ name }: Entry) => name,
      cell: name,
    },
    versions
      ? { id: 'version', header: 'Version ID', width: 200, cell: ({ versionId }: Entry) => versionId ?? '–' }
      : { id: 'type', header: 'Type', width: 90, cell: typeOf },
    {
      id: 'modified',
      header: 'Last modified',
      width: 175,
      value: ({ modifiedAt }: Entry) => modifiedAt,
      cell: ({ modified }: Entry) => timeText(modified),
    },
    {
      id: 'size',
      header: 'Size',
      width: 100,
      value: ({ size }: Entry) => size ?? -1,
      cell: ({ size }: Entry) => bytesText(size),
    },
    {
      id: 'class',
      header: 'Storage class',
      width: 140,
      cell: ({ kind, storageClass }: Entry) => (kind === 'object' ? storageClassText(storageClass) : '–'),
    },
  ];
}

/** The type as AWS's console tells it: what the name ends with. */
function typeOf({ kind, name }: Entry): string {
  if (kind === 'folder') return 'Folder';
  if (kind === 'marker') return 'Delete marker';
  return /\.([\w-]{1,10})$/.exec(name)?.[1]?.toLowerCase() ?? '–';
}
