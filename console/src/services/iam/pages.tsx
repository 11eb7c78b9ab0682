import type { RouteObject } from 'react-router';
import { lazyPage } from '../../ui/lazy-page.tsx';

export const routes: RouteObject[] = [
  { index: true, element: lazyPage(async () => (await import('./dashboard.tsx')).Dashboard) },
  { path: 'users', element: lazyPage(async () => (await import('./users.tsx')).Users) },
  { path: 'users/:name', element: lazyPage(async () => (await import('./user.tsx')).UserPage) },
  { path: 'groups', element: lazyPage(async () => (await import('./groups.tsx')).Groups) },
  { path: 'groups/:name', element: lazyPage(async () => (await import('./group.tsx')).GroupPage) },
  { path: 'roles', element: lazyPage(async () => (await import('./roles.tsx')).Roles) },
  { path: 'roles/:name', element: lazyPage(async () => (await import('./role.tsx')).RolePage) },
  { path: 'policies', element: lazyPage(async () => (await import('./policies.tsx')).Policies) },
  { path: 'policies/:arn', element: lazyPage(async () => (await import('./policy.tsx')).PolicyPage) },
  { path: 'providers', element: lazyPage(async () => (await import('./providers.tsx')).Providers) },
  { path: 'simulator', element: lazyPage(async () => (await import('./simulator.tsx')).Simulator) },
  { path: 'why', element: lazyPage(async () => (await import('./why.tsx')).Why) },
  { path: 'why/:requestId', element: lazyPage(async () => (await import('./why.tsx')).Why) },
];
