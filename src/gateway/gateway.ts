import type { Engines } from '../kernel/engines.ts';
import { isForeignPage, isOwnHost, sandbox } from './browser.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { Access } from '../kernel/access.ts';
import type { House } from './house.ts';
import { listen, type Listening, type ListenOptions } from './listener.ts';
import type { Readable } from 'node:stream';
import { isManagement, management, type ManagementRoutes } from './management.ts';
import { Pipeline } from './pipeline.ts';
import type { Rules } from './rules/rules.ts';
import type { Services } from './services.ts';
import type { WireRequest, WireResponse } from '../protocol/message.ts';

export type GatewayOptions = {
  services: Services;
  kernel: Kernel;
  engines: Engines;
  auth: 'strict' | 'open';
  rules: Rules;
  scripted: House['scripted'];
  version: string;
  reset?: () => Promise<void>;
  listen: Omit<ListenOptions, 'answer' | 'log'>[];
  /** The root's secret is the well-known one, or any will do. */
  wellKnownKey: boolean;
  /** Told of each permission that was decided on. */
  decided?: (access: Access) => void;
  /** Answers what is neither API nor management: the console's files. */
  pages?: (request: WireRequest) => Promise<WireResponse | undefined>;
  /** The pages of those who review, who have sessions of their own, and what the root does for them. */
  review?: { answer: (request: WireRequest, source: Readable) => Promise<WireResponse>; routes: ManagementRoutes };
  /** More of the management API. */
  routes?: ManagementRoutes;
  /** What any principal may ask of the management API, beyond its own. */
  routesForAll?: ManagementRoutes;
};

export type Gateway = { ports: number[]; pipeline: Pipeline; close(graceMs?: number): Promise<void> };

/** Opens the ports and lets requests in: management and pages by their path, all else through the pipeline. */
export async function openGateway(options: GatewayOptions): Promise<Gateway> {
  const { services, kernel, engines, rules } = options;
  const house = {
    kernel,
    engines,
    scripted: options.scripted,
    verifier: { principals: kernel.principals, clock: kernel.clock, mode: options.auth },
    guarded: options.wellKnownKey || options.auth === 'open',
    ...(options.decided ? { decided: options.decided } : {}),
  };
  const pipeline = new Pipeline(services, house, rules);
  const own = new Set(['localhost', '127.0.0.1', '[::1]', ...options.listen.map(({ host }) => host.toLowerCase())]);
  let ready = false;
  const manage = management({
    services,
    house,
    rules,
    version: options.version,
    hosts: () => [...own],
    ready: () => ready,
    ...(options.wellKnownKey ? { wellKnown: keyOf(kernel.principals.root) } : {}),
    ...(options.reset ? { reset: options.reset } : {}),
    routes: { ...options.routes, ...options.review?.routes },
    ...(options.routesForAll ? { routesForAll: options.routesForAll } : {}),
  });
  const answer: ListenOptions['answer'] = async (accepted) => {
    const { request } = accepted;
    if (house.guarded && !isOwnHost(request.host)) return refuse(421, `Host ${request.host} is not served here`);
    if (house.guarded && isManagement(request) && isForeignPage(request))
      return refuse(403, 'A page of another site does not manage the stack');
    if (options.review && /^\/_outcrop\/review(?:\/|$)/.test(request.rawPath))
      return { response: await options.review.answer(request, accepted.source), finished: () => {} };
    if (isManagement(request)) {
      const response = await manage({ ...request, secure: accepted.secure }, accepted.source);
      return { response, finished: () => {} };
    }
    if (isPage(request)) {
      const response = await options.pages?.(request);
      if (response) return { response, finished: () => {} };
    }
    const answered = await pipeline.handle(accepted);
    if (own.has(request.host.replace(/:\d+$/, '').toLowerCase())) sandbox(request, answered.response);
    return answered;
  };
  const listening: Listening[] = [];
  for (const address of options.listen) listening.push(await listen({ ...address, log: kernel.log, answer }));
  ready = true;
  return {
    ports: listening.map(({ port }) => port),
    pipeline,
    async close(graceMs) {
      ready = false;
      await Promise.all(listening.map((one) => one.close(graceMs)));
    },
  };
}

const keyOf = ({ accessKeyId, secretAccessKey }: Kernel['principals']['root']) => ({ accessKeyId, secretAccessKey });

const refuse = (status: number, why: string) => ({
  response: {
    status,
    headers: { 'content-type': 'text/plain', connection: 'close' },
    body: `${why}. A root secret of your own (OUTCROP_ROOT_SECRET) lifts this.\n`,
  },
  finished: () => {},
});

/** A browser asking for a page: unsigned, and it wants HTML or is one of the console's own files. */
function isPage({ method, headers, rawPath, rawQuery }: WireRequest): boolean {
  if (method !== 'GET' || headers['authorization'] !== undefined || rawQuery.includes('X-Amz-')) return false;
  return (
    rawPath.startsWith('/_console/') ||
    rawPath === '/favicon.ico' ||
    (rawPath === '/' && (headers['accept'] ?? '').includes('text/html'))
  );
}
