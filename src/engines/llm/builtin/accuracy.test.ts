/**
 * A sample of each skill on texts drawn anew at each run, with floors. The full suites, with their held-out half, are in
 * `bench/accuracy/llm`.
 */
import { describe, expect, it } from 'vitest';
import { answerRequest } from './generation.ts';
import { seeded } from './sampling.ts';
import type { ChatRequest, Json, Tool } from '../types.ts';

const seed = Date.now() % 1_000_000;
console.log(`accuracy seed ${seed}`);
const random = seeded(seed);
const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
const int = (from: number, to: number): number => from + Math.floor(random() * (to - from + 1));
const person = (): string =>
  `${pick(['Maria', 'Jonas', 'Priya', 'Oscar', 'Hanna', 'Viktor'])} ${pick(['Oakhurst', 'Tanaka', 'Brandt', 'Varga', 'Eklund'])}`;
const city = (): string => pick(['Lisbon', 'Oslo', 'Turin', 'Ghent', 'Denver', 'Osaka']);
const firm = (): string =>
  `${pick(['Aurora', 'Copper', 'Ember', 'Nimbus'])} ${pick(['Foods', 'Robotics', 'Motors', 'Labs'])}`;

type Said = { text: string; calls: { name: string; input: Json }[] };
function run(text: string, more: Partial<ChatRequest> = {}): Said {
  const answered = answerRequest(
    { system: [], messages: [{ role: 'user', content: [{ type: 'text', text }] }], ...more },
    100_000,
    0,
  );
  const said: Said = { text: '', calls: [] };
  for (const block of answered.blocks)
    if (block.type !== 'toolCall') said.text += block.deltas.join('');
    else said.calls.push({ name: block.name, input: JSON.parse(block.deltas.join('')) as Json });
  return said;
}

/** The share of 40 drawn cases that come out right. */
function share(one: () => boolean): number {
  let right = 0;
  for (let time = 0; time < 40; time++) if (one()) right++;
  return right / 40;
}

describe('accuracy', () => {
  it('answers questions about a given text and declines the others', () => {
    expect(
      share(() => {
        const [name, founder, year, place, staff] = [firm(), person(), int(1890, 2019), city(), int(20, 900)];
        const text = `${name} was founded in ${year} by ${founder} in ${place}. The company employs ${staff} people.`;
        const [question, answer] = pick([
          [`Who established ${name}?`, founder],
          [`When was ${name} created?`, String(year)],
          [`Where was ${name} founded?`, place],
          ['How many staff does the company have?', String(staff)],
          ['Who is the treasurer?', undefined],
        ] as const);
        const said = run(`Context: ${text}\n\nQuestion: ${question}`).text;
        return answer === undefined
          ? said.includes('could not find')
          : (said.split(' According to ')[0] ?? '').includes(answer) && /"[^"]+"/.test(said);
      }),
    ).toBeGreaterThanOrEqual(0.9);
  });

  it('summarises in as many sentences as asked for, keeping facts', () => {
    expect(
      share(() => {
        const [place, cost, sentences] = [city(), `$${int(2, 90)} million`, int(1, 2)];
        const said = run(
          `Summarize in ${sentences} sentence${sentences > 1 ? 's' : ''}:\n\nThe council of ${place} approved a new bridge. There was coffee. The bridge will cost ${cost}. It was a mild day.`,
        ).text;
        return said.split(/(?<=\.)\s+/).length === sentences && (said.includes(place) || said.includes(cost));
      }),
    ).toBeGreaterThanOrEqual(0.9);
  });

  it('classifies with the label alone', () => {
    expect(
      share(() => {
        const [label, text] = pick([
          ['positive', `I love this, ${person()} was wonderful.`],
          ['negative', 'Terrible quality, it broke and I want a refund.'],
          ['neutral', `The store in ${city()} opens at ${int(7, 10)} am.`],
        ] as const);
        return run(`Classify the sentiment as positive, negative or neutral.\n\nText: ${text}`).text === label;
      }),
    ).toBeGreaterThanOrEqual(0.9);
  });

  it('extracts fields that fit the schema', () => {
    const schema = {
      type: 'object',
      properties: {
        name: { type: 'string' },
        email: { type: 'string' },
        total: { type: 'number' },
        date: { type: 'string', format: 'date' },
      },
      required: ['name', 'email', 'total', 'date'],
    };
    expect(
      share(() => {
        const [name, day, total] = [person(), int(1, 28), int(100, 99_999) / 100];
        const email = `${name.toLowerCase().replace(' ', '.')}@example.org`;
        const said = run(
          `Extract the data.\n\nCustomer: ${name}\nE-mail: ${email}\nTotal: $${total.toFixed(2)}\nDate: ${day} March 2024`,
          { responseSchema: schema },
        ).text;
        return said === JSON.stringify({ name, email, total, date: `2024-03-${String(day).padStart(2, '0')}` });
      }),
    ).toBeGreaterThanOrEqual(0.9);
  });

  it('picks a tool and fills its input', () => {
    const tools: Tool[] = [
      {
        name: 'get_weather',
        description: 'Current weather of a city',
        inputSchema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
      },
      {
        name: 'get_order',
        description: 'Status of an order',
        inputSchema: { type: 'object', properties: { order_id: { type: 'string' } }, required: ['order_id'] },
      },
    ];
    expect(
      share(() => {
        const [place, id] = [city(), `ORD-${int(1000, 9999)}`];
        const [ask, call] = pick([
          [`Is it raining in ${place}?`, { name: 'get_weather', input: { city: place } }],
          [`Where is my order ${id}?`, { name: 'get_order', input: { order_id: id } }],
        ] as const);
        return JSON.stringify(run(ask, { tools }).calls) === JSON.stringify([call]);
      }),
    ).toBeGreaterThanOrEqual(0.9);
  });

  it('keeps to limits of length and form', () => {
    expect(
      share(() => {
        const count = int(4, 18);
        const [ask, right] = pick<readonly [string, (text: string) => boolean]>([
          [`in exactly ${count} words`, (text) => text.split(/\s+/).filter((word) => /\w/.test(word)).length === count],
          [`in at most ${count} words`, (text) => text.split(/\s+/).filter((word) => /\w/.test(word)).length <= count],
          ['in upper case', (text) => text === text.toUpperCase()],
        ]);
        return right(
          run(
            `Context: The tower was designed by ${person()} in ${int(1890, 2019)}.\n\nQuestion: Who designed the tower? Answer ${ask}.`,
          ).text,
        );
      }),
    ).toBeGreaterThanOrEqual(0.95);
  });
});
