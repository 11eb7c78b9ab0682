import { afterAll, describe, expect, it } from 'vitest';
import { createReasoner, type Finding } from './reason.ts';

const seed = Number(process.env['OUTCROP_TEST_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
console.log(`reason: OUTCROP_TEST_SEED=${seed}`);
let state = seed >>> 0;
const random = () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32;
const whole = (from: number, to: number) => from + Math.floor(random() * (to - from + 1));
const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)]!;
/** Takes one away, so that no two rules speak of the same thing. */
const draw = <T>(items: T[]): T => items.splice(Math.floor(random() * items.length), 1)[0]!;

const reasoner = createReasoner();
afterAll(() => reasoner.close());
const { signal } = new AbortController();

type World = Record<string, number | boolean | string>;
/** A rule as a sentence, what it means worked out by hand, and what may be asked and answered about it. */
type Frame = {
  rules: string[];
  more?: string;
  domains: Record<string, World[string][]>;
  holds(world: World): boolean;
  claims: { query?: string; answer: string; given(world: World): boolean; claimed(world: World): boolean }[];
};

/** 30 claims on rules of ten kinds, in words drawn anew each time. */
function frames(): Frame[] {
  const goods = [
    'remote work',
    'tuition reimbursement',
    'stock options',
    'dental coverage',
    'relocation support',
    'childcare support',
    'a gym subsidy',
    'health insurance',
    'a company bicycle',
    'a phone allowance',
  ];
  const roles = ['contractor', 'intern', 'freelancer', 'apprentice', 'consultant', 'volunteer'];
  const actions = [
    'access the archive',
    'use the lounge',
    'book the studio',
    'approve invoices',
    'sign contracts',
    'open the safe',
  ];
  const around = (n: number, step = 1) => [n - 2 * step, n - step, n, n + step, n + 2 * step];
  const eligible = (good: string, is = true) => `You are ${is ? '' : 'not '}eligible for ${good}.`;
  const made: (() => Frame)[] = [
    () => {
      const [n, good] = [whole(2, 9), draw(goods)];
      const years = pick(around(n));
      const yes = random() < 0.5;
      return {
        rules: [`Employees with more than ${n} years of tenure are eligible for ${good}.`],
        domains: { years: around(n), eligible: [true, false] },
        holds: (w) => !(Number(w['years']) > n) || w['eligible'] === true,
        claims: [
          {
            query: `I have ${years} years of tenure.`,
            answer: eligible(good, yes),
            given: (w) => w['years'] === years,
            claimed: (w) => w['eligible'] === yes,
          },
        ],
      };
    },
    () => {
      const n = pick([14, 30, 45]);
      const days = pick([n - 5, n, n + 5]);
      const opened = random() < 0.5;
      return {
        rules: [`A refund is allowed only if the item was returned within ${n} days and is unopened.`],
        domains: { days: [n - 5, n, n + 5], opened: [true, false], refund: [true, false] },
        holds: (w) => w['refund'] === false || (Number(w['days']) <= n && w['opened'] === false),
        claims: [
          {
            query: `The item was returned after ${days - 1} days and it is ${opened ? 'opened' : 'unopened'}. Can I get a refund?`,
            answer: 'Yes.',
            given: (w) => Number(w['days']) > days - 1 && w['opened'] === opened,
            claimed: (w) => w['refund'] === true,
          },
          {
            query: `I returned the item within ${days} days. Can I get a refund?`,
            answer: 'No, a refund is not allowed.',
            given: (w) => Number(w['days']) <= days,
            claimed: (w) => w['refund'] === false,
          },
        ],
      };
    },
    () => {
      const n = whole(2, 20) * 10;
      const total = pick([n - 10, n, n + 10]);
      return {
        rules: [`Orders over $${n} qualify for free shipping.`],
        domains: { total: [n - 10, n, n + 10], free: [true, false] },
        holds: (w) => !(Number(w['total']) > n) || w['free'] === true,
        claims: [
          {
            query: `My order is $${total}. Do I qualify for free shipping?`,
            answer: 'Yes',
            given: (w) => w['total'] === total,
            claimed: (w) => w['free'] === true,
          },
        ],
      };
    },
    () => {
      const [role, good] = [draw(roles), draw(goods)];
      const [is, yes] = [random() < 0.5, random() < 0.5];
      return {
        rules: [`${role[0]!.toUpperCase()}${role.slice(1)}s are not eligible for ${good}.`],
        domains: { role: [true, false], eligible: [true, false] },
        holds: (w) => w['role'] === false || w['eligible'] === false,
        claims: [
          {
            query: `I am ${is ? '' : 'not '}${/^[aeiou]/.test(role) ? 'an' : 'a'} ${role}. Am I eligible for ${good}?`,
            answer: yes ? 'Yes.' : 'No.',
            given: (w) => w['role'] === is,
            claimed: (w) => w['eligible'] === yes,
          },
          {
            answer: `If you are eligible for ${good}, you are not ${/^[aeiou]/.test(role) ? 'an' : 'a'} ${role}.`,
            given: (w) => w['eligible'] === true,
            claimed: (w) => w['role'] === false,
          },
        ],
      };
    },
    () => {
      const action = draw(actions);
      const tiers = ['Gold', 'Silver', 'Bronze'];
      const [tier, mine] = [pick(tiers), pick(tiers)];
      const may = random() < 0.5;
      return {
        rules: [`Only ${tier} members can ${action}.`],
        more: 'There are three membership tiers: Gold, Silver and Bronze.',
        domains: { tier: tiers, may: [true, false] },
        holds: (w) => w['may'] === false || w['tier'] === tier,
        claims: [
          {
            query: `I am a ${mine} member.`,
            answer: `You ${may ? 'can' : 'cannot'} ${action}.`,
            given: (w) => w['tier'] === mine,
            claimed: (w) => w['may'] === may,
          },
        ],
      };
    },
    () => {
      const [good, who] = [draw(goods), pick(['director', 'supervisor'])];
      const approved = random() < 0.5;
      return {
        rules: [`Part-time staff are not eligible for ${good} unless approved by a ${who}.`],
        domains: { part: [true, false], approved: [true, false], eligible: [true, false] },
        holds: (w) => w['part'] === false || w['approved'] === true || w['eligible'] === false,
        claims: [
          {
            query: `I am part-time and I am ${approved ? '' : 'not '}approved by a ${who}.`,
            answer: eligible(good),
            given: (w) => w['part'] === true && w['approved'] === approved,
            claimed: (w) => w['eligible'] === true,
          },
        ],
      };
    },
    () => {
      const [n, days] = [whole(2, 8), whole(3, 20)];
      const [years, told] = [pick(around(n)), pick([days, days + 1, days - 1])];
      return {
        rules: [`Engineers with at least ${n} years of experience are entitled to ${days} days of training.`],
        domains: { engineer: [true, false], years: around(n), days: [days - 1, days, days + 1] },
        holds: (w) => w['engineer'] === false || Number(w['years']) < n || w['days'] === days,
        claims: [
          {
            query: `I am an engineer with ${years} years of experience. How many days of training do I get?`,
            answer: `You get ${told} days of training.`,
            given: (w) => w['engineer'] === true && w['years'] === years,
            claimed: (w) => w['days'] === told,
          },
          {
            query: `How many days of training does an engineer get?`,
            answer: `${told} days.`,
            given: () => true,
            claimed: (w) => w['days'] === told,
          },
        ],
      };
    },
    () => {
      const n = whole(2, 9) * 100;
      const amount = pick([n - 50, n, n + 50]);
      const needed = random() < 0.5;
      return {
        rules: [`Expenses over $${n} require written consent.`],
        domains: { amount: [n - 50, n, n + 50], consent: [true, false] },
        holds: (w) => !(Number(w['amount']) > n) || w['consent'] === true,
        claims: [
          {
            query: `My expense is $${amount}.`,
            answer: `Written consent is ${needed ? '' : 'not '}required.`,
            given: (w) => w['amount'] === amount,
            claimed: (w) => w['consent'] === needed,
          },
        ],
      };
    },
    () => {
      const [n, action] = [whole(16, 25), draw(actions)];
      const age = pick([n - 1, n, n + 1]);
      return {
        rules: [`You must be at least ${n} years old to rent a car.`],
        domains: { age: [n - 1, n, n + 1], rent: [true, false] },
        holds: (w) => w['rent'] === false || Number(w['age']) >= n,
        claims: [
          {
            query: `I am ${age} years old. Can I rent a car?`,
            answer: pick(['Yes, you can rent a car.', 'Yes.']),
            given: (w) => w['age'] === age,
            claimed: (w) => w['rent'] === true,
          },
          {
            query: `I am ${age}. Can I rent a car?`,
            answer: 'No, you may not rent a car.',
            given: (w) => w['age'] === age,
            claimed: (w) => w['rent'] === false,
          },
        ],
        more: `Employees usually ${action}.`,
      };
    },
    () => {
      const [n, low] = [whole(3, 9) * 10, whole(1, 5)];
      const high = low + whole(1, 5);
      const [total, fee] = [pick([n - 10, n, n + 10]), pick([low, high])];
      return {
        rules: [
          `If the parcel weight is at least ${n} kg, then the handling fee is $${high}; otherwise the handling fee is $${low}.`,
        ],
        domains: { weight: [n - 10, n, n + 10], fee: [low, high, high + 1] },
        holds: (w) => w['fee'] === (Number(w['weight']) >= n ? high : low),
        claims: [
          {
            query: `The parcel weight is ${total} kg.`,
            answer: `The handling fee is $${fee}.`,
            given: (w) => w['weight'] === total,
            claimed: (w) => w['fee'] === fee,
          },
          {
            answer: `The handling fee is at most $${high}.`,
            given: () => true,
            claimed: (w) => Number(w['fee']) <= high,
          },
        ],
      };
    },
  ];
  return made.map((frame) => frame());
}

