import {
  ableOf,
  ALLOWED,
  AMOUNTS,
  FORBIDDEN,
  GETTING,
  GIVING,
  isVerb,
  oppositeOf,
  PERSONS,
  PREPOSITIONS,
  REQUIRED,
  stem,
} from './lexicon.ts';
import { and, contentOf, joined, negated, or, Unread, type Meaning, type Phrase, type Word } from './meaning.ts';
import { measuresIn } from './measure.ts';
import { asCondition, needed, readNoun, type Noun, type Reader } from './noun.ts';
import { quantitiesIn } from './quantity.ts';
import type { Token } from './tokens.ts';
import { isParticiple, verbGroup } from './verb.ts';

/** What a predicate says of its subject, and under which conditions. */
export type Predicate = {
  meaning: Meaning;
  conditions: Meaning[];
  /** The conditions are the only ones under which it is so. */
  only: boolean;
};

/** Reads a predicate with its subject. Throws Unread. */
export function readPredicate(subject: Noun, tokens: readonly Token[], reader: Reader): Predicate {
  const group = verbGroup(tokens);
  const rest = tokens.slice(group.length);
  const context: Context = { subject, reader, about: group.about, be: group.be, modal: group.about === 'allow' };
  const said = group.have ? readHave(rest, context) : group.be ? readBe(rest, context) : readAction(rest, context);
  const own = said.own && !subject.definite;
  const conditions = [...subject.conditions];
  if (isClass(subject) && (own || subject.role))
    conditions.unshift({ kind: 'fact', phrase: { words: subject.words, about: 'plain', shape: 'noun' } });
  const negative = group.negative !== subject.negative;
  return {
    meaning: negative ? negated(said.meaning) : said.meaning,
    conditions: [...conditions, ...said.conditions],
    only: group.only || subject.only,
  };
}

type Context = {
  subject: Noun;
  reader: Reader;
  about: Phrase['about'];
  be: boolean;
  /** It is said by "may" or "can". */
  modal: boolean;
};
type Said = {
  meaning: Meaning;
  conditions: Meaning[];
  /** It has words of its own, beside the subject's. */
  own: boolean;
};

const isClass = (subject: Noun) => !subject.generic && !subject.definite && subject.words.length > 0;

/** The subject's words, as far as they belong to what is said. */
function subjectWords({ subject }: Context, own: boolean): Word[] {
  if (subject.generic === 'person') return [];
  if (subject.generic === 'thing') return subject.words.map((word) => ({ ...word, soft: true }));
  return isClass(subject) && (own || subject.role) ? [] : subject.words;
}

const plain = (meaning: Meaning, own = false, conditions: Meaning[] = []): Said => ({ meaning, conditions, own });
const fact = (words: Word[], about: Phrase['about'], shape: Phrase['shape']): Meaning => ({
  kind: 'fact',
  phrase: { words: needed(words), about, shape },
});

function readHave(rest: readonly Token[], context: Context): Said {
  const negative = rest[0]?.lower === 'no';
  const tokens = negative ? rest.slice(1) : rest;
  const words = subjectWords(context, false);
  if (quantitiesIn(tokens).length > 0) {
    const { head, conditions } = withoutFor(tokens, context);
    return plain(measured(head, context, []), false, conditions);
  }
  const choice = valueIn(tokens, context);
  const meaning = choice ?? fact(joined(words, contentOf(tokens)), 'plain', 'has');
  return plain(negative ? negated(meaning) : meaning);
}

