import { readdirSync, readFileSync, statSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { chromium } from 'playwright-core';
import { startOutcrop } from '../src/main.ts';

/**
 * The console's size and how fast it opens: bytes of each part, and milliseconds from asking for the address to the page's heading, on a first
 * and a second visit (the second with what the browser has kept), medians of `ROUNDS`; with a bare page of the same browser beside it. Run:
 * `npm run build && npx tsx bench/console.ts`. Needs Chromium.
 */
const ROUNDS = 7;
const ASSETS = 'dist/console/assets';
const executablePath = process.env['OUTCROP_TEST_CHROMIUM'] ?? '/usr/bin/chromium';
const KIB = 1024;
const PAGES = ['home', 's3', 'iam/users', 'bedrock/models', 'bedrock/chat', 'calls', 'cost', 'labs'];

const median = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
const sizes = readdirSync(ASSETS)
  .map((name) => ({
    name,
    bytes: statSync(`${ASSETS}/${name}`).size,
    zipped: gzipSync(readFileSync(`${ASSETS}/${name}`)).length,
  }))
  .sort((a, b) => b.zipped - a.zipped);
const sum = (of: typeof sizes) => of.reduce((total, { zipped }) => total + zipped, 0) / KIB;
console.log(`${sizes.length} files, ${sum(sizes).toFixed(0)} KiB gzipped`);
for (const { name, bytes, zipped } of sizes.slice(0, 12))
  console.log(
    `  ${name.padEnd(44)} ${(bytes / KIB).toFixed(0).padStart(6)} KiB ${(zipped / KIB).toFixed(0).padStart(6)} KiB gzipped`,
  );
const entry = [...readFileSync('dist/console/index.html', 'utf8').matchAll(/assets\/([^"]+)/g)].map(([, name]) => name);
console.log(`  what every page loads: ${sum(sizes.filter(({ name }) => entry.includes(name))).toFixed(0)} KiB gzipped`);

const outcrop = await startOutcrop({ ephemeral: true, port: 0, log: 'error' });
const browser = await chromium.launch({
  executablePath,
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
});

/** From asking for an address to what `ready` waits for. */
async function visits(address: string, prepare: boolean): Promise<{ first: number; second: number }> {
  const [first, second]: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round += 1) {
    const context = await browser.newContext();
    const page = await context.newPage();
    const open = async () => {
      const started = performance.now();
      await page.goto(address);
      await page.locator('h1').first().waitFor();
      return performance.now() - started;
    };
    if (prepare) {
      // Signed in, with nothing of the console in the cache: the session is of the tab.
      await page.goto(`${outcrop.endpoint}/_outcrop/health`);
      const session = {
        credentials: outcrop.credentials,
        region: outcrop.region,
        arn: 'arn:aws:iam::000000000000:root',
        account: '000000000000',
      };
      await page.evaluate(`sessionStorage.setItem('outcrop.session', ${JSON.stringify(JSON.stringify(session))})`);
    }
    first.push(await open());
    await page.goto('about:blank');
    second.push(await open());
    await context.close();
  }
  return { first: median(first), second: median(second) };
}

const bare = await visits('data:text/html,<h1>bare</h1>', false);
console.log(`bare page: ${bare.first.toFixed(0)} ms, again ${bare.second.toFixed(0)} ms`);
for (const path of PAGES) {
  const { first, second } = await visits(`${outcrop.endpoint}/#/${path}`, true);
  console.log(
    `${path.padEnd(16)} first ${first.toFixed(0).padStart(5)} ms, second ${second.toFixed(0).padStart(5)} ms`,
  );
}
await browser.close();
await outcrop.stop();
