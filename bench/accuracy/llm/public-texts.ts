/** More templates: reports, notices and requests of offices, shops and clubs. */
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
import { calls, none, plain, resolved, text, tool } from './tools.ts';

const opera = (d: Draws): Scene => {
  const [house, architect, cost, opened, seats, director] = [
    `${d.surname()} Opera House`,
    d.person(),
    `$${d.int(20, 900)} million`,
    d.year(),
    d.int(600, 2900),
    d.person(),
  ];
  return {
    text: `The ${house} opened its doors in ${opened} after nine years of construction. ${architect} drew the plans for the building, which cost ${cost} in total. The auditorium has ${seats} seats. Since last autumn the house has been headed by ${director}. Guided tours take place every Sunday.`,
    questions: [
      { q: [`When was the ${house} opened?`, `In what year did the ${house} open?`], a: String(opened) },
      { q: ['Who was the architect?', `Who drew the plans for the ${house}?`], a: architect },
      { q: ['What did the building cost?', 'How much money did the building cost?'], a: cost },
      { q: ['How many seats are there?', 'How many seats does the auditorium have?'], a: String(seats) },
      { q: ['Who heads the house?', 'Who is in charge of the house?'], a: director },
      { q: ['How often do guided tours take place?', 'How often are there guided tours?'], a: 'every Sunday' },
      { q: ['How long did construction take?'], a: 'nine years' },
      { q: ['Which orchestra plays there?', 'How much is a ticket?', 'Who is the conductor?'], a: null },
    ],
  };
};
const trial = (d: Draws): Scene => {
  const [judge, accused, sum, years, town] = [
    d.person(),
    d.person(),
    d.money().text,
    d.pick(['two', 'three', 'five']),
    d.city(),
  ];
  return {
    text: `A court in ${town} has sentenced ${accused} to ${years} years in prison for fraud. Judge ${judge} said the accused had taken ${sum} from elderly customers. The defence will appeal because it considers the evidence weak. The money has not been recovered.`,
    questions: [
      { q: ['Who was sentenced?', 'Who was sentenced to prison?'], a: accused },
      { q: ['What was the name of the judge?', 'Who was the judge?'], a: judge },
      { q: ['How much money was taken?', 'How much did the accused take from customers?'], a: sum },
      { q: ['How long is the prison sentence?', `For how many years must ${accused} go to prison?`], a: years },
      { q: ['Why will the defence appeal?'], a: 'considers the evidence weak' },
      { q: ['Has the money been recovered?', 'Was the money recovered?'], a: 'No' },
      { q: ['In which city is the court?', 'Where is the court?'], a: town },
      { q: ['How old is the accused?', 'Who is the prosecutor?', 'When did the trial begin?'], a: null },
    ],
  };
};
const clinic = (d: Draws): Scene => {
  const [phone, email, doctor, fee, open, shut] = [
    d.phone(),
    d.email(),
    `Dr. ${d.surname()}`,
    `$${d.int(30, 190)}`,
    `${d.int(7, 9)}:30`,
    `${d.int(16, 19)}:00`,
  ];
  return {
    name: 'clinic.md',
    text: `# Riverside Clinic\n\n## Opening hours\nMonday to Friday, ${open} to ${shut}\n\n## Contact\nPhone: ${phone}\nEmail: ${email}\n\n## Staff\n- ${doctor}: dermatology\n- Dr. Umberto: cardiology\n\n## Fees\nFirst consultation: ${fee}\nFollow-up visit: $25`,
    questions: [
      { q: ['What is the phone number of the clinic?', 'What number can I call?'], a: phone },
      { q: ['What is the email address?', 'What is the e-mail address of the clinic?'], a: email },
      { q: ['How much is a first consultation?', 'What does the first consultation cost?'], a: fee },
      { q: ['What does a follow-up visit cost?'], a: '$25' },
      { q: ['Who is responsible for dermatology?', 'Which doctor does dermatology?'], a: doctor },
      {
        q: ['Is the clinic open on Sunday?', 'Who is the owner of the clinic?', 'Where can I park?'].slice(1),
        a: null,
      },
    ],
  };
};
const results = (d: Draws): Scene => {
  const runners = d.some(['Abel Kiro', 'Bea Lund', 'Cora Diaz', 'Dov Stein', 'Eli Marsh'], 4);
  const clubs = d.some(['Falcons', 'Comets', 'Rangers', 'Pilots', 'Wolves'], 4);
  const points = d.some([12, 19, 25, 31, 44, 58], 4);
  const at = d.int(0, 3);
  return {
    name: 'league.tsv',
    text: `Player\tClub\tPoints\n${runners.map((name, index) => `${name}\t${clubs[index]}\t${points[index]}`).join('\n')}`,
    questions: [
      {
        q: [`How many points does ${runners[at]} have?`, `How many points did ${runners[at]} score?`],
        a: String(points[at]),
      },
      { q: [`Which club does ${runners[at]} play for?`, `What is the club of ${runners[at]}?`], a: clubs[at] ?? '' },
      { q: [`Who plays for the ${clubs[at]}?`], a: runners[at] ?? '' },
      {
        q: ['Who has the most points?', 'Which player has the most points?'],
        a: runners[points.indexOf(Math.max(...points))] ?? '',
      },
      { q: ['Who has the fewest points?'], a: runners[points.indexOf(Math.min(...points))] ?? '' },
      {
        q: ['What is the average number of points?'],
        a: String(Number((points.reduce((a, b) => a + b, 0) / 4).toFixed(2))),
      },
      { q: [`How tall is ${runners[at]}?`, 'How many points does Zoe Quist have?'], a: null },
    ],
  };
};
const followed: Template = (d) => {
  const [mine, owner, metal, workers, depth] = [
    `${d.surname()} mine`,
    d.firm(),
    d.pick(['copper', 'zinc', 'silver']),
    d.int(90, 900),
    `${d.int(200, 1900)} metres`,
  ];
  const told: Scene = {
    text: `The ${mine} belongs to ${owner}. Around ${workers} miners extract ${metal} there. The shaft reaches a depth of ${depth}.`,
    questions: [],
  };
  const question = d.pick<Question>([
    { q: ['How many miners work there?', 'And how many miners are there?'], a: String(workers) },
    { q: ['What do they extract?', 'And what is extracted there?'], a: metal },
    { q: ['How deep is its shaft?', 'And how deep is the shaft?'], a: depth },
    { q: ['When was it closed?', 'How much does it earn?'], a: null },
  ]);
  return {
    request: {
      system: [],
      messages: [
        {
          role: 'user',
          content: [{ type: 'text', text: `<report>\n${told.text}\n</report>\n\nWho owns the ${mine}?` }],
        },
        { role: 'assistant', content: [{ type: 'text', text: owner }] },
        { role: 'user', content: [{ type: 'text', text: d.pick(question.q) }] },
      ],
    },
    check: check(told, question),
  };
};
export const qa: Template[] = [...[opera, trial, clinic, results].map(scene), followed];

