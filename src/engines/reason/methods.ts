import { faultOf, fidelityOf, qualityOf, scenariosOf } from './analysis.ts';
import { buildPolicy } from './build.ts';
import { readDefinition } from './definition.ts';
import type { ReasonError } from './error.ts';
import { parseExpression } from './expression.ts';
import { CONTENT_CHARACTERS_MAX } from './limits.ts';
import { applyChange } from './refine.ts';
import type { Solver } from './solver.ts';
import { TooMuch, translate, type Group } from './translate.ts';
import type { Finding, PolicyDefinition } from './types.ts';
import { judge, sameReading, tellApart } from './verdict.ts';

/** What the process of a reasoner does; data in, data out. */
export const methodsOf = (solver: Solver) => ({
  build: (text: string, base?: PolicyDefinition) => buildPolicy(text, base ? { base } : {}),
  change: applyChange,
  fault: faultOf,
  quality: (definition: PolicyDefinition) => qualityOf(definition, solver),
  scenarios: (definition: PolicyDefinition, rules?: number) => scenariosOf(definition, solver, rules),
  fidelity: (definition: PolicyDefinition, texts: readonly string[]) => fidelityOf(definition, texts, solver),
  prove: (definition: PolicyDefinition, premises: readonly string[], claims: readonly string[]) => {
    const policy = readDefinition(definition);
    const read = (text: string) => parseExpression(text, policy.scope);
    const reading = {
      premises: premises.map(read),
      claims: claims.map(read),
      untranslatedPremises: [],
      untranslatedClaims: [],
      confidence: 1,
    };
    return judge(policy, reading, solver);
  },
  check: (definition: PolicyDefinition, content: { query?: string; guarded: string[] }, confidenceThreshold: number) =>
    check(definition, content, confidenceThreshold, solver),
});

export type Methods = ReturnType<typeof methodsOf>;

async function check(
  definition: PolicyDefinition,
  content: { query?: string; guarded: string[] },
  confidenceThreshold: number,
  solver: Solver,
): Promise<Finding[]> {
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
  for (const [first, ...others] of groups as [Group[number], ...Group][]) {
    const options = [first, ...others.filter((other) => !sameReading(other, first))];
    findings.push(
      first.confidence < confidenceThreshold
        ? await tellApart(policy, options, solver)
        : await judge(policy, first, solver),
    );
  }
  return findings;
}

/** What goes to the process, and what comes back. */
export type Ask = { id: number; method: keyof Methods; args: unknown[] };
export type Reply = { id: number; result: unknown } | { id: number; code: ReasonError['code']; message: string };
