import type { ChatRequest } from '../../../src/engines/llm/types.ts';
import type { Outcome, Template } from './cases.ts';
import { user } from './cases.ts';
import type { Draws } from './draws.ts';

export type Question = { q: string[]; a: string | null };
export type Scene = { text: string; questions: Question[]; name?: string };

const DECLINES =
  /could not find|does not (?:say|contain|mention)|not stated|not (?:in|mentioned)|cannot answer|no answer/i;

/** What stands before the quotation: the answer itself. */
const concise = (text: string): string =>
  text.split(/\s(?:According to|As stated in|Source:|This is from)\b|\n|\ssays: /)[0] ?? text;

export function check(scene: Scene, question: Question): (outcome: Outcome) => string | undefined {
  return ({ text }) => {
    if (question.a === null) return DECLINES.test(text) ? undefined : `should decline: ${text}`;
    if (DECLINES.test(text)) return `declined, wanted ${question.a}`;
    const said = concise(text);
    const wanted = question.a.toLowerCase();
    if (!said.toLowerCase().includes(wanted)) return `wanted ${question.a}: ${text}`;
    const quotes = [...text.matchAll(/"([^"]{8,})"/g)].map((match) => match[1] ?? '');
    const flat = scene.text.replace(/\s+/g, ' ');
    if (!quotes.some((quote) => flat.includes(quote.replace(/\s+/g, ' ')))) return `no verbatim quotation: ${text}`;
    return undefined;
  };
}

function framed(draws: Draws, scene: Scene, question: string): ChatRequest {
  switch (draws.int(0, 5)) {
    case 0:
      return user(question, {}, [{ type: 'document', name: scene.name ?? 'notes.txt', text: scene.text }]);
    case 1:
      return user(`Context: ${scene.text}\n\nQuestion: ${question}\nAnswer:`);
    case 2:
      return user(
        `Answer the question using only the context below.\n\n<context>\n${scene.text}\n</context>\n\n${question}`,
      );
    case 3:
      return user(`${scene.text}\n\n${question}`);
    case 4:
      return user(
        question,
        {
          system: [
            'You are a helpful assistant. Answer only from the provided document. If the answer is not there, say that you could not find it.',
          ],
        },
        [{ type: 'document', name: 'report.pdf', text: scene.text }],
      );
    default:
      return user(`<question>${question}</question>`, {
        system: [`Use the following passage to answer.\n<passage>\n${scene.text}\n</passage>`],
      });
  }
}

export const template =
  (make: (draws: Draws) => Scene): Template =>
  (draws) => {
    const scene = make(draws);
    const question = draws.pick(scene.questions);
    return { request: framed(draws, scene, draws.pick(question.q)), check: check(scene, question) };
  };

const company = (d: Draws): Scene => {
  const [firm, founder, ceo, city, year, staff] = [
    d.firm(),
    d.person(),
    d.person(),
    d.city(),
    d.year(),
    d.int(40, 9000),
  ];
  const revenue = `$${d.int(2, 900)} million`;
  const makes = d.pick(['solar panels', 'leather boots', 'surgical instruments', 'board games', 'bicycle frames']);
  return {
    name: 'profile.pdf',
    text: `${firm} was founded in ${year} by ${founder} in ${city}. The company makes ${makes} and employs ${staff} people. ${ceo} has been its chief executive since ${d.int(2005, 2024)}. Last year revenue rose to ${revenue} because demand from abroad doubled. The head office is at ${d.int(2, 90)} Mill Lane.`,
    questions: [
      { q: [`Who founded ${firm}?`, `Who established ${firm}?`, `Who is the founder of ${firm}?`], a: founder },
      {
        q: [`When was ${firm} founded?`, `In what year was ${firm} created?`, `What year did ${firm} start?`],
        a: String(year),
      },
      { q: [`Where was ${firm} founded?`, `In which city was ${firm} established?`], a: city },
      {
        q: [
          `How many employees does ${firm} have?`,
          `How many people work at ${firm}?`,
          'How many staff does the company employ?',
        ],
        a: String(staff),
      },
      { q: [`What does ${firm} make?`, `What does ${firm} manufacture?`, 'What does the company produce?'], a: makes },
      { q: [`Who is the CEO of ${firm}?`, `Who runs ${firm}?`, `Who is ${firm}'s chief executive officer?`], a: ceo },
      { q: [`What was the revenue of ${firm} last year?`, 'How much revenue did the company make?'], a: revenue },
      { q: ['Why did revenue rise?', 'What is the reason revenue increased?'], a: 'demand from abroad doubled' },
      {
        q: [
          `Who is the chief financial officer of ${firm}?`,
          'Who is the treasurer?',
          `What is the stock ticker of ${firm}?`,
          'How much does the flagship product cost?',
          `When was ${d.firm()} founded?`,
        ],
        a: null,
      },
    ],
  };
};

