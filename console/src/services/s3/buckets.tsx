import { ListBucketsCommand, S3Client, type Bucket } from '@aws-sdk/client-s3';
import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Link from '@cloudscape-design/components/link';
import { useState } from 'react';
import { useAllPages } from '../../aws/call.ts';
import { REGIONS } from '../../shell/regions.ts';
import { Empty } from '../../ui/empty.tsx';
import { Page } from '../../ui/page.tsx';
import { ResourceTable } from '../../ui/resource-table.tsx';
import { timeText, timeValue } from '../../ui/text.ts';
import { bucketHref } from './model.ts';
import { DeleteBucket, EmptyBucket } from './remove-bucket.tsx';

const PAGE = 1000;

/** All buckets, of all regions. */
export function Buckets() {
  const buckets = useAllPages(
    S3Client,
    ListBucketsCommand,
    { MaxBuckets: PAGE },
    { items: ({ Buckets }) => Buckets, input: 'ContinuationToken' },
  );
  const [selected, setSelected] = useState<Bucket[]>([]);
  const [asked, setAsked] = useState<'empty' | 'delete'>();
  const chosen = selected[0]?.Name;
  const close = (changed: boolean) => {
    setAsked(undefined);
    if (!changed) return;
    setSelected([]);
    void buckets.refetch();
  };
  return (
    <Page title="Buckets" trail={[{ text: 'Amazon S3', href: '#/s3/buckets' }]} bare>
      <ResourceTable<Bucket>
        title="Buckets"
        headerVariant="h1"
        description="Containers of objects. Those of all regions are here."
        noun="bucket"
        items={buckets.data}
        error={buckets.error}
        refresh={() => void buckets.refetch()}
        refreshing={buckets.isFetching}
        idOf={({ Name }) => Name!}
        selection="single"
        selected={selected}
        onSelect={setSelected}
        sortedBy="name"
        columns={[
          {
            id: 'name',
            header: 'Name',
            isRowHeader: true,
            value: ({ Name }) => Name,
            cell: ({ Name }) => <Link href={bucketHref(Name!)}>{Name}</Link>,
          },
          {
            id: 'region',
            header: 'AWS Region',
            cell: ({ BucketRegion }) =>
              BucketRegion === undefined
                ? '–'
                : `${REGIONS[BucketRegion] ?? BucketRegion}${REGIONS[BucketRegion] ? ` ${BucketRegion}` : ''}`,
          },
          {
            id: 'created',
            header: 'Creation date',
            value: ({ CreationDate }) => timeValue(CreationDate),
            cell: ({ CreationDate }) => timeText(CreationDate),
          },
        ]}
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <Button disabled={chosen === undefined} onClick={() => setAsked('empty')}>
              Empty
            </Button>
            <Button disabled={chosen === undefined} onClick={() => setAsked('delete')}>
              Delete
            </Button>
            <Button variant="primary" href="#/s3/create-bucket">
              Create bucket
            </Button>
          </SpaceBetween>
        }
        empty={
          <Empty
            title="No buckets"
            action={<Button href="#/s3/create-bucket">Create bucket</Button>}
            code={[{ serviceId: 'S3', operation: 'CreateBucket', input: { Bucket: 'my-first-bucket' } }]}
          >
            Objects are kept in buckets. Create one here, or by code:
          </Empty>
        }
      />
      {asked === 'empty' && <EmptyBucket bucket={chosen!} onClose={close} />}
      {asked === 'delete' && <DeleteBucket bucket={chosen!} onClose={close} />}
    </Page>
  );
}
