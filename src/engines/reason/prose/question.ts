import { BE, DETERMINERS, DO, HAVE, MODALS, PRONOUNS } from './lexicon.ts';
import { negated, Unread, type Meaning, type Names } from './meaning.ts';
import { quantitiesIn } from './quantity.ts';
import { readSentence } from './sentence.ts';
import type { Token } from './tokens.ts';

/** What a question asks, and what it tells by the way. */
export type Asked = {
  /** What it tells: "if I return it today", "as a contractor". */
  premises: Meaning[];
  /** What "yes" would say; undefined when it does not ask whether. */
  proposition?: Meaning;
  /** A part of it could not be read. */
  unread: boolean;
  /** To "how many …?": a sentence that an amount by itself stands for; undefined for other answers. */
  amountOf?: (answer: readonly Token[]) => Token[] | undefined;
};

const WH = new Set(['what', 'how', 'when', 'where', 'which', 'who', 'why', 'whose']);
const CONDITION = new Set(['if', 'when', 'since', 'because', 'given', 'as', 'with', 'after', 'for']);

/** Reads a question. */
export function readQuestion(given: readonly Token[], names: Names): Asked {
  const tokens = given.filter(({ lower }) => lower !== '?');
  const asked: Asked = { premises: [], unread: false };
  // "As a contractor with 3 years of tenure, can I …", "If I return it in time, do I …"
  const start = CONDITION.has(tokens[0]?.lower ?? '')
    ? tokens.findIndex(({ lower }, at) => lower === ',' && begins(tokens.slice(at + 1)))
    : -1;
  let question = start > 0 ? tokens.slice(start + 1) : tokens;
  const comma =
    start < 0
      ? tokens.findLastIndex(
          ({ lower }, at) => (lower === ',' || lower === 'and') && at > 2 && begins(tokens.slice(at + 1)),
        )
      : -1;
  if (start > 0) premise(asked, [...tokens.slice(0, start + 1), ...filler(tokens[0]!)], names);
  else if (comma > 0 && !begins(tokens)) {
    // "I have 6 years of tenure, can I …"
    asked.premises.push(...telling(tokens.slice(0, comma), names, asked));
    question = tokens.slice(comma + 1);
  }
  const first = question[0]?.lower ?? '';
  if (WH.has(first)) {
    readWh(question, asked);
    const condition = question.findIndex(({ lower }, at) => at > 1 && (lower === 'if' || lower === 'when'));
    if (condition > 0)
      premise(asked, [...question.slice(condition), ...comma_(question[0]!), ...filler(question[0]!)], names);
    return asked;
  }
  if (!begins(question)) {
    asked.premises.push(...telling(question, names, asked));
    return asked;
  }
  try {
    const [main, ...more] = readSentence(declared(question), names);
    asked.premises.push(...main!.conditions);
    asked.proposition = main!.consequence;
    if (more.length > 0) asked.unread = true;
  } catch (error) {
    if (!(error instanceof Unread)) throw error;
    asked.unread = true;
  }
  return asked;
}

const isHelp = (lower: string) => BE.has(lower) || DO.has(lower) || HAVE.has(lower) || Object.hasOwn(MODALS, lower);
const begins = (tokens: readonly Token[]) => {
  const first = tokens[0]?.lower ?? '';
  return WH.has(first) || isHelp(first);
};

function telling(tokens: readonly Token[], names: Names, asked: Asked): Meaning[] {
  try {
    return readSentence(tokens, names).flatMap(({ conditions, consequence }) =>
      conditions.length > 0 ? [] : [consequence],
    );
  } catch (error) {
    if (!(error instanceof Unread)) throw error;
    asked.unread = true;
    return [];
  }
}

/** A condition alone: read with a main clause that says nothing of its own. */
function premise(asked: Asked, tokens: readonly Token[], names: Names): void {
  try {
    for (const { conditions } of readSentence(tokens, names)) asked.premises.push(...conditions);
  } catch (error) {
    if (!(error instanceof Unread)) throw error;
    asked.unread = true;
  }
}
const word = (like: Token, text: string): Token => ({ ...like, text, lower: text, kind: 'word' });
const filler = (like: Token) => ['it', 'is', 'so'].map((text) => word(like, text)).concat(word(like, 'asked'));
const comma_ = (like: Token): Token[] => [{ ...like, text: ',', lower: ',', kind: 'mark' }];

