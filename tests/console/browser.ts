import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium, type Browser, type BrowserContext, type Locator, type Page } from 'playwright-core';
import { afterAll, afterEach, describe, expect, vi } from 'vitest';
import type { Outcrop } from '../../src/main.ts';

/** The console as a person has it: Debian's Chromium, without a window. */
const PATHS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const executablePath = process.env['OUTCROP_TEST_CHROMIUM'] ?? PATHS.find((path) => existsSync(path));
const builtConsole = fileURLToPath(new URL('../../dist/console/index.html', import.meta.url));
/** Kept after a run, to be looked at. */
const SCREENSHOTS = fileURLToPath(new URL('../../.cache/screenshots', import.meta.url));
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** CI has two cores for two stacks and two browsers. */
const WAIT_MS = 30_000;
vi.setConfig({ testTimeout: 120_000 });

const missing =
  executablePath === undefined
    ? 'there is no Chromium: install it, or name one in OUTCROP_TEST_CHROMIUM'
    : existsSync(builtConsole)
      ? undefined
      : 'the console is not built: npm run build';
if (missing !== undefined && !process.env['CI']) console.warn(`The console is not opened here: ${missing}.`);

/** Tests in a browser; skipped, with the reason printed, where there is none. CI has one, or fails. */
export const describeInBrowser: (title: string, tests: () => void) => void =
  missing !== undefined && !process.env['CI'] ? describe.skip : describe;

let browser: Promise<Browser> | undefined;
const contexts: BrowserContext[] = [];
const faults: string[] = [];

function launch(): Promise<Browser> {
  if (missing !== undefined) throw new Error(missing);
  return (browser ??= chromium.launch({
    executablePath: executablePath!,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  }));
}

afterEach(async () => {
  for (const context of contexts.splice(0)) await context.close();
  // What a page complained of: scripts that failed, and what its content security policy forbids.
  const found = faults.splice(0);
  if (found.length > 0) throw new Error(`Errors of the console in the browser:\n${found.join('\n')}`);
});
afterAll(async () => (await browser)?.close());

export type Opened = {
  page: Page;
  /** Goes to a page of the console: `s3/buckets`. */
  go(path: string): Promise<void>;
  /** Keeps what is on screen as `<name>.png`. */
  shot(name: string): Promise<void>;
  /** Fails where axe finds something serious or critical on the page, or in the part of it that a selector names. */
  accessible(within?: string): Promise<void>;
};

/**
 * A browser of its own on a stack's console, signed in. `credentials`: of a user; absent: the form as it is filled in. Faults in the page
 * fail the test at its end, but for answers of 4xx that the browser reports by itself.
 */
export async function openConsole(
  outcrop: Pick<Outcrop, 'endpoint'>,
  options: {
    path?: string;
    credentials?: { accessKeyId: string; secretAccessKey: string };
    width?: number;
    height?: number;
    dark?: boolean;
    /** Stops at the form. */
    signedOut?: boolean;
  } = {},
): Promise<Opened> {
  const { width = 1280, height = 1400, dark = false, credentials } = options;
  const context = await (
    await launch()
  ).newContext({
    viewport: { width, height },
    colorScheme: dark ? 'dark' : 'light',
    reducedMotion: 'reduce',
    acceptDownloads: true,
  });
  contexts.push(context);
  context.setDefaultTimeout(WAIT_MS);
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const page = await context.newPage();
  page.on('pageerror', (error) => faults.push(String(error.stack ?? error)));
  page.on('console', (message) => {
    // The browser says so of each answer above 399, those included that a page expects.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
      faults.push(message.text());
  });
  await page.goto(`${outcrop.endpoint}/${options.path === undefined ? '' : `#/${options.path}`}`);
  if (!options.signedOut) {
    if (credentials) {
      await page.getByLabel('Access key ID').fill(credentials.accessKeyId);
      await page.getByLabel('Secret access key').fill(credentials.secretAccessKey);
    } else await expect.poll(() => page.getByLabel('Secret access key').inputValue()).not.toBe('');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.locator('#top').waitFor();
  }
  return {
    page,
    async go(path) {
      await page.evaluate((hash) => {
        (globalThis as any).location.hash = hash;
      }, `#/${path}`);
    },
    async shot(name) {
      mkdirSync(SCREENSHOTS, { recursive: true });
      // Of the window alone: to picture a whole page the browser resizes it for a moment, and pages take it for a telephone.
      await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`) });
    },
    async accessible(within) {
      await page.evaluate(AXE);
      const violations = await page.evaluate(
        async (selector) =>
          (
            await (globalThis as any).axe.run(
              // Cloudscape's bar of a narrow page says that it lies flat, which a nav may not.
              selector ?? { exclude: [['nav[class*="mobile-toolbar-nav"][aria-orientation]']] },
            )
          ).violations
            .filter(({ impact }: { impact: string }) => impact === 'serious' || impact === 'critical')
            .map(
              ({
                id,
                help,
                nodes,
              }: {
                id: string;
                help: string;
                nodes: { html: string; failureSummary: string }[];
              }) => ({
                id,
                help,
                nodes: nodes.slice(0, 3).map(({ html, failureSummary }) => `${html.slice(0, 300)} — ${failureSummary}`),
              }),
            ),
        within,
      );
      expect(violations, `axe on ${page.url()}`).toEqual([]);
    },
  };
}

/** Puts a text in the place of what an editor has, as a person does: `fill` selects what the browser has drawn, not what the editor has. */
export async function retype(editor: Locator, text: string): Promise<void> {
  await editor.click();
  await editor.press('ControlOrMeta+a');
  await editor.page().keyboard.insertText(text);
}
