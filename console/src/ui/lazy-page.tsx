import { lazy, type ComponentType } from 'react';

/** A page that is loaded when it is opened: `{ path: 'buckets', element: lazyPage(async () => (await import('./buckets.tsx')).Buckets) }`. */
export function lazyPage(load: () => Promise<ComponentType>) {
  const Loaded = lazy(async () => ({ default: await load() }));
  return <Loaded />;
}
