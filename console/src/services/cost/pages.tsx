import type { RouteObject } from 'react-router';
import { lazyPage } from '../../ui/lazy-page.tsx';

export const routes: RouteObject[] = [
  { index: true, element: lazyPage(async () => (await import('./usage.tsx')).Usage) },
  { path: 'what-if', element: lazyPage(async () => (await import('./what-if.tsx')).WhatIf) },
  { path: 'prices', element: lazyPage(async () => (await import('./prices.tsx')).Prices) },
];
