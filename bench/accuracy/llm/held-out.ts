/** The held-out half: subjects, wordings and forms that the engine was never tuned on. */
import type { Json } from '../../../src/engines/llm/types.ts';
import type { Template } from './cases.ts';
import { user } from './cases.ts';
import type { Bank } from './classification.ts';
import { commas, exact, few, listed, zero } from './classification.ts';
import type { Draws } from './draws.ts';
import type { Item } from './extraction.ts';
import { object, template as fields } from './extraction.ts';
import type { Fact } from './instructions.ts';
import { atMost, exactly, holds, rule } from './instructions.ts';
import type { Question, Scene } from './qa.ts';
import { check, template as scene } from './qa.ts';
import type { Article } from './summary.ts';
import { FILLER, budget, count, points } from './summary.ts';
import { calls, none, plain, resolved, text, tool } from './tools.ts';

const insurance = (d: Draws): Scene => {
  const [insurer, limit, excess, hotline, days] = [
    d.firm(),
    d.money().text,
    `$${d.int(50, 400)}`,
    d.phone(),
    d.int(3, 21),
  ];
  return {
    name: 'policy.txt',
    text: `${insurer} covers damage to your bicycle up to ${limit}. Theft must be reported to the police within ${days} days. For each claim you pay an excess of ${excess} yourself. Batteries older than four years are excluded from the cover. Claims are handled by the service centre, which you reach on ${hotline}.`,
    questions: [
      { q: ['Up to what amount is damage covered?', 'What is the maximum amount covered for damage?'], a: limit },
      {
        q: ['Within how many days must theft be reported?', 'How many days do I have to report theft?'],
        a: String(days),
      },
      { q: ['How much is the excess?', 'What excess do I pay for each claim?'], a: excess },
      { q: ['Who handles claims?', 'Who deals with claims?'], a: 'service centre' },
      { q: ['What is the phone number of the service centre?', 'Which number do I call for claims?'], a: hotline },
      { q: ['Are old batteries covered?', 'Are batteries older than four years included?'], a: 'No' },
      {
        q: ['How much is the monthly premium?', 'Does the policy cover legal costs?', 'Who is the managing director?'],
        a: null,
      },
    ],
  };
};

const school = (d: Draws): Scene => {
  const [head, pupils, teachers, date, play, room] = [
    d.person(),
    d.int(120, 900),
    d.int(12, 80),
    d.date().text,
    d.pick(['The Tempest', 'Oliver Twist', 'The Snow Queen']),
    `Room ${d.int(1, 40)}`,
  ];
  return {
    text: `Dear parents, the new school year begins on ${date}. Our school now has ${pupils} pupils and ${teachers} teachers. The head teacher is ${head}. In December the drama group will perform ${play} in the main hall. Lost property can be collected from ${room}. Because of building works, the car park stays closed until further notice.`,
    questions: [
      { q: ['When does the school year start?', 'On what day does the new school year begin?'], a: date },
      { q: ['How many pupils are there?', 'How many students does the school have?'], a: String(pupils) },
      { q: ['How many teachers does the school have?'], a: String(teachers) },
      { q: ['Who is the head teacher?', "What is the head teacher's name?"], a: head },
      { q: ['Which play will be performed?', 'What will the drama group perform?'], a: play },
      { q: ['Where can lost property be collected?'], a: room },
      { q: ['Why is the car park closed?'], a: 'building works' },
      {
        q: ['What time does the school day end?', 'How much does lunch cost?', 'Which bus goes to the school?'],
        a: null,
      },
    ],
  };
};

const animal = (d: Draws): Scene => {
  const [name, weight, length, years, eggs] = [
    `${d.surname()} tortoise`,
    `${d.int(20, 250)} kg`,
    `${d.int(50, 130)} cm`,
    d.int(60, 160),
    d.int(2, 24),
  ];
  return {
    text: `The ${name} lives in dry grassland and feeds mainly on cactus. Adults weigh up to ${weight} and reach a length of ${length}. They can live for more than ${years} years. A female lays about ${eggs} eggs. Its greatest threat is the loss of habitat.`,
    questions: [
      { q: [`How much does the ${name} weigh?`, 'How heavy do adults become?'], a: weight },
      { q: ['How long do adults grow?', 'What length do they reach?'], a: length },
      { q: [`What does the ${name} eat?`, `What is the diet of the ${name}?`], a: 'cactus' },
      { q: [`Where does the ${name} live?`, 'What is its habitat?'], a: 'dry grassland' },
      { q: ['How many eggs does a female lay?'], a: String(eggs) },
      { q: ['What is the greatest threat?', `What threatens the ${name} most?`], a: 'loss of habitat' },
      { q: ['How fast can it run?', 'Who first described the species?', 'How many are left in the wild?'], a: null },
    ],
  };
};

