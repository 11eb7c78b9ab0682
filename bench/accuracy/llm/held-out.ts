/** The held-out half: subjects, wordings and forms that the engine was never tuned on. */
import type { Json } from '../../../src/engines/llm/types.ts';
import type { Template } from './cases.ts';
import { user } from './cases.ts';
import type { Bank } from './classification.ts';
import { commas, few, listed, zero } from './classification.ts';
import type { Draws } from './draws.ts';
import type { Item } from './extraction.ts';
import { object, template as fields } from './extraction.ts';
import type { Fact } from './instructions.ts';
import { atMost, exactly, holds, rule } from './instructions.ts';
import type { Question, Scene } from './qa.ts';
import { check, template as scene } from './qa.ts';
import type { Article } from './summary.ts';
import { FILLER, budget, count, points } from './summary.ts';
import { calls, none, resolved, text, tool } from './tools.ts';

const vineyard = (d: Draws): Scene => {
  const [owner, bottles, hectares, since, grape, village] = [
    d.person(),
    d.int(9, 90) * 1000,
    d.int(5, 80),
    d.year(),
    d.pick(['Riesling', 'Malbec', 'Merlot']),
    d.city(),
  ];
  return {
    text: `The vineyard near ${village} has belonged to the family of ${owner} since ${since}. On ${hectares} hectares the family grows mostly ${grape}. Each autumn about ${bottles} bottles are filled, most of which are sold abroad. Hail destroyed a third of the crop last summer. Tastings cost $${d.int(10, 19)} and can be booked online.`,
    questions: [
      { q: ['Who owns the vineyard?', 'Whose family owns the vineyard?'], a: owner },
      { q: ['Since when has the vineyard belonged to the family?'], a: String(since) },
      {
        q: ['How many hectares does the vineyard have?', 'On how many hectares do they grow grapes?'],
        a: String(hectares),
      },
      { q: ['Which grape does the family grow?', 'What does the family mostly grow?'], a: grape },
      {
        q: ['How many bottles are filled each autumn?', 'How many bottles are filled every year?'],
        a: String(bottles),
      },
      { q: ['What destroyed a third of the crop?'], a: 'Hail' },
      { q: ['Near which village is the vineyard?', 'Where is the vineyard?'], a: village },
      {
        q: ['How many workers does the vineyard employ?', 'Who designed the label?', 'What is the alcohol content?'],
        a: null,
      },
    ],
  };
};
const robot = (d: Draws): Scene => {
  const [name, load, speed, price, maker] = [
    `${d.pick(['Hexa', 'Tri', 'Omni'])}Bot ${d.int(2, 9)}`,
    `${d.int(5, 90)} kg`,
    `${d.int(2, 19)} km/h`,
    `$${d.int(2, 80)},${d.int(100, 999)}`,
    d.firm(),
  ];
  return {
    name: 'brochure.txt',
    text: `The ${name} from ${maker} carries loads of up to ${load} and reaches a speed of ${speed}. It charges in two hours. The list price is ${price}. The robot must not be used outdoors, as its motors are not sealed against rain.`,
    questions: [
      { q: [`Who makes the ${name}?`, `Which company builds the ${name}?`], a: maker },
      {
        q: ['How fast is the robot?', 'What is its top speed?', `How fast is the ${name}?`].filter((_, at) => at !== 1),
        a: speed,
      },
      { q: [`What is the list price of the ${name}?`, `How much is the ${name}?`], a: price },
      { q: ['How long does charging take?', 'How long does it take to charge?'], a: 'two hours' },
      { q: ['Why must the robot not be used outdoors?'], a: 'motors are not sealed' },
      { q: ['May the robot be used outdoors?', 'Can the robot be used outdoors?'], a: 'No' },
      { q: ['How tall is the robot?', 'In which colours is it sold?', 'How long is the warranty?'], a: null },
    ],
  };
};
const grants = (d: Draws): Scene => {
  const names = d.some(['Heron', 'Lark', 'Swift', 'Raven', 'Finch'], 4);
  const leads = d.some(['Ivo Karr', 'Una Bell', 'Max Horn', 'Lea Voss', 'Tim Rood'], 4);
  const sums = d.some([12_000, 25_500, 31_000, 48_250, 60_000], 4);
  const ends = d.some(['2025-03-31', '2026-06-30', '2027-12-31', '2028-01-15'], 4);
  const at = d.int(0, 3);
  return {
    name: 'grants.csv',
    text: `project,leader,funding,end date\n${names.map((name, index) => `${name},${leads[index]},${sums[index]},${ends[index]}`).join('\n')}`,
    questions: [
      { q: [`Who leads the project ${names[at]}?`, `Who is the leader of ${names[at]}?`], a: leads[at] ?? '' },
      { q: [`How much funding does ${names[at]} get?`, `What is the funding of ${names[at]}?`], a: String(sums[at]) },
      { q: [`When does the project ${names[at]} end?`, `What is the end date of ${names[at]}?`], a: ends[at] ?? '' },
      { q: [`Which project is led by ${leads[at]}?`], a: names[at] ?? '' },
      { q: ['Which project has the highest funding?'], a: names[sums.indexOf(Math.max(...sums))] ?? '' },
      { q: [`What is the address of ${leads[at]}?`, 'How much funding does Falcon get?'], a: null },
    ],
  };
};
const turns: Template = (d) => {
  const [festival, town, guests, head] = [
    `${d.pick(['Lantern', 'River', 'Harvest'])} Festival`,
    d.city(),
    d.int(2, 90) * 1000,
    d.person(),
  ];
  const told: Scene = {
    text: `The ${festival} takes place in ${town} every June. Last year it attracted ${guests} visitors. ${head} has organised it since 2012.`,
    questions: [],
  };
  const question = d.pick<Question>([
    { q: ['How many visitors did it attract?', 'And how many visitors came last year?'], a: String(guests) },
    { q: ['Who organises it?', 'And who is the organiser?'], a: head },
    { q: ['How much does it cost?', 'Which bands play there?'], a: null },
  ]);
  return {
    request: {
      system: [`Answer from these notes.\n<notes>\n${told.text}\n</notes>`],
      messages: [
        { role: 'user', content: [{ type: 'text', text: `Where does the ${festival} take place?` }] },
        { role: 'assistant', content: [{ type: 'text', text: `In ${town}.` }] },
        { role: 'user', content: [{ type: 'text', text: d.pick(question.q) }] },
      ],
    },
    check: check(told, question),
  };
};
export const qa: Template[] = [...[vineyard, robot, grants].map(scene), turns];

