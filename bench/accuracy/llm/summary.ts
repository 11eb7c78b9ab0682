import type { Template } from './cases.ts';
import { user, wordsOf } from './cases.ts';
import type { Draws } from './draws.ts';

export type Article = { text: string; facts: string[] };

export const FILLER = [
  'Some people took photographs.',
  'The weather was mild that day.',
  'There was also coffee.',
  'A few neighbours watched from the windows.',
  'Nothing else was reported.',
  'It was an ordinary afternoon.',
  'Music could be heard nearby.',
  'Many had brought umbrellas.',
];

const sentencesOf = (text: string): string[] => text.split(/(?<=[.!?])\s+/).filter(Boolean);

/** Facts that a summary of `count` sentences may hold at most all of; it must hold at least the first and half of what fits. */
function judged(article: Article, text: string, least: number): string | undefined {
  const held = article.facts.filter((fact) => text.includes(fact)).length;
  return held >= least ? undefined : `holds ${held} of ${article.facts.length} facts, wanted ${least}: ${text}`;
}

const council = (d: Draws): Article => {
  const [city, cost, person, date] = [d.city(), `$${d.int(2, 90)} million`, d.person(), d.date().text];
  const [one, two, three] = d.some(FILLER, 3);
  return {
    text: `The council of ${city} approved the construction of a new bridge on ${date}. ${one} The bridge will cost ${cost} and open in ${d.int(2027, 2034)}. ${two} Mayor ${person} said the bridge would cut the travel time of commuters by half. ${three}`,
    facts: [city, cost, person],
  };
};

const merger = (d: Draws): Article => {
  const [one, two, price, jobs] = [d.firm(), d.firm(), `$${d.int(2, 90)} billion`, String(d.int(200, 900))];
  const [a, b] = d.some(FILLER, 2);
  return {
    text: `${one} announced that it will buy its rival ${two} for ${price}. ${a} The merger of the two companies will cut ${jobs} jobs, the companies said. ${b} Shareholders of ${two} must still approve the merger.`,
    facts: [price, jobs, two],
  };
};

const storm = (d: Draws): Article => {
  const [city, homes, wind] = [d.city(), `${d.int(2, 90)},000 homes`, `${d.int(90, 180)} km/h`];
  const [a, b] = d.some(FILLER, 2);
  return {
    text: `A severe storm hit ${city} on Tuesday and left ${homes} without power. ${a} Winds of up to ${wind} tore roofs from houses during the storm. ${b} Officials expect power to return to all homes by ${d.pick(['Thursday', 'Friday'])}.`,
    facts: [city, homes, wind],
  };
};

const discovery = (d: Draws): Article => {
  const [who, school, depth, year] = [
    d.person(),
    `${d.city()} University`,
    `${d.int(200, 900)} metres`,
    String(d.year()),
  ];
  const [a, b] = d.some(FILLER, 2);
  return {
    text: `A team led by ${who} of ${school} has found a shipwreck at a depth of ${depth}. ${a} The wreck is a merchant ship that sank in ${year}. ${b} The team plans to raise parts of the wreck next summer.`,
    facts: [who, depth, year],
  };
};

const strike = (d: Draws): Article => {
  const [firm, staff, raise, leader] = [d.firm(), `${d.int(300, 4000)} workers`, `${d.int(4, 12)} percent`, d.person()];
  const [a, b] = d.some(FILLER, 2);
  return {
    text: `About ${staff} at ${firm} went on strike on Monday. ${a} Their union demands a raise of ${raise}. ${b} Union leader ${leader} said the strike would go on until ${firm} makes an offer.`,
    facts: [firm, raise, leader],
  };
};

export const count =
  (make: (d: Draws) => Article, ask: (n: number) => string): Template =>
  (d) => {
    const article = make(d);
    const n = d.int(1, 3);
    return {
      request: user(`${ask(n)}\n\n${article.text}`),
      check: ({ text }) => {
        const found = sentencesOf(text).length;
        return found === n ? judged(article, text, Math.max(1, n - 1)) : `${found} sentences, wanted ${n}: ${text}`;
      },
    };
  };

export const budget =
  (make: (d: Draws) => Article, ask: (n: number) => string): Template =>
  (d) => {
    const article = make(d);
    const n = d.int(25, 45);
    return {
      request: user(ask(n), {}, [{ type: 'document', name: 'article.txt', text: article.text }]),
      check: ({ text }) =>
        wordsOf(text).length <= n ? judged(article, text, 1) : `${wordsOf(text).length} words, limit ${n}: ${text}`,
    };
  };

export const points =
  (make: (d: Draws) => Article, ask: string): Template =>
  (d) => {
    const article = make(d);
    return {
      request: user(`${ask}\n\n<article>\n${article.text}\n</article>`),
      check: ({ text }) => {
        const lines = text.trim().split('\n');
        if (lines.length !== 3 || !lines.every((line) => /^[-*•] /.test(line))) return `not three bullets: ${text}`;
        return judged(article, text, 2);
      },
    };
  };

/** The templates that the engine is tuned on. */
export const summary: Template[] = [
  count(council, (n) => `Summarize the following text in ${n} sentence${n > 1 ? 's' : ''}:`),
  count(merger, (n) => `Summarise this article in exactly ${n} sentence${n > 1 ? 's' : ''}.`),
  budget(council, (n) => `Summarize the document in at most ${n} words.`),
  points(merger, 'Summarize the article as 3 bullet points.'),
  count(storm, (n) => `Give me a ${n}-sentence summary of this news item:`),
  count(strike, (n) => `Please condense the text below to ${n} sentence${n > 1 ? 's' : ''}.`),
  budget(discovery, (n) => `Write a summary of the attached document in under ${n} words.`),
  points(strike, 'List the three key points of the article as bullet points.'),
  points(storm, 'Sum up the article in three bullets.'),
];
