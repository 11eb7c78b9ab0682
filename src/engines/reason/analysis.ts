import { buildPolicy } from './build.ts';
import { readDefinition, type Policy, type Rule } from './definition.ts';
import { ReasonError } from './error.ts';
import { all, call, not, parts, print, type Expression } from './expression.ts';
import { Script } from './smt.ts';
import type { Answer, Check, Solver } from './solver.ts';
import { componentsOf } from './translate.ts';
import type { PolicyDefinition } from './types.ts';
import { Question } from './verdict.ts';
import { inWords } from './words.ts';

/** What may be wrong with a policy. */
export type Quality = {
  unusedTypes: string[];
  unusedTypeValues: { typeName: string; valueName: string }[];
  unusedVariables: string[];
  /** Ids of rules that contradict each other, at all or where one of them applies. */
  conflictingRules: string[];
  /** Rules that no variable connects, in sets. */
  disjointRuleSets: { variables: string[]; rules: string[] }[];
};

/** Rules of a policy beyond which their conflicts are not looked for pair by pair, only those of all together. */
const CONFLICTS_RULES_MAX = 500;

/** Looks a policy over. Throws ReasonError, `too_complex` when its rules are too much for the solver. */
export async function qualityOf(definition: PolicyDefinition, solver: Solver): Promise<Quality> {
  const policy = readDefinition(definition);
  const variables = new Set(policy.rules.flatMap((rule) => [...rule.variables]));
  const values = new Set<string>();
  for (const { expression } of policy.rules)
    for (const part of parts(expression)) if (part.kind === 'value') values.add(`${part.type}\n${part.value}`);
  const typesInUse = new Set([...policy.variables.values()].map(({ type }) => type));
  return {
    unusedTypes: [...policy.types.keys()].filter((name) => !typesInUse.has(name)),
    unusedTypeValues: [...policy.types.values()].flatMap(({ name, values: list }) =>
      list
        .filter(({ value }) => !values.has(`${name}\n${value}`))
        .map(({ value }) => ({ typeName: name, valueName: value })),
    ),
    unusedVariables: [...policy.variables.keys()].filter((name) => !variables.has(name)),
    conflictingRules: await conflictsOf(policy, solver),
    disjointRuleSets: setsOf(policy),
  };
}

async function conflictsOf(policy: Policy, solver: Solver): Promise<string[]> {
  if (policy.rules.length === 0) return [];
  const script = new Script(policy);
  const literals = new Map(policy.rules.map((rule) => [script.literal(rule.expression), rule]));
  const rules = [...literals.keys()];
  const applying = policy.rules.length <= CONFLICTS_RULES_MAX ? policy.rules.filter((rule) => conditionOf(rule)) : [];
  const checks: Check[] = [
    { assumptions: rules, values: [] },
    ...applying.map((rule) => ({ assumptions: [...rules, script.literal(conditionOf(rule)!)], values: [] })),
  ];
  const answers = await solver.run(script.text, checks);
  const found = new Set<string>();
  for (const [at, answer] of answers.entries()) {
    if (answer.status !== 'unsat') continue;
    const clash = answer.output.match(/l\d+/g)!.flatMap((symbol) => literals.get(symbol)?.id ?? []);
    // Where a rule asks for what never is by itself, nothing conflicts.
    if (clash.length === 0) continue;
    for (const id of clash) found.add(id);
    if (at > 0) found.add(applying[at - 1]!.id);
  }
  return policy.rules.filter(({ id }) => found.has(id)).map(({ id }) => id);
}

/** What a rule asks before it says something; undefined when it always does. */
const conditionOf = ({ expression }: Rule): Expression | undefined =>
  expression.kind === 'call' && expression.operator === '=>' ? all(expression.operands.slice(0, -1)) : undefined;

function setsOf(policy: Policy): { variables: string[]; rules: string[] }[] {
  const component = componentsOf(policy);
  const sets = new Map<string, { variables: string[]; rules: string[] }>();
  for (const { id, variables } of policy.rules) {
    const key = component([...variables][0] ?? '');
    const set = sets.get(key) ?? { variables: [], rules: [] };
    for (const name of variables) if (!set.variables.includes(name)) set.variables.push(name);
    set.rules.push(id);
    sets.set(key, set);
  }
  return [...sets.values()];
}

/** A state of affairs that puts a rule to the test. */
export type RuleScenario = {
  expression: string;
  words: string;
  /** Claimed, it is open under the rules, or breaks them. */
  expected: 'satisfiable' | 'invalid';
  ruleIds: string[];
};

/**
 * Two scenarios for each rule, where there are: one in which the rule applies and is kept, and one in which it alone is broken. Throws
 * ReasonError.
 */
export async function scenariosOf(
  definition: PolicyDefinition,
  solver: Solver,
  count = Infinity,
): Promise<RuleScenario[]> {
  const policy = readDefinition(definition);
  const out: RuleScenario[] = [];
  for (const rule of policy.rules.slice(0, count)) {
    const question = new Question(policy, [rule.expression]);
    const { script, values, preferred, rules } = question;
    const own = [...rules].find(([, each]) => each === rule)![0];
    const condition = conditionOf(rule);
    const applies = condition ? [script.literal(condition)] : [];
    const others = [...rules.keys()].filter((symbol) => symbol !== own);
    const names = [...rule.variables].map((name) => script.symbol(name)).filter((symbol) => values.includes(symbol));
    const answers = await solver.run(script.text, [
      { assumptions: [...rules.keys(), ...applies], preferred, values: names },
      { assumptions: [...others, `(not ${own})`], preferred, values: names },
    ]);
    for (const [at, answer] of answers.entries()) {
      if (answer.status !== 'sat') continue;
      const expression = all(script.assignments(answer.output).map(plainly));
      out.push({
        expression: print(expression),
        words: inWords(expression),
        expected: at === 0 ? 'satisfiable' : 'invalid',
        ruleIds: [rule.id],
      });
    }
  }
  return out;
}

