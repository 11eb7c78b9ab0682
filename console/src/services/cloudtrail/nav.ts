import type { Nav } from '../../shell/services.ts';

export const nav: Nav = {
  path: 'cloudtrail',
  title: 'AWS CloudTrail',
  group: 'Security',
  order: 50,
  description: 'Who did what, when and from where: searched, on a timeline, and asked by SQL.',
  pages: [
    { title: 'Event history', path: 'history' },
    { title: 'Trails', path: 'trails' },
    { title: 'Lake', path: 'lake' },
  ],
};
