import type { RouteObject } from 'react-router';
import { lazyPage } from '../../ui/lazy-page.tsx';

export const routes: RouteObject[] = [
  { index: true, element: lazyPage(async () => (await import('./secrets.tsx')).Secrets) },
  { path: 'secrets/:id', element: lazyPage(async () => (await import('./secret.tsx')).SecretPage) },
];
