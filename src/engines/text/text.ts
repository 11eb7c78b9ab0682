import { createThreadPool, type ThreadPool } from '../threads/pool.ts';
import type { AttackFinding } from './attack/attack.ts';
import type { Grounding, GroundingRequest, GroundingScores } from './grounding/grounding.ts';
import type { Evidence } from './harm/classifier.ts';
import type { HarmFinding } from './harm/harm.ts';
import type { PatternSpan } from './patterns/patterns.ts';
import type { PiiSpan, PiiType } from './pii/types.ts';
import type { Profanity } from './profanity/profanity.ts';
import type { Topic, TopicFinding, TopicMatcher } from './topics/topics.ts';
import { remembering, type Embed } from './vectors.ts';
import type { WordMatch } from './words/words.ts';

/** What there is to find in a text; every part loads when it is first asked for. All offsets are UTF-16 code units. */
export interface TextEngine {
  readonly provenance: { kind: 'heuristic'; engine: string; version: string };
  /** Five categories of harm, always all of them. English. */
  harm(text: string, signal?: AbortSignal): Promise<HarmFinding[]>;
  /** Three kinds of attack on a model that reads the text, always all of them. English. */
  attack(text: string, signal?: AbortSignal): Promise<AttackFinding[]>;
  /** Swear words of English. */
  profanity(text: string): Promise<Profanity[]>;
  /** Personal data of these types; of all 31 where none are named. */
  personalData(text: string, types?: readonly PiiType[]): Promise<PiiSpan[]>;
  /** Whole words and phrases, in any case. Throws `TextError`. */
  words(text: string, phrases: readonly string[]): Promise<WordMatch[]>;
  /** Matches of a user's pattern, in linear time. Throws `TextError`. */
  pattern(source: string, text: string): Promise<PatternSpan[]>;
  /** Which of these topics the text is about, by their definitions and examples. */
  topics(text: string, topics: readonly Topic[]): Promise<TopicFinding[]>;
  /** How far an answer is borne out by its sources and to the point of its question, 0 to 1. */
  grounding(request: GroundingRequest): Promise<GroundingScores>;
  /** How far an answer is to the point of its question, 0 to 1, by itself: much cheaper than with the grounding. */
  relevance(...request: Parameters<Grounding['relevance']>): Promise<number>;
  close(): Promise<void>;
}

export type TextEngineOptions = {
  /** One vector of 512 numbers per text, of unit length. */
  embed: Embed;
};

export const TEXT_VERSION = '1.1.0';

/** Characters whose words are judged on the event loop, some 5 ms for each 1,000; longer texts go to a thread. */
const LOOP_CHARACTERS_MAX = 2_000;
const WAITING_MAX = 1_000;
const IDLE_TIMEOUT_MS = 60_000;

/** Finds things in texts: harm, attacks, personal data, words, topics, support. */
export function createTextEngine(options: TextEngineOptions): TextEngine {
  const embed = remembering(options.embed);
  let pool: ThreadPool | undefined;
  const evidenceOf = async (kind: 'harm' | 'attack', text: string, signal?: AbortSignal): Promise<Evidence> => {
    if (text.length <= LOOP_CHARACTERS_MAX) return (await import('./judge.ts')).judge(kind, text);
    pool ??= createThreadPool({
      name: 'text.worker',
      from: import.meta.url,
      threads: 1,
      waitingMax: WAITING_MAX,
      busy: () => new Error(`Over ${WAITING_MAX} texts are waiting to be judged.`),
      idleTimeoutMs: IDLE_TIMEOUT_MS,
    });
    return pool.run<Evidence>({ kind, text }, { signal: signal ?? new AbortController().signal });
  };
  let matcher: Promise<TopicMatcher> | undefined;
  let grounder: Promise<Grounding> | undefined;
  const openGrounding = () =>
    (grounder ??= import('./grounding/grounding.ts').then(({ createGrounding }) => createGrounding({ embed })));
  return {
    provenance: { kind: 'heuristic', engine: 'text', version: TEXT_VERSION },
    async harm(text, signal) {
      const evidence = await evidenceOf('harm', text, signal);
      return (await import('./harm/harm.ts')).weighHarm(evidence, embed);
    },
    async attack(text, signal) {
      const evidence = await evidenceOf('attack', text, signal);
      return (await import('./attack/attack.ts')).weighAttack(evidence, embed);
    },
    profanity: async (text) => (await import('./profanity/profanity.ts')).findProfanity(text),
    personalData: async (text, types) => (await import('./pii/pii.ts')).findPii(text, types),
    words: async (text, phrases) => (await import('./words/words.ts')).findWords(text, phrases),
    pattern: async (source, text) => (await import('./patterns/patterns.ts')).compilePattern(source).find(text),
    async topics(text, topics) {
      matcher ??= import('./topics/topics.ts').then(({ createTopicMatcher }) => createTopicMatcher({ embed }));
      return (await matcher).detect(text, topics);
    },
    grounding: async (request) => (await openGrounding()).score(request),
    relevance: async (request) => (await openGrounding()).relevance(request),
    async close() {
      await pool?.close();
    },
  };
}
