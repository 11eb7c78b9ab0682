import type { Readable } from 'node:stream';
import { z, ZodError } from 'zod';
import { verify } from '../identity/sigv4.ts';
import { createHash } from 'node:crypto';
import type { WireRequest, WireResponse } from '../protocol/message.ts';
import { readCost, readWhatIf } from '../kernel/cost.ts';
import { AwsError } from '../kernel/errors.ts';
import type { Principal } from '../kernel/principals/principal.ts';
import { checkHash, collect } from './body.ts';
import { callRoutes } from './calls/routes.ts';
import { coverage } from './coverage.ts';
import { inferenceRoutes } from './inference.ts';
import { modelRoutes } from './models.ts';
import { policyRoutes } from './policies/routes.ts';
import { RuleError } from './rules/faults.ts';
import { ruleRoutes } from './rules/routes.ts';
import type { Rules } from './rules/rules.ts';
import type { Services } from './services.ts';
import type { House } from './house.ts';
import { PICTURE_BYTES_MAX, watermarkRoutes } from './watermark.ts';

/**
 * `/_outcrop/`: health, version, coverage, clock, rules, cassettes, outages, quotas, models, calls, why, actions, policy/check, events, cost,
 * prices, watermark, apps, reset: see docs/management.md. All but health and sign-in need credentials, most of them the root's; no other
 * origin may read it, and the Host header must be one of ours, so that no page in a browser can drive it.
 */
export type ManagementParts = {
  services: Services;
  house: House;
  rules: Rules;
  version: string;
  reset?: () => Promise<void>;
  /** More of them, by method and path; `*` stands for one segment. Throw RangeError for a bad body. */
  routes?: ManagementRoutes;
  /** And those that any principal of the stack may ask. */
  routesForAll?: ManagementRoutes;
  hosts: () => string[];
  ready: () => boolean;
  /** The well-known key of the root, where that is in use: no secret, and what a sign-in form may be filled with. */
  wellKnown?: { accessKeyId: string; secretAccessKey: string };
};

/** `secure`: it came by TLS. */
export type ManagementRequest = WireRequest & { secure: boolean };

/** `body`: what was sent, as JSON; `bytes`: as it came. What it resolves with goes as JSON, a `StreamedAnswer` as it is. */
export type ManagementRoute = (
  request: ManagementRequest,
  body: () => Promise<any>,
  bytes: () => Promise<Uint8Array>,
  principal: Principal,
) => Promise<unknown>;
export type ManagementRoutes = Record<string, ManagementRoute>;

/** An answer that is sent piece by piece. */
export class StreamedAnswer {
  readonly type: string;
  readonly body: Readable;
  constructor(type: string, body: Readable) {
    this.type = type;
    this.body = body;
  }
}

const PREFIX = '/_outcrop/';
/** What any principal of the stack may ask; all else is the root's. */
const FOR_ALL = new Set([
  'GET version',
  'GET ready',
  'GET coverage',
  'GET clock',
  'GET call',
  'GET models/facts',
  'GET actions',
  'POST policy/check',
]);
const BODY_BYTES_MAX = 4 * 1024 * 1024;
/** Of those that take more than settings. */
const BYTES_MAX: Record<string, number> = {
  'POST watermark': PICTURE_BYTES_MAX,
  'POST apps/*/run': 16 * 1024 * 1024,
  'POST apps/*/snapshots': 16 * 1024 * 1024,
  'PUT apps/*/state': 16 * 1024 * 1024,
};

const clockBody = z.strictObject({
  action: z.enum(['advance', 'set', 'freeze', 'run', 'reset']),
  ms: z.number().min(0).optional(),
  /** ISO 8601. */
  at: z.iso.datetime({ offset: true }).optional(),
});

export function isManagement(request: WireRequest): boolean {
  return request.rawPath.startsWith(PREFIX);
}

