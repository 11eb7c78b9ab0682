import type { Policy } from './definition.ts';
import { all, any, call, name as named, not, number, type Expression } from './expression.ts';
import { AMOUNTS, oppositeOf, stem } from './prose/lexicon.ts';
import { contentOf, Unread, type Meaning, type Phrase } from './prose/meaning.ts';
import { tokenize } from './prose/tokens.ts';
import { convert, unitOf, type Unit } from './prose/units.ts';
import { wordsOf } from './names.ts';

/** What a statement may be in terms of a policy, the likeliest first. */
export type Match = { expression: Expression; /** In (0, 1]. */ confidence: number };

type Profile = {
  variable: string;
  kind: 'bool' | 'number' | 'enum';
  /** Stems of the name. */
  name: Set<string>;
  /** Stems of the description. */
  description: Set<string>;
  about: Phrase['about'];
  /** The name says the opposite: `isIneligible`. */
  negative: boolean;
  unit?: Unit;
  type: string;
};

/** Variables that fit less are not taken for what is meant. */
const SCORE_MIN = 0.55;
/** How much nearer the likeliest must be than the next to be beyond doubt: shares are of scores to this power. */
const SHARPNESS = 8;
const OPTIONS_MAX = 4;
/** How much a word counts without which a phrase means the same. */
const SOFT = 0.25;
/** How much a fit counts when one speaks of what is allowed or required and the other of what is. */
const UNLIKE = 0.75;
/** How much of a word in a description counts, of one in a name. */
const DESCRIBED = 0.75;

const ALLOW = new Set([
  'can',
  'may',
  'allowed',
  'permitted',
  'eligible',
  'entitled',
  'qualifies',
  'qualify',
  'able',
  'available',
  'eligibility',
]);
const REQUIRE = new Set([
  'must',
  'required',
  'requires',
  'require',
  'needs',
  'need',
  'needed',
  'mandatory',
  'requirement',
]);
const LEADING = new Set([
  'is',
  'has',
  'have',
  'are',
  'was',
  'does',
  'do',
  'num',
  'number',
  'of',
  'the',
  'for',
  'to',
  'in',
  'a',
  'an',
  'be',
  'count',
  'since',
  'per',
  'until',
  'by',
]);

/** Finds what statements mean in terms of a policy's variables, by their names and descriptions. */
export class Matcher {
  readonly #profiles: Profile[];
  readonly #frequency = new Map<string, number>();

  constructor(policy: Pick<Policy, 'types' | 'variables' | 'scope'>) {
    this.#profiles = [...policy.variables.values()].map(({ name, type, description }) => {
      const sort = policy.scope.sortOf(name)!;
      return profileOf(name, type, description, sort.kind === 'bool' || sort.kind === 'enum' ? sort.kind : 'number');
    });
    for (const { name } of this.#profiles)
      for (const word of name) this.#frequency.set(word, (this.#frequency.get(word) ?? 0) + 1);
  }

  /** The readings of a meaning. Throws Unread where no variable stands for a part of it. */
  read(meaning: Meaning, scoreMin = SCORE_MIN): Match[] {
    switch (meaning.kind) {
      case 'exact':
        return [{ expression: meaning.expression, confidence: 1 }];
      case 'not':
        return this.read(meaning.part, scoreMin).map(({ expression, confidence }) => ({
          expression: not(expression),
          confidence,
        }));
      case 'and':
        return this.#each(meaning.parts, scoreMin, all);
      case 'or':
        return this.#each(meaning.parts, scoreMin, any);
      case 'xor':
        return this.#each(meaning.parts, scoreMin, (parts) => call('xor', ...parts));
      case 'implies':
        return this.#each([meaning.condition, meaning.consequence], scoreMin, ([a, b]) => call('=>', a!, b!));
      case 'iff':
        return this.#each([meaning.condition, meaning.consequence], scoreMin, ([a, b]) => call('=', a!, b!));
      case 'fact':
      case 'measure':
      case 'choice':
        return this.#atom(meaning, scoreMin);
      default:
        throw new Unread('a statement of no known kind');
    }
  }

  /** All parts at their likeliest; then with the second choice of each part in turn. */
  #each(parts: Meaning[], scoreMin: number, join: (parts: Expression[]) => Expression): Match[] {
    const read = parts.map((part) => this.read(part, scoreMin));
    const first = read.map((matches) => matches[0]!);
    const out: Match[] = [
      {
        expression: join(first.map(({ expression }) => expression)),
        confidence: Math.min(...first.map(({ confidence }) => confidence)),
      },
    ];
    for (const [at, matches] of read.entries()) {
      for (const other of matches.slice(1)) {
        if (out.length >= OPTIONS_MAX) return out;
        const chosen = first.with(at, other);
        out.push({
          expression: join(chosen.map(({ expression }) => expression)),
          confidence: Math.min(...chosen.map(({ confidence }) => confidence)),
        });
      }
    }
    return out;
  }

  #atom(meaning: Extract<Meaning, { kind: 'fact' | 'measure' | 'choice' }>, scoreMin: number): Match[] {
    const found: { expression: Expression; score: number }[] = [];
    for (const profile of this.#profiles) {
      const expression = expressionIn(meaning, profile);
      if (!expression) continue;
      // A value of a type that one variable has needs no other word.
      const score =
        meaning.kind === 'choice'
          ? 0.9 + 0.1 * this.#score(meaning.phrase, profile)
          : this.#score(meaning.phrase, profile);
      if (score >= scoreMin) found.push({ expression, score });
    }
    if (found.length === 0)
      throw new Unread(`no variable stands for "${meaning.phrase.words.map(({ text }) => text).join(' ')}"`);
    found.sort((a, b) => b.score - a.score);
    const total = found.reduce((sum, { score }) => sum + score ** SHARPNESS, 0);
    return found.slice(0, OPTIONS_MAX).map(({ expression, score }) => ({
      expression,
      confidence: round((score ** SHARPNESS / total) * score),
    }));
  }

  /** How well a phrase fits a variable, in [0, 1]: how much of the phrase the variable has, and how much of its name the phrase has. */
  #score({ words, about }: Phrase, profile: Profile): number {
    let wanted = 0;
    let had = 0;
    const present = new Set<string>();
    const forms = words.flatMap((word) =>
      word.stem.split('-').map((part) => ({ part, share: (word.soft ? SOFT : 1) / word.stem.split('-').length })),
    );
    for (const { part, share } of forms) {
      const weight = this.#weight(part) * share;
      wanted += weight;
      if (profile.name.has(part)) {
        had += weight;
        present.add(part);
      } else if (profile.description.has(part)) had += weight * DESCRIBED;
    }
    if (wanted === 0) return 0;
    let nameWeight = 0;
    let nameHad = 0;
    for (const word of profile.name) {
      // "order" is enough for the order amount.
      const weight = this.#weight(word) * (AMOUNTS.has(word) && profile.name.size > 1 ? SOFT : 1);
      nameWeight += weight;
      if (present.has(word)) nameHad += weight;
    }
    const recall = had / wanted;
    const precision = nameWeight === 0 ? 0 : nameHad / nameWeight;
    const agreement = about === profile.about ? 1 : about === 'plain' || profile.about === 'plain' ? UNLIKE : 0;
    return (0.6 * recall + 0.4 * precision) * agreement;
  }

  /** Rare words tell more. */
  #weight(word: string): number {
    return Math.log(1 + (this.#profiles.length + 1) / (this.#frequency.get(word) ?? 1.5));
  }
}

