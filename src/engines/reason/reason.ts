import {
  faultOf,
  fidelityOf,
  qualityOf,
  scenariosOf,
  type Fidelity,
  type Quality,
  type RuleScenario,
} from './analysis.ts';
import { buildPolicy, type BuiltPolicy } from './build.ts';
import { readDefinition } from './definition.ts';
import { CONTENT_CHARACTERS_MAX } from './limits.ts';
import { applyChange, type Change, type Mutation } from './refine.ts';
import { createSolver } from './solver.ts';
import { TooMuch, translate, type Group } from './translate.ts';
import type { Finding, PolicyDefinition } from './types.ts';
import { judge, sameReading, tellApart } from './verdict.ts';

/**
 * How sure a translation must be for its claims to be judged, when the caller does not say: below it, another reading is about as
 * likely.
 */
export const CONFIDENCE_THRESHOLD_DEFAULT = 0.6;

/** Holds what a text says against a policy. */
export type Reasoner = {
  /**
   * Judges what `guarded` claims under a policy, given what `query` tells. One finding for each group of claims that the rules connect;
   * never none. Throws ReasonError: `invalid_policy`, `invalid_expression`, `busy`, `failed`, `missing_package`, `closed`.
   *
   * @param confidenceThreshold in [0, 1]: translations less sure are told as ambiguous
   */
  check(
    policy: PolicyDefinition,
    content: { query?: string; guarded: string[] },
    options: { signal: AbortSignal; confidenceThreshold?: number },
  ): Promise<Finding[]>;
  /** Reads a policy out of a text. Throws ReasonError. */
  build(text: string, options?: { base?: PolicyDefinition }): BuiltPolicy;
  /** The policy after one change. Throws ReasonError where it does not fit. */
  change(policy: PolicyDefinition, change: Change): { definition: PolicyDefinition; mutations: Mutation[] };
  /** What is wrong with a definition; undefined when it is valid. */
  fault(policy: PolicyDefinition): string | undefined;
  /** What may be wrong with a valid policy. Throws ReasonError. */
  quality(policy: PolicyDefinition, options: { signal: AbortSignal }): Promise<Quality>;
  /** States of affairs that keep or break each rule; of the first `rules` rules. Throws ReasonError. */
  scenarios(policy: PolicyDefinition, options: { signal: AbortSignal; rules?: number }): Promise<RuleScenario[]>;
  /** How far a policy says what texts do. Throws ReasonError. */
  fidelity(policy: PolicyDefinition, texts: readonly string[], options: { signal: AbortSignal }): Promise<Fidelity>;
  /** Ends the solver's process. */
  close(): Promise<void>;
};

export function createReasoner(): Reasoner {
  const solver = createSolver();
  return {
    async check(definition, content, { signal, confidenceThreshold = CONFIDENCE_THRESHOLD_DEFAULT }) {
      signal.throwIfAborted();
      const policy = readDefinition(definition);
      const length = [content.query ?? '', ...content.guarded].reduce((sum, text) => sum + text.length, 0);
      if (length > CONTENT_CHARACTERS_MAX) return [{ kind: 'tooComplex' }];
      let groups: Group[];
      try {
        groups = translate(policy, content);
      } catch (error) {
        if (error instanceof TooMuch) return [{ kind: 'tooComplex' }];
        throw error;
      }
      if (groups.length === 0) return [{ kind: 'noTranslations' }];
      const findings: Finding[] = [];
      for (const readings of groups) {
        const [first, ...others] = readings;
        const ambiguous = first!.confidence < confidenceThreshold;
        const options = [first!, ...others.filter((other) => !sameReading(other, first!))];
        findings.push(
          ambiguous
            ? await tellApart(policy, options, solver, { signal })
            : await judge(policy, first!, solver, { signal }),
        );
      }
      return findings;
    },
    build: buildPolicy,
    change: applyChange,
    fault: faultOf,
    quality: (policy, options) => qualityOf(policy, solver, options),
    scenarios: (policy, options) => scenariosOf(policy, solver, options),
    fidelity: (policy, texts, options) => fidelityOf(policy, texts, solver, options),
    close: () => solver.close(),
  };
}

export type { Change, Mutation } from './refine.ts';
export type { Finding, PolicyDefinition, Translation } from './types.ts';
