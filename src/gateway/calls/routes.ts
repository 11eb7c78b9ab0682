import { AwsError } from '../../kernel/errors.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import type { CallLine } from '../../kernel/trail/trail.ts';
import type { WireRequest } from '../../protocol/message.ts';
import { shownFrames } from './frames.ts';
import type { KeptCall } from './kept.ts';

type Route = (request: WireRequest) => Promise<unknown>;

/** A request's id; anything else that `after` says is a time. */
const ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** `/_outcrop/calls`: the latest calls of this process, newest first, and each with what was asked and answered. */
export function callRoutes(kernel: Kernel): Record<string, Route> {
  return {
    'GET calls': async ({ rawQuery }) => {
      const query = new URLSearchParams(rawQuery);
      const after = query.get('after') ?? undefined;
      const wants = filterOf(query, after !== undefined && !ID.test(after) ? timeOf(after) : undefined);
      const found = kernel.trail.recent(limitOf(query), {
        ...(after === undefined ? {} : { after }),
        ...(wants ? { wants } : {}),
      });
      return { calls: found };
    },
    'GET calls/*': async ({ rawPath }) => {
      const id = decodeURIComponent(rawPath.slice(rawPath.lastIndexOf('/') + 1));
      const found = kernel.trail.call(id);
      if (!found)
        throw new AwsError(
          'NotFound',
          `Nothing is known of call ${id}: it was made of another process of the stack, before its start or last reset, or is too long ago`,
          404,
        );
      const decisions = (await kernel.reasons.find(id)) ?? [];
      return { ...found.line, decisions, ...(found.kept ? detailOf(found.kept as KeptCall) : { forgotten: true }) };
    },
  };
}

/** A call as it is shown: all but what only cassettes need. */
function detailOf({ wire, frames, operation, ...kept }: KeptCall): Record<string, unknown> {
  return {
    ...kept,
    ...(operation?.outputEvents === undefined ? {} : { eventsOf: operation.outputEvents }),
    ...(frames ? { frames: shownFrames(frames, operation), frameCount: frames.count } : {}),
    recordable: wire !== undefined && (!frames || frames.isWhole),
  };
}

const TEXTS = ['service', 'operation', 'principal', 'model', 'region', 'rule'] as const;

function filterOf(query: URLSearchParams, afterMs: number | undefined): ((line: CallLine) => boolean) | undefined {
  const wanted = TEXTS.flatMap((name) => (query.has(name) ? [[name, query.get(name)!] as const] : []));
  const failed = query.get('failed');
  const text = query.get('text')?.toLowerCase();
  if (wanted.length === 0 && failed === null && text === undefined && afterMs === undefined) return undefined;
  return (line) =>
    wanted.every(([name, value]) => line[name] === value) &&
    (failed === null || (failed === 'true') === (line.error !== undefined)) &&
    (afterMs === undefined || line.timeMs > afterMs) &&
    (text === undefined || Object.values(line).some((value) => String(value).toLowerCase().includes(text)));
}

function timeOf(after: string): number {
  const timeMs = /^\d+$/.test(after) ? Number(after) : Date.parse(after);
  if (Number.isNaN(timeMs)) throw new RangeError('after is the id of a request, or a time: milliseconds, or ISO 8601');
  return timeMs;
}

/** How many lines are asked for. Throws RangeError. */
function limitOf(query: URLSearchParams): number {
  const limit = Number(query.get('limit') ?? 100);
  if (!Number.isInteger(limit) || limit <= 0) throw new RangeError('limit must be a positive whole number');
  return limit;
}
