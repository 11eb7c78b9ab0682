import Button from '@cloudscape-design/components/button';
import { Empty } from '../../ui/empty.tsx';
import { Page } from '../../ui/page.tsx';
import { useUploads } from './upload/store.ts';
import { UploadPanel } from './upload/panel.tsx';

/** All uploads of this tab, and those of this browser that are unfinished. */
export function Uploads() {
  const { uploads } = useUploads();
  return (
    <Page
      title="Uploads"
      trail={[{ text: 'Amazon S3', href: '#/s3/buckets' }]}
      description="What this tab uploads, to all buckets, and what this browser left unfinished."
    >
      <UploadPanel />
      {uploads.length === 0 && (
        <Empty title="Nothing is being uploaded" action={<Button href="#/s3/buckets">Buckets</Button>}>
          Open a bucket and drop files there.
        </Empty>
      )}
    </Page>
  );
}
