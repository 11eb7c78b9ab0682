import { Navigate, type RouteObject } from 'react-router';
import { lazyPage } from '../../ui/lazy-page.tsx';

export const routes: RouteObject[] = [
  { index: true, element: <Navigate to="accounts" replace /> },
  { path: 'accounts', element: lazyPage(async () => (await import('./accounts.tsx')).Accounts) },
  { path: 'policies', element: lazyPage(async () => (await import('./policies.tsx')).Policies) },
  { path: 'policies/:id', element: lazyPage(async () => (await import('./policy.tsx')).PolicyPage) },
];
