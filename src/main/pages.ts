import { readFile } from 'node:fs/promises';
import { join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { WireRequest, WireResponse } from '../protocol/message.ts';

const TYPES: Record<string, string> = {
  html: 'text/html; charset=utf-8',
  css: 'text/css',
  js: 'text/javascript',
  svg: 'image/svg+xml',
  woff2: 'font/woff2',
  map: 'application/json',
  md: 'text/markdown; charset=utf-8',
  txt: 'text/plain; charset=utf-8',
};
/**
 * Nothing from elsewhere, nothing inline; what users stored is shown from memory (`blob:`), and is no script of the console's, though its
 * address is of the same origin.
 */
const policy = (host: string) =>
  [
    "default-src 'none'",
    // Browsers read no IPv6 address here.
    `script-src ${/^[\w.-]+(?::\d+)?$/.test(host) ? `${host}/_console/` : "'self'"}`,
    "style-src 'self'",
    "img-src 'self' data: blob:",
    'media-src blob:',
    'frame-src blob:',
    // Cloudscape's fonts are within its style sheet.
    "font-src 'self' data:",
    "connect-src 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');

/** Pages of the console that have an address of their own. */
const PAGES: Record<string, string> = { '/': 'index.html', '/_outcrop/review': 'review.html' };

/**
 * The console's files: its pages and `/_console/…`, beside the bundle or where a clone has its last build; below it the documentation as it
 * is written, `docs/…`, with its index for language models, `llms.txt`.
 */
export function pages(): (request: Pick<WireRequest, 'rawPath' | 'host'>) => Promise<WireResponse> {
  const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));
  const built = [at('./console/'), at('../../dist/console/')];
  const written = [at('./'), at('../../')];
  return async ({ rawPath, host }): Promise<WireResponse> => {
    const path = PAGES[rawPath.replace(/(?<=.)\/$/, '')] ?? normalize(rawPath.slice('/_console/'.length));
    if (path.startsWith('..') || path.includes('\0') || rawPath === '/favicon.ico') return { status: 404, headers: {} };
    for (const root of path === 'llms.txt' || /^docs\/.*\.md$/.test(path) ? written : built) {
      const body = await readFile(join(root, path)).catch(() => undefined);
      if (!body) continue;
      return {
        status: 200,
        headers: {
          'content-type': TYPES[path.split('.').at(-1)!] ?? 'application/octet-stream',
          'content-security-policy': policy(host),
          'x-content-type-options': 'nosniff',
          'referrer-policy': 'no-referrer',
          // The build names what it makes after its contents.
          'cache-control': path.startsWith('assets/') ? 'public, max-age=31536000, immutable' : 'no-cache',
        },
        body,
      };
    }
    return { status: 404, headers: {} };
  };
}
