import type { RouteObject } from 'react-router';
import { lazyPage } from '../../ui/lazy-page.tsx';

export const routes: RouteObject[] = [
  { index: true, element: lazyPage(async () => (await import('./calls.tsx')).Calls) },
  { path: ':requestId', element: lazyPage(async () => (await import('./call.tsx')).Call) },
];
