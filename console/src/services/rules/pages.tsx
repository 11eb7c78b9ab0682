import type { RouteObject } from 'react-router';
import { lazyPage } from '../../ui/lazy-page.tsx';

const edit = lazyPage(async () => (await import('./edit.tsx')).EditRule);

export const routes: RouteObject[] = [
  { index: true, element: lazyPage(async () => (await import('./rules.tsx')).Rules) },
  { path: 'new', element: edit },
  { path: 'rule/:id', element: edit },
  { path: 'cassettes', element: lazyPage(async () => (await import('./cassettes.tsx')).Cassettes) },
  { path: 'cassettes/entries', element: lazyPage(async () => (await import('./entries.tsx')).Entries) },
  { path: 'outages', element: lazyPage(async () => (await import('./outages.tsx')).Outages) },
];
