/** More templates of extraction: fields that are asked for in words, in the everyday forms of asking. */
import type { Json } from '../../../src/engines/llm/types.ts';
import type { Template } from './cases.ts';
import { user } from './cases.ts';
import type { Draws } from './draws.ts';

/** A letter with what it holds, by the words in which the fields are asked for. */
type Letter = { text: string; fields: [label: string, value: string | null][] };

const complaint = (d: Draws): Letter => {
  const name = d.person();
  const [email, order] = [d.email(name), `${d.pick(['A', 'B', 'K'])}-${d.int(1000, 99999)}`];
  return {
    text: d.pick([
      `Hi, this is ${name} (${email}), my order ${order} never came.`,
      `Hello, my name is ${name}. I am still waiting for order ${order}. You can reach me at ${email}.`,
      `Order ${order} arrived broken. Please write to me at ${email}. Regards, ${name}`,
    ]),
    fields: [
      ['name', name],
      ['email', email],
      ['order number', order],
      ['phone number', null],
    ],
  };
};
const hire = (d: Draws): Letter => {
  const [name, firm, role] = [d.person(), d.firm(), d.pick(['Chief Financial Officer', 'Sales Director', 'Nurse'])];
  return {
    text: `${name} joined ${firm} as ${role} in March ${d.year()}.`,
    fields: [
      ['name', name],
      ['company', firm],
      ['job title', role],
      ['email', null],
    ],
  };
};
const bill = (d: Draws): Letter => {
  const [id, vendor, date, total] = [d.id('INV'), d.firm(), d.date().text, d.money().text];
  return {
    text: `Invoice ${id} from ${vendor} dated ${date}. Total due: ${total}.`,
    fields: [
      ['invoice number', id],
      ['vendor', vendor],
      ['date', date],
      ['total', total],
    ],
  };
};
const letter = (d: Draws): Letter => d.pick([complaint, hire, bill])(d);

const chosen = (d: Draws, { text, fields }: Letter): Letter => ({ text, fields: d.some(fields, d.int(2, 4)) });
const snake = (label: string): string => label.replaceAll(' ', '_');
const camel = (label: string): string => label.replace(/ (\w)/g, (_all, letter: string) => letter.toUpperCase());
const listed = (names: string[]): string =>
  names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;

/** Whether the answer is JSON with exactly the fields, under keys that `key` makes of their words. */
const isJson =
  ({ fields }: Letter, key: (label: string) => string) =>
  ({ text }: { text: string }): string | undefined => {
    const wanted = Object.fromEntries(fields.map(([label, value]) => [key(label), value]));
    try {
      const found = JSON.parse(text) as { [key: string]: Json };
      const same =
        Object.keys(found).length === fields.length &&
        Object.entries(wanted).every(([name, value]) => found[name] === value);
      return same ? undefined : `wanted ${JSON.stringify(wanted)}, found ${text}`;
    } catch {
      return `no JSON: ${text}`;
    }
  };
/** Whether the answer has a line "field: value" of each field. */
const isLines =
  ({ fields }: Letter) =>
  ({ text }: { text: string }): string | undefined => {
    const lines = text.split('\n').map((line) => line.toLowerCase());
    const missed = fields.filter(
      ([label, value]) =>
        !lines.some((line) => line.startsWith(`${label}:`) && line.includes((value ?? 'not stated').toLowerCase())),
    );
    return missed.length === 0 && lines.length === fields.length ? undefined : `${JSON.stringify(missed)}: ${text}`;
  };

/** One way of asking: the prompt from the fields' words and the text. */
const asking =
  (
    prompt: (names: string[], text: string, d: Draws) => string,
    check: (letter: Letter) => (outcome: { text: string }) => string | undefined,
  ): Template =>
  (d) => {
    const own = chosen(d, letter(d));
    return {
      request: user(
        prompt(
          own.fields.map(([label]) => label),
          own.text,
          d,
        ),
      ),
      check: check(own),
    };
  };
const json = (own: Letter) => isJson(own, snake);

/** A document, or a text of the turn before. */
const document: Template = (d) => {
  const own = chosen(d, letter(d));
  const ask = `Extract the ${listed(own.fields.map(([label]) => label))} from the document. Return JSON only.`;
  return {
    request: user(ask, {}, [{ type: 'document', name: 'letter', text: own.text }]),
    check: json(own),
  };
};
const earlier: Template = (d) => {
  const own = chosen(d, letter(d));
  return {
    request: {
      system: [],
      messages: [
        { role: 'user', content: [{ type: 'text', text: `Here is a message: "${own.text}"` }] },
        { role: 'assistant', content: [{ type: 'text', text: 'I have read it. What should I do with it?' }] },
        {
          role: 'user',
          content: [
            { type: 'text', text: `Now extract the ${listed(own.fields.map(([label]) => label))} from it as JSON.` },
          ],
        },
      ],
    },
    check: json(own),
  };
};

export const extraction: Template[] = [
  asking((names, text) => `Extract the ${listed(names)} as JSON from: "${text}"`, json),
  asking((names, text) => `From the text below, extract: ${names.join(', ')}.\n\n${text}`, isLines),
  asking((names, text) => `Give me the ${listed(names)} of this email as JSON: ${text}`, json),
  asking(
    (names, text) => `Return a JSON object with keys ${names.map(snake).join(', ')} for this text:\n\n${text}`,
    json,
  ),
  asking((names, text) => `${text}\n\nWhat are the ${listed(names)}? Answer as JSON.`, json),
  asking(
    (names, text) => `Extract these fields as JSON:\n${names.map((name) => `- ${name}`).join('\n')}\n\n${text}`,
    json,
  ),
  asking(
    (names, text) =>
      `Extract the following information:\n${names.map((name, at) => `${at + 1}. ${name}`).join('\n')}\n\n"${text}"`,
    isLines,
  ),
  asking(
    (names, text) => `Return JSON with ${listed(names.map((name) => `\`${camel(name)}\``))}.\n\n<email>${text}</email>`,
    (own) => isJson(own, camel),
  ),
  asking((names, text) => `Extract ${listed(names)} as JSON.\n\n\`\`\`\n${text}\n\`\`\``, json),
  asking((names, text) => `Please pull out the ${listed(names)} from this text: "${text}"`, isLines),
  document,
  earlier,
];
