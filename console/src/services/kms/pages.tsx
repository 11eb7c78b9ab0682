import type { RouteObject } from 'react-router';
import { lazyPage } from '../../ui/lazy-page.tsx';

export const routes: RouteObject[] = [
  { index: true, element: lazyPage(async () => (await import('./keys.tsx')).Keys) },
  { path: 'keys/:id', element: lazyPage(async () => (await import('./key.tsx')).KeyPage) },
];
