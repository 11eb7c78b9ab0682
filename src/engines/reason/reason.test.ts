import { afterAll, describe, expect, it } from 'vitest';
import { createReasoner, type Finding } from './reason.ts';
import { ruleFrames, verdictOf } from './rule-frames.fixture.ts';

const seed = Number(process.env['OUTCROP_TEST_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
console.log(`reason: OUTCROP_TEST_SEED=${seed}`);
let state = seed >>> 0;
const random = () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32;

const reasoner = createReasoner();
afterAll(() => reasoner.close());
const { signal } = new AbortController();

describe('bedrock-guardrails.5, in the engine', () => {
  it('builds a policy from written rules and judges 30 claims as a truth table does, citing the rule that is broken', async () => {
    const seen: Record<string, number> = {};
    let judged = 0;
    while (judged < 60) {
      const all = ruleFrames(random);
      const text = all.flatMap((frame) => [...(frame.more ? [frame.more] : []), ...frame.rules]).join('\n\n');
      const { definition, statements } = await reasoner.build(text, { signal });
      for (const rule of all.flatMap((frame) => frame.rules))
        expect(
          statements.find((each) => each.text === rule),
          rule,
        ).toMatchObject({ rules: [expect.any(String), ...(rule.includes('otherwise') ? [expect.any(String)] : [])] });
      for (const frame of all) {
        const { rules } = frame;
        for (const claim of frame.claims) {
          const { query, answer } = claim;
          const expected = verdictOf(frame, claim);
          const findings = await reasoner.check(
            definition,
            { ...(query === undefined ? {} : { query }), guarded: [answer] },
            { signal },
          );
          const about = JSON.stringify({ rules, query, answer, findings }, null, 1);
          expect(
            findings.map(({ kind }) => kind),
            about,
          ).toEqual([expected]);
          const [finding] = findings as [Finding];
          const cited =
            finding.kind === 'valid'
              ? finding.supportingRules
              : finding.kind === 'invalid'
                ? finding.contradictingRules
                : undefined;
          if (cited) {
            expect(cited.length, about).toBeGreaterThan(0);
            const words = cited.map((id) => definition.rules!.find((rule) => rule.id === id)!.alternateExpression);
            expect(rules, about).toEqual(expect.arrayContaining(words));
          }
          seen[expected] = (seen[expected] ?? 0) + 1;
          judged++;
        }
      }
    }
    console.log('verdicts:', JSON.stringify(seen));
    expect(Object.keys(seen)).toEqual(expect.arrayContaining(['valid', 'invalid', 'satisfiable']));
  }, 120_000);

  it('tells what it cannot read, with its line, and makes no rule of it', async () => {
    const { definition, statements } = await reasoner.build(
      'Refunds are allowed within 30 days of purchase.\n\nEmployees usually get a gift.\n\nReasonable requests are granted.\n\nAll hires since 2019 are eligible for a bonus.',
      { signal },
    );
    expect(statements.map(({ lines, rules, unread }) => [lines[0], rules.length, unread !== undefined])).toEqual([
      [1, 1, false],
      [3, 0, true],
      [5, 0, true],
      [7, 0, true],
    ]);
    expect(definition.rules!.map(({ expression }) => expression)).toEqual([
      '(=> (<= days_since_purchase 30) eligible_for_refund)',
    ]);
  });

  it('builds the same policy from the same text, ids included', async () => {
    const text = ruleFrames(random)
      .flatMap(({ rules }) => rules)
      .join(' ');
    expect(await reasoner.build(text, { signal })).toEqual(await reasoner.build(text, { signal }));
  });
});

describe('a translation', () => {
  const policy = {
    variables: [
      { name: 'isRefundEligible', type: 'BOOL', description: 'Whether the customer is eligible for a refund.' },
      { name: 'daysSincePurchase', type: 'INT', description: 'The number of days since the product was purchased.' },
      { name: 'annualLeaveDays', type: 'INT', description: 'Days of annual leave of the employee.' },
      { name: 'sickLeaveDays', type: 'INT', description: 'Days of sick leave of the employee.' },
      { name: 'productCategory', type: 'ProductCategory', description: 'The category of the product.' },
    ],
    types: [
      { name: 'ProductCategory', values: [{ value: 'BOOKS' }, { value: 'HOME_APPLIANCES' }, { value: 'OTHER' }] },
    ],
    rules: [
      { id: 'AAAAAAAAAAAA', expression: '(=> isRefundEligible (<= daysSincePurchase 30))' },
      { id: 'BBBBBBBBBBBB', expression: '(=> (= productCategory BOOKS) (not isRefundEligible))' },
      { id: 'CCCCCCCCCCCC', expression: '(<= (+ annualLeaveDays sickLeaveDays) 40)' },
    ],
  };
  const check = (answer: string, query?: string, confidenceThreshold?: number) =>
    reasoner.check(
      policy,
      { ...(query === undefined ? {} : { query }), guarded: [answer] },
      { signal, ...(confidenceThreshold === undefined ? {} : { confidenceThreshold }) },
    );

  it('takes variables by their own names, as generated tests name them', async () => {
    expect(await check('daysSincePurchase is equal to 31 and isRefundEligible is false')).toMatchObject([
      { kind: 'satisfiable', translation: { confidence: 1 } },
    ]);
    expect(await check('daysSincePurchase is equal to 90 and isRefundEligible is true')).toMatchObject([
      { kind: 'invalid', contradictingRules: ['AAAAAAAAAAAA'] },
    ]);
    expect(await check('isRefundEligible is true', 'productCategory is equal to BOOKS')).toMatchObject([
      { kind: 'invalid', contradictingRules: ['BBBBBBBBBBBB'] },
    ]);
  });

  it('finds variables by their descriptions, and values of types by their words', async () => {
    expect(await check('Yes.', 'I purchased it 45 days ago. Am I eligible for a refund?')).toMatchObject([
      {
        kind: 'invalid',
        translation: {
          premises: [{ logic: '(= daysSincePurchase 45)' }],
          claims: [{ logic: 'isRefundEligible', naturalLanguage: 'isRefundEligible is true' }],
        },
      },
    ]);
    expect(await check('You are eligible for a refund if the category is home appliances.')).toMatchObject([
      { kind: 'satisfiable', translation: { premises: [{ logic: '(= productCategory HOME_APPLIANCES)' }] } },
    ]);
  });

  it('is ambiguous where two variables fit alike, with both readings and what tells them apart', async () => {
    const [finding] = await check('You have 12 days of leave.');
    expect(finding).toMatchObject({ kind: 'translationAmbiguous' });
    if (finding?.kind !== 'translationAmbiguous') return;
    const claims = finding.options.map(({ translations }) => translations[0]!.claims[0]!.logic);
    expect(claims.toSorted()).toEqual(['(= annualLeaveDays 12)', '(= sickLeaveDays 12)']);
    expect(finding.differenceScenarios.length).toBeGreaterThan(0);
  });

  it('is ambiguous below the confidence that is asked for', async () => {
    expect(await check('You are eligible for a refund.', 'I purchased it 3 days ago.', 0)).toMatchObject([
      { kind: 'satisfiable' },
    ]);
    expect(await check('You are eligible for a full refund.', undefined, 1)).toMatchObject([
      { kind: 'translationAmbiguous' },
    ]);
  });

  it('leaves out what no variable stands for, and says so', async () => {
    expect(
      await check(
        'You are eligible for a refund. The store opens at nine.',
        'I purchased it 3 days ago. My dog likes it.',
      ),
    ).toMatchObject([
      { translation: { untranslatedPremises: ['My dog likes it.'], untranslatedClaims: ['The store opens at nine.'] } },
    ]);
    expect(await check('The store opens at nine.')).toEqual([{ kind: 'noTranslations' }]);
  });

  it('is too complex beyond the limits of a check', async () => {
    expect(await check('You are eligible for a refund. '.repeat(101))).toEqual([{ kind: 'tooComplex' }]);
    expect(await check('x'.repeat(20_001))).toEqual([{ kind: 'tooComplex' }]);
  });

  it('ends when it is aborted, and the next check has its answer', async () => {
    const controller = new AbortController();
    const checking = reasoner.check(policy, { guarded: ['isRefundEligible is true'] }, { signal: controller.signal });
    controller.abort(new Error('gone'));
    await expect(checking).rejects.toThrow('gone');
    expect(await check('isRefundEligible is true')).toMatchObject([{ kind: 'satisfiable' }]);
  });

  it('refuses a policy that is not valid, and says where', async () => {
    const bad = {
      ...policy,
      rules: [{ id: 'DDDDDDDDDDDD', expression: '(=> isRefundEligible (> productCategory 3))' }],
    };
    await expect(reasoner.check(bad, { guarded: ['x'] }, { signal })).rejects.toThrow(
      "Rule DDDDDDDDDDDD: The expression is not valid: '>' takes numbers, but 'productCategory' is ProductCategory.",
    );
  });
});
