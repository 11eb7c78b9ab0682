import { twins } from './grounding.ts';
import type { GroundingFrame, Twin } from './grounding.ts';

const PEOPLE = [
  'Anna Lindqvist',
  'Marcus Brandt',
  'Priya Okafor',
  'Hugo Moreau',
  'Elena Varga',
  'Tomoko Sato',
  'Omar Haddad',
];
const CITIES = ['Lisbon', 'Oslo', 'Turin', 'Lyon', 'Bergen', 'Ghent', 'Porto', 'Leipzig', 'Osaka', 'Denver'];
const SMALL = ['three', 'four', 'five', 'six', 'seven', 'nine'];
const MONEY = ['$40', '$55', '$75', '$90', '$120', '$240'];
const YEARS = ['1984', '1991', '1997', '2003', '2008', '2012', '2016'];
const DAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const PERCENT = ['8 percent', '11 percent', '14 percent', '19 percent', '23 percent', '31 percent'];

const frames: GroundingFrame[] = [
  {
    facts: {
      product: ['Solo Kettle', 'Nova Kettle', 'Aero Kettle'],
      volts: ['1.2 litres', '1.5 litres', '1.7 litres'],
      a: SMALL,
      years: ['two', 'three', 'five'],
      wrong: ['0.8 litres', '2.4 litres'],
      color: ['white', 'black', 'red'],
    },
    source:
      'The {product} holds {volts} of water and boils it in {a} minutes. It switches itself off when the water boils. The body is made of steel and the lid of glass. It comes with a guarantee of {years} years.',
    query: 'How much water does the {product} hold, and how long does it take?',
    answer: [
      'The {product} holds {volts} of water.',
      'It boils the water in {a} minutes.',
      'It then switches itself off.',
    ],
    planted: [
      { kind: 'number', at: 0, sentence: 'The {product} holds {wrong} of water.' },
      { kind: 'negation', at: 2, sentence: 'It does not switch itself off.' },
      { kind: 'invented', at: -1, sentence: 'It can be controlled with an app on your phone.' },
    ],
    offTopic: 'The body of the kettle is made of steel and the lid is made of glass.',
  },
  {
    facts: {
      firm: ['Northwind', 'Bluebird', 'Cedar'],
      days: ['14', '21', '30', '45'],
      wrong: ['60', '90', '100'],
      fee: MONEY,
      other: ['gift cards', 'swimwear', 'opened software'],
    },
    source:
      '{firm} takes back goods within {days} days of delivery if they are unused and in the original box. The refund is paid to the card that was used for the order. Returns by post are free of charge. {other} cannot be returned. Orders above {fee} are shipped free of charge.',
    query: 'What is the return policy of {firm}?',
    answer: [
      'You can return unused goods in the original box within {days} days of delivery.',
      'The refund goes to the card that you paid with.',
      'Sending goods back by post costs nothing.',
    ],
    planted: [
      {
        kind: 'number',
        at: 0,
        sentence: 'You can return unused goods in the original box within {wrong} days of delivery.',
      },
      { kind: 'contradiction', at: 2, sentence: 'You have to pay the postage for the return yourself.' },
      { kind: 'entity', at: 1, sentence: 'The refund is paid out as a voucher for the shop.' },
    ],
    offTopic: 'Orders above {fee} are shipped free of charge by {firm}.',
  },
  {
    facts: {
      drug: ['Veloxan', 'Maritol', 'Dorapine'],
      dose: ['one tablet', 'two tablets'],
      times: ['twice', 'three times'],
      wrong: ['five times', 'six times'],
      age: ['six', 'twelve', 'fourteen'],
      side: ['nausea', 'a dry mouth', 'drowsiness'],
    },
    source:
      '{drug} is used against mild pain and fever. Adults take {dose} {times} a day with a glass of water. Children under {age} must not take it. The most common side effect is {side}. Do not take {drug} if you are allergic to aspirin. Store it below 25 degrees.',
    query: 'How do adults take {drug} and who must not take it?',
    answer: [
      'Adults take {dose} of {drug} {times} a day with water.',
      'It must not be given to children under {age}.',
      'People who are allergic to aspirin must not take it.',
    ],
    planted: [
      { kind: 'number', at: 0, sentence: 'Adults take {dose} of {drug} {wrong} a day with water.' },
      { kind: 'negation', at: 2, sentence: 'People who are allergic to aspirin can take it safely.' },
      { kind: 'invented', at: -1, sentence: 'It also cures infections of the lungs.' },
    ],
    offTopic: '{drug} should be stored below 25 degrees.',
  },
  {
    facts: {
      hotel: ['Hotel Aurora', 'Hotel Juniper', 'Hotel Kestrel'],
      city: CITIES,
      other: CITIES,
      rooms: ['48', '64', '112'],
      time: ['7', '8'],
      price: MONEY,
      wrong: ['$15', '$310', '$420'],
    },
    source:
      '{hotel} stands in the old town of {city}, two minutes from the station. It has {rooms} rooms and a sauna on the top floor. Breakfast is served from {time} am and is included in the price. A double room costs {price} a night. Dogs are welcome, parking is not available.',
    query: 'Where is {hotel}, and what does a double room cost?',
    answer: [
      '{hotel} is in the old town of {city}.',
      'A double room costs {price} a night, and breakfast is included.',
    ],
    planted: [
      { kind: 'entity', at: 0, sentence: '{hotel} is in the old town of {other}.' },
      { kind: 'number', at: 1, sentence: 'A double room costs {wrong} a night, and breakfast is included.' },
      { kind: 'contradiction', at: -1, sentence: 'There is a large car park for guests.' },
    ],
    offTopic: 'The sauna of the house is on the top floor, and dogs are welcome.',
  },
  {
    facts: {
      firm: ['Meridian Foods', 'Vertex Motors', 'Lumen Energy'],
      growth: PERCENT,
      wrong: PERCENT,
      ceo: PEOPLE,
      cfo: PEOPLE,
      plants: SMALL,
      city: CITIES,
    },
    source:
      'Revenue of {firm} rose by {growth} in the last quarter, while profit was flat. {ceo}, the chief executive, said that higher prices drove the growth. {cfo}, the finance chief, expects costs to fall next year. The company runs {plants} plants and will open another one in {city}.',
    query: 'How did the revenue of {firm} develop, and why?',
    answer: [
      'Revenue of {firm} rose by {growth} in the last quarter.',
      'According to chief executive {ceo}, higher prices drove the growth.',
    ],
    planted: [
      { kind: 'number', at: 0, sentence: 'Revenue of {firm} rose by {wrong} in the last quarter.' },
      { kind: 'relation', at: 1, sentence: 'According to chief executive {cfo}, higher prices drove the growth.' },
      { kind: 'contradiction', at: 0, sentence: 'Revenue of {firm} fell by {growth} in the last quarter.' },
    ],
    offTopic: 'The company runs {plants} plants and plans another one in {city}.',
  },
  {
    facts: {
      winner: CITIES,
      loser: CITIES,
      goals: ['three', 'four', 'five'],
      scorer: PEOPLE,
      keeper: PEOPLE,
      minute: ['12th', '31st', '77th'],
      crowd: ['18,000', '24,000', '41,000'],
      wrong: ['9,000', '65,000'],
    },
    source:
      '{winner} beat {loser} by {goals} goals to one on Saturday. {scorer} scored the first goal in the {minute} minute. {keeper} was sent off after a foul shortly before the break. {crowd} people watched the match in the rain. The return match is in May.',
    query: 'Who won the match and who scored first?',
    answer: [
      '{winner} beat {loser} by {goals} goals to one.',
      '{scorer} scored the first goal in the {minute} minute.',
    ],
    planted: [
      { kind: 'relation', at: 0, sentence: '{loser} beat {winner} by {goals} goals to one.' },
      { kind: 'entity', at: 1, sentence: '{keeper} scored the first goal in the {minute} minute.' },
      { kind: 'number', at: -1, sentence: '{wrong} people watched the match.' },
    ],
    offTopic: 'It rained during the match, which {crowd} people watched, and the return match is in May.',
  },
  {
    facts: {
      who: PEOPLE,
      other: PEOPLE,
      year: YEARS,
      wrong: YEARS,
      city: CITIES,
      thing: ['a battery without cobalt', 'a microscope for living cells', 'a vaccine against malaria'],
    },
    source:
      '{who} studied chemistry in {city} and founded a laboratory there in {year}. With her team she developed {thing}. The patent was sold to a company from Japan. {other} led the laboratory after she retired. A street near the harbour bears her name.',
    query: 'What did {who} develop, and when was the laboratory founded?',
    answer: ['{who} founded the laboratory in {year}.', 'With her team she developed {thing}.'],
    planted: [
      { kind: 'number', at: 0, sentence: '{who} founded the laboratory in {wrong}.' },
      { kind: 'entity', at: 0, sentence: '{other} founded the laboratory in {year}.' },
      { kind: 'invented', at: -1, sentence: 'For this work she received the Nobel Prize.' },
    ],
    offTopic: 'A street near the harbour bears her name.',
  },
  {
    facts: {
      days: ['24', '26', '28', '30'],
      wrong: ['12', '18', '40'],
      carry: ['five', 'six', 'eight'],
      head: ['the team lead', 'the branch manager', 'the personnel office'],
      other: ['the works council', 'the finance office'],
      month: ['March', 'April', 'June'],
    },
    source:
      'Every employee has {days} days of paid leave a year. Up to {carry} days can be carried over until the end of {month} of the next year. Requests are approved by {head}. Unpaid leave is possible for at most three months. Employees who fall ill during their leave get these days back.',
    query: 'How many days of leave do I have, and who approves them?',
    answer: [
      'You have {days} days of paid leave a year.',
      'Your request is approved by {head}.',
      'Up to {carry} days can be carried over to the next year.',
    ],
    planted: [
      { kind: 'number', at: 0, sentence: 'You have {wrong} days of paid leave a year.' },
      { kind: 'entity', at: 1, sentence: 'Your request is approved by {other}.' },
      { kind: 'negation', at: 2, sentence: 'Days that are not taken cannot be carried over to the next year.' },
    ],
    offTopic: 'Unpaid leave is possible for at most three months.',
  },
  {
    facts: {
      planet: ['Kepler-9x', 'Gliese 41b', 'Tau Draco c'],
      mass: SMALL,
      year: YEARS,
      wrong: ['twenty', 'fifty', 'ninety'],
      days: ['11', '38', '200'],
      device: ['a telescope in Chile', 'a probe of the European agency', 'a dish in Hawaii'],
      other: ['an amateur in Canada', 'a balloon over Sweden'],
    },
    source:
      'The planet {planet} was found in {year} with {device}. It has {mass} times the mass of the Earth and goes around its star in {days} days. Its surface is too hot for liquid water. Astronomers have not found any moons so far.',
    query: 'How heavy is {planet}, and how was it discovered?',
    answer: ['{planet} has {mass} times the mass of the Earth.', 'It was discovered in {year} with {device}.'],
    planted: [
      { kind: 'number', at: 0, sentence: '{planet} has {wrong} times the mass of the Earth.' },
      { kind: 'entity', at: 1, sentence: 'It was discovered in {year} with {other}.' },
      { kind: 'contradiction', at: -1, sentence: 'Two moons circle around it.' },
    ],
    offTopic: 'The surface of the planet is too hot for liquid water.',
  },
  {
    facts: {
      line: ['ferry', 'night bus', 'mountain train'],
      from: CITIES,
      to: CITIES,
      day: DAYS,
      wrong: DAYS,
      hours: SMALL,
      price: MONEY,
    },
    source:
      'The {line} from {from} to {to} runs every {day} and takes {hours} hours. A ticket costs {price}; children under ten travel free. Bicycles can be taken along if they are booked a day before. The service pauses in January.',
    query: 'When does the {line} from {from} to {to} run, and what does it cost?',
    answer: [
      'The {line} from {from} to {to} runs every {day}.',
      'A ticket costs {price}, and children under ten travel free.',
    ],
    planted: [
      { kind: 'entity', at: 0, sentence: 'The {line} from {from} to {to} runs every {wrong}.' },
      { kind: 'contradiction', at: 1, sentence: 'A ticket costs {price}, and children pay half of that.' },
      { kind: 'invented', at: -1, sentence: 'Seats can be reserved on board for a small fee.' },
    ],
    offTopic: 'Bicycles have to be booked a day before the trip.',
  },
  {
    facts: {
      fund: ['savings account', 'fixed deposit', 'student loan'],
      rate: ['2.1', '2.6', '3.4'],
      wrong: ['5.9', '7.2'],
      months: ['12', '24', '36'],
      fee: MONEY,
      bank: ['Harbor Bank', 'Granite Bank', 'Willow Bank'],
    },
    source:
      'The {fund} of {bank} bears interest of {rate} percent a year. The rate is fixed for {months} months. There is a closing fee of {fee} if the contract ends early. New customers need an identity card and a proof of address. The branch is open until six.',
    query: 'What is the interest rate of the {fund}, and for how long is it fixed?',
    answer: ['The {fund} of {bank} bears {rate} percent interest a year.', 'The rate is fixed for {months} months.'],
    planted: [
      { kind: 'number', at: 0, sentence: 'The {fund} of {bank} bears {wrong} percent interest a year.' },
      { kind: 'negation', at: 1, sentence: 'The rate is not fixed and may change at any time.' },
      { kind: 'contradiction', at: -1, sentence: 'You can end the contract early without any fee.' },
    ],
    offTopic: 'New customers need an identity card and a proof of address.',
  },
  {
    facts: {
      museum: ['Glass Museum', 'Railway Museum', 'Museum of Clocks'],
      day: DAYS,
      price: ['$6', '$9', '$14'],
      wrong: ['$25', '$32'],
      floor: ['ground', 'second', 'top'],
      year: YEARS,
      pieces: ['800', '2,400', '6,100'],
    },
    source:
      'The {museum} opened in {year} in a former mill. It shows {pieces} pieces from four centuries. It is closed on {day}. Admission is {price} for adults and free for pupils. The cafe is on the {floor} floor and has a view of the river.',
    query: 'On which day is the {museum} closed, and what is the admission?',
    answer: ['The {museum} is closed on {day}.', 'Adults pay {price}, and pupils get in free.'],
    planted: [
      { kind: 'contradiction', at: 0, sentence: 'The {museum} is open every day, {day} included.' },
      { kind: 'number', at: 1, sentence: 'Adults pay {wrong}, and pupils get in free.' },
      { kind: 'invented', at: -1, sentence: 'Guided tours in sign language start every hour.' },
    ],
    offTopic: 'The cafe is on the {floor} floor and has a view of the river.',
  },
  {
    facts: {
      app: ['Orbit', 'Zephyr', 'Mira'],
      size: ['2 GB', '5 GB', '15 GB'],
      wrong: ['100 GB', '500 GB'],
      price: ['$3', '$7', '$11'],
      system: ['Android', 'Windows'],
      other: ['Linux', 'macOS'],
    },
    source:
      'The free plan of {app} has {size} of storage. The paid plan costs {price} a month and adds shared folders. Files are encrypted on the device before they are uploaded. The app runs on {system} and in the browser. Support answers on working days.',
    query: 'How much storage is in the free plan of {app}, and is it encrypted?',
    answer: ['The free plan of {app} has {size} of storage.', 'Files are encrypted on the device before the upload.'],
    planted: [
      { kind: 'number', at: 0, sentence: 'The free plan of {app} has {wrong} of storage.' },
      { kind: 'contradiction', at: 1, sentence: 'Files are encrypted only after they have been uploaded.' },
      { kind: 'entity', at: -1, sentence: 'The app runs on {other}.' },
    ],
    offTopic: 'Support for the app answers on working days.',
  },
  {
    facts: {
      bird: ['grey heron', 'white stork', 'barn swallow'],
      weight: ['40 grams', '1.5 kilograms', '3 kilograms'],
      eggs: SMALL,
      wrong: ['fifteen', 'twenty'],
      food: ['insects', 'fish', 'frogs'],
      other: ['seeds', 'berries'],
      month: ['March', 'April', 'May'],
    },
    source:
      'The {bird} returns from the south in {month}. It feeds mainly on {food}. The female lays {eggs} eggs, and both parents sit on them. The birds stay with the same partner for many years. Drained wetlands have made them rarer.',
    query: 'What does the {bird} eat, and how many eggs does it lay?',
    answer: ['The {bird} feeds mainly on {food}.', 'The female lays {eggs} eggs.', 'Both parents sit on them.'],
    planted: [
      { kind: 'entity', at: 0, sentence: 'The {bird} feeds mainly on {other}.' },
      { kind: 'number', at: 1, sentence: 'The female lays {wrong} eggs.' },
      { kind: 'contradiction', at: 2, sentence: 'Only the male sits on them.' },
    ],
    offTopic: 'The birds return from the south in {month}.',
  },
];

/** Twins that the grounding check may be tuned on. */
export const groundingDev = (seed: number): Twin[] => twins(frames, seed);
