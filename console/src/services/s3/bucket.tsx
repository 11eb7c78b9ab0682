import Tabs from '@cloudscape-design/components/tabs';
import { useParams, useSearchParams } from 'react-router';
import { lazyPage } from '../../ui/lazy-page.tsx';
import { Loading, Page } from '../../ui/page.tsx';
import { Suspense } from 'react';
import { Objects } from './objects.tsx';

const properties = lazyPage(async () => (await import('./properties.tsx')).Properties);
const permissions = lazyPage(async () => (await import('./permissions.tsx')).Permissions);
const management = lazyPage(async () => (await import('./management.tsx')).Management);

/** A bucket: its objects, and what it is set to. */
export function Bucket() {
  const bucket = useParams()['bucket']!;
  const [search, setSearch] = useSearchParams();
  const prefix = search.get('prefix') ?? '';
  return (
    <Page
      title={bucket}
      trail={[
        { text: 'Amazon S3', href: '#/s3/buckets' },
        { text: 'Buckets', href: '#/s3/buckets' },
      ]}
    >
      <Tabs
        ariaLabel={`Of bucket ${bucket}`}
        activeTabId={search.get('tab') ?? 'objects'}
        onChange={({ detail }) =>
          setSearch({
            ...(detail.activeTabId === 'objects' ? {} : { tab: detail.activeTabId }),
            ...(prefix === '' ? {} : { prefix }),
          })
        }
        tabs={[
          {
            id: 'objects',
            label: 'Objects',
            content: <Objects key={`${bucket}/${prefix}`} bucket={bucket} prefix={prefix} />,
          },
          { id: 'properties', label: 'Properties', content: <Suspense fallback={<Loading />}>{properties}</Suspense> },
          {
            id: 'permissions',
            label: 'Permissions',
            content: <Suspense fallback={<Loading />}>{permissions}</Suspense>,
          },
          { id: 'management', label: 'Management', content: <Suspense fallback={<Loading />}>{management}</Suspense> },
        ]}
      />
    </Page>
  );
}
