/** More templates of the tasks: extraction, tools and classification in everyday texts. */
import type { Json } from '../../../src/engines/llm/types.ts';
import type { Template } from './cases.ts';
import { user } from './cases.ts';
import type { Bank } from './classification.ts';
import { commas, exact, few, listed, zero } from './classification.ts';
import type { Draws } from './draws.ts';
import type { Item } from './extraction.ts';
import { object, template as fields } from './extraction.ts';
import { calls, none, plain, resolved, text, tool } from './tools.ts';

const subscription = (d: Draws): Item => {
  const [name, plan, price, start] = [d.person(), d.pick(['Basic', 'Premium', 'Family']), d.int(5, 60), d.date()];
  const renews = d.chance(0.5);
  return {
    text: `Subscriber: ${name}\nPlan: ${plan}\nMonthly fee: $${price}\nStart: ${start.text}\nAuto-renewal: ${renews ? 'on' : 'off'}`,
    schema: object({
      subscriber: { type: 'string' },
      plan: { type: 'string', enum: ['Basic', 'Premium', 'Family'] },
      monthly_fee: { type: 'number' },
      start_date: { type: 'string', format: 'date' },
      auto_renewal: { type: 'boolean' },
    }),
    wanted: { subscriber: name, plan, monthly_fee: price, start_date: start.iso, auto_renewal: renews },
  };
};
const accident = (d: Draws): Item => {
  const [driver, plate, place, on, injured] = [d.person(), `KL-${d.int(100, 999)}-X`, d.city(), d.date(), d.int(2, 9)];
  return {
    text: `On ${on.text} a van with the plate ${plate}, driven by ${driver}, collided with a tram in ${place}. ${injured} people were injured.`,
    schema: object({
      date: { type: 'string', format: 'date' },
      license_plate: { type: 'string' },
      driver: { type: 'string' },
      city: { type: 'string' },
      injured: { type: 'integer' },
    }),
    wanted: { date: on.iso, license_plate: plate, driver, city: place, injured },
  };
};
const catalogue = (d: Draws): Item => {
  const rows = d
    .some(['oak table', 'pine shelf', 'glass vase', 'wool rug'], 3)
    .map((name) => ({ name, sku: d.id('SK'), price: d.int(10, 900) }));
  return {
    text: `name,sku,price\n${rows.map((row) => `${row.name},${row.sku},${row.price}`).join('\n')}`,
    schema: object({
      products: {
        type: 'array',
        items: object({ name: { type: 'string' }, sku: { type: 'string' }, price: { type: 'number' } }),
      },
    }),
    wanted: { products: rows },
  };
};
const volunteer = (d: Draws): Item => {
  const name = d.person();
  const [email, age, city] = [d.email(name), d.int(18, 80), d.city()];
  const languages = d.some(['English', 'Spanish', 'Polish', 'Greek', 'Danish'], 2);
  return {
    text: `I would like to volunteer. I am ${name}, ${age} years old, from ${city}. I speak ${languages.join(' and ')}. Please write to ${email}.`,
    schema: object({
      name: { type: 'string' },
      age: { type: 'integer' },
      city: { type: 'string' },
      languages: { type: 'array', items: { type: 'string' } },
      email: { type: 'string' },
    }),
    wanted: { name, age, city, languages, email },
  };
};
const warranty = (d: Draws): Item => {
  const [product, serial, shop, bought] = [d.product(), d.id('SN'), d.firm(), d.date()];
  const nullable = (type: string): Json => ({ type: [type, 'null'] });
  return {
    text: `Product: ${product}\nSerial number: ${serial}\nBought at: ${shop}\nPurchase date: ${bought.text}`,
    schema: object({
      product: { type: 'string' },
      serial_number: { type: 'string' },
      shop: { type: 'string' },
      purchase_date: { type: 'string', format: 'date' },
      extended_until: nullable('string'),
      price: nullable('number'),
    }),
    wanted: { product, serial_number: serial, shop, purchase_date: bought.iso, extended_until: null, price: null },
  };
};
const promptedList: Template = (d) => {
  const [title, author] = [
    `The ${d.pick(['Silent', 'Crooked', 'Golden'])} ${d.pick(['River', 'House', 'Key'])}`,
    d.person(),
  ];
  const year = d.year();
  return {
    request: user(
      `Read the record and give me JSON with these fields: title, author, year (integer).\n\nRecord:\nTitle: ${title}\nAuthor: ${author}\nYear: ${year}`,
    ),
    check: ({ text }) => {
      try {
        const found = JSON.parse(text) as { [key: string]: Json };
        return found.title === title && found.author === author && found.year === year ? undefined : text;
      } catch {
        return `no JSON: ${text}`;
      }
    },
  };
};
export const extraction: Template[] = [
  ...[subscription, accident, catalogue, volunteer, warranty].map(fields),
  promptedList,
];

