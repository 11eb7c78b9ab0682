import type { RouteObject } from 'react-router';
import { lazyPage } from '../../../ui/lazy-page.tsx';

export const routes: RouteObject[] = [
  { index: true, element: lazyPage(async () => (await import('./catalog.tsx')).Catalog) },
  { path: 'models', element: lazyPage(async () => (await import('./catalog.tsx')).Catalog) },
  { path: 'models/:modelId', element: lazyPage(async () => (await import('./model.tsx')).Model) },
];
