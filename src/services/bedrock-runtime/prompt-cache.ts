import { createHash } from 'node:crypto';
import { AccessDeniedException } from '@aws-sdk/client-bedrock-runtime';
import type { CachePoint, ChatRequest, LanguageModel, Usage } from '../../engines/llm/types.ts';
import type { Call } from '../../kernel/call.ts';
import type { FoundationModel } from '../../kernel/foundation-models/model.ts';
import { collection } from '../../kernel/store/store.ts';
import { invalid } from './errors.ts';

/**
 * Prompt caching: the end of a prefix is marked, and a later request that begins alike reads those tokens at a lower price. A prefix is known
 * by a chain of digests over tools, system texts and message parts, so that an entry is found at a mark of this request, or, for Claude, up
 * to `LOOK_BACK` blocks before one. Source: Bedrock User Guide, "Prompt caching for faster model inference".
 */
type Prefix = {
  /** Tokens, as the backend counts them. */
  tokens: number;
  ttl: CachePoint['ttl'];
  expiresAtMs: number;
  /** What the backend keeps its findings under. */
  cacheKey: string;
};

/** Keyed by account, region, model and digest. */
const prefixes = collection<Prefix>('bedrock-runtime/cached-prefix');

/** Source: the same page, simplified cache management for Claude. */
const LOOK_BACK = 20;
/** Entries of one model that are looked at, each time one is written, for those that are over. */
const SWEEP = 50;
const TTL_MS: Record<CachePoint['ttl'], number> = { '5m': 5 * 60_000, '1h': 60 * 60_000 };

export type PromptCache = {
  /** What the backend may keep its findings of the prefix under: that of what is read, or a new one. */
  cacheKey: string;
  /** The backend's count of the whole input, told apart into what was read, written and neither. */
  split(usage: Usage): Usage;
  /** Keeps what was marked; once the model has begun to answer. */
  keep(): Promise<void>;
};

/** What is cached of a conversation's prefixes; undefined where nothing is marked. Throws AccessDeniedException, ValidationException. */
export async function openCache(
  call: Call,
  model: FoundationModel,
  backend: LanguageModel,
  chat: ChatRequest,
): Promise<PromptCache | undefined> {
  const points = chat.cachePoints;
  if (!points?.length) return undefined;
  checkPoints(points, model);
  const { minTokens } = model.caching!;
  const chain = digests(chat);
  const marks = points.map((point) => ({ at: positionOf(point, chat), ttl: point.ttl }));
  const { store, clock } = call.kernel;
  const key = (at: number) => [call.account, call.region, model.id, chain[at - 1]!];
  const lookBack = model.provider === 'Anthropic' ? LOOK_BACK : 0;
  const candidates = new Set<number>();
  for (const { at } of marks) for (let back = 0; back <= lookBack && at - back > 0; back++) candidates.add(at - back);
  let read: { at: number; prefix: Prefix } | undefined;
  for (const at of [...candidates].sort((a, b) => b - a)) {
    const prefix = await store.get(prefixes, key(at));
    if (!prefix || prefix.expiresAtMs <= clock.now()) continue;
    read = { at, prefix };
    break;
  }
  // Each mark after what is read writes what lies between it and the one before.
  let before = read?.prefix.tokens ?? 0;
  const writes: { at: number; ttl: CachePoint['ttl']; tokens: number; more: number }[] = [];
  for (const { at, ttl } of marks) {
    if (at <= (read?.at ?? 0)) continue;
    const tokens = await backend.countTokens(prefixOf(chat, points[marks.findIndex((mark) => mark.at === at)]!));
    if (tokens < minTokens || tokens <= before) continue;
    writes.push({ at, ttl, tokens, more: tokens - before });
    before = tokens;
  }
  const cacheKey = read?.prefix.cacheKey ?? call.kernel.ids.uuid();
  return {
    cacheKey,
    split(usage) {
      const cacheReadTokens = Math.min(read?.prefix.tokens ?? 0, usage.inputTokens);
      const cacheWriteTokens = Math.min(
        writes.reduce((sum, { more }) => sum + more, 0),
        usage.inputTokens - cacheReadTokens,
      );
      return {
        ...usage,
        inputTokens: usage.inputTokens - cacheReadTokens - cacheWriteTokens,
        cacheReadTokens,
        cacheWriteTokens,
        cacheWrites: (['1h', '5m'] as const).flatMap((ttl) => {
          const tokens = writes.reduce((sum, write) => sum + (write.ttl === ttl ? write.more : 0), 0);
          return tokens > 0 ? [{ ttl, tokens }] : [];
        }),
      };
    },
    async keep() {
      const now = clock.now();
      await store.transact(async (tx) => {
        // Reading keeps an entry for another while.
        if (read) tx.put(prefixes, key(read.at), { ...read.prefix, expiresAtMs: now + TTL_MS[read.prefix.ttl] });
        for (const { at, ttl, tokens } of writes)
          tx.put(prefixes, key(at), { tokens, ttl, expiresAtMs: now + TTL_MS[ttl], cacheKey });
      });
      if (writes.length > 0) await sweep(call, model, now);
    },
  };
}

