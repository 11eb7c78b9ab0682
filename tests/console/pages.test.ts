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

  it.each(addresses)('%s breaks nothing and is accessible; on a telephone and in the dark as well', async (address) => {
    const { page, accessible, shot } = await openConsole(outcrop, { path: address });
    const settled = async () => {
      await page.getByRole('heading', { level: 1 }).first().waitFor();
      await page.waitForLoadState('networkidle');
    };
    await settled();
    expect(await page.title()).toMatch(/.+ \| Outcrop$/);
    for (const said of ['This page failed', 'There is no such page'])
      expect(await page.getByText(said).count()).toBe(0);
    expect(await page.getByTestId('failure').count(), 'failed calls on an empty stack').toBe(0);
    await accessible();
    await shot(`page-${address.replaceAll('/', '-')}`);

    await page.emulateMedia({ colorScheme: 'dark' });
    await page.setViewportSize({ width: 375, height: 800 });
    await page.reload();
    await settled();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(375);
    await accessible();
    await shot(`page-${address.replaceAll('/', '-')}-375-dark`);
  });
});
