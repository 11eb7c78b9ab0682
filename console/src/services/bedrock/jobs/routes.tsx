import type { RouteObject } from 'react-router';
import { lazyPage } from '../../../ui/lazy-page.tsx';

/** Bedrock's long work, and what was logged of the short one. */
export const routes: RouteObject[] = [
  { path: 'batch', element: lazyPage(async () => (await import('./batch-list.tsx')).BatchJobs) },
  { path: 'batch/create', element: lazyPage(async () => (await import('./batch-create.tsx')).CreateBatchJob) },
  { path: 'batch/:id', element: lazyPage(async () => (await import('./batch-job.tsx')).BatchJob) },
  { path: 'evaluations', element: lazyPage(async () => (await import('./evaluation-list.tsx')).EvaluationJobs) },
  {
    path: 'evaluations/create',
    element: lazyPage(async () => (await import('./evaluation-create.tsx')).CreateEvaluationJob),
  },
  { path: 'evaluations/:id', element: lazyPage(async () => (await import('./evaluation-job.tsx')).EvaluationJob) },
  {
    path: 'customization',
    element: lazyPage(async () => (await import('./customization-list.tsx')).CustomizationJobs),
  },
  {
    path: 'customization/create',
    element: lazyPage(async () => (await import('./customization-create.tsx')).CreateCustomizationJob),
  },
  {
    path: 'customization/:name',
    element: lazyPage(async () => (await import('./customization-job.tsx')).CustomizationJob),
  },
  { path: 'logs', element: lazyPage(async () => (await import('./logs.tsx')).InvocationLogs) },
];
