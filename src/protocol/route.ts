import { members, requiredMembers, type OperationModel, type ServiceModel } from './catalog.ts';
import { safeDecode } from './message.ts';

/**
 * REST routing. The routes of all services that share a signing name are one table. Where several templates match, literal path segments
 * decide, then literal query parameters, then which required query and header members are there: `UploadPart` and `CopyObject` differ from
 * `PutObject` in nothing else.
 */
export type Route = {
  service: ServiceModel;
  operation: OperationModel;
  segments: Segment[];
  query: [string, string][];
  /** Only the JS client sends it. */
  xid: string | undefined;
  requiredQuery: string[];
  requiredHeaders: string[];
  /** Whether the input names a bucket that is not in the template (S3). */
  bucket: boolean;
};

type Segment = { literal: string } | { label: string; greedy: boolean };

export type Match = { route: Route; labels: Record<string, string> };

export type RouteTable = Map<string, Route[]>;

/** Compiles the routes of the services, by method. */
export function compileRoutes(services: ServiceModel[]): RouteTable {
  const table: RouteTable = new Map();
  for (const service of services) {
    for (const operation of service.operations.values()) {
      if (!operation.http) continue;
      const routes = table.get(operation.http.method) ?? [];
      routes.push(compileRoute(service, operation));
      table.set(operation.http.method, routes);
    }
  }
  return table;
}

function compileRoute(service: ServiceModel, operation: OperationModel): Route {
  const { path, query } = operation.http!;
  const required = new Set(requiredMembers(operation.input));
  const requiredQuery: string[] = [];
  const requiredHeaders: string[] = [];
  let bucket = false;
  for (const [name, ns] of members(operation.input)) {
    const traits = ns.getMergedTraits() as { httpQuery?: string; httpHeader?: string; httpLabel?: number };
    if (traits.httpLabel && !path.includes(`{${name}}`) && !path.includes(`{${name}+}`)) bucket = true;
    if (!required.has(name)) continue;
    if (traits.httpQuery) requiredQuery.push(traits.httpQuery);
    if (traits.httpHeader) requiredHeaders.push(traits.httpHeader.toLowerCase());
  }
  return {
    service,
    operation,
    segments: path
      .split('/')
      .slice(1)
      .map((part) => {
        const label = /^\{(.+?)(\+)?\}$/.exec(part);
        return label ? { label: label[1]!, greedy: label[2] === '+' } : { literal: part };
      }),
    query: query.filter(([key]) => key !== 'x-id'),
    xid: query.find(([key]) => key === 'x-id')?.[1],
    requiredQuery,
    requiredHeaders,
    bucket,
  };
}

export type RouteRequest = {
  method: string;
  /** Still percent-encoded; for S3 without the bucket. */
  path: string;
  query: [string, string][];
  headers: Record<string, string>;
  /** S3: whether a bucket is addressed; `undefined` for other services. */
  bucket?: boolean;
};

/** The best route, or undefined. */
export function route(table: RouteTable, request: RouteRequest): Match | undefined {
  let best: { match: Match; score: number } | undefined;
  const parts = request.path.split('/').slice(1);
  for (const candidate of table.get(request.method) ?? []) {
    if (request.bucket !== undefined && candidate.bucket !== request.bucket) continue;
    // A slash more is another resource in S3: `/bucket//` is the object named `/`.
    const isWide = candidate.segments.some((segment) => 'greedy' in segment && segment.greedy);
    if (request.bucket !== undefined && !isWide && parts.length !== candidate.segments.length) continue;
    const score = discriminate(candidate, request);
    if (score === undefined) continue;
    const labels = matchPath(candidate.segments, parts) ?? matchWide(candidate.segments, parts);
    if (!labels) continue;
    const literals = candidate.segments.filter((segment) => 'literal' in segment).length;
    const greedy = candidate.segments.some((segment) => 'greedy' in segment && segment.greedy) ? 1 : 0;
    const total = literals * 1000 - greedy * 500 + score;
    if (!best || total > best.score) best = { match: { route: candidate, labels }, score: total };
  }
  return best?.match;
}

/** How well query and headers fit: undefined when they rule the route out. */
function discriminate(candidate: Route, { query, headers, bucket }: RouteRequest): number | undefined {
  const has = (key: string, value?: string) =>
    query.some(([k, v]) => k === key && (value === undefined || value === '' || v === value));
  let score = 0;
  for (const [key, value] of candidate.query) {
    if (!has(key, value)) return undefined;
    score += 20;
  }
  const xid = query.find(([key]) => key === 'x-id')?.[1];
  if (xid !== undefined && candidate.xid !== undefined) {
    // AWS itself pays it no heed: it only breaks ties.
    score += xid === candidate.xid ? 50 : -50;
  }
  const present =
    candidate.requiredQuery.filter((key) => has(key)).length +
    candidate.requiredHeaders.filter((key) => headers[key] !== undefined).length;
  const wanted = candidate.requiredQuery.length + candidate.requiredHeaders.length;
  // S3 tells operations apart by these; elsewhere a missing one is a validation error of the one operation that fits.
  if (present < wanted && bucket !== undefined) return undefined;
  return score + 10 * present - (wanted - present);
}

function matchPath(segments: Segment[], parts: string[]): Record<string, string> | undefined {
  const labels: Record<string, string> = {};
  for (let i = 0; i < segments.length; i++) {
    const segment = segments[i]!;
    const part = parts[i];
    if (part === undefined) return undefined;
    if ('literal' in segment) {
      if (safeDecode(part) !== segment.literal) return undefined;
    } else if (segment.greedy) {
      const after = segments.length - i - 1;
      const end = parts.length - after;
      if (end <= i) return undefined;
      const value = parts.slice(i, end).map(safeDecode).join('/');
      if (value === '') return undefined;
      const rest = matchPath(segments.slice(i + 1), parts.slice(end));
      return rest && { ...labels, [segment.label]: value, ...rest };
    } else {
      if (part === '') return undefined;
      labels[segment.label] = safeDecode(part);
    }
  }
  if (parts.length === segments.length) return labels;
  // A trailing slash does not make another resource.
  return parts.length === segments.length + 1 && parts.at(-1) === '' ? labels : undefined;
}

/** An ARN whose slashes a client did not encode: the template's only label takes them. */
function matchWide(segments: Segment[], parts: string[]): Record<string, string> | undefined {
  const at = segments.findIndex((segment) => 'label' in segment);
  if (at < 0 || parts.length <= segments.length || segments.filter((segment) => 'label' in segment).length !== 1)
    return undefined;
  const segment = segments[at] as { label: string };
  const value = parts
    .slice(at, parts.length - (segments.length - at - 1))
    .map(safeDecode)
    .join('/');
  if (!value.startsWith('arn:')) return undefined;
  return matchPath(
    [...segments.slice(0, at), ...segments.slice(at + 1)],
    [...parts.slice(0, at), ...parts.slice(parts.length - (segments.length - at - 1))],
  )
    ? { [segment.label]: value }
    : undefined;
}