async function sweep(call: Call, model: FoundationModel, now: number): Promise<void> {
  const { store, ids } = call.kernel;
  // From a random place on, so that every entry has its turn.
  const from = [call.account, call.region, model.id, ids.bytes(8).toString('hex')];
  const found = await store.range(prefixes, from.slice(0, 3), { from, limit: SWEEP });
  const over = found.filter(({ value }) => value.expiresAtMs <= now);
  if (over.length > 0) await store.transact(async (tx) => over.forEach(({ key }) => tx.delete(prefixes, key)));
}

function checkPoints(points: CachePoint[], model: FoundationModel): void {
  if (!model.caching) {
    throw new AccessDeniedException({
      message:
        'You invoked an unsupported model or your request did not allow prompt caching. See the documentation for more information.',
      $metadata: {},
    });
  }
  const { checkpointsMax, oneHour, tools } = model.caching;
  if (points.length > checkpointsMax)
    throw invalid(`You can't include more than ${checkpointsMax} cache points in a request.`);
  if (!tools && points.some((point) => point.system === 0 && point.messages === 0 && point.parts === 0))
    throw invalid("This model doesn't support cache points in toolConfig.tools. Remove cachePoint and try again.");
  if (!oneHour && points.some(({ ttl }) => ttl === '1h'))
    throw invalid("This model doesn't support the ttl 1h of cache points. Use 5m, or leave ttl out.");
  const ttls = points.map(({ ttl }) => ttl);
  if (ttls.lastIndexOf('1h') > ttls.indexOf('5m') && ttls.includes('5m'))
    throw invalid('Cache points with a longer TTL must come before those with a shorter one.');
}

/** Digests of every prefix, block by block: one for each tool, system text and part of a message. */
function digests(chat: ChatRequest): string[] {
  const chain: string[] = [];
  const add = (block: unknown) => {
    const hash = createHash('sha256').update(chain.at(-1) ?? '');
    chain.push(
      hash
        .update(JSON.stringify(block, (_, value) => (value instanceof Uint8Array ? digestOf(value) : value)))
        .digest('hex'),
    );
  };
  for (const tool of chat.tools ?? []) add({ tool });
  for (const text of chat.system) add({ system: text });
  for (const { role, content } of chat.messages) for (const part of content) add({ role, part });
  return chain;
}

const digestOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** How many blocks come before a mark. */
function positionOf({ tools, system, messages, parts }: CachePoint, chat: ChatRequest): number {
  if (system === 0 && messages === 0 && parts === 0) return tools;
  const allTools = chat.tools?.length ?? 0;
  if (messages === 0 && parts === 0) return allTools + system;
  const said = chat.messages.slice(0, messages).reduce((sum, { content }) => sum + content.length, 0);
  return allTools + chat.system.length + said + parts;
}

function prefixOf(chat: ChatRequest, { tools, system, messages, parts }: CachePoint): ChatRequest {
  const inSystem = messages === 0 && parts === 0;
  const onlyTools = inSystem && system === 0;
  const partial = chat.messages[messages];
  const offered = chat.tools?.slice(0, onlyTools ? tools : undefined);
  return {
    system: onlyTools ? [] : chat.system.slice(0, inSystem ? system : undefined),
    messages: inSystem
      ? []
      : [
          ...chat.messages.slice(0, messages),
          ...(parts > 0 && partial ? [{ ...partial, content: partial.content.slice(0, parts) }] : []),
        ],
    ...(offered?.length ? { tools: offered } : {}),
  };
}