const S: Json = { type: 'string' };
const visa = (d: Draws): Item => {
  const [name, number, expiry, entries] = [d.person(), d.id('P'), d.date(), d.pick(['single', 'multiple'])];
  return {
    text: `Holder: ${name}\nPassport no.: ${number}\nValid until: ${expiry.text}\nEntries: ${entries}`,
    schema: object({
      holder: S,
      passport_number: S,
      valid_until: { type: 'string', format: 'date' },
      entries: { type: 'string', enum: ['single', 'multiple'] },
    }),
    wanted: { holder: name, passport_number: number, valid_until: expiry.iso, entries },
  };
};
const donation = (d: Draws): Item => {
  const [donor, charity, sum, on] = [d.person(), `${d.surname()} Foundation`, d.int(10, 900), d.date()];
  return {
    text: `${donor} donated $${sum} to the ${charity} on ${on.text}. A receipt is not required.`,
    schema: object({
      donor: S,
      charity: S,
      amount: { type: 'number' },
      date: { type: 'string', format: 'date' },
      receipt_required: { type: 'boolean' },
    }),
    wanted: { donor, charity, amount: sum, date: on.iso, receipt_required: false },
  };
};
const team = (d: Draws): Item => {
  const members = d.some(['Ada Kern', 'Ben Holt', 'Cem Aydin', 'Dana Frost'], 3);
  const project = d.pick(['Phoenix', 'Atlas', 'Comet']);
  return {
    text: `Project: ${project}\nMembers: ${members.join(', ')}\nBudget: $12k\nStatus: active`,
    schema: object({
      project: S,
      members: { type: 'array', items: S },
      status: { type: 'string', enum: ['active', 'paused', 'done'] },
    }),
    wanted: { project, members, status: 'active' },
  };
};
const menu = (d: Draws): Item => {
  const dishes = d
    .some(['Tomato soup', 'Grilled trout', 'Mushroom risotto', 'Apple pie'], 3)
    .map((name) => ({ name, price: d.int(4, 29) + 0.5 }));
  return {
    text: `Menu\n\n${dishes.map((dish) => `${dish.name} - $${dish.price.toFixed(2)}`).join('\n')}`,
    schema: object({ dishes: { type: 'array', items: object({ name: S, price: { type: 'number' } }) } }),
    wanted: { dishes },
  };
};
export const extraction: Template[] = [visa, donation, team, menu].map(fields);