export function management(parts: ManagementParts) {
  const { house } = parts;
  const { kernel } = house;

  const routes: ManagementRoutes = {
    ...parts.routes,
    ...parts.routesForAll,
    'GET version': async () => ({
      version: parts.version,
      node: process.version,
      account: kernel.accountId,
      region: kernel.region,
    }),
    'GET ready': async () => ({ ready: parts.ready() }),
    'GET coverage': () => coverage(parts.services),
    'GET clock': async () => ({
      now: kernel.clock.date().toISOString(),
      ...kernel.clock.setting,
      real: kernel.clock.isReal,
    }),
    'POST clock': async (_request, body) => {
      const { action, ms, at } = clockBody.parse(await body());
      let ran: number | undefined;
      if (action === 'advance')
        ran = await kernel.jobs.advance(ms ?? fail('ms is missing: how far to advance, in milliseconds'));
      else if (action === 'set') {
        const target = Date.parse(at ?? fail('at is missing: the time to set, in ISO 8601'));
        if (target >= kernel.clock.now()) ran = await kernel.jobs.advance(target - kernel.clock.now());
        else await kernel.clock.set(target);
      } else if (action === 'freeze') await kernel.clock.freeze(at === undefined ? undefined : Date.parse(at));
      else if (action === 'run') await kernel.clock.run();
      else await kernel.clock.reset();
      return {
        now: kernel.clock.date().toISOString(),
        ...kernel.clock.setting,
        ...(ran === undefined ? {} : { jobsRun: ran }),
      };
    },
    ...ruleRoutes(parts.rules, parts.services, kernel),
    ...inferenceRoutes(kernel),
    ...modelRoutes(kernel, house.engines),
    ...policyRoutes(),
    ...watermarkRoutes(house.engines.pictures),
    'GET call': async ({ rawQuery }, _body, _bytes, principal) => {
      const request = new URLSearchParams(rawQuery).get('request') ?? fail('request is missing: the id of a request');
      const call = kernel.trail.call(request)?.line;
      const isRoot = principal.arn === kernel.principals.root.principal.arn;
      if (!call || (!isRoot && call.principal !== principal.arn))
        throw new Refused(
          404,
          `Nothing is known of a call ${request} of yours: it goes on still, was answered by another process, or is too long ago`,
        );
      return { call };
    },
    ...callRoutes(kernel),
    'GET why': async ({ rawQuery }) => {
      const request = new URLSearchParams(rawQuery).get('request') ?? fail('request is missing: the id of a request');
      const decisions = await kernel.reasons.find(request);
      if (!decisions)
        throw new Refused(
          404,
          `Nothing is known of request ${request}: it asked for no permission, was made by another process, or is too long ago`,
        );
      return { request, decisions };
    },
    'GET events': async ({ rawQuery }) => ({ events: await kernel.events.recent(limitOf(rawQuery)) }),
    'GET cost': async ({ rawQuery }) => {
      const query = new URLSearchParams(rawQuery);
      return readCost(kernel, query.get('from') ?? undefined, query.get('to') ?? undefined);
    },
    'GET cost/what-if': async ({ rawQuery }) => {
      const query = new URLSearchParams(rawQuery);
      const to = query.get('to') ?? fail('to is missing: the id of the model to compare with');
      return readWhatIf(kernel, to, query.get('from') ?? undefined);
    },
    'POST reset': async () => {
      if (!parts.reset)
        throw new Refused(403, 'Refused: this stack keeps its state. Start it ephemeral, or with --allow-reset.');
      await parts.reset();
      return { reset: true };
    },
  };

  const forAll = new Set([...FOR_ALL, ...Object.keys(parts.routesForAll ?? {})]);
  const patterns = Object.keys(routes)
    .filter((route) => route.includes('*'))
    .map((route) => ({ route, pattern: route.split('/') }));
  /** The route that a request means: one that says the same, or one with a `*` where it has a name. */
  const routeOf = (asked: string): string => {
    if (Object.hasOwn(routes, asked)) return asked;
    const names = asked.split('/');
    const fits = ({ pattern }: { pattern: string[] }) =>
      pattern.length === names.length && pattern.every((part, at) => part === '*' || part === names[at]);
    return patterns.find(fits)?.route ?? asked;
  };

  return async (request: ManagementRequest, source: Readable): Promise<WireResponse> => {
    const path = request.rawPath.slice(PREFIX.length);
    if (path === 'health') return { status: 200, headers: { 'content-type': 'text/plain' }, body: 'ok' };
    try {
      if (!parts.hosts().includes(request.host.replace(/:\d+$/, '').toLowerCase()))
        throw new Refused(421, `Host ${request.host} is not served here`);
      if (`${request.method} ${path}` === 'GET sign-in')
        return json(200, { region: kernel.region, account: kernel.accountId, wellKnown: parts.wellKnown ?? null });
      let raw: Uint8Array | undefined;
      const route = routeOf(`${request.method} ${path}`);
      const bytesMax = BYTES_MAX[route] ?? BODY_BYTES_MAX;
      const bytes = async () => (raw ??= await collect(source, bytesMax));
      const auth = await verify(request, house.verifier, async () =>
        createHash('sha256')
          .update(await bytes())
          .digest('hex'),
      );
      // What was signed must be what came.
      if (auth.payload.kind === 'hash') checkHash(await bytes(), auth.payload.sha256);
      const { principal } = auth.credential;
      if (principal.arn !== kernel.principals.root.principal.arn && !forAll.has(route))
        throw new Refused(403, 'Only the account root manages the stack');
      const run = Object.hasOwn(routes, route) ? routes[route] : undefined;
      if (!run)
        throw new Refused(404, `No ${request.method} ${request.rawPath}; there is: ${Object.keys(routes).join(', ')}`);
      const answer = await run(request, async () => parse(await bytes()), bytes, principal);
      if (answer instanceof StreamedAnswer)
        return {
          status: 200,
          headers: { 'content-type': answer.type, 'cache-control': 'no-store' },
          body: answer.body,
        };
      return json(200, answer);
    } catch (error) {
      if (error instanceof Refused) return json(error.status, { message: error.message });
      if (error instanceof RuleError) return json(400, { message: error.message, faults: error.faults });
      if (error instanceof AwsError) return json(error.status, { name: error.name, message: error.message });
      if (error instanceof RangeError) return json(400, { message: error.message });
      if (error instanceof ZodError) return json(400, { message: z.prettifyError(error) });
      if ((error as Error).name === 'AuthError') return json(403, { message: (error as Error).message });
      kernel.log.error({ err: error }, 'management call failed');
      return json(500, { message: error instanceof Error ? error.message : String(error) });
    }
  };
}

class Refused extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

function fail(message: string): never {
  throw new Refused(400, message);
}

function parse(bytes: Uint8Array): any {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8') || '{}');
  } catch (error) {
    throw new Refused(400, `The body is not JSON: ${(error as Error).message}`);
  }
}

function limitOf(rawQuery: string): number {
  const limit = Number(new URLSearchParams(rawQuery).get('limit') ?? 100);
  return Number.isInteger(limit) && limit > 0 ? limit : fail('limit must be a positive whole number');
}

const json = (status: number, body: unknown): WireResponse => ({
  status,
  headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
  body: `${JSON.stringify(body, undefined, 1)}\n`,
});
