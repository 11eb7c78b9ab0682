import { ListObjectVersionsCommand, S3Client } from '@aws-sdk/client-s3';
import Badge from '@cloudscape-design/components/badge';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Link from '@cloudscape-design/components/link';
import { useState } from 'react';
import { useCall } from '../../aws/call.ts';
import { ResourceTable } from '../../ui/resource-table.tsx';
import { bytesText, timeText, timeValue } from '../../ui/text.ts';
import type { Entry } from './listing.ts';
import { nameOf, objectHref, storageClassText, type ObjectProps } from './model.ts';
import { DeleteEntries, RestoreVersions } from './object-actions.tsx';

/** The versions of one key. A list of versions begins with those whose keys begin with it; its own come first. */
export function ObjectVersions({ bucket, objectKey, version }: ObjectProps) {
  const versions = useCall(S3Client, ListObjectVersionsCommand, { Bucket: bucket, Prefix: objectKey });
  const [selected, setSelected] = useState<Entry[]>([]);
  const [asked, setAsked] = useState<'restore' | 'delete'>();
  const of = (kind: 'object' | 'marker', one: NonNullable<typeof versions.data>['Versions'] & object): Entry[] =>
    one
      .filter(({ Key }) => Key === objectKey)
      .map(({ VersionId, LastModified, Size, StorageClass, IsLatest }) => ({
        id: `${objectKey} (version ${VersionId})`,
        kind,
        key: objectKey,
        name: nameOf(objectKey),
        versionId: VersionId,
        modified: LastModified,
        size: Size,
        storageClass: StorageClass,
        isLatest: IsLatest,
      }));
  const items =
    versions.data &&
    [...of('object', versions.data.Versions ?? []), ...of('marker', versions.data.DeleteMarkers ?? [])].sort(
      (a, b) => Number(b.isLatest) - Number(a.isLatest) || b.modified!.getTime() - a.modified!.getTime(),
    );
  const one = selected.length === 1 ? selected[0] : undefined;
  const close = (changed: boolean) => {
    setAsked(undefined);
    if (!changed) return;
    setSelected([]);
    void versions.refetch();
  };
  const more = versions.data?.IsTruncated === true && versions.data.NextKeyMarker === objectKey;
  return (
    <>
      <ResourceTable<Entry>
        title="Versions"
        {...(more
          ? { description: 'The newest 1,000. The others are in the bucket’s list, with versions shown.' }
          : {})}
        noun="version"
        items={items}
        error={versions.error}
        refresh={() => void versions.refetch()}
        refreshing={versions.isFetching}
        idOf={({ id }) => id}
        selection="multi"
        selected={selected}
        onSelect={setSelected}
        columns={[
          {
            id: 'version',
            header: 'Version ID',
            isRowHeader: true,
            value: ({ versionId }) => versionId,
            cell: ({ kind, versionId, isLatest }) => (
              <>
                {kind === 'marker' ? (
                  versionId
                ) : (
                  <Link href={objectHref(bucket, objectKey, versionId)}>{versionId}</Link>
                )}{' '}
                {isLatest && <Badge color="green">Current</Badge>}{' '}
                {versionId === version && version !== undefined && <Badge color="blue">On screen</Badge>}
              </>
            ),
          },
          { id: 'type', header: 'Type', cell: ({ kind }) => (kind === 'marker' ? 'Delete marker' : 'Version') },
          {
            id: 'modified',
            header: 'Last modified',
            value: ({ modified }) => timeValue(modified),
            cell: ({ modified }) => timeText(modified),
          },
          { id: 'size', header: 'Size', value: ({ size }) => size, cell: ({ size }) => bytesText(size) },
          {
            id: 'class',
            header: 'Storage class',
            cell: ({ kind, storageClass }) => (kind === 'marker' ? '–' : storageClassText(storageClass)),
          },
        ]}
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <Button disabled={one?.kind !== 'object' || one.isLatest === true} onClick={() => setAsked('restore')}>
              Make current version
            </Button>
            <Button disabled={selected.length === 0} onClick={() => setAsked('delete')}>
              Delete permanently
            </Button>
          </SpaceBetween>
        }
        empty={<Box>There are no versions.</Box>}
      />
      {asked === 'restore' && <RestoreVersions bucket={bucket} entry={one!} onClose={close} />}
      {asked === 'delete' && <DeleteEntries bucket={bucket} entries={selected} versions onClose={close} />}
    </>
  );
}
