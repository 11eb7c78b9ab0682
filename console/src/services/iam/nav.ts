import type { Nav } from '../../shell/services.ts';

export const nav: Nav = {
  path: 'iam',
  title: 'IAM',
  group: 'Security',
  order: 10,
  description: 'Users, groups, roles and policies; what they allow, and why a call was denied.',
  pages: [
    { title: 'Dashboard', path: '' },
    { title: 'Users', path: 'users' },
    { title: 'User groups', path: 'groups' },
    { title: 'Roles', path: 'roles' },
    { title: 'Policies', path: 'policies' },
    { title: 'Identity providers', path: 'providers' },
    { title: 'Policy simulator', path: 'simulator' },
    { title: 'Why was it denied', path: 'why' },
  ],
};