function readBe(rest: readonly Token[], context: Context): Said {
  const [first, ...more] = rest;
  if (!first) throw new Unread('nothing after "is"');
  const { lower } = first;
  if (lower === 'entitled' || lower === 'eligible' || (ALLOWED.has(lower) && !(context.about === 'require')))
    return readAllowed(more, { ...context, about: 'allow' });
  if (REQUIRED.has(lower)) return readRequired(more, context);
  if (FORBIDDEN.has(lower)) {
    const said = readAllowed(more[0]?.lower === 'from' ? more.slice(1) : more, { ...context, about: 'allow' });
    return { ...said, meaning: negated(said.meaning) };
  }
  if (lower === 'subject' && more[0]?.lower === 'to') return readRequired(more, context);
  if (lower === 'a' || lower === 'an') {
    const kind = asCondition(readNoun(rest, context.reader));
    if (kind) return plain(kind);
  }
  // "must be" with a state asks for the state itself.
  const about = isParticiple(lower) ? context.about : 'plain';
  if (quantitiesIn(rest)[0]?.start === 0) {
    const { head, conditions } = withoutFor(rest, context);
    return plain(measured(head, context, []), false, conditions);
  }
  const choice = valueIn(rest, context);
  if (choice) return plain(choice);
  const opposite = oppositeOf(lower);
  const able = opposite === undefined ? ableOf(lower) : ableOf(opposite);
  const read = (): Said => {
    if (able !== undefined) {
      const verb = { ...first, text: able, lower: able };
      const { words, conditions } = withConditions(more, context);
      return {
        meaning: fact(joined(contentOf([verb]), subjectWords(context, true), words), 'allow', 'does'),
        conditions,
        own: true,
      };
    }
    if (isParticiple(lower) && opposite === undefined) return readAction(rest, { ...context, about });
    const state = opposite === undefined ? rest : [{ ...first, text: opposite, lower: opposite }, ...more];
    if (quantitiesIn(state).length > 0) return plain(measured(state, context, contentOf([state[0]!])));
    return plain(fact(joined(contentOf(state), subjectWords(context, false)), 'plain', 'is'));
  };
  const said = read();
  return opposite === undefined ? said : { ...said, meaning: negated(said.meaning) };
}

/** What comes after "eligible", "allowed", "entitled": "for N", "to VP", "20 days of N"; or the conditions of what the subject names. */
function readAllowed(rest: readonly Token[], context: Context, { own = false } = {}): Said {
  const [first, ...more] = rest;
  if (first?.lower === 'to' && more[0] && isVerb(more[0].lower)) return readAction(more, context);
  const person =
    own ||
    context.subject.generic === 'person' ||
    (isClass(context.subject) && (context.subject.role || first?.lower === 'for'));
  const content = first && ['for', 'to', 'from'].includes(first.lower) ? more : rest;
  if (
    content.length > 0 &&
    quantitiesIn(content).some(({ kind }) => kind === 'amount') &&
    (person || first?.lower === 'to')
  )
    return readObject(content, context, []);
  if (person && content.length > 0 && !(first && ['if', 'within', 'after', 'with', 'without'].includes(first.lower))) {
    if (content[0]!.lower.endsWith('ing') && isVerb(content[0]!.lower)) return readAction(content, context);
    return readObject(content, context, []);
  }
  // "Refunds are available for unopened items": the subject is what is allowed.
  return aboutSubject(rest, context, 'allow');
}

/** What comes after "required", "needed": "to VP"; or the conditions under which the subject is. */
function readRequired(rest: readonly Token[], context: Context): Said {
  const [first, ...more] = rest;
  const person = context.subject.generic === 'person' || context.subject.role;
  if (first?.lower === 'to' && more[0]) {
    if (person && isVerb(more[0].lower)) return readAction(more, { ...context, about: 'require' });
    if (person || !isVerb(more[0].lower)) return readObject(more, { ...context, about: 'require' }, []);
  }
  return aboutSubject(rest, context, 'require');
}

function aboutSubject(rest: readonly Token[], context: Context, about: 'allow' | 'require'): Said {
  if (context.subject.role || context.subject.generic === 'person')
    throw new Unread(`it does not say what is ${about === 'allow' ? 'allowed' : 'required'}`);
  const { words } = context.subject;
  const { words: more, conditions } = withConditions(rest, context);
  return {
    meaning: fact(
      joined(
        words.map(({ stem, text }) => ({ stem, text })),
        more,
      ),
      about,
      'noun',
    ),
    conditions,
    own: false,
  };
}

