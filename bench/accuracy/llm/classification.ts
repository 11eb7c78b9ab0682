import type { Case, Template } from './cases.ts';
import { user } from './cases.ts';
import type { Draws } from './draws.ts';

/** Texts by label, with slots that draws fill. */
export type Bank = Record<string, ((d: Draws) => string)[]>;

export const exact =
  (label: string): Case['check'] =>
  ({ text }) =>
    text.trim().toLowerCase().replace(/\.$/, '') === label.toLowerCase() ? undefined : `wanted ${label}: ${text}`;

const REVIEWS: Bank = {
  positive: [
    (d) => `I absolutely love my ${d.product()}, it works perfectly.`,
    (d) => `Great service at the ${d.city()} branch, friendly staff and a delicious lunch.`,
    (d) => `The ${d.product()} exceeded my expectations. Highly recommended!`,
    () => 'What a wonderful stay, the room was clean and the view was beautiful.',
    () => 'Not bad at all, I am really happy with it.',
  ],
  negative: [
    (d) => `The ${d.product()} broke after ${d.int(2, 9)} days. Terrible quality.`,
    (d) => `Worst hotel in ${d.city()}, dirty sheets and rude staff.`,
    () => 'I am very disappointed, this was a waste of money.',
    () => 'The food was cold and the waiter ignored us.',
    () => 'I would not recommend this to anyone, it does not work.',
  ],
  neutral: [
    (d) => `The package arrived on ${d.date().text}.`,
    (d) => `The ${d.product()} comes in a box with a manual and a cable.`,
    (d) => `The store in ${d.city()} opens at ${d.int(7, 10)} am.`,
  ],
};

const NEWS: Bank = {
  sports: [
    (d) => `${d.city()} won the championship after the striker scored twice in the final match.`,
    (d) => `The coach said ${d.person()} will miss the next three games of the season.`,
    (d) => `The tennis player ${d.person()} reached the final of the tournament.`,
  ],
  business: [
    (d) => `${d.firm()} reported a rise in quarterly profit and its shares gained ${d.int(2, 9)} percent.`,
    (d) => `The bank raised interest rates as inflation reached ${d.int(3, 9)} percent.`,
    (d) => `${d.firm()} agreed to a merger worth ${d.money().text} with a rival company.`,
  ],
  technology: [
    (d) => `${d.firm()} unveiled a new smartphone with a faster chip.`,
    () => 'Researchers found a security flaw in the software of popular laptops.',
    (d) => `The startup from ${d.city()} builds robots that use artificial intelligence.`,
  ],
  politics: [
    () => `The president signed a bill after a long debate in parliament.`,
    (d) => `${d.person()} announced a campaign for mayor of ${d.city()} ahead of the election.`,
    () => 'Lawmakers voted on the government budget despite the opposition.',
  ],
};

const TICKETS: Bank = {
  billing: [
    (d) => `I was charged ${d.money().text} twice on my credit card this month.`,
    () => 'Why is my invoice higher than the price I agreed to pay?',
    () => 'Please explain the extra fee on my last bill.',
  ],
  'technical support': [
    () => 'The app crashes every time I open the settings page.',
    (d) => `My ${d.product()} shows an error and will not connect to wifi.`,
    () => 'I cannot install the latest update, the screen freezes.',
  ],
  shipping: [
    (d) => `My package ${d.id()} still has not arrived, where is the courier?`,
    () => 'The tracking page says the parcel was delivered but I do not have it.',
    (d) => `How long does delivery to ${d.city()} take?`,
  ],
};

const item = (d: Draws, bank: Bank, labels = Object.keys(bank)): { label: string; text: string } => {
  const label = d.pick(labels);
  return { label, text: d.pick(bank[label] ?? [])(d) };
};

export const zero =
  (bank: Bank, asks: ((labels: string, text: string) => string)[], join: (labels: string[]) => string): Template =>
  (d) => {
    const labels = d.some(Object.keys(bank), Object.keys(bank).length);
    const { label, text } = item(d, bank);
    return { request: user(d.pick(asks)(join(labels), text)), check: exact(label) };
  };

export const listed = (labels: string[]): string => `${labels.slice(0, -1).join(', ')} or ${labels.at(-1)}`;
export const commas = (labels: string[]): string => labels.join(', ');
export const bulleted = (labels: string[]): string => `\n${labels.map((label) => `- ${label}`).join('\n')}\n`;

export const few =
  (bank: Bank, field: string, answer: string): Template =>
  (d) => {
    const shots = d.some(
      Object.entries(bank).flatMap(([label, makers]) => makers.slice(0, 2).map((make) => ({ label, text: make(d) }))),
      6,
    );
    const label = d.pick([...new Set(shots.map((shot) => shot.label))]);
    const text = d.pick(bank[label] ?? [])(d);
    return {
      request: user(
        `${shots.map((shot) => `${field}: ${shot.text}\n${answer}: ${shot.label}`).join('\n\n')}\n\n${field}: ${text}\n${answer}:`,
      ),
      check: exact(label),
    };
  };