const CITY = [
  tool(
    'find_restaurants',
    'Find restaurants in a city by cuisine',
    { city: text('City to search in'), cuisine: text('Kind of food, such as Italian') },
    ['city'],
  ),
  tool(
    'create_event',
    'Put an event in the calendar',
    {
      title: text('Title of the event'),
      date: text('Day of the event', { format: 'date' }),
      attendees: { type: 'array', items: { type: 'string' }, description: 'E-mail addresses of the guests' },
    },
    ['title', 'date'],
  ),
  tool('get_exchange_rate', 'Get the exchange rate between two currencies', {
    base: text('Base currency code'),
    quote: text('Quote currency code'),
  }),
  tool(
    'open_ticket',
    'Open a support ticket',
    {
      description: text('Description of the problem'),
      priority: text('Priority', { enum: ['low', 'normal', 'high'] }),
    },
    ['description'],
  ),
  tool('cancel_order', 'Cancel an existing order', { order_id: text('Identifier of the order') }),
  tool('get_employee', 'Look up an employee by name', { name: text('Full name') }),
  tool('set_thermostat', 'Set the target temperature of the heating', {
    degrees: { type: 'number', description: 'Temperature in degrees Celsius' },
  }),
];
const eat: Template = (d) => {
  const [city, cuisine] = [d.city(), d.pick(['Italian', 'Thai', 'Mexican', 'Japanese'])];
  return {
    request: user(
      d.pick([
        `Find a good ${cuisine} restaurant in ${city}.`,
        `I'm hungry, are there any ${cuisine} restaurants in ${city}?`,
      ]),
      { tools: CITY },
    ),
    check: calls([{ name: 'find_restaurants', input: { city, cuisine } }]),
  };
};
const calendar: Template = (d) => {
  const [guest, on] = [d.email(), d.date()];
  return {
    request: user(`Put an event called "Team lunch" in my calendar on ${on.text} and invite ${guest}.`, {
      tools: CITY,
    }),
    check: calls([{ name: 'create_event', input: { title: 'Team lunch', date: on.iso, attendees: [guest] } }]),
  };
};
const rates: Template = (d) => {
  const [base, quote] = d.some(['USD', 'EUR', 'GBP', 'CHF', 'SEK'], 2) as [string, string];
  return {
    request: user(
      d.pick([`What is the exchange rate from ${base} to ${quote}?`, `Give me the ${base} to ${quote} exchange rate.`]),
      { tools: CITY },
    ),
    check: calls([{ name: 'get_exchange_rate', input: { base, quote } }]),
  };
};
const cancel: Template = (d) => {
  const id = d.id();
  return {
    request: user(d.pick([`Please cancel order ${id}.`, `I changed my mind, cancel my order ${id} please.`]), {
      tools: CITY,
    }),
    check: calls([{ name: 'cancel_order', input: { order_id: id } }]),
  };
};
const staff: Template = (d) => {
  let [one, two] = [d.person(), d.person()];
  while (one === two) two = d.person();
  return d.chance(0.5)
    ? {
        request: user(`Look up the employees ${one} and ${two}.`, { tools: CITY }),
        check: calls([one, two].map((name) => ({ name: 'get_employee', input: { name } }))),
      }
    : {
        request: user(`Who is ${one}? Look it up in the employee list.`, { tools: CITY }),
        check: calls([{ name: 'get_employee', input: { name: one } }]),
      };
};
const heating: Template = (d) => {
  const degrees = d.int(15, 26);
  return {
    request: user(
      d.pick([`Set the heating to ${degrees} degrees.`, `Make it ${degrees} °C in here, please set the thermostat.`]),
      { tools: CITY },
    ),
    check: calls([{ name: 'set_thermostat', input: { degrees } }]),
  };
};
const ticket: Template = (d) => {
  const problem = d.pick(['the printer jams', 'the projector stays dark', 'my badge does not open the door']);
  return {
    request: user(`Open a ticket with high priority: ${problem}.`, { tools: CITY }),
    check: (outcome) => {
      const input = outcome.calls[0]?.input as { [key: string]: Json } | undefined;
      return outcome.calls.length === 1 &&
        outcome.calls[0]?.name === 'open_ticket' &&
        input?.priority === 'high' &&
        plain(String(input.description)).includes(plain(problem))
        ? undefined
        : JSON.stringify(outcome.calls) + outcome.text;
    },
  };
};
const rateFound: Template = (d) => {
  const rate = d.int(100, 999) / 100;
  return {
    request: resolved(
      CITY,
      'What is the exchange rate from USD to SEK?',
      'get_exchange_rate',
      { base: 'USD', quote: 'SEK' },
      { rate, as_of: d.date().iso },
    ),
    check: none(new RegExp(String(rate).replace('.', '\\.'))),
  };
};
const ordered: Template = (d) => ({
  request: user(d.pick(['Please cancel my order.', 'I want to cancel an order.']), { tools: CITY }),
  check: none(/order/i),
});
const small: Template = (d) => ({
  request: user(d.pick(['Good evening!', 'Thank you very much.', 'What is your name?']), { tools: CITY }),
  check: (outcome) => (outcome.calls.length === 0 && outcome.text !== '' ? undefined : JSON.stringify(outcome.calls)),
});
export const tools: Template[] = [eat, calendar, rates, cancel, staff, heating, ticket, rateFound, ordered, small];

