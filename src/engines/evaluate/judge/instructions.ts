import { splitWords } from '../words.ts';
import { quote, readSentences } from './reading.ts';

/** An explicit instruction on the form or the words of an answer, as found in a prompt, and whether an answer follows it. */
export type Instruction = {
  /** The words it was found by. */
  text: string;
  /** Undefined when it is followed, else what is wrong. */
  fault(answer: string): string | undefined;
};

const NUMBERS = 'zero one two three four five six seven eight nine ten'.split(' ');
const N = `(\\d{1,4}|${NUMBERS.slice(1).join('|')}|a single|a)`;
const numberOf = (text: string): number =>
  /^\d/.test(text) ? Number(text) : text.startsWith('a') ? 1 : NUMBERS.indexOf(text.toLowerCase());

const countOf: Readonly<Record<string, (answer: string) => number>> = {
  word: (answer) => splitWords(answer).length,
  sentence: (answer) => readSentences(answer).length,
  line: (answer) => answer.split('\n').filter((line) => line.trim() !== '').length,
  paragraph: (answer) => answer.split(/\n\s*\n/).filter((part) => part.trim() !== '').length,
  character: (answer) => answer.length,
};

const UNIT = '(word|sentence|line|paragraph|character)s?';

type Pattern = { find: RegExp; read(match: RegExpExecArray): Instruction['fault'] | undefined };

const most = (limit: number, unit: string) => (answer: string) => {
  const count = countOf[unit]!(answer);
  return count <= limit ? undefined : `it has ${count} ${unit}s, ${limit} at most were asked for`;
};
const least = (limit: number, unit: string) => (answer: string) => {
  const count = countOf[unit]!(answer);
  return count >= limit ? undefined : `it has ${count} ${unit}s, ${limit} at least were asked for`;
};
const exactly = (limit: number, unit: string) => (answer: string) =>
  most(limit, unit)(answer) ?? least(limit, unit)(answer);

const PATTERNS: readonly Pattern[] = [
  {
    find: new RegExp(
      `\\b(?:at most|no more than|not more than|up to|maximum of|max\\.?|under|within|fewer than|less than|limit(?:ed)? to) ${N} ${UNIT}\\b`,
      'gi',
    ),
    read: ([text, count, unit]) => {
      const limit = numberOf(count!) - (/^(?:under|fewer than|less than)/i.test(text) ? 1 : 0);
      return most(limit, unit!.toLowerCase());
    },
  },
  {
    find: new RegExp(`\\bat least ${N} ${UNIT}\\b`, 'gi'),
    read: ([, count, unit]) => least(numberOf(count!), unit!.toLowerCase()),
  },
  {
    find: new RegExp(
      `\\b(?:in|with|using|exactly|in exactly) ${N} (?:short |single |complete |concise )?${UNIT}\\b`,
      'gi',
    ),
    read: ([, count, unit]) => exactly(numberOf(count!), unit!.toLowerCase()),
  },
  {
    find: /\b(?:as|in|with|valid) (?:a |an )?(?:valid )?json\b/gi,
    read: () => (answer) => {
      try {
        JSON.parse(answer.replace(/^\s*```(?:json)?|```\s*$/g, ''));
        return undefined;
      } catch {
        return 'it is no JSON';
      }
    },
  },
  {
    find: /\b(?:as|in|with|use|using) (?:a )?(?:bullet(?:ed)?(?: points?| list)?s?|list of bullets?)\b/gi,
    read: () => (answer) => (/^\s*[-*•]\s/m.test(answer) ? undefined : 'it has no bullet points'),
  },
  {
    find: /\b(?:in|all|use) (?:upper[- ]?case|capital letters|capitals)\b/gi,
    read: () => (answer) => (answer === answer.toUpperCase() ? undefined : 'it is not all in upper case'),
  },
  {
    find: /\b(?:in|all|use) lower[- ]?case\b/gi,
    read: () => (answer) => (answer === answer.toLowerCase() ? undefined : 'it is not all in lower case'),
  },
  {
    find: /\b(?:answer|reply|respond)(?: only)? (?:with )?["'“]?yes["'”]? or ["'“]?no["'”]?\b/gi,
    read: () => (answer) => (/^\W*(?:yes|no)\b/i.test(answer) ? undefined : 'it says neither yes nor no'),
  },
  {
    find: /\b(?:start|begin|starts|begins)(?: \w+){0,3} with ["“']([^"”']{1,200})["”']/gi,
    read:
      ([, words]) =>
      (answer) =>
        answer.trim().startsWith(words!) ? undefined : `it does not begin with ${quote(words!)}`,
  },
  {
    find: /\b(?:end|finish|ends)(?: \w+){0,3} with ["“']([^"”']{1,200})["”']/gi,
    read:
      ([, words]) =>
      (answer) =>
        answer.trim().endsWith(words!) ? undefined : `it does not end with ${quote(words!)}`,
  },
  {
    find: /\b(?:do not|don't|never|must not|should not|avoid|without)(?: \w+){0,3} (?:mention|use|say|include|write|using|mentioning|saying|the words?)(?: the words?)? ["“']([^"”']{1,200})["”']/gi,
    read:
      ([, words]) =>
      (answer) =>
        answer.toLowerCase().includes(words!.toLowerCase()) ? `it has ${quote(words!)}` : undefined,
  },
  {
    find: /(?<!not )(?<!n't )\b(?:mention|mentions|include|includes|use|uses|contain|contains)(?: the words?| the phrase)? ["“']([^"”']{1,200})["”']/gi,
    read:
      ([, words]) =>
      (answer) =>
        answer.toLowerCase().includes(words!.toLowerCase()) ? undefined : `it does not have ${quote(words!)}`,
  },
];

/** The explicit instructions of a text that can be checked by counting and comparing. */
export function findInstructions(text: string): Instruction[] {
  const found: Instruction[] = [];
  for (const { find, read } of PATTERNS) {
    for (const match of text.matchAll(find)) {
      const before = text.slice(Math.max(0, match.index - 20), match.index);
      // "do not use" has been read by the pattern before.
      if (/(?:not|n't|never|avoid|without)(?: \w+){0,3} $/i.test(before)) continue;
      const fault = read(match);
      if (fault) found.push({ text: match[0], fault });
    }
  }
  return found;
}
