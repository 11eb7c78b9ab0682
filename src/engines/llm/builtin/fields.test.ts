import { describe, expect, it } from 'vitest';
import { isFieldList, readFields } from './fields.ts';
import { answerRequest } from './generation.ts';
import { seeded } from './sampling.ts';

const seed = Date.now() % 1_000_000;
console.log(`fields seed ${seed}`);
const random = seeded(seed);
const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
const digits = (count: number): string => String(10 ** (count - 1) + Math.floor(random() * 9 * 10 ** (count - 1)));

const keys = (text: string, json = false): string[] => readFields(text, json).map((field) => field.key);

/** A letter with a name, an address and a number that no canned answer knows. */
function letter(): { text: string; name: string; email: string; order: string } {
  const first = pick(['Maria', 'Jonas', 'Elena', 'Peter', 'Nadia']);
  const last = pick(['Lopez', 'Brandt', 'Okafor', 'Tanaka', 'Moreau']);
  const [email, order] = [`${first}.${last}@example.com`.toLowerCase(), `${pick(['A', 'B', 'C'])}-${digits(4)}`];
  return {
    text: `Hi, this is ${first} ${last} (${email}), my order ${order} never came.`,
    name: `${first} ${last}`,
    email,
    order,
  };
}

function answer(prompt: string): string {
  const request = {
    system: [],
    messages: [{ role: 'user' as const, content: [{ type: 'text' as const, text: prompt }] }],
  };
  return answerRequest(request, 200_000, seed)
    .blocks.flatMap((block) => (block.type === 'text' ? block.deltas : []))
    .join('');
}

describe('fields that a request names', () => {
  it('are read from a sentence, a list of lines, and keys in ticks', () => {
    expect(keys('Extract the name, email and order number as JSON.', true)).toEqual(['name', 'email', 'order_number']);
    expect(keys('Extract these fields:\n- Name\n- Order number\n- Date of birth')).toEqual([
      'name',
      'order_number',
      'date_of_birth',
    ]);
    expect(keys('Return JSON with `name` and `orderNumber`.', true)).toEqual(['name', 'orderNumber']);
    expect(keys('Parse this address into street, city and zip.')).toEqual(['street', 'city', 'zip']);
    expect(keys('Return a JSON object with keys a_b, c for the text.', true)).toEqual(['a_b', 'c']);
  });

  it('are not read from requests for whole answers, rules, or lists of one kind', () => {
    for (const text of [
      'Give me the gist and the highlights of this article.',
      'Extract all email addresses, one per line.',
      'Rules:\n- Use upper case\n- At most ten words',
      'Summarize the following text in three bullet points.',
      'Who designed the tower?',
    ])
      expect(readFields(text, false)).toEqual([]);
  });

  it('make a list only as names, not as prose', () => {
    expect(isFieldList('name, email, order number')).toBe(true);
    expect(isFieldList('- name\n- email')).toBe(true);
    expect(isFieldList('This is a sentence, and it goes on for a while.')).toBe(false);
  });

  it('are filled from the text, null where it lacks them, in the keys that were asked for', () => {
    const { text, name, email, order } = letter();
    const wanted = { name, email, order_number: order, phone_number: null };
    expect(
      JSON.parse(answer(`Extract the name, email, order number and phone number as JSON from: "${text}"`)),
    ).toEqual(wanted);
    expect(JSON.parse(answer(`${text}\n\nWhat are the name and the order number? Answer as JSON.`))).toEqual({
      name,
      order_number: order,
    });
    expect(JSON.parse(answer(`Return JSON with \`who\` (name), \`email\`.\n\n<mail>${text}</mail>`))).toMatchObject({
      email,
    });
  });

  it('are told line by line when JSON is not asked for', () => {
    const { text, name, email, order } = letter();
    expect(
      answer(`From the text below, extract: name, email, order number, phone number.\n\n${text}`).split('\n'),
    ).toEqual([`name: ${name}`, `email: ${email}`, `order number: ${order}`, 'phone number: not stated']);
    expect(answer(`What is the order number in this message? "${text}"`)).toBe(order);
  });

  it('take parts of an address by their places in it', () => {
    const [number, zip] = [digits(3), digits(5)];
    expect(
      JSON.parse(
        answer(`Parse this address into street, city, state and zip as JSON: ${number} Main Street, Salem, OR ${zip}`),
      ),
    ).toEqual({ street: `${number} Main Street`, city: 'Salem', state: 'OR', zip });
  });
});

describe('summaries', () => {
  it('keep every sentence with a figure, date or name when no length is asked for', () => {
    const [share, day, sum] = [`${digits(2)} percent`, `${1 + Math.floor(random() * 28)} June`, `${digits(3)} euros`];
    const text = `Memo to all staff. We hope that everyone had a pleasant weekend. So far ${share} of the desks have been packed. There will be cake, because there is always cake. The office moves on ${day}. Please be kind to one another in these busy days. The move costs ${sum}. We love plants as well.`;
    const summary = answer(`Summarize this text: ${text}`);
    for (const fact of [share, day, sum]) expect(summary).toContain(fact);
    expect(summary).not.toContain('cake');
    expect(summary.length).toBeLessThan(text.length);
  });
});

describe('questions about a text that does not answer them', () => {
  it('are declined, not answered with a sentence that shares a word', () => {
    const text = 'Opened software cannot be returned. Return shipping costs $6.95 and is paid by the customer.';
    for (const question of ['What are your opening hours?', 'What is the warranty period?', 'Who is the director?'])
      expect(answer(`Use the context. If you do not know, say "NO IDEA".\n\n${text}\n\n${question}`)).toBe('NO IDEA');
  });
});
