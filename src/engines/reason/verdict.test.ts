import { afterAll, describe, expect, it } from 'vitest';
import { createReasoner, type Finding, type PolicyDefinition } from './reason.ts';

const seed = Number(process.env['OUTCROP_TEST_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
console.log(`verdict: OUTCROP_TEST_SEED=${seed}`);
let state = seed >>> 0;
const random = () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32;
const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)]!;

const reasoner = createReasoner();
afterAll(() => reasoner.close());
const { signal } = new AbortController();

const check = (definition: PolicyDefinition, premises: string[], claims: string[]): Promise<Finding> =>
  reasoner.prove(definition, { premises, claims }, { signal });

const leave: PolicyDefinition = {
  types: [{ name: 'Plan', values: [{ value: 'GOLD' }, { value: 'SILVER' }] }],
  variables: [
    { name: 'tenure', type: 'int', description: 'Years of tenure' },
    { name: 'leave days', type: 'REAL', description: 'Days of leave' },
    { name: 'contractor', type: 'BOOL', description: 'Whether the person is a contractor' },
    { name: 'plan', type: 'Plan', description: 'The plan' },
  ],
  rules: [
    { id: 'AAAAAAAAAAAA', expression: '(=> (and (not contractor) (> tenure 5)) (= |leave days| 20))' },
    { id: 'BBBBBBBBBBBB', expression: '(=> contractor (= |leave days| 0))' },
    { id: 'CCCCCCCCCCCC', expression: '(=> (= plan GOLD) (>= |leave days| 25.5))' },
  ],
};

describe('the verdict on claims', () => {
  it('is valid with the rules that prove it and an example of its truth', async () => {
    const finding = await check(leave, ['contractor'], ['(< |leave days| 1)']);
    expect(finding).toMatchObject({ kind: 'valid', supportingRules: ['BBBBBBBBBBBB'] });
    expect(finding.kind === 'valid' && finding.claimsTrueScenario.statements.map(({ logic }) => logic)).toEqual(
      expect.arrayContaining(['(= contractor true)', '(= |leave days| 0)']),
    );
  });

  it('is invalid with the rules that are broken and no others', async () => {
    const finding = await check(leave, ['(= tenure 6)', '(not contractor)'], ['(= |leave days| 15)']);
    expect(finding).toMatchObject({ kind: 'invalid', contradictingRules: ['AAAAAAAAAAAA'] });
  });

  it('is satisfiable with an example for each side where the rules leave it open', async () => {
    const finding = await check(leave, ['(= tenure 6)'], ['(= |leave days| 20)']);
    expect(finding.kind).toBe('satisfiable');
    if (finding.kind !== 'satisfiable') return;
    const logic = (scenario: typeof finding.claimsTrueScenario) => scenario.statements.map((each) => each.logic);
    expect(logic(finding.claimsTrueScenario)).toContain('(= |leave days| 20)');
    expect(logic(finding.claimsFalseScenario)).toContain('(= contractor true)');
  });

  it('is impossible with the rules that clash where the premises cannot be', async () => {
    const finding = await check(leave, ['contractor', '(= plan GOLD)'], ['(> tenure 1)']);
    expect(finding.kind === 'impossible' && finding.contradictingRules.toSorted()).toEqual([
      'BBBBBBBBBBBB',
      'CCCCCCCCCCCC',
    ]);
  });

  it('warns of claims that hold, or do not, whatever the policy says', async () => {
    expect(await check(leave, ['(> tenure 4)'], ['(> tenure 2)'])).toMatchObject({
      kind: 'valid',
      supportingRules: [],
      logicWarning: { type: 'ALWAYS_TRUE' },
    });
    expect(await check(leave, ['(> tenure 4)'], ['(< tenure 2)'])).toMatchObject({
      kind: 'invalid',
      contradictingRules: [],
      logicWarning: { type: 'ALWAYS_FALSE' },
    });
  });

  it('agrees with a truth table over random rules of up to five statements', async () => {
    const names = ['a', 'b', 'c', 'd', 'e'];
    const expression = (depth: number): string => {
      const kind = depth === 0 ? 'name' : pick(['name', 'not', 'and', 'or', '=>', 'xor', '=']);
      if (kind === 'name') return pick(names);
      if (kind === 'not') return `(not ${expression(depth - 1)})`;
      return `(${kind} ${expression(depth - 1)} ${expression(depth - 1)})`;
    };
    const seen = new Set<string>();
    for (let round = 0; round < 40; round++) {
      const rules = Array.from({ length: 1 + Math.floor(random() * 4) }, (_, at) => ({
        id: `R${String(at).padStart(11, '0')}`,
        expression: expression(2),
      }));
      const premises = random() < 0.5 ? [expression(1)] : [];
      const claim = expression(1);
      const worlds = Array.from({ length: 32 }, (_, bits) =>
        Object.fromEntries(names.map((name, at) => [name, (bits >> at) % 2 === 1])),
      );
      const possible = worlds.filter((world) =>
        [...rules.map((rule) => rule.expression), ...premises].every((text) => truth(text, world)),
      );
      const truths = new Set(possible.map((world) => truth(claim, world)));
      const expected =
        truths.size === 0 ? 'impossible' : truths.size === 2 ? 'satisfiable' : truths.has(true) ? 'valid' : 'invalid';
      const variables = names.map((name) => ({ name, type: 'bool', description: name }));
      const finding = await check({ variables, rules }, premises, [claim]);
      expect(finding.kind, JSON.stringify({ rules, premises, claim })).toBe(expected);
      seen.add(expected);
    }
    expect(seen.size).toBeGreaterThan(2);
  });

  it('is too complex when the solver gives up', async () => {
    const variables = ['x', 'y', 'z'].map((name) => ({ name, type: 'INT', description: name }));
    const rules = [{ id: 'HARDHARDHARD', expression: '(= (+ (* x x x) (* y y y) (* z z z)) 42)' }];
    expect(await check({ variables, rules }, [], ['(> (* x y z) 1000)'])).toEqual({ kind: 'tooComplex' });
  });
});

/** The value of an expression, worked out here a second time. */
function truth(text: string, world: Record<string, boolean>): boolean {
  const tokens = text.match(/[()]|[^\s()]+/g)!;
  const read = (): boolean => {
    const token = tokens.shift()!;
    if (token !== '(') return world[token]!;
    const operator = tokens.shift()!;
    const operands: boolean[] = [];
    while (tokens[0] !== ')') operands.push(read());
    tokens.shift();
    const [a, b] = operands as [boolean, boolean];
    switch (operator) {
      case 'not':
        return !a;
      case 'and':
        return a && b;
      case 'or':
        return a || b;
      case 'xor':
        return a !== b;
      case '=':
        return a === b;
      default:
        return !a || b;
    }
  };
  return read();
}
