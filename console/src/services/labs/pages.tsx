import type { RouteObject } from 'react-router';
import { lazyPage } from '../../ui/lazy-page.tsx';

const lab = lazyPage(async () => (await import('./frame/lab-page.tsx')).LabPage);

export const routes: RouteObject[] = [
  { index: true, element: lazyPage(async () => (await import('./frame/index-page.tsx')).LabsPage) },
  { path: ':lab', element: lab },
  { path: ':lab/:step', element: lab },
];
