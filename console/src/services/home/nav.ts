import type { Nav } from '../../shell/services.ts';

export const nav: Nav = {
  path: 'home',
  title: 'Home',
  group: 'Machine learning',
  order: 0,
  description: 'What is running, and what was asked of it.',
  pages: [{ title: 'Home', path: '' }],
};
