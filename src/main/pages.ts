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

/** The console's files: its pages and `/_console/…`. Beside the bundle, or where a clone has its last build. */
export function pages(): (request: Pick<WireRequest, 'rawPath' | 'host'>) => Promise<WireResponse> {
  const roots = ['./console/', '../../dist/console/'].map((path) => fileURLToPath(new URL(path, import.meta.url)));
  return async ({ rawPath, host }): Promise<WireResponse> => {
    const path = PAGES[rawPath.replace(/(?<=.)\/$/, '')] ?? normalize(rawPath.slice('/_console/'.length));
    if (path.startsWith('..') || path.includes('\0') || rawPath === '/favicon.ico') return { status: 404, headers: {} };
    for (const root of roots) {
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