const COMMENTS: Bank = {
  positive: [
    (d) => `The concert in ${d.city()} was fantastic, I would go again at any time.`,
    () => 'Super comfortable shoes, worth every cent.',
    (d) => `${d.person()} solved my problem in minutes. Thank you!`,
  ],
  negative: [
    (d) => `The ${d.product()} arrived damaged and nobody answers my mails.`,
    () => 'Boring film with a weak plot, I nearly fell asleep.',
    () => 'Slow delivery and a horrible smell. Never again.',
  ],
};
const DEPARTMENTS: Bank = {
  'human resources': [
    () => 'How many vacation days do I have left this year?',
    () => 'I would like to ask about parental leave and my payroll slip.',
  ],
  'it support': [
    () => 'My laptop does not start and the screen stays black.',
    () => 'I need access to the VPN, my password has expired.',
  ],
  finance: [
    () => 'Please pay the attached invoice by Friday and send me the tax receipt.',
    () => 'The budget for the third quarter exceeds our revenue forecast.',
  ],
};
const GENRES: Bank = {
  sports: [
    () => 'The goalkeeper saved two penalties and the team reached the semi-final of the cup.',
    (d) => `${d.person()} won the marathon in ${d.city()}.`,
  ],
  weather: [
    () => 'Heavy rain and thunderstorms are expected tonight, with wind from the west.',
    () => 'Temperatures will fall below zero and snow is likely.',
  ],
  economy: [
    () => 'Unemployment fell while exports and wages grew, the central bank said.',
    (d) => `Shares of ${d.firm()} dropped after weak earnings.`,
  ],
};
const shotsAsTurns: Template = (d) => {
  const good = d.chance(0.5);
  const last = d.pick((good ? COMMENTS.positive : COMMENTS.negative) ?? [])(d);
  return {
    request: {
      system: ['Label each comment as good or bad.'],
      messages: [
        { role: 'user', content: [{ type: 'text', text: 'Lovely place, friendly people.' }] },
        { role: 'assistant', content: [{ type: 'text', text: 'good' }] },
        { role: 'user', content: [{ type: 'text', text: 'Dirty tables and cold fries.' }] },
        { role: 'assistant', content: [{ type: 'text', text: 'bad' }] },
        { role: 'user', content: [{ type: 'text', text: last }] },
      ],
    },
    check: exact(good ? 'good' : 'bad'),
  };
};
export const classification: Template[] = [
  zero(
    COMMENTS,
    [
      (labels, body) => `Would you call this comment ${labels}? Answer with the label alone.\n\nComment: ${body}`,
      (labels, body) => `Sentiment of the sentence below (${labels})?\n\n"${body}"`,
    ],
    listed,
  ),
  zero(
    DEPARTMENTS,
    [
      (labels, body) =>
        `Route the request to the right department. Departments: ${labels}.\n\nRequest: ${body}\n\nDepartment:`,
      (labels, body) => `Available departments: ${labels}\n\nWhich department should handle this message? "${body}"`,
    ],
    commas,
  ),
  zero(GENRES, [(labels, body) => `Tag the headline with one of: ${labels}.\n\nHeadline: ${body}`], commas),
  few(DEPARTMENTS, 'Input', 'Output'),
  few(GENRES, 'News', 'Tag'),
  shotsAsTurns,
];
