import type { Nav } from '../../shell/services.ts';

export const nav: Nav = {
  path: 'secrets-manager',
  title: 'AWS Secrets Manager',
  group: 'Security',
  order: 40,
  description: 'Secrets that are encrypted, versioned, and on the trail whenever they are read.',
  pages: [{ title: 'Secrets', path: '' }],
};