/** `(= x true)` as `x`. */
function plainly(expression: Expression): Expression {
  if (expression.kind !== 'call' || expression.operator !== '=') return expression;
  const [variable, value] = expression.operands;
  if (value?.kind !== 'boolean') return expression;
  return value.value ? variable! : not(variable!);
}

/** A statement of a document, and the rules that say it. */
export type GroundedStatement = { text: string; lines: number[]; rules: string[]; variables: string[] };
/** How far a rule says what a document does. */
export type RuleFidelity = {
  id: string;
  /** Indexes of documents and of their statements. */
  statements: { document: number; statement: number }[];
  /** 1: the same; less where it says less, or more, than the document; 0: the document does not say it. */
  accuracy: number;
  why: string;
};
export type Fidelity = {
  /** Share of the documents' statements that a rule says. */
  coverage: number;
  /** The mean of the rules. */
  accuracy: number;
  rules: RuleFidelity[];
  documents: GroundedStatement[][];
};

/** The rule says the same, less, or more than a statement. */
const ACCURACY = { same: 1, weaker: 0.75, stronger: 0.5 } as const;

/** Holds a policy against the documents it was made from: each statement is read in the policy's terms and compared with its rules. */
export async function fidelityOf(
  definition: PolicyDefinition,
  texts: readonly string[],
  solver: Solver,
): Promise<Fidelity> {
  const policy = readDefinition(definition);
  const found = new Map<string, RuleFidelity>(
    policy.rules.map(({ id }) => [
      id,
      { id, statements: [], accuracy: 0, why: 'No statement of the documents says it.' },
    ]),
  );
  const documents: GroundedStatement[][] = [];
  for (const [document, text] of texts.entries()) {
    const names: PolicyDefinition = { ...definition, rules: [] };
    const built = buildPolicy(text, { base: names });
    const read = readDefinition(built.definition);
    const grounded = built.statements.map(({ text, lines }): GroundedStatement => ({
      text,
      lines,
      rules: [],
      variables: [],
    }));
    const pairs: { rule: Rule; said: Rule; statement: number }[] = [];
    for (const [statement, { rules, variables }] of built.statements.entries()) {
      grounded[statement]!.variables.push(...variables.filter((name) => policy.variables.has(name)));
      for (const id of rules) {
        const said = read.rules.find((rule) => rule.id === id)!;
        for (const rule of policy.rules)
          if ([...rule.variables].some((name) => said.variables.has(name))) pairs.push({ rule, said, statement });
      }
    }
    const answers = await compare(read, pairs, solver);
    for (const [at, { rule, statement }] of pairs.entries()) {
      const how = answers[at];
      if (how === undefined) continue;
      const fidelity = found.get(rule.id)!;
      fidelity.statements.push({ document, statement });
      if (ACCURACY[how] > fidelity.accuracy) {
        fidelity.accuracy = ACCURACY[how];
        fidelity.why = {
          same: 'The rule says the same as the statement.',
          weaker: 'The rule says less than the statement.',
          stronger: 'The rule says more than the statement.',
        }[how];
      }
      grounded[statement]!.rules.push(rule.id);
    }
    documents.push(grounded);
  }
  const statements = documents.flat();
  const rules = [...found.values()];
  return {
    coverage:
      statements.length === 0 ? 0 : statements.filter((each) => each.rules.length > 0).length / statements.length,
    accuracy: rules.length === 0 ? 0 : rules.reduce((sum, rule) => sum + rule.accuracy, 0) / rules.length,
    rules,
    documents,
  };
}

async function compare(
  policy: Policy,
  pairs: readonly { rule: Rule; said: Rule }[],
  solver: Solver,
): Promise<(keyof typeof ACCURACY | undefined)[]> {
  if (pairs.length === 0) return [];
  const script = new Script(policy);
  const checks: Check[] = pairs.flatMap(({ rule, said }) => [
    { assumptions: [script.literal(call('and', said.expression, not(rule.expression)))], values: [] },
    { assumptions: [script.literal(call('and', rule.expression, not(said.expression)))], values: [] },
  ]);
  const answers = await solver.run(script.text, checks);
  return pairs.map((_pair, at) => {
    const [follows, leads] = [answers[2 * at], answers[2 * at + 1]].map(
      (answer?: Answer) => answer?.status === 'unsat',
    );
    return follows && leads ? 'same' : follows ? 'weaker' : leads ? 'stronger' : undefined;
  });
}

/** A policy that is not valid, as its maker should hear of it; undefined when it is valid. */
export function faultOf(definition: PolicyDefinition): string | undefined {
  try {
    readDefinition(definition);
    return undefined;
  } catch (error) {
    if (error instanceof ReasonError) return error.message;
    throw error;
  }
}
