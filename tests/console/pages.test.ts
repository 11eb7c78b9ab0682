import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, it } from 'vitest';
import type { Outcrop } from '../../src/main.ts';
import { startForTests } from '../start.ts';
import { describeInBrowser, openConsole } from './browser.ts';

/** Every page that the navigation leads to, on an empty stack: the empty states, wide and light, narrow and dark. */
const folder = fileURLToPath(new URL('../../console/src/services/', import.meta.url));
const addresses = readdirSync(folder).flatMap((service) => {
  const nav = readFileSync(`${folder}${service}/nav.ts`, 'utf8');
  const path = /path: '([^']+)',\n\s+title/.exec(nav)![1]!;
  return [...nav.matchAll(/\{\s*title: (?:'[^']*'|"[^"]*"),\s*path: '([^']*)'/g)].map(([, page]) =>
    page === '' ? path : `${path}/${page}`,
  );
});

let outcrop: Outcrop;
beforeAll(async () => {
  outcrop = await startForTests();
});

describeInBrowser('every page of the navigation', () => {
  it('is one of the navigation’s files', () => {
    expect(addresses.length).toBeGreaterThanOrEqual(readdirSync(folder).length);
    expect(addresses).toContain('home');
  });

  it.each(addresses)(
    '%s opens, has a heading and a title, breaks nothing and is accessible',
    async (address) => {
      const { page, accessible, shot } = await openConsole(outcrop, { path: address });
      await page.getByRole('heading', { level: 1 }).first().waitFor();
      await page.waitForLoadState('networkidle');
      expect(await page.title()).toMatch(/.+ \| Outcrop$/);
      expect(await page.getByText('This page failed').count()).toBe(0);
      expect(await page.getByText('There is no such page').count()).toBe(0);
      expect(await page.getByTestId('failure').count(), 'failed calls on an empty stack').toBe(0);
      await accessible();
      await shot(`page-${address.replaceAll('/', '-')}`);
    },
    60_000,
  );

  it.each(addresses)(
    '%s fits a telephone, and can be read in the dark',
    async (address) => {
      const { page, accessible, shot } = await openConsole(outcrop, {
        path: address,
        width: 375,
        height: 800,
        dark: true,
      });
      await page.getByRole('heading', { level: 1 }).first().waitFor();
      await page.waitForLoadState('networkidle');
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(375);
      await accessible();
      await shot(`page-${address.replaceAll('/', '-')}-375-dark`);
    },
    60_000,
  );
});
