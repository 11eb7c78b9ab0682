import type { CachePoint, Json, Message } from '../../../engines/llm/types.ts';
import { invalid } from '../errors.ts';
import type { JsonObject } from './family.ts';

/**
 * Where Claude's `cache_control` marks the ends of prefixes: on tools, system texts and blocks of messages. Undefined: nowhere. Throws
 * ValidationException.
 */
export function readCacheControls(body: JsonObject, messages: Message[]): CachePoint[] | undefined {
  const tools = (body['tools'] ?? []) as JsonObject[];
  const system = Array.isArray(body['system']) ? (body['system'] as JsonObject[]) : [];
  const given = body['messages'] as JsonObject[];
  const points: CachePoint[] = [];
  for (const [index, tool] of tools.entries()) {
    const ttl = ttlOf(tool, `tools.${index}`);
    if (ttl) points.push({ tools: index + 1, system: 0, messages: 0, parts: 0, ttl });
  }
  for (const [index, text] of system.entries()) {
    const ttl = ttlOf(text, `system.${index}`);
    if (ttl) points.push({ tools: tools.length, system: index + 1, messages: 0, parts: 0, ttl });
  }
  // Consecutive turns of one role are one message: a block's place is among the parts of that.
  let message = -1;
  let parts = 0;
  let role: Json | undefined;
  for (const [index, turn] of given.entries()) {
    const blocks = typeof turn['content'] === 'string' ? [{}] : (turn['content'] as JsonObject[]);
    if (blocks.length === 0) continue;
    if (turn['role'] !== role) {
      message++;
      parts = 0;
      role = turn['role'];
    }
    for (const [at, block] of blocks.entries()) {
      parts++;
      const ttl = ttlOf(block, `messages.${index}.content.${at}`);
      if (!ttl) continue;
      const whole = parts === messages[message]?.content.length;
      const at1 = whole ? { messages: message + 1, parts: 0 } : { messages: message, parts };
      points.push({ tools: tools.length, system: system.length, ...at1, ttl });
    }
  }
  return points.length > 0 ? points : undefined;
}

function ttlOf(block: JsonObject, where: string): CachePoint['ttl'] | undefined {
  const control = block['cache_control'];
  if (control === undefined || control === null) return undefined;
  const { type, ttl } = control as { type?: Json; ttl?: Json };
  if (type !== 'ephemeral') throw invalid(`${where}.cache_control.type: Input should be 'ephemeral'`);
  if (ttl !== undefined && ttl !== '5m' && ttl !== '1h')
    throw invalid(`${where}.cache_control.ephemeral.ttl: Input should be '5m' or '1h'`);
  return ttl ?? '5m';
}
