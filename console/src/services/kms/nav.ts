import type { Nav } from '../../shell/services.ts';

export const nav: Nav = {
  path: 'kms',
  title: 'AWS KMS',
  group: 'Security',
  order: 30,
  description: 'Keys that never leave it: who may use them, and who did.',
  pages: [{ title: 'Keys', path: '' }],
};
