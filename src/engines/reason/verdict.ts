import type { Policy, Rule } from './definition.ts';
import { ReasonError } from './error.ts';
import { all, call, not, print, variablesOf, type Expression } from './expression.ts';
import { OPTIONS_MAX, SCENARIO_STATEMENTS_MAX } from './limits.ts';
import { readList, Script } from './smt.ts';
import type { Answer, Check, Solver } from './solver.ts';
import type { Finding, LogicWarning, Reading, Scenario, Translation } from './types.ts';
import { statement } from './words.ts';

/** What the claims of one reading are under a policy. Claims are judged together. Throws ReasonError, but for `too_complex`, which is a finding. */
export async function judge(policy: Policy, reading: Reading, solver: Solver): Promise<Finding> {
  const translation = translationOf(reading);
  const question = new Question(policy, [...reading.premises, ...reading.claims]);
  const { script, rules } = question;
  const premises = reading.premises.map((premise) => script.literal(premise));
  const claim = script.literal(all(reading.claims));
  const { values, preferred } = question;
  const checks: Check[] = [
    { assumptions: [...rules.keys(), ...premises], values: [] },
    { assumptions: [...rules.keys(), ...premises, `(not ${claim})`], values, preferred },
    { assumptions: [...rules.keys(), ...premises, claim], values, preferred },
    { assumptions: [...premises, claim], values: [] },
    { assumptions: [...premises, `(not ${claim})`], values: [] },
  ];
  const answers = await ask(solver, script, checks);
  if (!answers) return { kind: 'tooComplex' };
  const [possible, otherwise, so, soAlone, otherwiseAlone] = answers as [Answer, Answer, Answer, Answer, Answer];
  const logicWarning: LogicWarning | undefined =
    soAlone.status === 'unsat'
      ? { type: 'ALWAYS_FALSE', premises: translation.premises, claims: translation.claims }
      : otherwiseAlone.status === 'unsat'
        ? { type: 'ALWAYS_TRUE', premises: translation.premises, claims: translation.claims }
        : undefined;
  const warned = logicWarning ? { logicWarning } : {};
  const clash = (answer: Answer) => question.rulesIn(answer);
  if (possible.status === 'unsat')
    return { kind: 'impossible', translation, contradictingRules: clash(possible), ...warned };
  if (otherwise.status === 'unsat' && so.status === 'sat')
    return {
      kind: 'valid',
      translation,
      supportingRules: clash(otherwise),
      claimsTrueScenario: question.scenario(so),
      ...warned,
    };
  if (so.status === 'unsat' && otherwise.status === 'sat')
    return { kind: 'invalid', translation, contradictingRules: clash(so), ...warned };
  if (so.status === 'sat' && otherwise.status === 'sat')
    return {
      kind: 'satisfiable',
      translation,
      claimsTrueScenario: question.scenario(so),
      claimsFalseScenario: question.scenario(otherwise),
      ...warned,
    };
  // The solver has given up on one of them within its resources.
  return { kind: 'tooComplex' };
}

/** Readings of one text that differ: which they are, and states of affairs in which they do not come to the same. */
export async function tellApart(policy: Policy, readings: Reading[], solver: Solver): Promise<Finding> {
  const shown = readings.slice(0, OPTIONS_MAX);
  const question = new Question(
    policy,
    shown.flatMap(({ premises, claims }) => [...premises, ...claims]),
  );
  const { script, rules, values, preferred } = question;
  const literals = shown.map(({ premises, claims }) => script.literal(call('=>', all(premises), all(claims))));
  const checks: Check[] = [];
  for (let at = 1; at < literals.length; at++) {
    checks.push({ assumptions: [...rules.keys(), literals[0]!, `(not ${literals[at]})`], values, preferred });
    checks.push({ assumptions: [...rules.keys(), `(not ${literals[0]})`, literals[at]!], values, preferred });
  }
  const answers = await ask(solver, script, checks);
  if (!answers) return { kind: 'tooComplex' };
  return {
    kind: 'translationAmbiguous',
    options: shown.map((reading) => ({ translations: [translationOf(reading)] })),
    differenceScenarios: answers.filter(({ status }) => status === 'sat').map((answer) => question.scenario(answer)),
  };
}

/** Statements over a policy, with what is to be told of examples. */
export class Question {
  readonly script: Script;
  /** Rules by their literals. */
  readonly rules: ReadonlyMap<string, Rule>;
  /** Symbols of the variables that matter to the statements. */
  readonly values: string[];
  /** No number is below zero, where that can be: what people count and measure is not. */
  readonly preferred: string[];

  constructor(policy: Policy, statements: readonly Expression[]) {
    this.script = new Script(policy);
    this.rules = new Map(policy.rules.map((rule) => [this.script.literal(rule.expression), rule]));
    const named = new Set(statements.flatMap((expression) => [...variablesOf(expression)]));
    const near = new Set(named);
    for (const { variables } of policy.rules)
      if ([...variables].some((variable) => named.has(variable))) for (const variable of variables) near.add(variable);
    const shown = [
      ...named,
      ...[...policy.variables.keys()].filter((name) => near.has(name) && !named.has(name)),
    ].slice(0, SCENARIO_STATEMENTS_MAX);
    this.values = shown.map((name) => this.script.symbol(name));
    const numbers = shown.filter((name) => ['int', 'real'].includes(policy.scope.sortOf(name)!.kind));
    this.preferred =
      numbers.length === 0
        ? []
        : [
            this.script.literal(
              all(numbers.map((name) => call('>=', { kind: 'name', name }, { kind: 'number', text: '0' }))),
            ),
          ];
  }

  /** Ids of the rules among the assumptions that clash. */
  rulesIn({ output }: Answer): string[] {
    return readList(output).flatMap((symbol) => this.rules.get(symbol as string)?.id ?? []);
  }

  /** The example that an answer gives. */
  scenario({ output }: Answer): Scenario {
    return { statements: this.script.assignments(output).map(statement) };
  }
}

/** Answers; undefined when the policy or the question is too much for the solver. */
async function ask(solver: Solver, script: Script, checks: Check[]): Promise<Answer[] | undefined> {
  try {
    return await solver.run(script.text, checks);
  } catch (error) {
    if (error instanceof ReasonError && error.code === 'too_complex') return undefined;
    throw error;
  }
}

function translationOf(reading: Reading): Translation {
  return {
    premises: reading.premises.map(statement),
    claims: reading.claims.map(statement),
    untranslatedPremises: reading.untranslatedPremises,
    untranslatedClaims: reading.untranslatedClaims,
    confidence: reading.confidence,
  };
}

/** Whether two readings say the same, word for word. */
export const sameReading = (one: Reading, other: Reading): boolean =>
  [...one.premises, not(all(one.claims))].map((part) => print(part)).join() ===
  [...other.premises, not(all(other.claims))].map((part) => print(part)).join();
