import { heldOutSeed } from '../half.held-out.ts';
import { twins } from './grounding.ts';
import type { GroundingFrame, Twin } from './grounding.ts';

const NAMES = [
  'Beatriz Aldous',
  'Callum Reyes',
  'Farid Castellan',
  'Gwen Iversen',
  'Henrik Dubois',
  'Keiko Marsh',
  'Niall Popescu',
];
const TOWNS = ['Bristol', 'Zagreb', 'Valencia', 'Tallinn', 'Antwerp', 'Krakow', 'Quito', 'Tunis', 'Busan', 'Malmo'];
const EUROS = ['35 euros', '48 euros', '62 euros', '85 euros', '130 euros'];
const MONTHS = ['February', 'April', 'June', 'August', 'September', 'November'];
const OLD = ['1869', '1887', '1902', '1923', '1938', '1954', '1961'];
const SHARES = ['a fifth', 'a quarter', 'a third', 'half', 'two thirds'];

const frames: GroundingFrame[] = [
  {
    facts: {
      cleaner: ['Rondo vacuum', 'Kito vacuum', 'Pico vacuum'],
      min: ['35', '45', '60'],
      wrong: ['15', '120', '180'],
      noise: ['62', '68', '71'],
      kg: ['2.4', '3.1', '5.6'],
      part: ['filter', 'brush'],
    },
    source:
      'With a full battery the {cleaner} runs for {min} minutes. It weighs {kg} kilograms. At full power it reaches {noise} decibels. The {part} can be washed under the tap, but the dust box must stay dry. A charger and a wall mount are in the box; bags are not needed.',
    query: 'For how long does the {cleaner} run, and which part can I wash?',
    answer: [
      'The {cleaner} runs for {min} minutes on a full battery.',
      'You can wash the {part} under the tap.',
      'The dust box has to stay dry.',
    ],
    planted: [
      { kind: 'number', at: 0, sentence: 'The {cleaner} runs for {wrong} minutes on a full battery.' },
      { kind: 'contradiction', at: 2, sentence: 'The dust box can be rinsed with water as well.' },
      { kind: 'invented', at: -1, sentence: 'A spare battery is sold separately.' },
    ],
    offTopic: 'At full power the vacuum reaches {noise} decibels.',
  },
  {
    facts: {
      excess: EUROS,
      days: ['three', 'five', 'ten'],
      wrong: ['thirty', 'sixty'],
      insurer: ['Sable Mutual', 'Umbra Insurance', 'Ivory Life'],
      peril: ['hail', 'burglary', 'burst pipes'],
      out: ['floods', 'wear and tear', 'war'],
    },
    source:
      'The household policy of {insurer} covers damage by fire, storm and {peril}. Damage by {out} is excluded. A claim has to be reported within {days} days. For each claim the customer bears {excess}. The policy renews each year unless it is cancelled in writing a month before.',
    query: 'What does the policy of {insurer} cover, and by when do I report damage?',
    answer: [
      'The policy of {insurer} covers fire, storm and {peril}.',
      'It does not pay for damage by {out}.',
      'You have to report a claim within {days} days.',
    ],
    planted: [
      { kind: 'contradiction', at: 1, sentence: 'It pays for damage by {out} too.' },
      { kind: 'number', at: 2, sentence: 'You have to report a claim within {wrong} days.' },
      { kind: 'negation', at: 0, sentence: 'The policy of {insurer} does not cover {peril}.' },
    ],
    offTopic: 'The policy is renewed every year unless somebody cancels it in writing.',
  },
  {
    facts: {
      cream: ['Calmiderm', 'Solvapel', 'Niroline'],
      body: ['face', 'scalp', 'hands'],
      other: ['eyelids', 'lips'],
      weeks: ['two', 'four', 'six'],
      wrong: ['ten', 'twenty'],
      act: ['drive', 'sunbathe', 'swim'],
    },
    source:
      'Apply {cream} thinly to dry skin of the {body} in the evening. Do not use it for longer than {weeks} weeks. It must not get into the eyes. Pregnant women should ask their doctor first. A slight burning in the first days is normal. The tube keeps for a year once it is open.',
    query: 'Where and for how long do I use {cream}?',
    answer: [
      '{cream} is applied thinly to the skin of the {body} in the evening.',
      'It should be used for {weeks} weeks at most.',
    ],
    planted: [
      { kind: 'entity', at: 0, sentence: '{cream} is applied thinly to the {other} in the evening.' },
      { kind: 'number', at: 1, sentence: 'It should be used for {wrong} weeks at most.' },
      { kind: 'contradiction', at: -1, sentence: 'It is safe for pregnant women without asking a doctor.' },
    ],
    offTopic: 'Once it has been opened, the tube keeps for a year.',
  },
  {
    facts: {
      trail: ['Salt Path', 'Ridge Walk', 'Monks’ Way'],
      km: ['14', '19', '27'],
      wrong: ['6', '55'],
      start: TOWNS,
      finish: TOWNS,
      month: MONTHS,
      hut: ['the lower hut', 'the mill', 'the old customs house'],
    },
    source:
      'The {trail} leads from {start} to {finish} over {km} kilometres. Most of it follows the coast, and only the last part climbs. Drinking water is found at {hut}. In {month} the trail is closed to protect nesting birds. Dogs have to be kept on a lead.',
    query: 'How long is the {trail} and where does it begin?',
    answer: ['The {trail} is {km} kilometres long.', 'It begins in {start} and ends in {finish}.'],
    planted: [
      { kind: 'number', at: 0, sentence: 'The {trail} is {wrong} kilometres long.' },
      { kind: 'relation', at: 1, sentence: 'It begins in {finish} and ends in {start}.' },
      { kind: 'invented', at: -1, sentence: 'A shuttle bus brings hikers back in the evening.' },
    ],
    offTopic: 'Drinking water is found at {hut}, and dogs must be on a lead.',
  },
  {
    facts: {
      fund: ['Harvest Fund', 'Lantern Fund', 'Quarry Fund'],
      share: SHARES,
      other: SHARES,
      boss: NAMES,
      aide: NAMES,
      fee: ['0.4', '0.9', '1.2'],
      wrong: ['3.5', '4.8'],
    },
    source:
      'The {fund} puts {share} of its money into bonds and the rest into shares of small companies. It has been managed by {boss} since the spring; {aide} had run it before. The yearly fee is {fee} percent. Investors can sell their units on any working day. The fund does not invest in tobacco.',
    query: 'Who manages the {fund}, and what is the fee?',
    answer: ['The {fund} is managed by {boss}.', 'The yearly fee is {fee} percent.'],
    planted: [
      { kind: 'relation', at: 0, sentence: 'The {fund} is managed by {aide} today.' },
      { kind: 'number', at: 1, sentence: 'The yearly fee is {wrong} percent.' },
      { kind: 'contradiction', at: -1, sentence: 'The fund holds shares of tobacco firms.' },
    ],
    offTopic: 'Units of the fund can be sold on any working day.',
  },
  {
    facts: {
      rower: NAMES,
      rival: NAMES,
      sec: ['two', 'four', 'eleven'],
      wrong: ['thirty', 'fifty'],
      lake: ['Lake Orta', 'Lake Bled', 'Loch Earn'],
      coach: NAMES,
      age: ['19', '22', '34'],
    },
    source:
      '{rower}, aged {age}, won the single sculls on {lake}, {sec} seconds ahead of {rival}. The start had been put off by an hour because of fog. {coach}, who trains the winner, spoke of a perfect race. It was her third title in a row. The prize money goes to a club for children.',
    query: 'Who won the race on {lake}, and by how much?',
    answer: ['{rower} won the single sculls on {lake}.', 'The lead over {rival} was {sec} seconds.'],
    planted: [
      { kind: 'entity', at: 0, sentence: '{rival} won the single sculls on {lake}.' },
      { kind: 'number', at: 1, sentence: 'The lead over {rival} was {wrong} seconds.' },
      { kind: 'contradiction', at: -1, sentence: 'It was her first title.' },
    ],
    offTopic: 'Because of fog the start was put off by an hour.',
  },
  {
    facts: {
      bridge: ['Iron Bridge', 'Ferry Bridge', 'Kestrel Bridge'],
      year: OLD,
      wrong: OLD,
      maker: NAMES,
      town: TOWNS,
      metres: ['88', '142', '310'],
      stone: ['granite', 'sandstone', 'brick'],
      other: ['oak', 'concrete'],
    },
    source:
      'The {bridge} in {town} was opened in {year} and is {metres} metres long. {maker} designed it; the plans are kept in the town archive. Its piers are built of {stone}. After a flood the middle arch had to be rebuilt. Today only walkers and cyclists may cross it.',
    query: 'When was the {bridge} opened and who designed it?',
    answer: ['The {bridge} was opened in {year}.', 'It was designed by {maker}.', 'Its piers are made of {stone}.'],
    planted: [
      { kind: 'number', at: 0, sentence: 'The {bridge} was opened in {wrong}.' },
      { kind: 'entity', at: 2, sentence: 'Its piers are made of {other}.' },
      { kind: 'contradiction', at: -1, sentence: 'Cars cross it every day.' },
    ],
    offTopic: 'A flood made it necessary to rebuild the middle arch.',
  },
  {
    facts: {
      limit: ['40', '60', '85'],
      wrong: ['200', '500'],
      chief: ['the department head', 'the travel desk', 'the controller'],
      other: ['the chief executive', 'the bank'],
      days: ['14', '30', '60'],
      train: ['first class', 'second class'],
    },
    source:
      'On business trips meals are refunded up to {limit} pounds a day. Receipts have to be handed in within {days} days of the return. Hotels above three stars need the consent of {chief}. Train tickets are paid for in {train}. Taxis are refunded only if no bus runs. Alcohol is never refunded.',
    query: 'Up to which amount are meals refunded, and who must agree to expensive hotels?',
    answer: [
      'Meals are refunded up to {limit} pounds a day.',
      'For hotels above three stars you need the consent of {chief}.',
    ],
    planted: [
      { kind: 'number', at: 0, sentence: 'Meals are refunded up to {wrong} pounds a day.' },
      { kind: 'entity', at: 1, sentence: 'For hotels above three stars you need the consent of {other}.' },
      { kind: 'contradiction', at: -1, sentence: 'Wine and beer are refunded as well.' },
    ],
    offTopic: 'Taxis are refunded only where no bus runs.',
  },
  {
    facts: {
      rock: ['Basalt K7', 'the Orgueil stone', 'sample 12-B'],
      place: ['a dry lake in Oman', 'a glacier in Antarctica', 'a field in Kansas'],
      other: ['a harbour in Chile', 'a cave in Laos'],
      gas: ['argon', 'helium', 'neon'],
      wrong: ['oxygen', 'methane'],
      age: ['4.1', '4.4', '4.5'],
      lab: TOWNS,
    },
    source:
      'The meteorite called {rock} was found in {place}. A laboratory in {lab} dated it to {age} billion years. Tiny bubbles inside contain {gas}. Its dark crust formed when it fell through the air. Whether it comes from Mars is not known. A slice of it can be seen in the university hall.',
    query: 'Where was {rock} found, and what is in its bubbles?',
    answer: ['{rock} was found in {place}.', 'The bubbles inside contain {gas}.'],
    planted: [
      { kind: 'entity', at: 0, sentence: '{rock} was found in {other}.' },
      { kind: 'entity', at: 1, sentence: 'The bubbles inside contain {wrong}.' },
      { kind: 'contradiction', at: -1, sentence: 'It is certain that the stone comes from Mars.' },
    ],
    offTopic: 'The dark crust formed while the stone fell through the air.',
  },
  {
    facts: {
      card: ['SeniorPass', 'CityPass', 'WeekendPass'],
      price: EUROS,
      wrong: ['9 euros', '400 euros'],
      zone: ['the inner ring', 'zone one', 'the whole county'],
      hour: ['nine', 'ten'],
      child: ['two children', 'one bicycle', 'one dog'],
    },
    source:
      'The {card} costs {price} a month and is valid on buses and trams in {zone}. On working days it can be used from {hour} in the morning. Holders may take along {child} at no extra charge. It is not valid on night buses. Lost cards are replaced for a small fee at the service desk.',
    query: 'What does the {card} cost, and where is it valid?',
    answer: [
      'The {card} costs {price} a month.',
      'It is valid on buses and trams in {zone}.',
      'You may take along {child} free of charge.',
    ],
    planted: [
      { kind: 'number', at: 0, sentence: 'The {card} costs {wrong} a month.' },
      { kind: 'negation', at: 2, sentence: 'You may not take along {child}.' },
      { kind: 'contradiction', at: -1, sentence: 'You can also ride the night buses with it.' },
    ],
    offTopic: 'Lost cards are replaced for a small fee at the service desk.',
  },
  {
    facts: {
      box: ['Tundra', 'Falcon', 'Zenith'],
      port: ['USB-C', 'HDMI', 'Ethernet'],
      other: ['VGA', 'Thunderbolt'],
      watts: ['45', '65', '90'],
      wrong: ['5', '400'],
      month: MONTHS,
      ram: ['8 GB', '16 GB'],
    },
    source:
      'The {box} dock has two {port} sockets and charges a laptop with up to {watts} watts. It needs no driver under Linux. Under Windows the driver of {month} or a later one has to be installed. The fan starts only under heavy load. Press the button for ten seconds to reset the dock.',
    query: 'Which sockets does the {box} dock have, and do I need a driver?',
    answer: [
      'The {box} dock has two {port} sockets.',
      'Under Linux you need no driver.',
      'It charges a laptop with up to {watts} watts.',
    ],
    planted: [
      { kind: 'entity', at: 0, sentence: 'The {box} dock has two {other} sockets.' },
      { kind: 'contradiction', at: 1, sentence: 'Under Linux you have to install a driver first.' },
      { kind: 'number', at: 2, sentence: 'It charges a laptop with up to {wrong} watts.' },
    ],
    offTopic: 'A press of ten seconds on the button resets the dock.',
  },
  {
    facts: {
      dish: ['lentil stew', 'barley soup', 'fish pie'],
      min: ['25', '40', '50'],
      wrong: ['5', '300'],
      spice: ['cumin', 'thyme', 'bay leaf'],
      other: ['cinnamon', 'vanilla'],
      people: ['two', 'four', 'six'],
    },
    source:
      'This {dish} serves {people} people. Cook it for {min} minutes over a low flame, and season it with {spice} and black pepper. Salt is added only at the end. It can be frozen for three months. A spoon of yoghurt goes well with it.',
    query: 'How long does the {dish} cook, and how is it seasoned?',
    answer: [
      'The {dish} cooks for {min} minutes over a low flame.',
      'It is seasoned with {spice} and black pepper.',
      'The salt is added at the end.',
    ],
    planted: [
      { kind: 'number', at: 0, sentence: 'The {dish} cooks for {wrong} minutes over a low flame.' },
      { kind: 'entity', at: 1, sentence: 'It is seasoned with {other} and black pepper.' },
      { kind: 'contradiction', at: 2, sentence: 'The salt is added at the very beginning.' },
    ],
    offTopic: 'It can be kept in the freezer for three months.',
  },
  {
    facts: {
      fish: ['brown trout', 'arctic char', 'grayling'],
      cm: ['25', '28', '32'],
      wrong: ['70', '95'],
      from: MONTHS,
      lake: ['the upper lake', 'the reservoir', 'the mill stream'],
      seller: ['the kiosk', 'the town hall', 'the campsite'],
      count: ['two', 'three', 'five'],
    },
    source:
      'Anglers may keep a {fish} only if it is at least {cm} centimetres long. No more than {count} fish may be taken a day. Fishing is allowed from {from} onwards. Day tickets are sold at {seller}. On {lake} live bait is banned. Boats with engines are not allowed.',
    query: 'How long must a {fish} be, and where are tickets sold?',
    answer: ['A {fish} has to be at least {cm} centimetres long.', 'Day tickets are sold at {seller}.'],
    planted: [
      { kind: 'number', at: 0, sentence: 'A {fish} has to be at least {wrong} centimetres long.' },
      { kind: 'contradiction', at: -1, sentence: 'You can rent a boat with an engine.' },
      { kind: 'invented', at: -1, sentence: 'Pupils get their ticket for half the price.' },
    ],
    offTopic: 'Live bait is banned on {lake}.',
  },
  {
    facts: {
      play: ['The Glass Orchard', 'Winter Ferry', 'A Borrowed Coat'],
      writer: NAMES,
      actor: NAMES,
      month: MONTHS,
      wrong: MONTHS,
      town: TOWNS,
      acts: ['two', 'three'],
      seats: ['90', '240', '410'],
    },
    source:
      '{writer} wrote the play "{play}" during a long illness. It was first performed in {town} in {month}. {actor} played the leading part. The piece has {acts} acts and no interval. The house with its {seats} seats was sold out for weeks. Critics praised the light and disliked the ending.',
    query: 'Who wrote "{play}", and when was it first performed?',
    answer: [
      '"{play}" was written by {writer}.',
      'It was first performed in {month} in {town}.',
      'The leading part was played by {actor}.',
    ],
    planted: [
      { kind: 'relation', at: 0, sentence: '"{play}" was written by {actor}.' },
      { kind: 'entity', at: 1, sentence: 'It was first performed in {wrong} in {town}.' },
      { kind: 'contradiction', at: -1, sentence: 'Critics liked the ending best.' },
    ],
    offTopic: 'The piece has {acts} acts, and the house was sold out for weeks.',
  },
];

/** Twins that nothing is tuned on. */
export const groundingHeldOut = (seed: number): Twin[] => twins(frames, heldOutSeed(seed));
