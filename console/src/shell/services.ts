import type { RouteObject } from 'react-router';

/** A service's place in the console: `services/<name>/nav.ts` exports one as `nav`. */
export type Nav = {
  /** First segment of its addresses: `s3` for `#/s3/…`. The folder's name. */
  path: string;
  title: string;
  group: 'Machine learning' | 'Storage' | 'Security' | 'Stack' | 'Learn';
  /** Within its group. */
  order: number;
  /** One line on the home page. */
  description: string;
  /** Pages in the side navigation, by address below `path`. */
  pages: { title: string; path: string }[];
};

/** `services/<name>/pages.tsx` exports its pages as `routes`, below `path`; loaded when one is opened. */
type Pages = { routes: RouteObject[] };

export const GROUPS: Nav['group'][] = ['Machine learning', 'Storage', 'Security', 'Stack', 'Learn'];

const navs = import.meta.glob<Nav>('../services/*/nav.ts', { eager: true, import: 'nav' });
const pages = import.meta.glob<Pages>('../services/*/pages.tsx');

/** All services of the console, by group and order. */
export const services: { nav: Nav; load: () => Promise<Pages> }[] = Object.entries(navs)
  .map(([path, nav]) => ({ nav, load: pages[path.replace('nav.ts', 'pages.tsx')]! }))
  .sort((a, b) => GROUPS.indexOf(a.nav.group) - GROUPS.indexOf(b.nav.group) || a.nav.order - b.nav.order);