/** A verb with its objects. */
function readAction(tokens: readonly Token[], context: Context): Said {
  const [verb, ...rest] = tokens;
  if (!verb || verb.kind !== 'word') throw new Unread('there is no verb');
  if (!isVerb(verb.lower)) {
    if (context.about === 'plain' && !context.be) throw new Unread(`"${verb.text}" is no verb the reader knows`);
    // After "may" and "must" it is a verb all the same.
    const shape = context.be ? 'is' : 'does';
    const own = context.about !== 'plain';
    return plain(fact(joined(contentOf(tokens), subjectWords(context, own)), context.about, shape), own);
  }
  const root = stem(verb.lower);
  const { about } = context;
  if (root === stem('require') || (root === stem('need') && about === 'plain')) {
    if (context.be) return aboutSubject(rest, context, 'require');
    const object = quantitiesIn(rest).length > 0 ? measured(rest, context, []) : undefined;
    return plain(object ?? fact(contentOf(rest), 'require', 'noun'), true);
  }
  if (root === stem('qualify')) return readAllowed(rest, { ...context, about: 'allow' }, { own: true });
  if (GETTING.has(root) && about !== 'require') return readObject(rest, { ...context, about: 'allow' }, []);
  if (GIVING.has(root) && !context.be && isGiver(context.subject)) return readGift(rest, context);
  if (['exceed', 'equal', 'reach', 'total'].map(stem).includes(root)) return plain(exceeding(tokens, context));
  // To hold a thing is to have it.
  if (['hold', 'possess'].map(stem).includes(root) && about === 'plain') return readHave(rest, context);
  const object = contentOf([verb]);
  if (['cost', 'weigh', 'last'].map(stem).includes(root)) return plain(measured(rest, context, object));
  return readObject(rest, context, object, verb);
}

/** The object of a verb: an amount, or what is allowed, required or so; limits in time are conditions of what is allowed. */
function readObject(given: readonly Token[], context: Context, verb: Word[], token?: Token): Said {
  const { about } = context;
  const split = withoutFor(given, context);
  const { head, conditions: had } = about === 'allow' ? withoutWith(split.head) : { head: split.head, conditions: [] };
  had.push(...split.conditions);
  const rest = quantitiesIn(head).length > 0 || split.conditions.length > 0 ? head : given;
  const quantities = quantitiesIn(rest);
  if (quantities.length > 0) {
    const parts = measuresIn(rest, { words: subjectWords(context, true), person: false, verb });
    const limits = about === 'allow' ? parts.filter(({ limit }) => limit) : [];
    const amounts = parts
      .filter((part) => !limits.includes(part))
      .map(({ meaning }) => (about === 'allow' ? allowedAmount(meaning, context.modal && verb.length > 0) : meaning));
    const conditions = [...limits.map(({ meaning }) => meaning), ...had];
    if (amounts.length > 0) return { meaning: and(amounts), conditions, own: true };
    const { words, conditions: more } = withConditions(rest.slice(0, quantities[0]!.start), context);
    const allWords = joined(verb, words, subjectWords(context, true));
    return { meaning: fact(allWords, about, 'does'), conditions: [...conditions, ...more], own: true };
  }
  const { words, conditions } =
    about === 'allow' ? withConditions(rest, context) : { words: contentOf(rest), conditions: [] };
  const own = verb.length > 0 ? about !== 'plain' : true;
  return {
    meaning: fact(joined(verb, words, subjectWords(context, own)), about, token ? 'does' : 'noun'),
    conditions: [...split.conditions, ...conditions],
    own,
  };
}

/** "may bring 2 bags" is no more than 2. */
function allowedAmount(meaning: Meaning, upTo: boolean): Meaning {
  if (meaning.kind !== 'measure') return meaning;
  return { ...meaning, allowed: true, ...(upTo && meaning.comparator === '=' ? { comparator: '<=' as const } : {}) };
}

/** What is before "for" and "on", where what comes after them is a condition: "a 10% discount on orders over $50". */
function withoutFor(rest: readonly Token[], context: Context): { head: readonly Token[]; conditions: Meaning[] } {
  for (const [at, { lower }] of rest.entries()) {
    if (lower !== 'for' && lower !== 'on') continue;
    const after = rest.slice(at + 1);
    const [quantity] = quantitiesIn(after);
    if (after.length === 0 || quantity?.start === 0) continue;
    const amount = quantitiesIn(rest.slice(0, at)).length > 0;
    if (!quantity && !amount) continue;
    const noun = readNoun(after, context.reader);
    if (!quantity && !noun.generic && !noun.role && noun.conditions.length === 0) continue;
    const condition = asCondition(noun);
    return { head: rest.slice(0, at), conditions: condition ? [condition] : [] };
  }
  return { head: rest, conditions: [] };
}

/** What is before "with" and "without", and what they say. */
function withoutWith(rest: readonly Token[]): { head: readonly Token[]; conditions: Meaning[] } {
  const opener = rest.findIndex(({ lower }) => lower === 'with' || lower === 'without');
  const tokens = rest.slice(opener + 1);
  if (opener < 0 || tokens.length === 0) return { head: rest, conditions: [] };
  const had = hadBy(tokens);
  return { head: rest.slice(0, opener), conditions: [rest[opener]!.lower === 'without' ? negated(had) : had] };
}