const stockList = (d: Draws): Scene => {
  const goods = d.some(['hammer', 'ladder', 'saw', 'drill', 'wrench', 'shovel'], 4);
  const stock = d.some([3, 8, 15, 22, 40, 61, 77], 4);
  const prices = d.some([4.5, 9.25, 12, 18.75, 33, 49.9], 4);
  const shelves = d.some(['A1', 'B4', 'C2', 'D7', 'E3'], 4);
  const at = d.int(0, 3);
  return {
    name: 'stock.md',
    text: `| Item | In stock | Unit price | Shelf |\n|:--|--:|--:|:--|\n${goods.map((good, index) => `| ${good} | ${stock[index]} | $${prices[index]} | ${shelves[index]} |`).join('\n')}`,
    questions: [
      { q: [`How many ${goods[at]}s are in stock?`, `What is the stock of the ${goods[at]}?`], a: String(stock[at]) },
      { q: [`What does a ${goods[at]} cost?`, `What is the unit price of the ${goods[at]}?`], a: `$${prices[at]}` },
      { q: [`On which shelf is the ${goods[at]}?`], a: shelves[at] ?? '' },
      { q: [`What is on shelf ${shelves[at]}?`, `Which item is on shelf ${shelves[at]}?`], a: goods[at] ?? '' },
      {
        q: ['Which item is the most expensive?', 'Which item has the highest unit price?'],
        a: goods[prices.indexOf(Math.max(...prices))] ?? '',
      },
      { q: [`Who supplies the ${goods[at]}?`, 'What is the price of the chainsaw?'], a: null },
    ],
  };
};

const memo = (d: Draws): Scene => {
  const [from, office, move, desks, cafe] = [d.person(), d.city(), d.date().text, d.int(30, 400), d.int(2, 12)];
  return {
    name: 'memo.docx',
    text: `From: ${from}\nSubject: Move to the new office\n\nOn ${move} we will move to our new office in ${office}. It offers ${desks} desks, bicycle parking and a canteen that seats ${cafe * 10}. Packing boxes will be handed out by the facility team one week earlier. Dogs are welcome in the new building.`,
    questions: [
      { q: ['When do we move?', 'When will the move to the new office happen?'], a: move },
      { q: ['Where is the new office?', 'Which city is the new office in?'], a: office },
      { q: ['How many desks does the new office offer?', 'How many desks are there?'], a: String(desks) },
      { q: ['Who hands out the packing boxes?', 'Who will distribute the packing boxes?'], a: 'facility team' },
      { q: ['Who wrote the memo?', 'Who is the memo from?'], a: from },
      { q: ['Are dogs allowed in the new building?'], a: 'Yes' },
      {
        q: ['What is the rent of the new office?', 'How many meeting rooms are there?', 'Who designed the building?'],
        a: null,
      },
    ],
  };
};

const conversation: Template = (d) => {
  const [satellite, mass, launch, site, agency] = [
    `${d.pick(['Lyra', 'Vega', 'Corvus'])}-${d.int(2, 9)}`,
    `${d.int(200, 4000)} kg`,
    d.date().text,
    d.city(),
    d.firm(),
  ];
  const told: Scene = {
    text: `The satellite ${satellite} weighs ${mass}. It was launched from ${site} on ${launch} and is operated by ${agency}.`,
    questions: [],
  };
  const question = d.pick<Question>([
    { q: ['Who operates it?', 'And which company operates it?'], a: agency },
    { q: ['When was it launched?', 'And when did it launch?'], a: launch },
    { q: ['Where was it launched from?', 'And from where was it launched?'], a: site },
    { q: ['How many cameras does it carry?', 'What did it cost?'], a: null },
  ]);
  return {
    request: {
      system: ['You answer questions about the attached notes and quote them.'],
      messages: [
        {
          role: 'user',
          content: [
            { type: 'document', name: 'satellite', text: told.text },
            { type: 'text', text: `How heavy is ${satellite}?` },
          ],
        },
        { role: 'assistant', content: [{ type: 'text', text: `${mass}.` }] },
        { role: 'user', content: [{ type: 'text', text: d.pick(question.q) }] },
      ],
    },
    check: check(told, question),
  };
};

export const qa: Template[] = [...[insurance, school, animal, stockList, memo].map(scene), conversation];

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

