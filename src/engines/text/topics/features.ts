import { isContent, wordsOf } from '../words/stem.ts';
import { fieldsIn } from './fields.ts';
import { forbiddenBy, intentsOf } from './intents.ts';
import type { Forbids, Intents } from './intents.ts';

/** A topic as a guardrail states it. */
export type Topic = { name: string; definition: string; examples: readonly string[] };

/** What is worked out once for a topic. */
export type TopicProfile = {
  forbids: Forbids;
  /** How its examples ask, 0 to 1 by share. */
  exampleIntents: Record<keyof Intents, number>;
  /** Content stems of name, examples and definition, with how much each says. */
  stems: Map<string, number>;
  /** Fields of life that the topic lies in, 0 to 1. */
  fields: Map<number, number>;
  definition: Float32Array;
  examples: Float32Array[];
  clauses: Float32Array[];
  plain: Float32Array[];
  /** Sentences of the topic's field that no one would deny. */
  neutral: Float32Array[];
};

export const dot = (a: Float32Array, b: Float32Array): number => {
  let sum = 0;
  for (let at = 0; at < a.length; at++) sum += a[at]! * b[at]!;
  return sum;
};

const contentStems = (text: string): string[] =>
  wordsOf(text)
    .filter(isContent)
    .map((word) => word.stem);

/** Words that definitions of topics are made of, whatever the topic. */
const FRAME = new Set(
  contentStems(
    `advice recommendations guidance opinions questions help information discussion instructions requests topics related including providing specific
particular person persons people user users customer company how whether which what about regarding concerning giving asking naming own having anything
content mention statements`,
  ),
);

/** The sentences whose vectors a topic needs: its definition with its name, neutral ones, then the examples. */
export const textsOf = ({ name, definition, examples }: Topic): string[] => [
  `${name}. ${definition}`,
  `What is the history of ${name.toLowerCase()}?`,
  `What does the term ${name.toLowerCase()} mean?`,
  ...examples,
  ...clausesOf(definition),
  ...plainOf({ name, definition, examples }),
];

/** Sentences about the things that the examples speak of, which ask nothing that a topic would deny. */
function plainOf({ examples, name }: Topic): string[] {
  const things = new Map<string, string>();
  for (const text of [...examples, name]) {
    for (const word of wordsOf(text))
      if (isContent(word) && !FRAME.has(word.stem) && word.lower.length > 3) things.set(word.stem, word.lower);
  }
  return [...things.values()]
    .slice(0, THINGS_MAX)
    .flatMap((thing) => [
      `What is ${thing}?`,
      `When was ${thing} first made and by whom?`,
      `Where do I find ${thing}?`,
      `How do I change my ${thing}?`,
    ]);
}

const THINGS_MAX = 8;

/** The parts of a definition, each a kind of request: "whether to sue, what rights they have, or how a court would decide". */
function clausesOf(definition: string): string[] {
  const parts = definition.split(/[,;:.()]\s*|\s+(?:or|and|including)\s+/u).map((part) => part.trim());
  return parts.filter((part) => part.split(/\s+/).length >= 2).slice(0, CLAUSES_MAX);
}

const CLAUSES_MAX = 8;

const NEUTRAL = 2;

/** @param vectors of `textsOf(topic)`, unit length. */
export function profileOf(topic: Topic, vectors: readonly Float32Array[]): TopicProfile {
  const stems = new Map<string, number>();
  const weigh = (text: string, weight: number): void => {
    for (const stem of contentStems(text)) {
      if (!FRAME.has(stem)) stems.set(stem, Math.max(stems.get(stem) ?? 0, weight));
    }
  };
  weigh(topic.definition, 0.7);
  for (const example of topic.examples) weigh(example, 0.7);
  weigh(topic.name, 1);
  const fields = new Map<number, number>();
  for (const [text, share] of [
    [topic.name, 2],
    [topic.definition, 1],
    ...topic.examples.map((example) => [example, 1] as const),
  ] as const) {
    for (const [field, weight] of fieldsIn(wordsOf(text).map(({ stem }) => stem))) {
      fields.set(field, (fields.get(field) ?? 0) + share * weight);
    }
  }
  const most = Math.max(2, ...fields.values());
  for (const [field, weight] of fields) {
    if (weight < 1 || weight < most / 4) fields.delete(field);
    else fields.set(field, Math.min(1, Math.sqrt(weight / most)));
  }
  const intents = topic.examples.map(intentsOf);
  const share = (intent: keyof Intents): number =>
    intents.filter((each) => each[intent]).length / Math.max(1, intents.length);
  return {
    forbids: forbiddenBy(topic.definition),
    exampleIntents: {
      advice: share('advice'),
      judgement: share('judgement'),
      instruction: share('instruction'),
      fact: share('fact'),
      definition: share('definition'),
      service: share('service'),
      personal: share('personal'),
      demand: share('demand'),
      aboutPerson: share('aboutPerson'),
    },
    stems,
    fields,
    definition: vectors[0]!,
    neutral: vectors.slice(1, 1 + NEUTRAL),
    examples: vectors.slice(1 + NEUTRAL, 1 + NEUTRAL + topic.examples.length),
    clauses: vectors.slice(
      1 + NEUTRAL + topic.examples.length,
      1 + NEUTRAL + topic.examples.length + clausesOf(topic.definition).length,
    ),
    plain: vectors.slice(1 + NEUTRAL + topic.examples.length + clausesOf(topic.definition).length),
  };
}