const S: Json = { type: 'string' };
const parcel = (d: Draws): Item => {
  const [sender, recipient, number, weight, sent] = [d.firm(), d.person(), d.id('PK'), d.int(1, 30), d.date()];
  return {
    text: `Parcel ${number}\nSender: ${sender}\nRecipient: ${recipient}\nWeight: ${weight} kg\nShipped on: ${sent.text}\nInsured: yes`,
    schema: object({
      parcel_number: S,
      sender: S,
      recipient: S,
      weight_kg: { type: 'number' },
      shipped_on: { type: 'string', format: 'date' },
      insured: { type: 'boolean' },
    }),
    wanted: { parcel_number: number, sender, recipient, weight_kg: weight, shipped_on: sent.iso, insured: true },
  };
};
const hiring = (d: Draws): Item => {
  const [firm, person, salary, start] = [d.firm(), d.person(), d.int(30, 190) * 1000, d.date()];
  return {
    text: `We are delighted to offer ${person} the position of quality manager at ${firm}. The annual salary is $${salary.toLocaleString('en-US')}. Your first day will be ${start.text}.`,
    schema: object({
      candidate: S,
      company: S,
      position: S,
      annual_salary: { type: 'number' },
      first_day: { type: 'string', format: 'date' },
    }),
    wanted: {
      candidate: person,
      company: firm,
      position: 'quality manager',
      annual_salary: salary,
      first_day: start.iso,
    },
  };
};
const shopping = (d: Draws): Item => {
  const goods = d
    .some(['lemons', 'eggs', 'carrots', 'rolls', 'apples', 'onions'], 3)
    .map((name) => ({ name, quantity: d.int(2, 30) }));
  return {
    text: `Please buy ${goods
      .map((item) => `${item.quantity} ${item.name}`)
      .join(', ')
      .replace(/, ([^,]*)$/, ' and $1')}.`,
    schema: object({ items: { type: 'array', items: object({ name: S, quantity: { type: 'integer' } }) } }),
    wanted: { items: goods },
  };
};
const complaint = (d: Draws): Item => {
  const [order, person] = [d.id('ORD'), d.person()];
  const [mood, line] = d.pick([
    ['angry', 'This is unacceptable and I am furious.'],
    ['happy', 'I am delighted, great work.'],
  ] as const);
  return {
    text: `Order: ${order}\nName: ${person}\nMessage: ${line}`,
    schema: object({
      order: S,
      name: S,
      mood: { type: 'string', enum: ['happy', 'angry'] },
      phone: { type: ['string', 'null'] },
    }),
    wanted: { order, name: person, mood, phone: null },
  };
};
const stations = (d: Draws): Item => {
  const rows = d
    .some(['Ashford', 'Brill', 'Cowley', 'Denham'], 3)
    .map((name) => ({ name, platforms: d.int(1, 12), opened: d.year() }));
  return {
    text: rows.map((row) => `- ${row.name}: ${row.platforms} platforms, opened ${row.opened}`).join('\n'),
    schema: object({
      stations: {
        type: 'array',
        items: object({ name: S, platforms: { type: 'integer' }, opened: { type: 'integer' } }),
      },
    }),
    wanted: { stations: rows },
  };
};
export const extraction: Template[] = [parcel, hiring, shopping, complaint, stations].map(fields);

