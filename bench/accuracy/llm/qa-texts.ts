/** More texts with questions: contracts, notes, timetables, match reports, and questions over several turns and documents. */
import type { Template } from './cases.ts';
import { user } from './cases.ts';
import type { Draws } from './draws.ts';
import type { Question, Scene } from './qa.ts';
import { check, template } from './qa.ts';

const expedition = (d: Draws): Scene => {
  const [leader, ship, harbour, crew, island, year] = [
    d.person(),
    `${d.pick(['Polar', 'Silver', 'Southern', 'Northern'])} ${d.pick(['Star', 'Tern', 'Crown', 'Gull'])}`,
    d.city(),
    d.int(12, 90),
    `${d.surname()} Island`,
    d.year(),
  ];
  return {
    text: `In the spring of ${year}, ${leader} set sail from ${harbour} aboard the ${ship} with a crew of ${crew} sailors. Their aim was to map the coast of ${island}. Owing to thick ice, the voyage lasted ${d.int(14, 30)} months. On the way back, the ship's surgeon, ${d.person()}, discovered a new species of seabird.`,
    questions: [
      { q: [`Who led the expedition aboard the ${ship}?`, `Who sailed on the ${ship}?`], a: leader },
      {
        q: [
          'Which port did they depart from?',
          `Where did the ${ship} leave from?`,
          `Where did ${leader} set sail from?`,
        ],
        a: harbour,
      },
      {
        q: ['How many sailors were in the crew?', 'How many sailors were aboard?', 'How large was the crew?'],
        a: String(crew),
      },
      {
        q: ['What was the purpose of the voyage?', 'What was the goal of the voyage?'],
        a: `map the coast of ${island}`,
      },
      { q: ['Why did the voyage last so long?', 'Why did the journey take so long?'], a: 'thick ice' },
      { q: [`When did ${leader} set sail?`, 'In which year did they set sail?'], a: String(year) },
      { q: ['What did the surgeon discover?'], a: 'new species of seabird' },
      {
        q: [
          'What did the cook prepare?',
          'How much did the ship cost?',
          'Who financed the voyage?',
          `How many cannons did the ${ship} carry?`,
        ],
        a: null,
      },
    ],
  };
};

const lease = (d: Draws): Scene => {
  const [tenant, landlord, rent, deposit, start, notice] = [
    d.person(),
    d.person(),
    `$${d.int(600, 2900)}`,
    `$${d.int(3000, 5000)}`,
    d.date().text,
    d.int(30, 90),
  ];
  return {
    name: 'lease.pdf',
    text: `This lease is made between ${landlord} ("the landlord") and ${tenant} ("the tenant"). The monthly rent amounts to ${rent}, payable on the first day of each month. A security deposit of ${deposit} is due on signing. The lease begins on ${start}. Either party may terminate it with ${notice} days' notice. Subletting is prohibited. The tenant is responsible for the garden.`,
    questions: [
      {
        q: ['How much is the rent?', 'What is the monthly rent?', 'How much does the tenant pay each month?'],
        a: rent,
      },
      { q: ['How high is the deposit?', 'What is the security deposit?', 'How much is the deposit?'], a: deposit },
      { q: ['When does the lease start?', 'On which date does the lease commence?'], a: start },
      { q: ['Who is the tenant?', 'Who rents the apartment as tenant?'], a: tenant },
      { q: ['Who is the landlord?'], a: landlord },
      { q: ['How many days of notice are required?', 'What is the notice period?'], a: String(notice) },
      { q: ['Is subletting allowed?', 'May the tenant sublet? Is subletting permitted?'], a: 'No' },
      { q: ['Who is responsible for the garden?', 'Who looks after the garden?'], a: 'tenant' },
      {
        q: [
          'How many bedrooms are there?',
          'Who insures the furniture?',
          'What is the penalty for late payment?',
          'Which bank handles the payment?',
        ],
        a: null,
      },
    ],
  };
};

const release = (d: Draws): Scene => {
  const [name, version, date, size, lead] = [
    `${d.pick(['Tern', 'Osprey', 'Heron', 'Wren'])}DB`,
    `${d.int(2, 9)}.${d.int(0, 9)}`,
    d.date().text,
    `${d.int(12, 480)} MB`,
    d.person(),
  ];
  const speed = d.int(12, 70);
  return {
    name: 'release-notes.md',
    text: `## ${name} ${version}\n\n${name} ${version} was released on ${date}. The download is ${size} in size. Queries run ${speed}% faster thanks to a new index. Support for Windows 7 has been removed. The work was coordinated by ${lead}.\n\n- License: Apache 2.0\n- Minimum memory: 4 GB\n- Documentation: https://docs.${name.toLowerCase()}.dev/start`,
    questions: [
      { q: [`When was ${name} ${version} released?`, `On what date did ${name} ${version} come out?`], a: date },
      { q: ['How big is the download?', 'What is the size of the download?'], a: size },
      { q: ['By what percentage are queries faster?', 'How much faster do queries run?'], a: `${speed}%` },
      { q: ['Who coordinated the work?'], a: lead },
      { q: ['What license is it under?', 'What is the license?'], a: 'Apache 2.0' },
      {
        q: ['Where is the documentation?', 'What is the URL of the documentation?'],
        a: `https://docs.${name.toLowerCase()}.dev/start`,
      },
      { q: ['Why do queries run faster?'], a: 'a new index' },
      {
        q: [
          'How many bugs were fixed?',
          'What does an enterprise subscription cost?',
          'Which company sponsors the project?',
        ],
        a: null,
      },
    ],
  };
};

