import type { WireRequest, WireResponse } from '../protocol/message.ts';

/**
 * Pages of other sites in a browser on this machine. They know the root's key where it is the well-known one, and could sign what they like:
 * by requests that browsers send without asking first, or from a name of their own that resolves to this machine. So, with that key, hosts
 * must be names of ours, and pages of other sites get no more than the public's reading of S3.
 */
const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);
/** Names that belong to this machine, to AWS (sent here by a proxy), or to nobody on the public internet. */
const OWN_SUFFIX =
  /\.(localhost|localhost\.localstack\.cloud|amazonaws\.com|amazonaws\.com\.cn|api\.aws|docker\.internal)$/;

/** Whether no other site can have the name: an address, a name without dots, or one of ours. */
export function isOwnHost(host: string): boolean {
  const name = host.replace(/:\d{1,5}$/, '').toLowerCase();
  return (
    LOOPBACK.has(name) ||
    !name.includes('.') ||
    /^[\d.]+$/.test(name) ||
    /^\[[\da-f:.]+\]$/.test(name) ||
    OWN_SUFFIX.test(name)
  );
}

/** Whether a page of another site made the request. Programs send neither header. */
export function isForeignPage({ headers }: WireRequest): boolean {
  const { origin } = headers;
  if (origin === undefined) return headers['sec-fetch-site'] === 'cross-site';
  if (!URL.canParse(origin)) return true;
  const { hostname } = new URL(origin);
  return !LOOPBACK.has(hostname) && !hostname.endsWith('.localhost');
}

/** Of S3, what only reads: pages of other sites may show public objects, as on AWS. */
export const onlyReads = ({ method }: WireRequest, sdk: string | undefined): boolean =>
  sdk === 's3' && (method === 'GET' || method === 'HEAD');

/** How browsers name what is to be shown as a page, alone or within one. */
const SHOWN = new Set(['document', 'iframe', 'frame', 'embed', 'object']);
/** Types that run no scripts. */
const INERT =
  /^(?:text\/(?:plain|csv)|application\/(?:pdf|json|zip)|image\/(?:png|jpeg|gif|webp|avif|bmp)|audio\/|video\/)/;

/**
 * What users store is at the console's own origin where buckets are named in the path. A stored page that a browser shows gets an origin of
 * its own, so that it neither reads the console's session nor asks in its name.
 */
export function sandbox({ headers }: WireRequest, response: WireResponse): void {
  if (!SHOWN.has(headers['sec-fetch-dest'] ?? '') || INERT.test(response.headers['content-type'] ?? '')) return;
  response.headers['content-security-policy'] =
    'sandbox allow-scripts allow-forms allow-modals allow-popups allow-downloads';
}