const DESK = [
  tool('get_news', 'Get the latest news about a topic', { topic: text('Topic of the news') }),
  tool(
    'reserve_room',
    'Reserve a meeting room',
    {
      room: text('Name of the room'),
      date: text('Day', { format: 'date' }),
      people: { type: 'integer', description: 'Number of people' },
    },
    ['room', 'date'],
  ),
  tool('track_package', 'Track a package by its tracking number', { tracking_number: text('Tracking number') }),
  tool('post_message', 'Post a message to a chat channel', {
    channel: text('Name of the channel'),
    message: text('Text of the message'),
  }),
  tool(
    'transfer_money',
    'Transfer money to another account',
    {
      recipient: text('Name of the recipient'),
      amount: { type: 'number' },
      currency: text('Currency', { enum: ['USD', 'EUR', 'GBP'] }),
    },
    ['recipient', 'amount'],
  ),
  tool('get_time', 'Get the current local time of a city', { city: text('City') }),
];
const news: Template = (d) => {
  const topic = d.pick(['electric cars', 'the housing market', 'deep sea mining']);
  return {
    request: user(d.pick([`What's the latest news about ${topic}?`, `Get me the news on ${topic}.`]), { tools: DESK }),
    check: calls([{ name: 'get_news', input: { topic } }]),
  };
};
const reserve: Template = (d) => {
  const [room, on, people] = [d.pick(['Galileo', 'Curie', 'Newton']), d.date(), d.int(3, 20)];
  return {
    request: user(`Reserve the room "${room}" on ${on.text} for ${people} people.`, { tools: DESK }),
    check: calls([{ name: 'reserve_room', input: { room, date: on.iso, people } }]),
  };
};
const track: Template = (d) => {
  const id = d.id('TR');
  return {
    request: user(d.pick([`Track my package ${id}`, `Where is the package with the tracking number ${id}?`]), {
      tools: DESK,
    }),
    check: calls([{ name: 'track_package', input: { tracking_number: id } }]),
  };
};
const post: Template = (d) => {
  const said = d.pick(['the build is green', 'lunch is here', 'the demo starts at noon']);
  return {
    request: user(`Post "${said}" to the channel general.`, { tools: DESK }),
    check: (outcome) => {
      const input = outcome.calls[0]?.input as { [key: string]: Json } | undefined;
      return outcome.calls.length === 1 &&
        outcome.calls[0]?.name === 'post_message' &&
        plain(String(input?.message)) === plain(said) &&
        /general/.test(String(input?.channel))
        ? undefined
        : JSON.stringify(outcome.calls) + outcome.text;
    },
  };
};
const pay: Template = (d) => {
  const [recipient, amount] = [d.person(), d.int(5, 900)];
  return {
    request: user(d.pick([`Transfer ${amount} euros to ${recipient}.`, `Please send €${amount} to ${recipient}.`]), {
      tools: DESK,
    }),
    check: calls([{ name: 'transfer_money', input: { recipient, amount, currency: 'EUR' } }]),
  };
};
const clocks: Template = (d) => {
  const [one, two] = d.some(['Osaka', 'Toronto', 'Lisbon', 'Nairobi'], 2) as [string, string];
  return {
    request: user(`What time is it in ${one} and ${two}?`, { tools: DESK }),
    check: calls([one, two].map((city) => ({ name: 'get_time', input: { city } }))),
  };
};
const lacking: Template = (d) => ({
  request: user(d.pick(['Track my package.', 'Can you track a package for me?']), { tools: DESK }),
  check: none(/tracking number/i),
});
const arrived: Template = (d) => {
  const [id, place] = [d.id('TR'), d.city()];
  return {
    request: resolved(
      DESK,
      `Where is my package ${id}?`,
      'track_package',
      { tracking_number: id },
      { status: 'in transit', location: place },
    ),
    check: none(new RegExp(place)),
  };
};
const chatter: Template = (d) => ({
  request: user(d.pick(['Hey there!', 'Thanks a lot!', 'Tell me a joke.']), { tools: DESK }),
  check: (outcome) => (outcome.calls.length === 0 && outcome.text !== '' ? undefined : JSON.stringify(outcome.calls)),
});
export const tools: Template[] = [news, reserve, track, post, pay, clocks, lacking, arrived, chatter];