const FARM = [
  tool(
    'get_tide',
    'Get the times of high and low tide at a harbour',
    { harbour: text('Name of the harbour'), date: text('Day', { format: 'date' }) },
    ['harbour'],
  ),
  tool('rent_bike', 'Rent a bicycle', {
    station: text('Station where the bike is picked up'),
    hours: { type: 'integer', description: 'How many hours' },
  }),
  tool(
    'report_fault',
    'Report a broken street light',
    { street: text('Street with the fault'), urgent: { type: 'boolean', description: 'Whether it is urgent' } },
    ['street'],
  ),
  tool('lookup_word', 'Look a word up in the dictionary', { word: text('The word to define') }),
  tool('pay_invoice', 'Pay an invoice', { invoice_id: text('Identifier of the invoice') }),
  tool('subscribe', 'Subscribe an email address to the newsletter', { email: text('Email address') }),
];
const tide: Template = (d) => {
  const [harbour, on] = [d.city(), d.date()];
  return {
    request: user(
      d.pick([`When is high tide in ${harbour} on ${on.text}?`, `Get the tide times for ${harbour} on ${on.text}.`]),
      { tools: FARM },
    ),
    check: calls([{ name: 'get_tide', input: { harbour, date: on.iso } }]),
  };
};
const bike: Template = (d) => {
  const [station, hours] = [`${d.surname()} Square`, d.int(2, 9)];
  return {
    request: user(`Rent a bike at ${station} for ${hours} hours.`, { tools: FARM }),
    check: calls([{ name: 'rent_bike', input: { station, hours } }]),
  };
};
const define: Template = (d) => {
  const word = d.pick(['serendipity', 'petrichor', 'zeitgeist']);
  return {
    request: user(d.pick([`Look up the word "${word}".`, `What does "${word}" mean?`]), { tools: FARM }),
    check: calls([{ name: 'lookup_word', input: { word } }]),
  };
};
const invoices: Template = (d) => {
  const [one, two] = [d.id('INV'), d.id('INV')];
  return {
    request: user(one === two ? `Pay invoice ${one}.` : `Pay the invoices ${one} and ${two}.`, { tools: FARM }),
    check: calls([...new Set([one, two])].map((id) => ({ name: 'pay_invoice', input: { invoice_id: id } }))),
  };
};
const newsletter: Template = (d) => {
  const email = d.email();
  return {
    request: user(`Please sign ${email} up for the newsletter.`, { tools: FARM }),
    check: calls([{ name: 'subscribe', input: { email } }]),
  };
};
const unnamed: Template = (d) => ({
  request: user(d.pick(['Pay my invoice.', 'Please pay an invoice for me.']), { tools: FARM }),
  check: none(/invoice/i),
});
const defined: Template = (d) => {
  const meaning = `a ${d.pick(['small', 'large', 'strange'])} ${d.pick(['boat', 'lamp', 'bird'])}`;
  return {
    request: resolved(FARM, 'What does "quorl" mean?', 'lookup_word', { word: 'quorl' }, { word: 'quorl', meaning }),
    check: none(new RegExp(meaning)),
  };
};
const idle: Template = (d) => ({
  request: user(d.pick(['Good afternoon', 'Bye!', 'How are you?']), { tools: FARM }),
  check: (outcome) => (outcome.calls.length === 0 && outcome.text !== '' ? undefined : JSON.stringify(outcome.calls)),
});
export const tools: Template[] = [tide, bike, define, invoices, newsletter, unnamed, defined, idle];

