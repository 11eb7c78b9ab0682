import { readNames } from './definition.ts';
import {
  all,
  any,
  call,
  name as named,
  not,
  number,
  variablesOf,
  parts as partsOf,
  type Expression,
} from './expression.ts';
import { Matcher } from './match.ts';
import { wordsOf } from './names.ts';
import type { Listing } from './prose/document.ts';
import { baseForm, DETERMINERS, isVerb, stem } from './prose/lexicon.ts';
import { tokenize } from './prose/tokens.ts';
import { Unread, type Meaning, type Phrase } from './prose/meaning.ts';
import type { Stated } from './prose/sentence.ts';
import { convert, isCurrency, type Unit } from './prose/units.ts';
import type { PolicyDefinition, PolicyRule, PolicyType, PolicyVariable } from './types.ts';

/** What a text speaks of, and the variable it is given. */
type Concept = {
  variable: string;
  kind: 'bool' | 'number';
  phrase: Phrase;
  key: string;
  /** The sentence it was first met in. */
  sentence: string;
  /** The units it was told in, and the numbers. */
  unit?: Unit;
  per?: string;
  values: { value: string; unit?: Unit }[];
};

/** How sure it must be that a variable of the policy that is built upon stands for what a sentence says. */
const KNOWN_SCORE_MIN = 0.9;
const NAME_LENGTH_MAX = 64;
const WORDS_MAX = 6;
const OTHER = 'OTHER';
/** Heads of nouns whose values are told by name: "the membership tier is Gold". */
const CATEGORY =
  /\b((?:\p{Ll}[\p{L}-]* )?(?:type|tier|level|category|class|status|plan|grade|kind|rank|group|zone|region|department|role|colou?r|size|mode|method))\s+(?:is|equals|=)\s+(?:not\s+)?(\p{Lu}[\p{L}\p{N}-]*(?: \p{Lu}[\p{L}\p{N}-]*)?)/gu;

/** Collects the variables and types of a policy while its text is read. */
export class Vocabulary {
  readonly #base: PolicyDefinition;
  readonly #matcher: Matcher;
  readonly #concepts = new Map<string, Concept>();
  readonly #types = new Map<string, PolicyType>();
  readonly #variables = new Map<string, PolicyVariable>();
  readonly #taken: Set<string>;

