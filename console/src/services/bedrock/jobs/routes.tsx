import type { RouteObject } from 'react-router';
import { lazyPage } from '../../../ui/lazy-page.tsx';

/** Bedrock's long work, and what was logged of the short one. */
export const routes: RouteObject[] = [
  { path: 'batch', element: lazyPage(async () => (await import('./batch-list.tsx')).BatchJobs) },
  { path: 'batch/create', element: lazyPage(async () => (await import('./batch-create.tsx')).CreateBatchJob) },
  { path: 'batch/:id', element: lazyPage(async () => (await import('./batch-job.tsx')).BatchJob) },
];
