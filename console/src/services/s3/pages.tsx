import { Navigate, type RouteObject } from 'react-router';
import { lazyPage } from '../../ui/lazy-page.tsx';
import { Buckets } from './buckets.tsx';
import './s3.css';

export const routes: RouteObject[] = [
  { index: true, element: <Navigate to="buckets" replace /> },
  { path: 'buckets', element: <Buckets /> },
  { path: 'create-bucket', element: lazyPage(async () => (await import('./create-bucket.tsx')).CreateBucket) },
  { path: 'buckets/:bucket', element: lazyPage(async () => (await import('./bucket.tsx')).Bucket) },
  { path: 'buckets/:bucket/object', element: lazyPage(async () => (await import('./object.tsx')).ObjectPage) },
  { path: 'uploads', element: lazyPage(async () => (await import('./uploads.tsx')).Uploads) },
];