  constructor(base: PolicyDefinition) {
    this.#base = base;
    this.#matcher = new Matcher(readNames(base));
    this.#taken = new Set([
      ...(base.variables ?? []).map(({ name }) => name.toLowerCase()),
      ...(base.types ?? []).flatMap(({ name, values }) => [
        name.toLowerCase(),
        ...values.map(({ value }) => value.toLowerCase()),
      ]),
    ]);
  }

  /** A type for the values that a text lists, and the variable that has one of them. */
  list({ name, values, text, open = false }: Listing): { variable: string; type: string } {
    const words = name.split(' ').filter((word) => !['different', 'following', 'available', 'possible'].includes(word));
    const head = singular(words.at(-1)!);
    const noun = [...words.slice(0, -1), head];
    const variable = noun.join('_').replace(/[^\p{L}\p{N}_]/gu, '_');
    const type = noun
      .map((word) => word[0]!.toUpperCase() + word.slice(1))
      .join('')
      .replace(/[^\p{L}\p{N}]/gu, '');
    const known = this.#types.get(type) ?? (this.#base.types ?? []).find((each) => each.name === type);
    const existing = known?.values.map((each) => each.value) ?? [];
    const added = values
      .map((value) => ({ value: valueName(value), description: value }))
      .filter(({ value }) => !existing.includes(value));
    const other =
      open && !existing.includes(OTHER) ? [{ value: OTHER, description: `Any other ${noun.join(' ')}` }] : [];
    this.#types.set(type, {
      name: type,
      description: known?.description ?? (open ? `Kinds of ${noun.join(' ')}` : text),
      values: [...(known?.values ?? []), ...added, ...other],
    });
    this.#taken.add(type.toLowerCase());
    if (!this.#variables.has(variable) && !(this.#base.variables ?? []).some((each) => each.name === variable)) {
      this.#taken.add(variable.toLowerCase());
      this.#variables.set(variable, { name: variable, type, description: `The ${noun.join(' ')}.` });
    }
    return { variable, type };
  }

  /** Types that show in a sentence by the name of a category: "if the plan is Gold". */
  listNamed(sentence: string): void {
    for (const [, category, value] of sentence.matchAll(CATEGORY)) {
      const name = category!.replace(/^(?:the|a|an|their|your|its|if|when|whose) /i, '').toLowerCase();
      const type = name
        .split(' ')
        .map((word) => word[0]!.toUpperCase() + word.slice(1))
        .join('');
      const known = this.#types.get(type);
      if (known?.values.some((each) => each.value === valueName(value!))) continue;
      // A list in the text says which values there are; a name in passing does not.
      this.list({
        name,
        values: [value!],
        text: sentence,
        line: 0,
        open: known === undefined || known.values.some((each) => each.value === OTHER),
      });
    }
  }

  /** Takes in what sentences speak of. */
  learn(stated: readonly Stated[], sentence: string): void {
    const visit = (meaning: Meaning): void => {
      switch (meaning.kind) {
        case 'and':
        case 'or':
        case 'xor':
          for (const part of meaning.parts) visit(part);
          break;
        case 'not':
          visit(meaning.part);
          break;
        case 'implies':
        case 'iff':
          visit(meaning.condition);
          visit(meaning.consequence);
          break;
        case 'fact':
        case 'measure':
          if (!this.#known(meaning)) this.#note(meaning, sentence);
          break;
        default:
      }
    };
    for (const { conditions, consequence } of stated)
      for (const meaning of [...conditions, consequence]) visit(meaning);
  }

  /** What the policy that is built upon has for it. */
  #known(meaning: Meaning): Expression | undefined {
    try {
      return this.#matcher.read(meaning, KNOWN_SCORE_MIN)[0]!.expression;
    } catch (error) {
      if (error instanceof Unread) return undefined;
      throw error;
    }
  }

  #note(meaning: Extract<Meaning, { kind: 'fact' | 'measure' }>, sentence: string): void {
    const key = keyOf(meaning);
    let concept = this.#concepts.get(key);
    if (!concept) {
      const kind = meaning.kind === 'fact' ? 'bool' : 'number';
      concept = { variable: '', kind, phrase: meaning.phrase, key, sentence, values: [] };
      this.#concepts.set(key, concept);
    }
    if (meaning.kind === 'fact') return;
    concept.values.push({ value: meaning.value, ...(meaning.unit ? { unit: meaning.unit } : {}) });
    if (meaning.unit && (!concept.unit || meaning.unit.factor < concept.unit.factor)) concept.unit = meaning.unit;
    if (meaning.per !== undefined) concept.per ??= meaning.per;
  }

  /** A statement as an expression, with the names it uses. Throws Unread. */
  express({ conditions, consequence, way }: Stated): { expression: Expression; variables: string[]; types: string[] } {
    const result = this.#expression(consequence);
    const condition = conditions.length > 0 ? all(conditions.map((each) => this.#expression(each))) : undefined;
    if (!condition && way === 'onlyIf') throw new Unread('"only", but not under which condition');
    const expression = !condition
      ? result
      : way === 'onlyIf'
        ? call('=>', result, condition)
        : way === 'iff'
          ? call('=', condition, result)
          : call('=>', condition, result);
    const types = new Set<string>();
    for (const part of partsOf(expression)) if (part.kind === 'value') types.add(part.type);
    return { expression, variables: [...variablesOf(expression)], types: [...types] };
  }

  #expression(meaning: Meaning): Expression {
    switch (meaning.kind) {
      case 'exact':
        return meaning.expression;
      case 'not':
        return not(this.#expression(meaning.part));
      case 'and':
        return all(meaning.parts.map((part) => this.#expression(part)));
      case 'or':
        return any(meaning.parts.map((part) => this.#expression(part)));
      case 'xor':
        return call('xor', ...meaning.parts.map((part) => this.#expression(part)));
      case 'implies':
        return call('=>', this.#expression(meaning.condition), this.#expression(meaning.consequence));
      case 'iff':
        return call('=', this.#expression(meaning.condition), this.#expression(meaning.consequence));
      case 'choice': {
        const { variables } = this.definition([]);
        const variable = variables!.find(({ type }) => type === meaning.type);
        if (!variable) throw new Unread(`no variable has the type ${meaning.type}`);
        return call('=', named(variable.name), { kind: 'value', type: meaning.type, value: meaning.value });
      }
      default:
        return this.#known(meaning) ?? this.#atom(meaning);
    }
  }

  #atom(meaning: Extract<Meaning, { kind: 'fact' | 'measure' }>): Expression {
    const concept = this.#concepts.get(keyOf(meaning))!;
    const variable = named(this.#variableOf(concept));
    if (meaning.kind === 'fact') return variable;
    const value = meaning.unit && concept.unit ? convert(meaning.value, meaning.unit, concept.unit) : meaning.value;
    if (value === undefined)
      throw new Unread(`${meaning.value} ${meaning.unit!.name} is no whole number of ${concept.unit!.name}s`);
    return call(meaning.comparator, variable, number(value));
  }

  #variableOf(concept: Concept): string {
    if (concept.variable !== '') return concept.variable;
    const { name, description, type } = concept.kind === 'bool' ? describeFact(concept) : describeNumber(concept);
    let chosen = name;
    for (let more = 2; this.#taken.has(chosen.toLowerCase()); more++)
      chosen = `${name.slice(0, NAME_LENGTH_MAX - 4)}_${more}`;
    this.#taken.add(chosen.toLowerCase());
    concept.variable = chosen;
    this.#variables.set(chosen, { name: chosen, type, description });
    return chosen;
  }

  /** The policy that is built upon with what was read, and these rules. */
  definition(rules: PolicyRule[]): PolicyDefinition {
    const types = new Map([...(this.#base.types ?? []).map((type) => [type.name, type] as const), ...this.#types]);
    return {
      version: this.#base.version ?? '1.0',
      types: [...types.values()],
      variables: [...(this.#base.variables ?? []), ...this.#variables.values()],
      rules: [...(this.#base.rules ?? []), ...rules],
    };
  }
}

/** Phrases with one key mean the same thing. */
function keyOf(meaning: Extract<Meaning, { kind: 'fact' | 'measure' }>): string {
  const { words, about } = meaning.phrase;
  const hard = words.filter((word) => !word.soft);
  const stems = (hard.length > 0 ? hard : words).map((word) => word.stem).sort();
  if (meaning.kind === 'fact') return `fact ${about} ${stems.join(' ')}`;
  return `measure ${meaning.unit?.family ?? 'count'} ${stems.join(' ')}`;
}

const singular = (word: string) =>
  word.endsWith('ies')
    ? `${word.slice(0, -3)}y`
    : /(?:ss|us)$/.test(word)
      ? word
      : /(?:sses|uses)$/.test(word)
        ? word.slice(0, -2)
        : word.replace(/s$/, '');

const valueName = (value: string) =>
  wordsOf(value.trim())
    .join('_')
    .toUpperCase()
    .replace(/[^\p{L}\p{N}_]/gu, '_');

const snake = (words: readonly string[]) =>
  words
    .flatMap((word) => word.split('-'))
    .join('_')
    .replace(/[^\p{L}\p{M}\p{N}_]/gu, '_')
    .replace(/^(?=\P{L})/u, 'n_')
    .slice(0, NAME_LENGTH_MAX);

/** How long a description quotes what was said. */
const QUOTE_CHARACTERS_MAX = 80;

/** The words as they stood in their sentence; undefined when other words stand far between them. */
function quoted({ phrase, sentence }: Concept): string | undefined {
  const hard = phrase.words.filter((word) => !word.soft && word.at !== undefined && word.end !== undefined);
  if (hard.length === 0) return undefined;
  const start = Math.min(...hard.map(({ at }) => at!));
  const end = Math.max(...hard.map(({ end }) => end!));
  const text = sentence.slice(start, end).toLowerCase();
  // Not so where a word was put in the place of its opposite.
  const stands = (word: { text: string; at?: number; end?: number }) =>
    sentence
      .slice(word.at, word.end)
      .toLowerCase()
      .replace(/['’]s?$/, '') === word.text;
  if (!hard.every(stands)) return undefined;
  if (
    text.length > QUOTE_CHARACTERS_MAX ||
    /[,;\d]|\b(?:not|and|or|if|unless|is|are|was|were|may|must|can)\b/.test(text)
  )
    return undefined;
  return text;
}

function describeFact(concept: Concept): { name: string; description: string; type: string } {
  const { phrase } = concept;
  const hard = phrase.words.filter((word) => !word.soft).map(({ text }) => text);
  const plain = hard.length > 0 ? hard : phrase.words.map(({ text }) => text);
  const quote = quoted(concept);
  const spoken =
    quote === undefined
      ? plain
      : tokenize(quote).flatMap(({ kind, lower }) => (kind === 'word' && !DETERMINERS.has(lower) ? [lower] : []));
  const words = (spoken.length <= WORDS_MAX ? spoken : plain).slice(0, WORDS_MAX);
  if (phrase.shape === 'noun') words.push(singular(words.pop()!));
  const told = quote ?? plain.join(' ');
  const verb = phrase.shape === 'does' || (isVerb(words[0]!) && words[0]!.endsWith('ing'));
  const base = [baseForm(words[0]!), ...words.slice(1)];
  const more = phrase.words.filter((word) => word.soft).map(({ text }) => text);
  // Words it can be spoken of with, for whoever reads and for matching.
  const also = more.length > 0 ? ` Said of: ${more.join(', ')}.` : '';
  if (phrase.about === 'allow')
    return verb
      ? {
          name: snake(['may', ...base]),
          description: `Whether it is allowed to ${[baseForm(told.split(' ')[0]!), ...told.split(' ').slice(1)].join(' ')}.${also}`,
          type: 'BOOL',
        }
      : {
          name: snake(['eligible', 'for', ...words]),
          description: `Whether one is eligible for, or is allowed, ${told}.${also}`,
          type: 'BOOL',
        };
  if (phrase.about === 'require')
    return verb
      ? {
          name: snake(['must', ...base]),
          description: `Whether one must ${[baseForm(told.split(' ')[0]!), ...told.split(' ').slice(1)].join(' ')}.${also}`,
          type: 'BOOL',
        }
      : { name: snake([...words, 'required']), description: `Whether ${told} is required.${also}`, type: 'BOOL' };
  if (phrase.shape === 'has')
    return { name: snake(['has', ...words]), description: `Whether one has ${told}.${also}`, type: 'BOOL' };
  const start = phrase.shape === 'does' && !/(?:ed|en|wn|ght)$/.test(words[0]!) ? [] : ['is'];
  return { name: snake([...start, ...words]), description: `Whether this is so: ${told}.${also}`, type: 'BOOL' };
}

function describeNumber({ phrase, unit, per, values }: Concept): { name: string; description: string; type: string } {
  const hard = phrase.words.filter((word) => !word.soft).map(({ text }) => text);
  const words = (hard.length > 0 ? hard : phrase.words.map(({ text }) => text)).slice(0, WORDS_MAX);
  const told = phrase.words.map(({ text }) => text).join(' ');
  const units =
    unit && (unit.name === '%' ? ['percent'] : isCurrency(unit) ? ['amount'] : [`${unit.name.replace(' ', '_')}s`]);
  const isAge = words.length === 1 && words[0] === 'age';
  const joint = phrase.shape === 'since' ? ['since'] : phrase.shape === 'until' ? ['until'] : undefined;
  const named = units && !isAge && !words.some((word) => stem(word) === stem(units[0]!));
  const name = snake(!named ? words : joint ? [...units, ...joint, ...words] : [...words, ...units]);
  const each = per === undefined ? '' : ` per ${per}`;
  const inUnits = unit
    ? unit.name === '%'
      ? ' in percent'
      : ` in ${isCurrency(unit) ? unit.name : `${unit.name}s`}`
    : '';
  // Days and countable things come whole; what is measured does not.
  const countable = !unit || ['day', 'week', 'business day'].includes(unit.name) || isAge;
  const fraction = values.some(({ value, unit: own }) =>
    (own && unit ? (convert(value, own, unit) ?? value) : value).includes('.'),
  );
  return {
    name,
    description: joint ? `The time ${joint} ${told}${inUnits}.` : `The number or amount: ${told}${inUnits}${each}.`,
    type: countable && !fraction ? 'INT' : 'REAL',
  };
}
