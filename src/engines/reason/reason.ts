import type { Fidelity, Quality, RuleScenario } from './analysis.ts';
import type { BuiltPolicy } from './build.ts';
import { ReasonError } from './error.ts';
import { createProcess } from './process.ts';
import type { Change, Mutation } from './refine.ts';
import type { Finding, PolicyDefinition } from './types.ts';

export type { Change, Mutation } from './refine.ts';
export type { Finding, PolicyDefinition, Translation } from './types.ts';

/**
 * How sure a translation must be for its claims to be judged, when the caller does not say: below it, another reading is about as
 * likely.
 */
const CONFIDENCE_THRESHOLD_DEFAULT = 0.6;

type Options = { signal: AbortSignal };

/**
 * Holds what a text says against a policy. All work is done in a process of its own, one thing after the other. All methods throw
 * ReasonError; `busy`, `failed` and `closed` beside what is said of each.
 */
export type Reasoner = {
  /**
   * Judges what `guarded` claims under a policy, given what `query` tells. One finding for each group of claims that the rules connect;
   * never none. Throws `invalid_policy`, `invalid_expression`, `missing_package`.
   *
   * @param options.confidenceThreshold in [0, 1]: translations less sure are told as ambiguous
   */
  check(
    policy: PolicyDefinition,
    content: { query?: string; guarded: string[] },
    options: Options & { confidenceThreshold?: number },
  ): Promise<Finding[]>;
  /** Judges claims that are given in logic. Throws as `check` does. */
  prove(
    policy: PolicyDefinition,
    statements: { premises: readonly string[]; claims: readonly string[] },
    options: Options,
  ): Promise<Finding>;
  /**
   * Reads a policy out of a text: what it says, and what of it was not read. With `base`, it is added to that policy. Throws `too_complex`,
   * `invalid_policy`.
   */
  build(text: string, options: Options & { base?: PolicyDefinition }): Promise<BuiltPolicy>;
  /** The policy after one change. Throws `invalid_policy`, `invalid_expression` where it does not fit. */
  change(
    policy: PolicyDefinition,
    change: Change,
    options: Options,
  ): Promise<{ definition: PolicyDefinition; mutations: Mutation[] }>;
  /** What is wrong with a definition; undefined when it is valid. */
  fault(policy: PolicyDefinition, options: Options): Promise<string | undefined>;
  /** What may be wrong with a valid policy. Throws as `check` does, and `too_complex`. */
  quality(policy: PolicyDefinition, options: Options): Promise<Quality>;
  /** States of affairs that keep or break each rule; of the first `rules` rules. Throws as `quality` does. */
  scenarios(policy: PolicyDefinition, options: Options & { rules?: number }): Promise<RuleScenario[]>;
  /** How far a policy says what texts do. Throws as `quality` does. */
  fidelity(policy: PolicyDefinition, texts: readonly string[], options: Options): Promise<Fidelity>;
  /** Ends the process. */
  close(): Promise<void>;
};

export function createReasoner(): Reasoner {
  const worker = createProcess();
  return {
    async check(policy, content, { signal, confidenceThreshold = CONFIDENCE_THRESHOLD_DEFAULT }) {
      try {
        return await worker.run('check', [policy, content, confidenceThreshold], { signal });
      } catch (error) {
        if (error instanceof ReasonError && error.code === 'too_complex') return [{ kind: 'tooComplex' }];
        throw error;
      }
    },
    prove: (policy, { premises, claims }, options) => worker.run('prove', [policy, premises, claims], options),
    build: (text, { base, ...options }) => worker.run('build', base ? [text, base] : [text], options),
    change: (policy, change, options) => worker.run('change', [policy, change], options),
    fault: (policy, options) => worker.run('fault', [policy], options),
    quality: (policy, options) => worker.run('quality', [policy], options),
    scenarios: (policy, { rules, ...options }) =>
      worker.run('scenarios', rules === undefined ? [policy] : [policy, rules], options),
    fidelity: (policy, texts, options) => worker.run('fidelity', [policy, texts], options),
    close: () => worker.close(),
  };
}