const APP: Bank = {
  positive: [
    () => 'Best app ever, it is easy and reliable.',
    () => 'The new design looks great and everything runs smoothly.',
  ],
  negative: [() => 'It keeps crashing and drains my phone, awful.', () => 'I hate the ads, this is a waste of time.'],
  neutral: [
    (d) => `The app was updated on ${d.date().text}.`,
    (d) => `It shows the timetable of ${d.int(3, 30)} lines.`,
  ],
};
const MAIL: Bank = {
  billing: [
    () => 'You charged my card twice for the same invoice.',
    () => 'Why did the price of my plan go up on the last bill?',
  ],
  cancellation: [
    () => 'I want to terminate my membership by the end of the month.',
    () => 'Please cancel my subscription, I do not use it anymore.',
  ],
  'technical support': [
    () => 'The app freezes on the login screen and shows an error.',
    () => 'After the update my printer will not connect to the network.',
  ],
};
export const classification: Template[] = [
  zero(
    APP,
    [
      (labels, body) => `Determine the tone of this app review: ${labels}.\n\nReview: ${body}`,
      (labels, body) => `"${body}"\n\nIs this review ${labels}? Just the word.`,
    ],
    listed,
  ),
  zero(
    MAIL,
    [
      (labels, body) => `Sort this email into one of these folders: ${labels}.\n\nEmail: ${body}`,
      (labels, body) =>
        `Email: ${body}\n\nWhich of the following categories applies? ${labels}. Answer with the category only.`,
    ],
    commas,
  ),
  few(MAIL, 'Mail', 'Folder'),
  few(APP, 'Review', 'Tone'),
];

const fire = (d: Draws): Article => {
  const [town, cost, crews] = [d.city(), d.money().text, `${d.int(20, 90)} firefighters`];
  const [a, b] = d.some(FILLER, 2);
  return {
    text: `A fire destroyed a warehouse in ${town} on Friday night. ${a} About ${crews} fought the fire until morning. ${b} The owner of the warehouse puts the damage at ${cost}.`,
    facts: [town, cost, crews],
  };
};
export const summary: Template[] = [
  count(fire, (n) => `Could you summarise the text below in ${n} sentence${n > 1 ? 's' : ''}?`),
  budget(fire, (n) => `Give me a summary of this report with a maximum of ${n} words.`),
  points(fire, 'Outline the article in three bullet points.'),
];

const ship = (d: Draws): Fact => {
  const answer = d.person();
  return {
    text: `The ferry was built in ${d.city()} in ${d.year()}. Its captain is ${answer}, who took over in ${d.int(2001, 2024)}.`,
    question: "Who is the ferry's captain?",
    answer,
  };
};
export const instructions: Template[] = [
  rule(ship, (d, fact) => {
    const n = d.int(4, 14);
    return { ask: `Use ${n} words or fewer.`, check: atMost(n, fact) };
  }),
  rule(ship, (d) => {
    const n = d.int(6, 20);
    return { ask: `Answer with precisely ${n} words.`, check: exactly(n) };
  }),
  rule(ship, (_d, fact) => ({
    ask: 'Only the name, please.',
    check: ({ text }) => (text.trim().replace(/\.$/, '') === fact.answer ? undefined : text),
  })),
  rule(ship, (_d, fact) => ({
    system: 'Write everything in capital letters.',
    check: ({ text }) => (text === text.toUpperCase() ? holds(text, fact) : text),
  })),
  rule(ship, (d, fact) => {
    const word = d.pick(['Hello sailor,', 'ANSWER -', 'Right.']);
    return {
      ask: `Your answer must begin with "${word}".`,
      check: ({ text }) => (text.startsWith(word) ? holds(text, fact) : text),
    };
  }),
  rule(ship, (d, fact) => {
    const word = d.pick(['Ahoy.', '###', 'Fair winds!']);
    return {
      system: `Always end with "${word}".`,
      check: ({ text }) => (text.endsWith(word) ? holds(text, fact) : text),
    };
  }),
  (d) => {
    const [a, b] = [d.int(100, 999), d.int(2, 9)];
    return {
      request: user(`What's ${a * b} divided by ${b}?`),
      check: ({ text }) => (text.includes(String(a)) ? undefined : text),
    };
  },
  (d) => {
    const options = d.some(['cat', 'dog', 'owl', 'fox'], 3);
    return {
      request: user(`Pick one at random: ${options.join(', ')}`, { temperature: 1, seed: d.int(0, 1e6) }),
      check: ({ text }) => (options.includes(text.trim().replace(/\.$/, '')) ? undefined : text),
    };
  },
  (d) => {
    const urls = [`https://${d.surname().toLowerCase()}.dev/a`, `https://${d.surname().toLowerCase()}.org/b`];
    return {
      request: user(`Extract every URL from this text:\n\nSee ${urls[0]} first and ${urls[1]} later.`),
      check: ({ text }) => (urls.every((url) => text.includes(url)) ? undefined : text),
    };
  },
];