const GUESTS: Bank = {
  positive: [
    () => 'Charming rooms and an excellent breakfast.',
    (d) => `${d.person()} at the desk was so kind and helpful.`,
    () => 'We had a great time and will come back.',
  ],
  negative: [
    () => 'The shower was broken and the carpet dirty.',
    () => 'Rude staff, and far too expensive.',
    (d) => `My ${d.product()} failed on the first day, what a waste.`,
  ],
};
const SUBJECTS: Bank = {
  technology: [
    () => 'A new processor makes laptops faster and extends the life of the battery.',
    (d) => `${d.firm()} fixed a bug in the software of its robots.`,
  ],
  cooking: [
    () => 'Fry the onion in butter, add the garlic and let the sauce simmer.',
    () => 'Bake the bread in a hot oven until the crust is brown.',
  ],
  politics: [
    () => 'The minister lost the vote in parliament and the opposition called for an election.',
    (d) => `The governor signed the bill on taxes in ${d.city()}.`,
  ],
};
const DESKS: Bank = {
  refund: [
    () => 'I sent the shoes back two weeks ago and still wait for my money.',
    () => 'Please return my payment, the item was damaged.',
  ],
  delivery: [() => 'The courier never came and my parcel is missing.', () => 'When will my package be delivered?'],
  password: [() => 'I am locked out, please reset my login.', () => 'I forgot my password and cannot sign in.'],
};
export const classification: Template[] = [
  zero(
    GUESTS,
    [
      (labels, body) => `Decide: is the guest's comment ${labels}? One word only.\n\n${body}`,
      (labels, body) => `Text: ${body}\n\nSentiment (${labels}):`,
    ],
    listed,
  ),
  zero(
    SUBJECTS,
    [
      (labels, body) => `Pick the subject of the passage from this list: ${labels}.\n\nPassage: ${body}`,
      (labels, body) => `"${body}"\n\nWhich label describes this best? Labels: ${labels}`,
    ],
    commas,
  ),
  zero(
    DESKS,
    [(labels, body) => `Choose the queue for this message. Queues: ${labels}.\n\n<message>${body}</message>`],
    commas,
  ),
  few(SUBJECTS, 'Passage', 'Subject'),
  few(DESKS, 'Customer', 'Queue'),
];