function expressionIn(
  meaning: Extract<Meaning, { kind: 'fact' | 'measure' | 'choice' }>,
  profile: Profile,
): Expression | undefined {
  const variable = named(profile.variable);
  switch (meaning.kind) {
    case 'fact':
      if (profile.kind !== 'bool') return undefined;
      return profile.negative ? not(variable) : variable;
    case 'measure': {
      if (profile.kind !== 'number') return undefined;
      const value = !meaning.unit || !profile.unit ? meaning.value : convert(meaning.value, meaning.unit, profile.unit);
      return value === undefined ? undefined : call(meaning.comparator, variable, number(value));
    }
    default:
      return profile.kind === 'enum' && profile.type === meaning.type
        ? call('=', variable, { kind: 'value', type: meaning.type, value: meaning.value })
        : undefined;
  }
}

function profileOf(variable: string, type: string, description: string, kind: Profile['kind']): Profile {
  const words = wordsOf(variable);
  let about: Phrase['about'] = 'plain';
  let negative = false;
  const name = new Set<string>();
  let unit: Unit | undefined;
  for (const [at, word] of words.entries()) {
    const opposite = oppositeOf(word);
    const plain = opposite ?? word;
    if (opposite !== undefined || (word === 'not' && at < 2)) negative = !negative;
    if (ALLOW.has(plain)) about = 'allow';
    else if (REQUIRE.has(plain)) about = 'require';
    else if (word === 'not' || (LEADING.has(word) && words.length > 1)) continue;
    else if (kind === 'number' && words.length > 1 && unitOf(word)) unit ??= unitOf(word);
    else name.add(stem(plain));
  }
  // A name of a unit alone ("days") is what the variable is called.
  if (name.size === 0) for (const word of words) name.add(stem(word));
  const told = tokenize(description);
  if (
    about === 'plain' &&
    kind === 'bool' &&
    /^whether\b[^.]{0,80}?\b(?:is|are)? ?(?:allowed|permitted|eligible|entitled|may|can)\b/i.test(description)
  )
    about = 'allow';
  if (kind === 'number' && !unit)
    unit = told.map(({ lower, sign }) => unitOf(sign ?? lower)).find((each) => each !== undefined);
  return {
    variable,
    kind,
    name,
    description: new Set(contentOf(told).flatMap((word) => [word.stem, ...word.stem.split('-')])),
    about,
    negative: kind === 'bool' && negative,
    ...(unit ? { unit } : {}),
    type,
  };
}

const round = (confidence: number) => Math.round(Math.min(1, confidence) * 1_000) / 1_000;
