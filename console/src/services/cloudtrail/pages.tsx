import { Navigate, type RouteObject } from 'react-router';
import { lazyPage } from '../../ui/lazy-page.tsx';

export const routes: RouteObject[] = [
  { index: true, element: <Navigate to="history" replace /> },
  { path: 'history', element: lazyPage(async () => (await import('./history.tsx')).EventHistory) },
  { path: 'events/:id', element: lazyPage(async () => (await import('./event.tsx')).EventPage) },
  { path: 'trails', element: lazyPage(async () => (await import('./trails.tsx')).Trails) },
  { path: 'trails/:arn', element: lazyPage(async () => (await import('./trail.tsx')).TrailPage) },
  { path: 'lake', element: lazyPage(async () => (await import('./lake.tsx')).Lake) },
];
