import type { RouteObject } from 'react-router';
import { lazyPage } from '../../../ui/lazy-page.tsx';

const page = lazyPage(async () => (await import('./guardrail.tsx')).Guardrail);

export const routes: RouteObject[] = [
  { path: 'guardrails', element: lazyPage(async () => (await import('./list.tsx')).GuardrailList) },
  { path: 'guardrails/create', element: lazyPage(async () => (await import('./editor/create.tsx')).CreateGuardrail) },
  { path: 'guardrails/:id', element: page },
  { path: 'guardrails/:id/edit', element: lazyPage(async () => (await import('./editor/edit.tsx')).EditGuardrail) },
  { path: 'guardrails/:id/:tab', element: page },
];
