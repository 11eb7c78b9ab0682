import type { Nav } from '../../shell/services.ts';

export const nav: Nav = {
  path: 'cost',
  title: 'Cost',
  group: 'Stack',
  order: 40,
  description: 'What the calls would have cost on AWS, by list prices.',
  pages: [
    { title: 'Usage', path: '' },
    { title: 'What if', path: 'what-if' },
    { title: 'Prices', path: 'prices' },
  ],
};