/** Made-up labels that no lexicon knows: only the examples tell. */
const arbitrary: Template = (d) => {
  const [one, two] = d.some(['zug', 'blim', 'karp', 'tondo', 'fex'], 2) as [string, string];
  const fruit = [
    'ripe apples from the orchard',
    'a basket of sweet pears',
    'fresh cherries and plums',
    'apples and plums for the pie',
    'sweet cherries in a basket',
  ];
  const metal = [
    'a steel beam for the bridge',
    'rusty iron nails',
    'copper wire and steel bolts',
    'iron bolts for the beam',
    'steel nails and copper',
  ];
  const shots = [
    ...fruit.slice(0, 3).map((text) => `Text: ${text}\nLabel: ${one}`),
    ...metal.slice(0, 3).map((text) => `Text: ${text}\nLabel: ${two}`),
  ];
  const isFruit = d.chance(0.5);
  return {
    request: user(`${d.some(shots, 6).join('\n\n')}\n\nText: ${d.pick((isFruit ? fruit : metal).slice(3))}\nLabel:`),
    check: exact(isFruit ? one : two),
  };
};

const OPINIONS: Bank = {
  positive: [
    (d) => `Five stars! ${d.person()} was helpful and the ${d.product()} is brilliant.`,
    () => 'Fast, reliable and easy to use. I enjoy it every day.',
    (d) => `We were delighted with our trip to ${d.city()}; everything was superb.`,
    () => 'My kids adore it and so do I.',
  ],
  negative: [
    (d) => `The ${d.product()} is useless and the support never answered.`,
    () => 'Overpriced, noisy and uncomfortable. I regret buying it.',
    (d) => `A horrible experience in ${d.city()}: the soup was stale and we waited an hour.`,
    () => 'It stopped working and they refuse to give me a refund. Awful.',
  ],
};
const SECTIONS: Bank = {
  health: [
    () => 'Doctors say the new vaccine protects patients against the virus.',
    (d) => `A hospital in ${d.city()} tests a drug for diabetes.`,
  ],
  travel: [
    (d) => `The best beaches and hotels for a vacation near ${d.city()}.`,
    () => 'Airlines add flights for tourists this summer; check your passport before the trip.',
  ],
  food: [
    () => 'This recipe for pasta needs butter, garlic and fresh cheese.',
    (d) => `A chef from ${d.city()} bakes bread in a wood oven.`,
  ],
  science: [
    () => 'Astronomers used a telescope to find a planet that orbits a distant star.',
    (d) => `Scientists in ${d.city()} studied the fossil of an unknown species.`,
  ],
};
const MAILS: Bank = {
  spam: [
    () => 'Congratulations! You won a FREE prize, click here to claim your cash now!!!',
    (d) => `Limited offer: earn ${d.money().text} from home, act now and get a bonus.`,
  ],
  'not spam': [
    (d) => `Hi ${d.person().split(' ')[0]}, the notes of yesterday's meeting are attached. See you on Friday.`,
    (d) => `Can we move lunch to ${d.int(1, 4)} pm tomorrow?`,
  ],
};
const INTENTS: Bank = {
  cancel_subscription: [
    () => 'Please stop my membership, I do not want to renew it.',
    () => 'I want to cancel my subscription at the end of the month.',
  ],
  reset_password: [
    () => 'I forgot my password and cannot log in.',
    () => 'My login does not work, how can I reset my password?',
  ],
  track_order: [(d) => `Where is my order ${d.id()}?`, () => 'I want to track my package.'],
};

/** The templates that the engine is tuned on. */
export const classification: Template[] = [
  zero(
    REVIEWS,
    [
      (labels, text) => `Classify the sentiment of this review as ${labels}: "${text}"`,
      (labels, text) => `What is the sentiment of the following text? Answer with ${labels}.\n\n${text}`,
    ],
    listed,
  ),
  zero(
    NEWS,
    [
      (labels, text) =>
        `Classify the text into one of these categories: ${labels}. Answer with the category only.\n\nText: ${text}`,
      (labels, text) => `Categories: ${labels}\n\nText: ${text}\n\nCategory:`,
    ],
    commas,
  ),
  zero(
    TICKETS,
    [(labels, text) => `Assign the ticket to one of the following categories:${labels}\nTicket: ${text}`],
    bulleted,
  ),
  few(TICKETS, 'Message', 'Category'),
  few({ positive: REVIEWS.positive ?? [], negative: REVIEWS.negative ?? [] }, 'Review', 'Sentiment'),
  arbitrary,
  zero(
    OPINIONS,
    [
      (labels, text) => `Is the following review ${labels}?\n\n"${text}"\n\nReply with one word.`,
      (labels, text) => `Label the tweet as ${labels}.\nTweet: ${text}\nLabel:`,
    ],
    listed,
  ),
  zero(
    SECTIONS,
    [
      (labels, text) =>
        `Which of these topics fits the article best: ${labels}? Reply with the topic only.\n\nArticle: ${text}`,
      (labels, text) =>
        `You are a news editor. Choose one label from [${labels}] for the text below.\n\n<text>${text}</text>`,
    ],
    commas,
  ),
  zero(MAILS, [(labels, text) => `Decide whether this email is ${labels}.\n\nEmail: ${text}`], listed),
  zero(
    INTENTS,
    [
      (labels, text) =>
        `Identify the intent of the user message. Possible intents:${labels}\nMessage: "${text}"\n\nRespond with only the intent.`,
    ],
    bulleted,
  ),
  few(SECTIONS, 'Headline', 'Topic'),
  few(INTENTS, 'Utterance', 'Intent'),
];
