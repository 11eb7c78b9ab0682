import type { RouteObject } from 'react-router';
import { lazyPage } from '../../../ui/lazy-page.tsx';

export const routes: RouteObject[] = [
  { path: 'chat', element: lazyPage(async () => (await import('./playground.tsx')).Playground) },
];
