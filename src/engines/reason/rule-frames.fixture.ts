/** Rules in words, and claims on them with verdicts worked out by hand: for proofs that what is read and proved is right. */
export type World = Record<string, number | boolean | string>;
/** A rule as a sentence, what it means worked out by hand, and what may be asked and answered about it. */
export type Frame = {
  rules: string[];
  more?: string;
  domains: Record<string, World[string][]>;
  holds(world: World): boolean;
  claims: { query?: string; answer: string; given(world: World): boolean; claimed(world: World): boolean }[];
};

/** 17 claims on rules of ten kinds, in words drawn anew each time. `random` gives numbers in [0, 1). */
export function ruleFrames(random: () => number): Frame[] {
  const whole = (from: number, to: number) => from + Math.floor(random() * (to - from + 1));
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)]!;
  /** Takes one away, so that no two rules speak of the same thing. */
  const draw = <T>(items: T[]): T => items.splice(Math.floor(random() * items.length), 1)[0]!;

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

/** What a claim is under the rules of its frame: looked up in a table of all states of affairs. */
export function verdictOf({ domains, holds }: Frame, { given, claimed }: Frame['claims'][number]) {
  const truths = new Set(worldsOf(domains).filter(holds).filter(given).map(claimed));
  if (truths.size === 0) return 'impossible';
  if (truths.size === 2) return 'satisfiable';
  return truths.has(true) ? 'valid' : 'invalid';
}
