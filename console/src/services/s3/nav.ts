import type { Nav } from '../../shell/services.ts';

export const nav: Nav = {
  path: 's3',
  title: 'Amazon S3',
  group: 'Storage',
  order: 10,
  description: 'Buckets and objects: upload, preview, versions, permissions, lifecycle.',
  pages: [
    { title: 'Buckets', path: 'buckets' },
    { title: 'Uploads', path: 'uploads' },
  ],
};
