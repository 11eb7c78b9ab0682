import type { Nav } from '../../shell/services.ts';

export const nav: Nav = {
  path: 'labs',
  title: 'Labs',
  group: 'Learn',
  order: 10,
  description: 'Hands-on labs of the AI Practitioner curriculum that check themselves.',
  pages: [{ title: 'Labs', path: '' }],
};
