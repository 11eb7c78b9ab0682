import type { Nav } from '../../shell/services.ts';

export const nav: Nav = {
  path: 'organizations',
  title: 'AWS Organizations',
  group: 'Security',
  order: 20,
  description: 'Accounts in one tree, and the policies over them.',
  pages: [
    { title: 'AWS accounts', path: 'accounts' },
    { title: 'Policies', path: 'policies' },
  ],
};