const biography = (d: Draws): Scene => {
  const [name, city, born, school, prize] = [
    d.person(),
    d.city(),
    d.year(),
    `${d.city()} University`,
    `${d.surname()} Prize`,
  ];
  let spouse = d.person();
  while (spouse === name) spouse = d.person();
  const children = d.pick(['two', 'three', 'four']);
  const field = d.pick(['marine biology', 'linguistics', 'astronomy', 'geology']);
  return {
    text: `${name} was born in ${city} in ${born}. After leaving school, ${name.split(' ')[0]} studied ${field} at ${school}. In ${born + 34} the ${prize} was awarded to ${name} for work on deep currents.\n\nIn private life, ${name} married ${spouse} and had ${children} children. ${name} died of pneumonia at the age of ${d.int(60, 95)}.`,
    questions: [
      {
        q: [`Where was ${name} born?`, `What is the birthplace of ${name}?`, `In which city was ${name} born?`],
        a: city,
      },
      { q: [`When was ${name} born?`, `In which year was ${name} born?`], a: String(born) },
      { q: [`What did ${name} study?`, `Which subject did ${name} study?`], a: field },
      { q: [`Where did ${name} study?`, `Which university did ${name} attend?`], a: school },
      { q: [`Which prize did ${name} receive?`, `What award did ${name} get?`], a: prize },
      { q: [`Who did ${name} marry?`, `Who was the spouse of ${name}?`], a: spouse },
      { q: [`How many children did ${name} have?`, `How many kids did ${name} have?`], a: children },
      { q: [`What did ${name} die of?`, `What was the cause of death of ${name}?`], a: 'pneumonia' },
      {
        q: [
          `What was the name of ${name}'s mother?`,
          `How tall was ${name}?`,
          `Which instrument did ${name} play?`,
          `Where was ${d.person()} born?`,
        ],
        a: null,
      },
    ],
  };
};

const specification = (d: Draws): Scene => {
  const product = d.product();
  const [weight, price, battery, warranty] = [
    `${d.int(2, 40)}.${d.int(1, 9)} kg`,
    `$${d.int(20, 900)}.99`,
    `${d.int(3, 40)} hours`,
    `${d.int(2, 5)} years`,
  ];
  const colour = d.pick(['black', 'silver', 'green', 'white']);
  return {
    name: 'datasheet.md',
    text: `# ${product}\n\nModel: ${d.id('M')}\nWeight: ${weight}\nPrice: ${price}\nBattery life: ${battery}\nWarranty: ${warranty}\nColor: ${colour}\nMade in: ${d.city()}`,
    questions: [
      {
        q: [`How heavy is the ${product}?`, `What does the ${product} weigh?`, `What is the weight of the ${product}?`],
        a: weight,
      },
      {
        q: [
          `How much does the ${product} cost?`,
          `What is the price of the ${product}?`,
          `How expensive is the ${product}?`,
        ],
        a: price,
      },
      { q: ['How long does the battery last?', 'What is the battery life?'], a: battery },
      { q: ['How long is the warranty?', 'What is the warranty period?', 'How long is the guarantee?'], a: warranty },
      { q: [`What color is the ${product}?`, `What colour is the ${product}?`], a: colour },
      {
        q: [
          'What is the screen resolution?',
          `Is the ${product} waterproof?`,
          'How much memory does it have?',
          'What is the maximum altitude?',
        ],
        a: null,
      },
    ],
  };
};

const policy = (d: Draws): Scene => {
  const [days, fee, time, out, floor] = [
    d.int(7, 60),
    `$${d.int(10, 90)}`,
    `${d.int(2, 5)} pm`,
    `${d.int(9, 11)} am`,
    d.pick(['third', 'fourth', 'fifth']),
  ];
  return {
    text: `Guests may check in from ${time} and must check out by ${out}. Pets are not allowed in the rooms. Breakfast is served in the garden hall on the ${floor} floor. Parking costs ${fee} per night. Reservations can be cancelled free of charge up to ${days} days before arrival. The pool is closed on Mondays for cleaning.`,
    questions: [
      { q: ['When can guests check in?', 'What time is check-in?', 'From what time can I check in?'], a: time },
      { q: ['By when do guests have to check out?', 'When is check-out?', 'What time must I check out?'], a: out },
      { q: ['Are pets allowed?', 'Are pets permitted in the rooms?'], a: 'No' },
      { q: ['Where is breakfast served?'], a: 'garden hall' },
      {
        q: ['How much does parking cost?', 'What is the fee for parking?', 'What is the price of parking per night?'],
        a: fee,
      },
      { q: ['How many days before arrival can I cancel for free?'], a: String(days) },
      { q: ['Is the pool open on Mondays?', 'Is the pool open on Monday?'], a: 'No' },
      {
        q: [
          'Is there a gym?',
          'What is the wifi password?',
          'How many rooms does the hotel have?',
          'Who manages the hotel?',
        ],
        a: null,
      },
    ],
  };
};

