import { ServiceUnavailableException, ValidationException } from '@aws-sdk/client-bedrock-runtime';
import type { ChatRequest, Part } from '../../engines/llm/types.ts';
import type { Call } from '../../kernel/call.ts';
import { meantBy, placed, type Target } from './target.ts';

/**
 * Which of a prompt router's two models answers a conversation. AWS trains a predictor of how well each model would do; here the share by which
 * the smaller model's answer would fall short is estimated from what can be measured of the conversation: the same conversation goes the same
 * way. The smaller model, by list price, answers when its estimated shortfall is within the router's response quality difference.
 */

/** Percent by which the smaller model of a family falls short on the hardest of conversations. */
const SHORTFALL_MAX = 40;
/** Characters of a user's message that are looked at. */
const CHARACTERS_MAX = 20_000;

/** What makes a prompt hard: how many of its kind make it as hard as that kind can, and the points it then has, of 100. */
const CUES: readonly { pattern: RegExp; full: number; points: number }[] = [
  // Reasoning.
  {
    pattern:
      /\b(?:why|prove|proof|derive|reason(?:ing)?|step by step|explain how|compare|contrast|analy[sz]e|evaluate|trade-?offs?|implications?|strategy|critique|justify|argue|hypothes[ie]s|infer|deduce)\b/gi,
    full: 3,
    points: 30,
  },
  // Mathematics.
  {
    pattern:
      /\d\s*[-+*/^=×÷<>]\s*\d|\b(?:integral|derivative|equation|theorem|probabilit(?:y|ies)|matrix|algebra|calculate|solve|percent(?:age)?|variance|optimi[sz]e)\b/gi,
    full: 3,
    points: 25,
  },
  // Code.
  {
    pattern:
      /```|\b(?:function|class|algorithm|complexity|bug|refactor|implement|compile|recursion|thread-?safe|unit tests?|SQL|Python|TypeScript|JavaScript|Rust|Java|C\+\+)\b/g,
    full: 4,
    points: 25,
  },
  // Constraints on the answer.
  {
    pattern:
      /\b(?:must|exactly|at least|at most|no more than|only|never|do not|don['’]t|without|avoid|ensure|JSON|table|bullet|each|both|unless|except)\b|^\s*(?:\d+[.)]|[-*])\s/gim,
    full: 8,
    points: 20,
  },
];

/** Units of a kind that make a conversation as hard as that kind can, and the points then. */
const WORDS = { full: 400, points: 15 };
const TURNS = { full: 6, points: 10 };
const MATERIAL = { full: 3, points: 10 };
const TOOLS = { full: 5, points: 10 };

const share = (count: number, { full, points }: { full: number; points: number }) => Math.min(1, count / full) * points;

/** Percent by which a smaller model would fall short of a larger one: 0 for the plainest of questions. */
export function shortfall(chat: ChatRequest): number {
  const asked = chat.messages.filter(({ role }) => role === 'user');
  const last = asked.at(-1)?.content ?? [];
  const text = last.map(textOf).join('\n').slice(0, CHARACTERS_MAX);
  const parts = chat.messages.flatMap(({ content }) => content);
  const material = parts.filter(({ type }) => type === 'document' || type === 'image').length;
  const points =
    CUES.reduce((sum, cue) => sum + share(text.match(cue.pattern)?.length ?? 0, cue), 0) +
    share(text.split(/\s+/).length, WORDS) +
    share(asked.length - 1, TURNS) +
    share(material, MATERIAL) +
    share(chat.tools?.length ?? 0, TOOLS);
  return (Math.min(100, points) / 100) * SHORTFALL_MAX;
}

const textOf = (part: Part) => (part.type === 'text' ? part.text : '');

/** The order in which a router's models are tried: what it chooses, then its fallback. */
async function choose(call: Call, { router }: Target, chat: ChatRequest): Promise<string[]> {
  const { modelArns, fallbackModelArn, responseQualityDifference } = router!;
  const other = modelArns.find((arn) => arn !== fallbackModelArn)!;
  const price = async (arn: string) =>
    call.kernel.ledger.unitPrice({
      service: 'bedrock-runtime',
      region: call.region,
      type: 'OutputTokens',
      resource: (await meantBy(arn, call)).model.id,
    }) ?? 0;
  // Where prices do not tell, the fallback is the better model: as in the routers that AWS defines.
  const smaller = (await price(fallbackModelArn)) < (await price(other)) ? fallbackModelArn : other;
  const larger = smaller === other ? fallbackModelArn : other;
  const chosen = shortfall(chat) <= responseQualityDifference ? smaller : larger;
  return [...new Set([chosen, fallbackModelArn])];
}

/**
 * Reads a conversation for a target. Of a router, the model that answers is chosen by what was read; the fallback answers where the chosen one is
 * down, or does not take what is asked.
 * @param read the conversation as a model's rules have it
 */
export async function readRouted<T extends { chat: ChatRequest }>(
  call: Call,
  named: Target,
  read: (target: Target) => Promise<T>,
): Promise<T & { target: Target }> {
  if (!named.router) return { ...(await read(named)), target: named };
  const first = await read(named);
  const order = await choose(call, named, first.chat);
  for (const [at, arn] of order.entries()) {
    try {
      const target = { ...(await placed(call, await meantBy(arn, call))), router: named.router, routedTo: arn };
      return { ...(await read(target)), target };
    } catch (error) {
      const fits = error instanceof ServiceUnavailableException || error instanceof ValidationException;
      if (!fits || at === order.length - 1) throw error;
    }
  }
  throw new Error('a router has no model');
}

/** What Converse tells of a router's choice. */
export const routerTrace = ({ routedTo }: Target): { promptRouter?: { invokedModelId: string } } =>
  routedTo === undefined ? {} : { promptRouter: { invokedModelId: routedTo } };
