import type { Nav } from '../../shell/services.ts';

export const nav: Nav = {
  path: 'rules',
  title: 'Rules',
  group: 'Stack',
  order: 20,
  description: 'Declared answers, faults, limits, cassettes, outages and quotas.',
  pages: [
    { title: 'Rules', path: '' },
    { title: 'Cassettes', path: 'cassettes' },
    { title: 'Outages and quotas', path: 'outages' },
  ],
};
