import type { Nav } from '../../shell/services.ts';

export const nav: Nav = {
  path: 'calls',
  title: 'Calls',
  group: 'Stack',
  order: 10,
  description: 'Every call as it is made: who, what, why, for how much.',
  pages: [{ title: 'Calls', path: '' }],
};
