/** Questions over several documents, one of which has a price list: the sentence that says it must win over rows that merely hold numbers. */
import { describe, expect, it } from 'vitest';
import { answerRequest } from './generation.ts';
import { seeded } from './sampling.ts';
import type { Part, Tool } from '../types.ts';

const seed = Date.now() % 1_000_000;
console.log(`grounding seed ${seed}`);
const random = seeded(seed);
const int = (from: number, to: number): number => from + Math.floor(random() * (to - from + 1));
const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;

const [model, flow, bar, factory, price, fee, otherFee, hours] = [
  int(2, 4) * 100,
  int(41, 90),
  `${int(6, 9)}.${int(1, 9)}`,
  `${int(2, 4)}.${int(1, 9)}`,
  int(300, 400),
  int(11, 19),
  int(5, 9),
  int(21, 39),
];
const fault = pick(['the filter is blocked', 'the motor is too hot', 'the tank has lost its air']);
const code = `E${int(10, 19)}`;

const documents: Part[] = [
  {
    type: 'document',
    name: 'manual',
    text: `Brookline Pump ${model}: operating manual

2. Technical data

The maximum flow rate of the Pump ${model} is ${flow} litres per minute. The highest operating
pressure is ${bar} bar, and the factory setting is ${factory} bar. The pump can lift water from a
depth of at most 8 metres. A green light means that the pump is ready.

6. Error codes

${code} means that ${fault}. Call the service.

E20 means that the cistern is empty. Wait until there is water.\f7. Cleaning

Rinse the cup every ${hours} days, and replace it every ${hours + 400} days.`,
  },
  {
    type: 'document',
    name: 'terms',
    text: `# Terms of service

## 6. Prices of service outside the warranty

| Service | Price |
|---|---|
| Visit farther away | 119 euros |
| Each quarter of an hour of work | 22 euros |
| Replacement of the pressure vessel | ${price} euros |

## 7. The care contract

The contract costs ${fee} euros a month for the Pump ${model} and ${otherFee} euros a month for the Pump 150.`,
  },
];

const ask = (question: string, content: Part[] = documents, tools?: Tool[]): string =>
  answerRequest(
    {
      system: [],
      messages: [{ role: 'user', content: [...content, { type: 'text', text: question }] }],
      ...(tools ? { tools } : {}),
    },
    100_000,
    0,
  )
    .blocks.map((block) => (block.type !== 'toolCall' ? '' : `${block.name} `) + block.deltas.join(''))
    .join('\n');

describe('answers from documents with a price list', () => {
  it.each([
    ['What is the maximum flow rate of the Pump {model}?', `${flow} litres per minute`],
    ['What is the highest operating pressure?', `${bar} bar`],
    ['What is the factory setting of the pressure?', `${factory} bar`],
    [`What does the error code ${code} mean?`, fault],
    [`What is the meaning of ${code}?`, fault],
    ['What is the maximum depth from which the pump can lift water?', '8 metres'],
    ['How much does the contract for the Pump {model} cost a month?', `${fee} euros`],
    ['How much does the contract for the Pump 150 cost a month?', `${otherFee} euros`],
    ['How often must the cup be rinsed?', `every ${hours} days`],
    ['How often must the cup be replaced?', `every ${hours + 400} days`],
    ['What is the most expensive service outside the warranty?', 'Replacement of the pressure vessel'],
    ['How much is a visit farther away?', '119 euros'],
  ])('answers %s', (question, expected) => {
    const answer = ask(question.replace('{model}', String(model)));
    expect(answer.split(' According to ')[0]?.toLowerCase()).toContain(expected.toLowerCase());
    expect(answer).toMatch(/According to "(?:manual|terms)": "[^"]+"/);
  });

  it.each([
    'What does the error code E77 mean?',
    'What does the blue light mean?',
    'How much does the Pump 500 cost?',
    'What is the average salary of an engineer?',
    'What is the total revenue of Brookline?',
    'What is the maximum speed of the forklifts?',
    'What colour is the pump?',
    'When was Brookline founded?',
  ])('declines %s', (question) => expect(ask(question)).toMatch(/could not find|does not contain|is not stated/));

  it('quotes whole sentences of a text whose lines are broken', () =>
    expect(ask('What is the highest operating pressure?')).toContain(
      `"The highest operating pressure is ${bar} bar, and the factory setting is ${factory} bar."`,
    ));
});

describe('values beside verbs and units', () => {
  it('takes the time that stands with the verb of the question', () => {
    const [opens, closes] = [`${int(7, 10)}:30`, `${int(17, 20)}:00`];
    const text = `The museum opens at ${opens} and closes at ${closes}.`;
    expect(ask(`${text} When does the museum close?`, [])).toMatch(new RegExp(`^${closes}`));
    expect(ask(`${text} When does the museum open?`, [])).toMatch(new RegExp(`^${opens}`));
  });

  it('takes a number of four figures with a currency for a sum, not for a year', () => {
    const amount = int(1000, 2099);
    const convert: Tool = {
      name: 'convert_currency',
      description: 'Converts an amount of money between currencies',
      inputSchema: {
        type: 'object',
        properties: { amount: { type: 'number' }, from: { type: 'string' }, to: { type: 'string' } },
        required: ['amount', 'from', 'to'],
      },
    };
    for (const sum of [`${amount} USD`, `USD ${amount}`])
      expect(ask(`Convert ${sum} to EUR.`, [], [convert])).toBe(
        `convert_currency ${JSON.stringify({ amount, to: 'EUR', from: 'USD' })}`,
      );
  });

  it('fills the product of a question about stock', () => {
    const stock: Tool = {
      name: 'check_stock',
      description: 'Returns how many pieces of a product are in stock',
      inputSchema: { type: 'object', properties: { product: { type: 'string' } }, required: ['product'] },
    };
    const product = `${pick(['oak', 'steel', 'garden'])} ${pick(['shelves', 'chairs', 'tables'])}`;
    for (const question of [`How many ${product} are in stock?`, `How many pieces of ${product} are in stock?`])
      expect(ask(question, [], [stock])).toBe(`check_stock {"product":"${product}"}`);
  });
});
