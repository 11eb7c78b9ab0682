import type { Nav } from '../../shell/services.ts';

export const nav: Nav = {
  path: 'review',
  title: 'Human review',
  group: 'Machine learning',
  order: 40,
  description: 'Teams of people who rate answers, their access codes and how far their work is.',
  pages: [{ title: 'Teams', path: '' }],
};