const harvest = (d: Draws): Article => {
  const [region, tons, drop] = [d.city(), `${d.int(20, 900)},000 tonnes`, `${d.int(8, 45)} percent`];
  const [a, b] = d.some(FILLER, 2);
  return {
    text: `Farmers near ${region} harvested ${tons} of wheat this year. ${a} The harvest was ${drop} smaller than last year because of a long drought. ${b} The farmers' union asked the government for ${d.money().text} in aid.`,
    facts: [region, tons, drop],
  };
};
const museum = (d: Draws): Article => {
  const [name, artist, price] = [`${d.surname()} Museum`, d.person(), d.money().text];
  const [a, b] = d.some(FILLER, 2);
  return {
    text: `The ${name} has bought a painting by ${artist} for ${price}. ${a} The painting shows a harbour at dawn and was long thought lost. ${b} Visitors can see the painting in the ${name} from ${d.pick(['June', 'August'])}.`,
    facts: [name, artist, price],
  };
};
export const summary: Template[] = [
  count(harvest, (n) => `TL;DR in ${n} sentence${n > 1 ? 's' : ''}:`),
  budget(harvest, (n) => `In no more than ${n} words, what is this document about? Give a summary.`),
  count(
    museum,
    (n) => `Write a short summary, exactly ${n} sentence${n > 1 ? 's' : ''} long, of the following article:`,
  ),
  points(museum, 'Give me the gist in exactly 3 bullet points.'),
];

const river = (d: Draws): Fact => {
  const answer = `${d.int(90, 900)} kilometres`;
  return {
    text: `The river Brenn is ${answer} long. It rises near ${d.city()} and was first mapped by ${d.person()} in ${d.year()}.`,
    question: 'How long is the river?',
    answer,
  };
};
export const instructions: Template[] = [
  rule(river, (d, fact) => {
    const n = d.int(5, 16);
    return { ask: `Respond with a maximum of ${n} words.`, check: atMost(n, fact) };
  }),
  rule(river, (d) => {
    const n = d.int(7, 22);
    return { system: `Your replies always have exactly ${n} words.`, check: exactly(n) };
  }),
  rule(river, (_d, fact) => ({
    ask: 'Just the number with its unit, no other text.',
    check: ({ text }) => (text.trim().replace(/\.$/, '') === fact.answer ? undefined : text),
  })),
  rule(river, (_d, fact) => ({
    ask: 'Answer IN ALL CAPS.',
    check: ({ text }) => (text === text.toUpperCase() ? holds(text, fact) : text),
  })),
  rule(river, (d, fact) => {
    const word = d.pick(['Well,', 'As requested:', 'Sir,']);
    return {
      ask: `Open your answer with the words "${word}".`,
      check: ({ text }) => (text.startsWith(word) ? holds(text, fact) : text),
    };
  }),
  rule(river, (d, fact) => {
    const word = d.pick(['Cheers!', '[done]', 'Love, Bot']);
    return {
      ask: `Conclude your response with "${word}".`,
      check: ({ text }) => (text.endsWith(word) ? holds(text, fact) : text),
    };
  }),
  rule(river, (_d, fact) => ({
    ask: 'Do not mention the word "Brenn".',
    check: ({ text }) => (/brenn/i.test(text) ? text : holds(text, fact)),
  })),
  rule(river, (d) => {
    const n = d.int(1, 9);
    return {
      more: { maxTokens: n, temperature: 0.9, seed: d.int(0, 99) },
      check: (outcome) =>
        outcome.outputTokens === n && outcome.stopReason === 'max_tokens'
          ? undefined
          : `${outcome.outputTokens} ${outcome.stopReason}`,
    };
  }),
  (d) => {
    const options = d.some(['north', 'south', 'east', 'west'], 3);
    return {
      request: user(`Select a word from the list at random: ${options.join(', ')}`, {
        temperature: 1,
        seed: d.int(0, 1e6),
      }),
      check: ({ text }) => (options.includes(text.trim().replace(/\.$/, '')) ? undefined : text),
    };
  },
  (d) => {
    const [a, b] = [d.int(2, 60), d.int(2, 60)];
    return {
      request: user(`How much is ${a} times ${b}?`),
      check: ({ text }) => (text.includes(String(a * b)) ? undefined : text),
    };
  },
  (d) => {
    const phones = [d.phone(), d.phone()];
    return {
      request: user(`Find all phone numbers in this text: Call ${phones[0]} by day and ${phones[1]} by night.`),
      check: ({ text }) => (phones.every((phone) => text.includes(phone)) ? undefined : text),
    };
  },
  (d) => {
    const list = d.some(['Tokyo', 'Lima', 'Cairo', 'Rome', 'Oslo'], 4);
    return {
      request: user(`Put these cities in alphabetical order: ${list.join(', ')}`),
      check: ({ text }) => (text.trim() === [...list].sort().join(', ') ? undefined : text),
    };
  },
  (d) => {
    const words = d.some(['river', 'stone', 'cloud', 'ember', 'harbor', 'violet'], d.int(3, 6)).join(' ');
    return {
      request: user(`How many words are in this sentence: "${words}"`),
      check: ({ text }) => (text.trim() === String(words.split(' ').length) ? undefined : text),
    };
  },
];