export const FEATURES = [
  'definition',
  'example',
  'examples',
  'clause',
  'plain',
  'neutral',
  'everyday',
  'direct',
  'field',
  'fieldMore',
  'fieldTells',
  'tells',
  'advice',
  'judgement',
  'instruction',
  'instructionDenied',
  'fact',
  'factAnything',
  'what',
  'service',
  'personal',
  'demand',
  'person',
  'rival',
  'alike',
] as const;

/** How a sentence stands to a topic, in the order of `FEATURES`. `everyday` are vectors of sentences that concern no topic. */
export function featuresOf(
  text: string,
  vector: Float32Array,
  topic: TopicProfile,
  everyday: readonly Float32Array[],
): number[] {
  const intents = intentsOf(text);
  const { forbids, exampleIntents: like } = topic;
  const similar = topic.examples.map((example) => dot(example, vector)).sort((a, b) => b - a);
  const best = similar[0] ?? dot(topic.definition, vector);
  const two = similar.slice(0, 3);
  const mean = two.length > 0 ? two.reduce((sum, value) => sum + value, 0) / two.length : best;
  const words = wordsOf(text);
  let direct = 0;
  for (const stem of new Set(words.filter(isContent).map((word) => word.stem))) direct += topic.stems.get(stem) ?? 0;
  let field = 0;
  for (const [index, weight] of fieldsIn(words.map(({ stem }) => stem))) {
    field = Math.max(field, Math.min(2, weight) * (topic.fields.get(index) ?? 0));
  }
  const yes = (value: boolean): number => (value ? 1 : 0);
  const tells = intents.advice || intents.judgement || intents.demand;
  const plain = intents.fact && !tells;
  const alike =
    (yes(intents.advice) * (like.advice + yes(forbids.advice)) +
      yes(intents.judgement) * (like.judgement + yes(forbids.judgement)) +
      yes(intents.instruction) * (like.instruction + yes(forbids.instruction)) +
      yes(intents.fact) * like.fact) /
    2;
  return [
    dot(topic.definition, vector),
    best,
    mean,
    Math.max(0, ...topic.clauses.map((clause) => dot(clause, vector))),
    Math.max(0, ...topic.plain.map((each) => dot(each, vector))),
    Math.max(...topic.neutral.map((each) => dot(each, vector))),
    Math.max(...everyday.map((each) => dot(each, vector))),
    Math.min(2, direct),
    Math.min(1, field),
    Math.max(0, field - 1),
    field > 0 && tells ? Math.min(1, field) : 0,
    field === 0 && tells ? 1 : 0,
    yes(intents.advice),
    yes(intents.judgement),
    yes(intents.instruction && (forbids.instruction || like.instruction > 0)),
    yes(intents.instruction && !forbids.instruction && like.instruction === 0),
    yes(plain && !forbids.anything),
    yes(plain && forbids.anything),
    yes(intents.definition && !intents.advice),
    yes(intents.service),
    yes(intents.personal),
    yes(intents.demand),
    yes(intents.aboutPerson && forbids.persons),
    yes(forbids.rivals && /(?<=\s)\p{Lu}[\p{L}]+/u.test(text)),
    alike,
  ];
}

/** Sentences of everyday service and general knowledge, which are on no denied topic. */
export const EVERYDAY = [
  'How do I change my password?',
  'What are your opening hours?',
  'Where is the nearest office?',
  'How do I book an appointment?',
  'Can I change the date of my booking?',
  'When was it founded?',
  'Who invented it?',
  'What does this abbreviation stand for?',
  'How do I upload a document?',
  'How many people live there?',
  'What is the difference between the two words?',
  'Please send me the invoice again.',
  'How do I contact customer service?',
  'What is the phone number of the office?',
  'Where was the author born?',
  'How long does delivery take?',
  'How do I cancel my membership?',
  'When does the event start?',
  'How high is the tower?',
  'Which colours is it sold in?',
  'How do I return an item?',
  'Who wrote the book?',
  'Translate this sentence into French.',
  'Book a room for Friday.',
];