const table = (d: Draws): Scene => {
  const people = d.some(['Ann Reed', 'Bo Larsen', 'Cy Duarte', 'Dee Novak', 'Ed Solis', 'Flo Berg'], 4);
  const cities = d.some(['Lisbon', 'Oslo', 'Turin', 'Ghent', 'Lyon', 'Osaka'], 4);
  const teams = d.some(['Finance', 'Legal', 'Design', 'Sales', 'Research'], 4);
  const pay = people.map(() => d.int(31, 99) * 1000 + d.int(1, 999));
  const rows = people.map((name, index) => [name, teams[index], cities[index], String(pay[index])]);
  const markdown = d.chance(0.5);
  const head = ['Name', 'Department', 'City', 'Salary'];
  const text = markdown
    ? [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n')
    : [head, ...rows].map((row) => row.join(',')).join('\n');
  const at = d.int(0, 3);
  const top = pay.indexOf(Math.max(...pay));
  return {
    name: 'staff.csv',
    text,
    questions: [
      { q: [`What is the salary of ${people[at]}?`, `How much does ${people[at]} earn?`], a: String(pay[at]) },
      {
        q: [`Which department does ${people[at]} work in?`, `What is the department of ${people[at]}?`],
        a: teams[at] ?? '',
      },
      { q: [`Where does ${people[at]} work?`, `In which city is ${people[at]}?`], a: cities[at] ?? '' },
      { q: [`Who works in ${teams[at]}?`, `Who is in the ${teams[at]} department?`], a: people[at] ?? '' },
      { q: ['Who has the highest salary?', 'Which employee has the highest salary?'], a: people[top] ?? '' },
      { q: ['What is the total salary of all employees?'], a: String(pay.reduce((a, b) => a + b, 0)) },
      { q: [`What is the phone number of ${people[at]}?`, `What is the salary of ${d.person()}?`], a: null },
    ],
  };
};

const twoDocuments: Template = (d) => {
  const one = company(d);
  let two = company(d);
  while (one.text.split(' was ')[0] === two.text.split(' was ')[0]) two = company(d);
  const question = d.pick(
    one.questions.filter(
      (entry) => entry.a !== null && entry.q[0]?.includes('?') && /[A-Z]\w+ [A-Z]\w+/.test(entry.q[0].slice(4)),
    ),
  );
  const request = user(d.pick(question.q.slice(0, 1)), {}, [
    { type: 'document', name: 'second.txt', text: two.text },
    { type: 'document', name: 'first.txt', text: one.text },
  ]);
  return { request, check: check(one, question) };
};

const followUp: Template = (d) => {
  const [bridge, city, year, architect, length] = [
    `${d.surname()} Bridge`,
    d.city(),
    d.year(),
    d.person(),
    `${d.int(120, 900)} metres`,
  ];
  const scene: Scene = {
    text: `The ${bridge} stands in ${city}. It was opened in ${year} and was designed by ${architect}. It is ${length} long.`,
    questions: [],
  };
  const question = d.pick<Question>([
    { q: ['And when was it opened?', 'When did it open?', 'What year was it opened?'], a: String(year) },
    { q: ['And who designed it?', 'Who was its architect?'], a: architect },
    { q: ['How long is it?', 'And what is its length?'], a: length },
    { q: ['How much did it cost?', 'And who paid for it?'], a: null },
  ]);
  const request: ChatRequest = {
    system: [],
    messages: [
      {
        role: 'user',
        content: [
          { type: 'document', name: 'bridge.txt', text: scene.text },
          { type: 'text', text: `Where is the ${bridge}?` },
        ],
      },
      { role: 'assistant', content: [{ type: 'text', text: `It stands in ${city}.` }] },
      { role: 'user', content: [{ type: 'text', text: d.pick(question.q) }] },
    ],
  };
  return { request, check: check(scene, question) };
};

const minutes = (d: Draws): Scene => {
  const [chair, treasurer, amount, date, place] = [
    d.person(),
    d.person(),
    d.money().text,
    d.date().text,
    d.pick(['the town hall', 'the old library', 'the school gym']),
  ];
  return {
    name: 'minutes.txt',
    text: `Minutes of the garden club\n\nThe meeting was held on ${date} at ${place}. ${chair} chaired the meeting and ${treasurer} reported on the accounts. The members approved a budget of ${amount} for new tools. The request for a second greenhouse was rejected because the roof is too expensive. The next meeting will take place in ${d.pick(['May', 'September', 'October'])}.`,
    questions: [
      { q: ['When was the meeting held?', 'On what date did the meeting take place?'], a: date },
      { q: ['Where was the meeting held?', 'Where did the meeting take place?'], a: place.replace('the ', '') },
      { q: ['Who chaired the meeting?'], a: chair },
      { q: ['Who reported on the accounts?'], a: treasurer },
      {
        q: [
          'How much money was approved for new tools?',
          'What budget was approved?',
          'How big is the budget for tools?',
        ],
        a: amount,
      },
      {
        q: ['Why was the request for a second greenhouse rejected?', 'Why was the greenhouse request refused?'],
        a: 'the roof is too expensive',
      },
      { q: ['How many members attended?', 'Who took the minutes?', 'What is the membership fee?'], a: null },
    ],
  };
};

/** The templates that the engine is tuned on. */
export const qa: Template[] = [
  template(company),
  template(biography),
  template(specification),
  template(policy),
  template(table),
  template(minutes),
  twoDocuments,
  followUp,
];
