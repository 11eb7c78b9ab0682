/** More templates: questions, summaries and instructions about everyday texts. */
import type { Template } from './cases.ts';
import { user } from './cases.ts';
import type { Draws } from './draws.ts';
import type { Fact } from './instructions.ts';
import { atMost, exactly, holds, rule } from './instructions.ts';
import type { Question, Scene } from './qa.ts';
import { check, template as scene } from './qa.ts';
import type { Article } from './summary.ts';
import { FILLER, budget, count, points } from './summary.ts';

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
