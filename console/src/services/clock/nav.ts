import type { Nav } from '../../shell/services.ts';

export const nav: Nav = {
  path: 'clock',
  title: 'Clock',
  group: 'Stack',
  order: 30,
  description: 'The time that the stack goes by: freeze it, advance it, set it.',
  pages: [{ title: 'Clock', path: '' }],
};