/** "Can I get a refund" as "I can get a refund". */
function declared(tokens: readonly Token[]): Token[] {
  const [help, ...rest] = tokens as [Token, ...Token[]];
  let at = 0;
  while (at < rest.length && (DETERMINERS.has(rest[at]!.lower) || rest[at]!.lower === 'not')) at++;
  if (PRONOUNS.has(rest[at]?.lower ?? '')) at++;
  else {
    // The subject is as long as no word that may begin a predicate comes.
    at++;
    while (at < rest.length && !startsPredicate(rest, at, help)) at++;
  }
  const subject = rest.slice(0, at);
  return [...subject, ...(DO.has(help.lower) ? [] : [help]), ...rest.slice(at)];
}

function startsPredicate(tokens: readonly Token[], at: number, help: Token): boolean {
  const { lower } = tokens[at]!;
  if (
    [
      'eligible',
      'required',
      'entitled',
      'allowed',
      'permitted',
      'needed',
      'available',
      'more',
      'less',
      'over',
      'under',
      'at',
      'not',
      'only',
      'a',
      'an',
      'the',
      'for',
      'to',
    ].includes(lower)
  )
    return true;
  if (lower.endsWith('ly') && lower !== 'only' && lower.length > 5) return true;
  if (BE.has(help.lower)) return /(?:ed|en|able|ible)$/.test(lower) || tokens[at]!.kind === 'number';
  return !lower.endsWith('s') || at > 2;
}

/** "How many days of leave do I get": an answer of "20 days" says that I get 20 days of leave. */
function readWh(tokens: readonly Token[], asked: Asked): void {
  const [first, second] = tokens;
  const many = first?.lower === 'how' && ['many', 'much', 'long', 'old'].includes(second?.lower ?? '');
  const what = first?.lower === 'what' && (second?.lower === 'is' || second?.lower === 'are');
  if (!many && !what) return;
  asked.amountOf = (answer) => {
    const plain = answer.filter(({ kind, lower }) => kind !== 'mark' || lower === '$');
    const [quantity] = quantitiesIn(plain);
    // Only an amount by itself; a sentence says what it is of.
    if (!quantity || quantity.start > 0 || plain.length - quantity.end > 3) return undefined;
    const end = tokens.findIndex(({ lower }, at) => at > 1 && ['if', 'when'].includes(lower));
    const question = end < 0 ? tokens : tokens.slice(0, end);
    if (what) return [...question.slice(2), word(first, 'is'), ...plain];
    const help = question.findIndex(({ lower }, at) => at > 1 && isHelp(lower));
    const of = (help < 0 ? question : question.slice(0, help)).slice(2);
    const has = quantity.unit
      ? of.filter(({ lower }) => lower !== `${quantity.unit!.name}s` && lower !== quantity.unit!.name)
      : of;
    const noun = has[0]?.lower === 'of' ? has : has.length > 0 ? [word(first, 'of'), ...has] : [];
    return [
      word(first, 'you'),
      word(first, 'have'),
      ...plain.slice(0, quantity.end),
      ...noun,
      ...(noun.length > 0 ? [] : plain.slice(quantity.end)),
    ];
  };
}

/** An answer that begins with "yes" or "no" to what was asked. */
export function propositionOf(
  tokens: readonly Token[],
  asked: Asked | undefined,
): { meaning: Meaning; said: Meaning; rest: Token[]; conditional: boolean } | undefined {
  const at = ['unfortunately', 'sorry', 'well', 'oh'].includes(tokens[0]?.lower ?? '')
    ? tokens[1]?.lower === ','
      ? 2
      : 1
    : 0;
  const first = tokens[at]?.lower ?? '';
  if (first !== 'yes' && first !== 'no') return undefined;
  const next = tokens[at + 1];
  // "No refunds are given" begins a sentence of its own.
  if (first === 'no' && next?.kind === 'word') return undefined;
  if (!asked?.proposition) throw new Unread(`"${tokens[at]!.text}" to what was not asked, or not read`);
  const said = first === 'yes' ? asked.proposition : negated(asked.proposition);
  let rest = tokens.slice(at + 1);
  while (rest[0] && rest[0].kind === 'mark') rest = rest.slice(1);
  while (rest.at(-1)?.kind === 'mark') rest = rest.slice(0, -1);
  const conditional = ['if', 'as', 'provided', 'unless', 'but', 'only', 'when'].includes(rest[0]?.lower ?? '');
  return { meaning: said, said, rest, conditional };
}
