/** Entry of the worker threads: trains and writes away from the event loop. */
import { stopAt } from '../builtin/generation.ts';
import { slice } from '../builtin/tokens.ts';
import { LlmError } from '../types.ts';
import { Knowledge } from './knowledge.ts';
import { Network } from './network.ts';
import { decodePairs } from './pairs.ts';
import { train } from './training.ts';
import type { Adapter, Work, WorkResult, Written } from './work.ts';
import { isKnown, write } from './writing.ts';

/** Adapters that a thread keeps read; each takes some megabytes. */
const LOADED_MAX = 4;
/** Between two tellings of how far training is. */
const TOLD_MS = 100;

type Loaded = { network: Network; knowledge: Knowledge | undefined };
const loaded = new Map<string, Loaded>();

export default function work(work: Work): WorkResult {
  try {
    if (work.type === 'answer') return answer(work);
    let toldMs = -Infinity;
    const trained = train(decodePairs(work.pairs), decodePairs(work.validation), work.options, (metric) => {
      if (metric.step < metric.steps && performance.now() - toldMs < TOLD_MS) return;
      toldMs = performance.now();
      // eslint-disable-next-line unicorn/require-post-message-target-origin -- a port of worker threads, no window
      work.port.postMessage(metric);
    });
    work.port.close();
    return { trained };
  } catch (error) {
    if (error instanceof LlmError) return { failure: { kind: error.kind, message: error.message } };
    throw error;
  }
}

function answer(asked: Extract<Work, { type: 'answer' }>): WorkResult {
  const { network, knowledge } = load(asked.adapter);
  if (knowledge) return { passages: knowledge.find(asked.question) };
  if (!asked.mayWrite || !isKnown(network, asked.prompt)) return { passages: [] };
  const stopped = stopAt(write(network, asked.prompt, asked), asked.stopSequences);
  const { deltas, tokens, cut } = slice(stopped.text, asked.maxTokens);
  const written: Written = { deltas, tokens, stopReason: cut ? 'max_tokens' : 'end_turn' };
  if (!cut && stopped.sequence !== undefined) {
    written.stopReason = 'stop_sequence';
    written.stopSequence = stopped.sequence;
  }
  return { written };
}

function load({ id, bytes }: Adapter): Loaded {
  const known = loaded.get(id);
  if (known) {
    // A Map keeps its order of insertion: the last used goes to the end.
    loaded.delete(id);
    loaded.set(id, known);
    return known;
  }
  const { network, knowledge } = Network.read(bytes);
  const read = { network, knowledge: knowledge.length > 0 ? new Knowledge(knowledge) : undefined };
  loaded.set(id, read);
  for (const oldest of loaded.keys()) {
    if (loaded.size <= LOADED_MAX) break;
    loaded.delete(oldest);
  }
  return read;
}
