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
/** Nothing from elsewhere, nothing inline. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/** The console's files: `/` and `/_console/…`. Built beside the bundle, or in the console's folder of a clone. */
export function pages(): (request: WireRequest) => Promise<WireResponse | undefined> {
  const roots = ['./console/', '../../console/'].map((path) => fileURLToPath(new URL(path, import.meta.url)));
  return async ({ rawPath }): Promise<WireResponse> => {
    const path = rawPath === '/' ? 'index.html' : normalize(rawPath.slice('/_console/'.length));
    if (path.startsWith('..') || path.includes('\0') || rawPath === '/favicon.ico') return { status: 404, headers: {} };
    for (const root of roots) {
      const body = await readFile(join(root, path)).catch(() => undefined);
      if (!body) continue;
      return {
        status: 200,
        headers: {
          'content-type': TYPES[path.split('.').at(-1)!] ?? 'application/octet-stream',
          'content-security-policy': POLICY,
          'x-content-type-options': 'nosniff',
          'referrer-policy': 'no-referrer',
          'cache-control': 'no-cache',
        },
        body,
      };
    }
    return { status: 404, headers: {} };
  };
}