const trains = (d: Draws): Scene => {
  const ids = d.some(['R12', 'R27', 'X31', 'X48', 'N55'], 4);
  const places = d.some(['Bristol', 'Leipzig', 'Zagreb', 'Montreal', 'Krakow'], 4);
  const times = d.some(['06:15', '07:40', '09:05', '11:30', '13:20', '18:55'], 4);
  const fares = ids.map(() => d.int(9, 99));
  const at = d.int(0, 3);
  const low = fares.indexOf(Math.min(...fares));
  return {
    name: 'timetable.csv',
    text: `Train;Destination;Departure;Fare\n${ids.map((id, index) => `${id};${places[index]};${times[index]};€${fares[index]}`).join('\n')}`,
    questions: [
      {
        q: [`When does the train to ${places[at]} leave?`, `At what time does train ${ids[at]} depart?`],
        a: times[at] ?? '',
      },
      { q: [`How much is a ticket to ${places[at]}?`, `What is the fare to ${places[at]}?`], a: `€${fares[at]}` },
      { q: [`Where does train ${ids[at]} go?`, `What is the destination of ${ids[at]}?`], a: places[at] ?? '' },
      { q: [`Which train goes to ${places[at]}?`], a: ids[at] ?? '' },
      {
        q: ['Which train is the cheapest?', 'Which train has the lowest fare?'],
        a: fares.filter((fare) => fare === fares[low]).length === 1 ? (ids[low] ?? '') : '',
      },
      {
        q: ['Who drives the train?', `How many seats does ${ids[at]} have?`, 'When does the train to Atlantis leave?'],
        a: null,
      },
    ].filter((question) => question.a !== ''),
  };
};

const club = (d: Draws): Scene => {
  const [team, coach, captain, ground, seats] = [
    `${d.city()} Rovers`,
    d.person(),
    d.person(),
    `${d.surname()} Park`,
    d.int(4, 60) * 1000,
  ];
  const score = `${d.int(3, 5)}-${d.int(0, 2)}`;
  return {
    text: `${team} beat their rivals ${score} on Saturday in front of a sold-out ${ground}, which seats ${seats.toLocaleString('en-US')} spectators. Coach ${coach} praised captain ${captain}, who scored twice. The win lifts the club to second place. Tickets for the next match go on sale on Friday and cost between $${d.int(10, 20)} and $${d.int(30, 60)}.`,
    questions: [
      { q: [`What was the score of the ${team} match?`, 'What was the final score?'], a: score },
      { q: [`Who coaches ${team}?`, 'Who is the coach?', 'Who is the trainer of the club?'], a: coach },
      { q: ['Who is the captain?', 'Who scored twice?'], a: captain },
      {
        q: [`How many spectators does ${ground} hold?`, `What is the capacity of ${ground}?`],
        a: seats.toLocaleString('en-US'),
      },
      { q: ['When do tickets go on sale?'], a: 'Friday' },
      { q: ['Did the club lose the match?', `Did ${team} lose?`], a: 'No' },
      {
        q: [
          'Who was the referee?',
          'What was the weather like?',
          'How much does the captain earn?',
          'Who owns the stadium?',
        ],
        a: null,
      },
    ],
  };
};

const pronouns: Template = (d) => {
  const [novel, author, year, copies, publisher] = [
    `The ${d.pick(['Glass', 'Winter', 'Hollow', 'Salt'])} ${d.pick(['Orchard', 'Harbour', 'Clock', 'Garden'])}`,
    d.person(),
    d.year(),
    `${d.int(2, 30)} million`,
    d.firm(),
  ];
  const scene: Scene = {
    text: `"${novel}" is a novel by ${author}. It was published in ${year} by ${publisher}. More than ${copies} copies have been sold.`.replaceAll(
      '"',
      '',
    ),
    questions: [],
  };
  const question = d.pick<Question>([
    { q: ['When did it come out?', 'When was it published?', 'And in which year was it published?'], a: String(year) },
    { q: ['Who published it?', 'Which company published it?'], a: publisher },
    { q: ['How many copies were sold?', 'And how many copies of it have been sold?'], a: copies },
    { q: ['How many pages does it have?', 'Which prizes did it win?'], a: null },
  ]);
  return {
    request: {
      system: ['Answer from the context.'],
      messages: [
        { role: 'user', content: [{ type: 'text', text: `Context: ${scene.text}\n\nQuestion: Who wrote ${novel}?` }] },
        { role: 'assistant', content: [{ type: 'text', text: `${author}.` }] },
        { role: 'user', content: [{ type: 'text', text: d.pick(question.q) }] },
      ],
    },
    check: check(scene, question),
  };
};

const searchResults: Template = (d) => {
  const scenes = [lease(d), release(d), club(d)];
  const at = d.int(0, 2);
  const scene = scenes[at] as Scene;
  const question = d.pick(scene.questions);
  const body = scenes
    .map(
      (entry, index) =>
        `<document index="${index + 1}">\n<source>source-${index + 1}.txt</source>\n<document_content>\n${entry.text}\n</document_content>\n</document>`,
    )
    .join('\n');
  return {
    request: user(
      `<documents>\n${body}\n</documents>\n\nAnswer the question from the documents. ${d.pick(question.q)}`,
    ),
    check: check(scene, question),
  };
};

export const qa: Template[] = [...[expedition, lease, release, trains, club].map(template), pronouns, searchResults];
