import type { RouteObject } from 'react-router';
import { lazyPage } from '../../ui/lazy-page.tsx';

export const routes: RouteObject[] = [
  { index: true, element: lazyPage(async () => (await import('./home.tsx')).AppsHome) },
  { path: ':id', element: lazyPage(async () => (await import('./app-page.tsx')).AppPage) },
];