const launch = (d: Draws): Article => {
  const [firm, product, price] = [d.firm(), d.product(), `$${d.int(50, 900)}`];
  const [a, b] = d.some(FILLER, 2);
  return {
    text: `${firm} presented the ${product} at a trade fair on Thursday. ${a} The ${product} will cost ${price} and reach the shops in ${d.pick(['March', 'October'])}. ${b} Analysts expect ${firm} to sell ${d.int(2, 9)} million units of the ${product} in the first year.`,
    facts: [firm, product, price],
  };
};
export const summary: Template[] = [
  count(launch, (n) => `Read this and summarise it for me in ${n} sentence${n > 1 ? 's' : ''}:`),
  budget(launch, (n) => `Summary please, ${n} words max.`),
  points(launch, 'What are the three main points? Answer with bullet points.'),
];

const peak = (d: Draws): Fact => {
  const answer = `${d.int(1200, 8200)} metres`;
  return {
    text: `Mount ${d.surname()} is ${answer} high. It was first climbed by ${d.person()} in ${d.year()}. Its slopes are covered with pine forest.`,
    question: 'How high is the mountain?',
    answer,
  };
};
export const instructions: Template[] = [
  rule(peak, (d, fact) => {
    const n = d.int(4, 14);
    return { ask: `Limit your answer to ${n} words.`, check: atMost(n, fact) };
  }),
  rule(peak, (d) => {
    const n = d.int(8, 24);
    return { ask: `Write exactly ${n} words.`, check: exactly(n) };
  }),
  rule(peak, (_d, fact) => ({
    system: 'Reply with the answer only, without explanation.',
    check: ({ text }) => (text.trim().replace(/\.$/, '') === fact.answer ? undefined : text),
  })),
  rule(peak, (_d, fact) => ({
    ask: 'Use uppercase letters only.',
    check: ({ text }) => (text === text.toUpperCase() ? holds(text, fact) : text),
  })),
  rule(peak, (d, fact) => {
    const word = d.pick(['Ahoy!', 'Note:', 'Dear hiker,']);
    return {
      system: `Begin all your responses with "${word}"`,
      check: ({ text }) => (text.startsWith(word) ? holds(text, fact) : text),
    };
  }),
  rule(peak, (d, fact) => {
    const word = d.pick(['Safe travels!', '<end>', 'That is all.']);
    return {
      ask: `Close your reply with "${word}"`,
      check: ({ text }) => (text.endsWith(word) ? holds(text, fact) : text),
    };
  }),
  rule(peak, (_d, fact) => ({
    ask: 'Output JSON with a single field named "height".',
    check: ({ text }) => {
      try {
        return (JSON.parse(text) as { height?: unknown }).height === fact.answer ? undefined : text;
      } catch {
        return `no JSON: ${text}`;
      }
    },
  })),
  (d) => {
    const options = d.some(['oak', 'elm', 'ash', 'birch'], 3);
    return {
      request: user(`Randomly choose one of these trees: ${options.join(', ')}. Reply with the tree only.`, {
        temperature: 1,
        seed: d.int(0, 1e6),
      }),
      check: ({ text }) => (options.includes(text.trim().replace(/\.$/, '')) ? undefined : text),
    };
  },
  (d) => {
    const [a, b] = [d.int(2, 40), d.int(2, 40)];
    return {
      request: user(`Compute (${a} + ${b}) * 3`),
      check: ({ text }) => (text.includes(String((a + b) * 3)) ? undefined : text),
    };
  },
  (d) => {
    const list = d.some(['maple', 'cedar', 'aspen', 'holly', 'willow'], 4);
    return {
      request: user(`Sort alphabetically:\n${list.join('\n')}`),
      check: ({ text }) => (text.trim().split(/\n|, /).join() === [...list].sort().join() ? undefined : text),
    };
  },
  (d) => {
    const prices = [`$${d.int(2, 99)}`, `$${d.int(100, 999)}`];
    return {
      request: user(`Text: The bag costs ${prices[0]}, the coat ${prices[1]}.\n\nList all prices in the text.`),
      check: ({ text }) => (prices.every((price) => text.includes(price)) ? undefined : text),
    };
  },
];
