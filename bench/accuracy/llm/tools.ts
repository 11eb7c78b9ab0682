import type { ChatRequest, Json, Tool, ToolChoice } from '../../../src/engines/llm/types.ts';
import type { Case, Template } from './cases.ts';
import { user } from './cases.ts';

type Wanted = { name: string; input: { [key: string]: Json } };

export const tool = (
  name: string,
  description: string,
  properties: { [key: string]: Json },
  required = Object.keys(properties),
): Tool => ({ name, description, inputSchema: { type: 'object', properties, required } });
export const text = (description: string, more: object = {}): Json => ({ type: 'string', description, ...more });

const same = (found: Json | undefined, wanted: Json): boolean => {
  if (typeof wanted === 'string') return typeof found === 'string' && plain(found) === plain(wanted);
  if (Array.isArray(wanted))
    return (
      Array.isArray(found) && found.length === wanted.length && wanted.every((item, index) => same(found[index], item))
    );
  if (wanted !== null && typeof wanted === 'object')
    return (
      found !== null &&
      typeof found === 'object' &&
      !Array.isArray(found) &&
      Object.entries(wanted).every(([key, value]) => same(found[key], value))
    );
  return found === wanted;
};
export const plain = (value: string): string =>
  value
    .toLowerCase()
    .replace(/^(?:the|a|an|that)\s+/, '')
    .replace(/[.!?#"']/g, '')
    .replace(/\s+/g, ' ')
    .trim();

/** The calls must be these, in any order; arguments that are not named may be absent or anything. */
export function calls(wanted: Wanted[]): Case['check'] {
  return (outcome) => {
    const told = JSON.stringify(outcome.calls) + (outcome.calls.length === 0 ? ` ${outcome.text}` : '');
    if (outcome.calls.length !== wanted.length) return `wanted ${JSON.stringify(wanted)}, found ${told}`;
    for (const one of wanted)
      if (!outcome.calls.some((call) => call.name === one.name && same(call.input, one.input)))
        return `wanted ${JSON.stringify(one)}, found ${told}`;
    return outcome.stopReason === 'tool_use' ? undefined : `stop reason ${outcome.stopReason}`;
  };
}

export const none =
  (said: RegExp): Case['check'] =>
  (outcome) =>
    outcome.calls.length === 0 && said.test(outcome.text)
      ? undefined
      : `wanted text ${String(said)}: ${JSON.stringify(outcome.calls)} ${outcome.text}`;

const HOME: Tool[] = [
  tool(
    'get_weather',
    'Get the current weather for a city',
    { city: text('Name of the city'), unit: text('Temperature unit', { enum: ['celsius', 'fahrenheit'] }) },
    ['city'],
  ),
  tool(
    'send_email',
    'Send an email message',
    { to: text('Email address of the recipient'), subject: text('Subject line'), body: text('Text of the message') },
    ['to', 'body'],
  ),
  tool('convert_currency', 'Convert an amount of money between currencies', {
    amount: { type: 'number' },
    from: text('ISO code of the source currency'),
    to: text('ISO code of the target currency'),
  }),
  tool('get_order_status', 'Look up the status of an order', { order_id: text('Order identifier') }),
  tool('calculator', 'Evaluate a mathematical expression', {
    expression: text('The arithmetic expression to evaluate'),
  }),
  tool(
    'create_reminder',
    'Create a reminder',
    { task: text('What to be reminded of'), date: text('Date, YYYY-MM-DD', { format: 'date' }) },
    ['task'],
  ),
];

const weather: Template = (d) => {
  const city = d.city();
  const unit = d.pick(['celsius', 'fahrenheit']);
  const [ask, input] = d.pick<[string, { [key: string]: Json }]>([
    [`What's the weather in ${city}?`, { city }],
    [`Is it raining in ${city} right now?`, { city }],
    [`How warm is it in ${city}, in ${unit}?`, { city, unit }],
    [`Could you tell me the weather forecast for ${city} please?`, { city }],
  ]);
  return { request: user(ask, { tools: HOME }), check: calls([{ name: 'get_weather', input }]) };
};

const twoCities: Template = (d) => {
  const [one, two] = d.some(['Lisbon', 'Oslo', 'Turin', 'Ghent', 'Osaka', 'Denver'], 2) as [string, string];
  const ask = d.pick([`What's the weather in ${one} and in ${two}?`, `Compare the weather in ${one} and ${two}.`]);
  return {
    request: user(ask, { tools: HOME }),
    check: calls([one, two].map((city) => ({ name: 'get_weather', input: { city } }))),
  };
};

const mail: Template = (d) => {
  const [to, said] = [
    d.email(),
    d.pick(['the meeting moved to Friday', 'the parcel has arrived', 'I will be late tomorrow']),
  ];
  const ask = d.pick([`Send an email to ${to} saying that ${said}.`, `Please email ${to} and say "${said}"`]);
  return { request: user(ask, { tools: HOME }), check: calls([{ name: 'send_email', input: { to, body: said } }]) };
};

const money: Template = (d) => {
  const amount = d.int(5, 5000);
  const [from, to, fromName, toName] = d.pick([
    ['USD', 'EUR', 'US dollars', 'euros'],
    ['GBP', 'JPY', 'pounds', 'yen'],
    ['EUR', 'CHF', 'euros', 'Swiss francs'],
  ] as const);
  const ask = d.pick([
    `Convert ${amount} ${fromName} to ${toName}.`,
    `How much is ${amount} ${from} in ${to}?`,
    `What are ${amount} ${fromName} in ${toName}?`,
  ]);
  return {
    request: user(ask, { tools: HOME }),
    check: calls([{ name: 'convert_currency', input: { amount, from, to } }]),
  };
};

const orderAndWeather: Template = (d) => {
  const [id, city] = [d.id('ORD'), d.city()];
  const ask = d.pick([
    `Where is my order ${id} and what is the weather in ${city}?`,
    `Check the status of order ${id}. Also, what's the weather like in ${city}?`,
  ]);
  return {
    request: user(ask, { tools: HOME }),
    check: calls([
      { name: 'get_order_status', input: { order_id: id } },
      { name: 'get_weather', input: { city } },
    ]),
  };
};

const sum: Template = (d) => {
  const [a, b] = [d.int(2, 999), d.int(2, 99)];
  const [ask, expression] = d.pick<[string, string]>([
    [`What is ${a} * ${b}?`, `${a} * ${b}`],
    [`Calculate ${a} + ${b}.`, `${a} + ${b}`],
    [`What is ${a} plus ${b}?`, `${a} + ${b}`],
  ]);
  return {
    request: user(ask, { tools: HOME, toolChoice: { type: 'any' } }),
    check: calls([{ name: 'calculator', input: { expression } }]),
  };
};

const missing: Template = (d) => ({
  request: user(d.pick(['What is the weather like?', 'Can you check the weather for me?']), { tools: HOME }),
  check: none(/city/i),
});

const noTool: Template = (d) => ({
  request: user(d.pick(['Hello!', 'Thanks, that is all.', 'Who are you?']), { tools: HOME }),
  check: (outcome) => (outcome.calls.length === 0 && outcome.text !== '' ? undefined : JSON.stringify(outcome.calls)),
});

const afterResult: Template = (d) => {
  const [city, degrees, sky] = [d.city(), d.int(-9, 35), d.pick(['sunny', 'foggy', 'overcast'])];
  const [ask, said] = d.pick<[string, RegExp]>([
    [`How warm is it in ${city}?`, new RegExp(`(?<!\\d)${degrees}(?!\\d)`)],
    [`What's the weather in ${city}?`, new RegExp(`${degrees}[\\s\\S]*${sky}|${sky}[\\s\\S]*${degrees}`)],
  ]);
  return {
    request: resolved(HOME, ask, 'get_weather', { city }, { temperature: degrees, conditions: sky }),
    check: none(said),
  };
};

export function resolved(
  tools: Tool[],
  ask: string,
  name: string,
  input: { [key: string]: Json },
  json: Json,
  toolChoice?: ToolChoice,
): ChatRequest {
  return {
    system: [],
    tools,
    ...(toolChoice ? { toolChoice } : {}),
    messages: [
      { role: 'user', content: [{ type: 'text', text: ask }] },
      { role: 'assistant', content: [{ type: 'toolCall', id: 'tooluse_1', name, input }] },
      {
        role: 'user',
        content: [
          { type: 'toolResult', toolCallId: 'tooluse_1', status: 'success', content: [{ type: 'json', json }] },
        ],
      },
    ],
  };
}

const reminder: Template = (d) => {
  const [task, on] = [d.pick(['water the plants', 'call the dentist', 'renew the passport']), d.date()];
  return {
    request: user(`Remind me to ${task} on ${on.text}.`, { tools: HOME }),
    check: (outcome) => {
      const call = outcome.calls[0];
      if (outcome.calls.length !== 1 || call?.name !== 'create_reminder')
        return JSON.stringify(outcome.calls) + outcome.text;
      const input = call.input as { [key: string]: Json };
      return typeof input.task === 'string' && input.task.toLowerCase().startsWith(task) && input.date === on.iso
        ? undefined
        : `wanted ${task} ${on.iso}: ${JSON.stringify(input)}`;
    },
  };
};

const OFFICE: Tool[] = [
  tool(
    'search_products',
    'Search the product catalog',
    { query: text('Search terms'), max_price: { type: 'number', description: 'Upper price limit' } },
    ['query'],
  ),
  tool(
    'book_flight',
    'Book a flight between two cities',
    {
      origin: text('Departure city'),
      destination: text('Arrival city'),
      departure_date: text('Day of departure', { format: 'date' }),
      passengers: { type: 'integer', description: 'Number of travellers' },
    },
    ['origin', 'destination', 'departure_date'],
  ),
  tool('getCustomer', 'Retrieve a customer record by email address', {
    email: text('Customer email', { format: 'email' }),
  }),
  tool('set_light', 'Turn the lights in a room on or off', {
    room: text('Room of the house', { enum: ['kitchen', 'bedroom', 'living room', 'garage'] }),
    state: text('New state', { enum: ['on', 'off'] }),
  }),
  tool(
    'refund_order',
    'Issue a refund for an order',
    { order_number: text('Number of the order'), amount: { type: 'number', description: 'Amount to refund' } },
    ['order_number'],
  ),
  tool('translate_text', 'Translate text into another language', {
    text: text('Text to translate'),
    target_language: text('Language to translate into'),
  }),
  tool('get_stock_price', 'Get the latest price of a stock', { symbol: text('Ticker symbol') }),
];

const flight: Template = (d) => {
  const [from, to] = d.some(['Lisbon', 'Oslo', 'Turin', 'Osaka', 'Denver', 'Nairobi'], 2) as [string, string];
  const on = d.date();
  const people = d.int(2, 6);
  const ask = d.pick([
    `Book a flight from ${from} to ${to} on ${on.text} for ${people} passengers.`,
    `I need to fly to ${to} from ${from} on ${on.text}, ${people} travellers.`,
    `Please book ${people} passengers on a flight from ${from} to ${to}, leaving on ${on.text}.`,
  ]);
  return {
    request: user(ask, { tools: OFFICE }),
    check: calls([
      { name: 'book_flight', input: { origin: from, destination: to, departure_date: on.iso, passengers: people } },
    ]),
  };
};

const products: Template = (d) => {
  const thing = d.pick([
    'waterproof hiking boots',
    'a cordless drill',
    'red desk lamps',
    'noise cancelling headphones',
  ]);
  const limit = d.int(20, 400);
  const ask = d.pick([`Search for ${thing} under $${limit}.`, `Find ${thing} below ${limit} dollars in the catalog.`]);
  return {
    request: user(ask, { tools: OFFICE }),
    check: (outcome) => {
      const input = outcome.calls[0]?.input as { [key: string]: Json } | undefined;
      if (outcome.calls.length !== 1 || outcome.calls[0]?.name !== 'search_products')
        return JSON.stringify(outcome.calls) + outcome.text;
      return typeof input?.query === 'string' && plain(input.query).includes(plain(thing)) && input.max_price === limit
        ? undefined
        : JSON.stringify(input);
    },
  };
};

const customer: Template = (d) => {
  const email = d.email();
  return {
    request: user(
      d.pick([
        `Look up the customer with the email ${email}.`,
        `Which customer has the address ${email}?`,
        `Find the customer record for ${email}`,
      ]),
      { tools: OFFICE },
    ),
    check: calls([{ name: 'getCustomer', input: { email } }]),
  };
};

const lights: Template = (d) => {
  const [room, state] = [d.pick(['kitchen', 'bedroom', 'living room', 'garage']), d.pick(['on', 'off'])];
  return {
    request: user(
      d.pick([
        `Turn ${state} the lights in the ${room}.`,
        `Switch the ${room} lights ${state} please.`,
        `Please turn the ${room} light ${state}`,
      ]),
      { tools: OFFICE },
    ),
    check: calls([{ name: 'set_light', input: { room, state } }]),
  };
};

const refund: Template = (d) => {
  const [id, amount] = [d.id(), d.int(5, 300)];
  return {
    request: user(
      d.pick([
        `Refund $${amount} for order ${id}.`,
        `Customer wants ${amount} dollars back for order ${id}, please issue a refund.`,
      ]),
      { tools: OFFICE },
    ),
    check: calls([{ name: 'refund_order', input: { order_number: id, amount } }]),
  };
};

const translation: Template = (d) => {
  const [said, language] = [
    d.pick(['Where is the station', 'I would like a coffee', 'The library is closed']),
    d.pick(['French', 'Japanese', 'Spanish']),
  ];
  return {
    request: user(d.pick([`Translate "${said}" into ${language}.`, `How do you say "${said}" in ${language}?`]), {
      tools: OFFICE,
    }),
    check: calls([{ name: 'translate_text', input: { text: said, target_language: language } }]),
  };
};

const stocks: Template = (d) => {
  const [one, two] = d.some(['AMZN', 'NVDA', 'IBM', 'SAP', 'INTC'], 2) as [string, string];
  return d.chance(0.5)
    ? {
        request: user(`What are the stock prices of ${one} and ${two}?`, { tools: OFFICE }),
        check: calls([one, two].map((symbol) => ({ name: 'get_stock_price', input: { symbol } }))),
      }
    : {
        request: user(d.pick([`What is ${one} trading at?`, `Get the stock price of ${one}`]), { tools: OFFICE }),
        check: calls([{ name: 'get_stock_price', input: { symbol: one } }]),
      };
};

const incomplete: Template = (d) => ({
  request: user(d.pick([`Book a flight to ${d.city()}.`, 'I want to book a flight.']), { tools: OFFICE }),
  check: none(/origin|departure/i),
});

const customerFound: Template = (d) => {
  const email = d.email();
  const [name, tier] = [d.person(), d.pick(['gold', 'silver'])];
  return {
    request: resolved(
      OFFICE,
      `What is the name of the customer with the email ${email}?`,
      'getCustomer',
      { email },
      { customer: { fullName: name, tier, orders: d.int(1, 40) } },
    ),
    check: none(new RegExp(name)),
  };
};

const forced: Template = (d) => {
  const symbol = d.pick(['AMZN', 'NVDA', 'IBM']);
  return {
    request: user(`Tell me about ${symbol}.`, { tools: OFFICE, toolChoice: { type: 'tool', name: 'get_stock_price' } }),
    check: calls([{ name: 'get_stock_price', input: { symbol } }]),
  };
};

const chat: Template = (d) => ({
  request: user(d.pick(['Good morning', 'What is the meaning of life?', 'Thank you!']), { tools: OFFICE }),
  check: (outcome) => (outcome.calls.length === 0 && outcome.text !== '' ? undefined : JSON.stringify(outcome.calls)),
});

/** The templates that the engine is tuned on. */
export const tools: Template[] = [
  weather,
  twoCities,
  mail,
  money,
  orderAndWeather,
  sum,
  missing,
  noTool,
  afterResult,
  reminder,
  flight,
  products,
  customer,
  lights,
  refund,
  translation,
  stocks,
  incomplete,
  customerFound,
  forced,
  chat,
];
