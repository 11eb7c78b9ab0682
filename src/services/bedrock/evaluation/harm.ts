import type { HarmScorer } from '../../../engines/evaluate/judge/heuristic.ts';
import type { Engines } from '../../../kernel/engines.ts';
import { unbuilt } from '../errors.ts';
import type { ToxicityScorer } from './measures.ts';

export const harmScorer = (_engines: Engines, _signal: AbortSignal): HarmScorer | undefined => undefined;

export const toxicityScorer =
  (harm: HarmScorer | undefined): ToxicityScorer =>
  async (text) => {
    if (!harm) throw unbuilt('Builtin.Toxicity', 'bedrock-evaluation');
    return (await harm(text)).harmful;
  };