function worldsOf(domains: Frame['domains']): World[] {
  return Object.entries(domains).reduce<World[]>(
    (worlds, [name, values]) => worlds.flatMap((world) => values.map((value) => ({ ...world, [name]: value }))),
    [{}],
  );
}

describe('bedrock-guardrails.5, in the engine', () => {
  it('builds a policy from written rules and judges 30 claims as a truth table does, citing the rule that is broken', async () => {
    const seen: Record<string, number> = {};
    let judged = 0;
    while (judged < 60) {
      const all = frames();
      const text = all.flatMap((frame) => [...(frame.more ? [frame.more] : []), ...frame.rules]).join('\n\n');
      const { definition, statements } = await reasoner.build(text, { signal });
      for (const rule of all.flatMap((frame) => frame.rules))
        expect(
          statements.find((each) => each.text === rule),
          rule,
        ).toMatchObject({ rules: [expect.any(String), ...(rule.includes('otherwise') ? [expect.any(String)] : [])] });
      for (const { rules, domains, holds, claims } of all) {
        const worlds = worldsOf(domains).filter(holds);
        for (const { query, answer, given, claimed } of claims) {
          const truths = new Set(worlds.filter(given).map(claimed));
          const expected =
            truths.size === 0
              ? 'impossible'
              : truths.size === 2
                ? 'satisfiable'
                : truths.has(true)
                  ? 'valid'
                  : 'invalid';
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
    const text = frames()
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
