import type { RouteObject } from 'react-router';

/** Each folder has the routes of its pages. */
const parts = import.meta.glob<RouteObject[]>('./*/routes.tsx', { eager: true, import: 'routes' });

export const routes: RouteObject[] = Object.values(parts).flat();