/** Words of what is allowed, and the conditions that come with it: "with a receipt", "within 30 days", "for items over $50". */
function withConditions(given: readonly Token[], context: Context): { words: Word[]; conditions: Meaning[] } {
  const { head: rest, conditions } = withoutWith(given);
  const [limit] = quantitiesIn(rest);
  const opener = rest.findIndex(({ lower }, at) => OPENERS.has(lower) && (at === 0 || limit !== undefined));
  if (opener >= 0 && rest.length > opener + 1) {
    const meaning = asCondition(readNoun(rest.slice(opener + 1), context.reader));
    return { words: contentOf(rest.slice(0, opener)), conditions: [...(meaning ? [meaning] : []), ...conditions] };
  }
  if (!limit) return { words: contentOf(rest), conditions };
  const limits = measuresIn(rest.slice(limit.start), { words: context.subject.words, person: false, verb: [] });
  return {
    words: contentOf(rest.slice(0, limit.start)),
    conditions: [...limits.map(({ meaning }) => meaning), ...conditions],
  };
}

const OPENERS = new Set(['for', 'on', 'to', 'in']);

function hadBy(tokens: readonly Token[]): Meaning {
  if (quantitiesIn(tokens).length > 0)
    return and(measuresIn(tokens, { words: [], person: false, verb: [] }).map(({ meaning }) => meaning));
  return fact(contentOf(tokens), 'plain', 'has');
}

const GIVERS = new Set(
  [
    'we',
    'company',
    'employer',
    'firm',
    'organization',
    'organisation',
    'store',
    'shop',
    'business',
    'bank',
    'airline',
    'university',
    'school',
    'hotel',
    'insurer',
  ].map(stem),
);
const isGiver = (subject: Noun) => subject.words.length === 0 || subject.words.every((word) => GIVERS.has(word.stem));

/** "The company offers remote work to managers." */
function readGift(rest: readonly Token[], context: Context): Said {
  const to = rest.findIndex(({ lower }, at) => at > 0 && (lower === 'to' || lower === 'for'));
  const object = to < 0 ? rest : rest.slice(0, to);
  const condition = to < 0 ? undefined : asCondition(readNoun(rest.slice(to + 1), context.reader));
  const said = readObject(
    object,
    { ...context, about: 'allow', subject: { ...context.subject, generic: 'person', words: [] } },
    [],
  );
  return { ...said, conditions: [...said.conditions, ...(condition ? [condition] : [])], own: true };
}

/** A measure of the subject, or of what is named beside the number. */
function measured(tokens: readonly Token[], context: Context, verb: Word[]): Meaning {
  const { subject } = context;
  const person = subject.generic === 'person';
  // "The maximum discount is 30%."
  const bound = subject.words.find(({ text }) => text === 'maximum' || text === 'minimum' || text === 'limit');
  const words = bound ? subject.words.filter((word) => word !== bound) : subject.words;
  const parts = measuresIn(tokens, { words, person, verb }).map(({ meaning }) => meaning);
  if (!bound) return and(parts);
  const comparator = bound.text === 'minimum' ? '>=' : '<=';
  return and(
    parts.map((part) => (part.kind === 'measure' && part.comparator === '=' ? { ...part, comparator } : part)),
  );
}

function exceeding(tokens: readonly Token[], context: Context): Meaning {
  const verb = tokens[0]!;
  const meaning = measured(tokens, context, []);
  if (stem(verb.lower) === stem('reach') && meaning.kind === 'measure' && meaning.comparator === '=')
    return { ...meaning, comparator: '>=' };
  return meaning;
}

function valueIn(tokens: readonly Token[], { reader, subject }: Context): Meaning | undefined {
  const values: Meaning[] = [];
  const phrase: Phrase = { words: subject.words, about: 'plain', shape: 'is' };
  let at = 0;
  for (; at < tokens.length; at++) {
    const { lower } = tokens[at]!;
    const value = reader.names.valueAt(tokens, at);
    if (value) {
      values.push({ kind: 'choice', type: value.type, value: value.value, phrase });
      at += value.length - 1;
    } else if (PREPOSITIONS.has(lower) && at > 0 && values.length > 0) break;
    else if (isVerb(lower) && !AMOUNTS.has(lower) && !PERSONS.has(lower) && values.length === 0) return undefined;
  }
  return values.length > 0 ? or(values) : undefined;
}
