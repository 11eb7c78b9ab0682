import type { Nav } from '../../shell/services.ts';

export const nav: Nav = {
  path: 'apps',
  title: 'Apps',
  group: 'Learn',
  order: 20,
  description:
    'Small AI apps, made from a sentence: widgets wired by references, run on daily credits, shared and remixed.',
  pages: [{ title: 'Apps', path: '' }],
};
