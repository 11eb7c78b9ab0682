import { wordsOf } from '../words/stem.ts';
import type { Statement, Term } from './statement.ts';
import { converse, opposite, synonymous } from './thesaurus.ts';

/** How a statement of an answer is borne out by statements of its source. */
export type Support = {
  /** Share of what the statement says that the source says, 0 to 1. */
  covered: number;
  /** The same in the one statement of the source that bears it out best. */
  together: number;
  /** What speaks against it: each is enough to call the statement unsupported. */
  faults: string[];
};

/** A source taken apart: its statements in order, and each of its terms once. */
export type Source = { statements: readonly Statement[]; everywhere: readonly Term[] };

export type Evidence = {
  /** By statement of the source: how near its meaning is, 0 to 1; undefined where it was not asked for. */
  near: readonly (number | undefined)[];
  /** The statements of the source that come into question, by index. */
  among: readonly number[];
  /** The terms of the whole sentence of the answer. */
  context: readonly Term[];
};

/** Takes a source's statements together. */
export function sourceOf(statements: readonly Statement[]): Source {
  const once = new Map<string, Term>();
  for (const term of statements.flatMap(({ terms }) => terms))
    once.set(`${term.kind} ${term.key} ${term.unit ?? ''}`, term);
  return { statements, everywhere: [...once.values()] };
}

/** How far a term of the source answers for one of the answer: 1 the same, 0.9 a synonym, 0.7 likely the same root, 0 not. */
function likeness(asked: Term, found: Term): number {
  if (asked.kind === 'number' || found.kind === 'number') {
    if (asked.kind !== found.kind) return synonymous(asked.key, found.key) ? 0.9 : 0;
    return asked.key === found.key ? 1 : 0;
  }
  if (asked.key === found.key) return 1;
  if (asked.kind === 'name' && found.kind === 'name') return 0;
  if (synonymous(asked.key, found.key)) return 0.9;
  const shorter = Math.min(asked.key.length, found.key.length);
  if (shorter >= 4 && asked.key.slice(0, Math.max(4, shorter - 1)) === found.key.slice(0, Math.max(4, shorter - 1))) {
    return Math.abs(asked.key.length - found.key.length) <= 4 ? 0.75 : 0;
  }
  // "storehouse" and "house", "postage" and "post".
  return shorter >= 4 && (asked.key.startsWith(found.key) || found.key.startsWith(asked.key)) ? 0.5 : 0;
}

const best = (asked: Term, among: readonly Term[]): { term: Term | undefined; value: number } => {
  let found: { term: Term | undefined; value: number } = { term: undefined, value: 0 };
  for (const term of among) {
    const value = likeness(asked, term);
    if (value > found.value) found = { term, value };
  }
  return found;
};

/** What was said before a statement that begins with a pronoun counts this much for it: in the search, and in what it says. */
const SPOKEN_RANK = 0.6;
const SPOKEN_SAME = 0.8;
/** How many statements back a pronoun refers. */
const BACK = 6;
const PRONOUN_FIRST = /^(?:\S+\s+)?(?:it|he|she|they|its|his|her|their|this|these|both)\b/i;
/** How much a name counts in the search for the statement that says the same. */
const NAME_RANK = 0.35;
/** What a term counts that stands in another statement of the source than the rest of what is said. */
const ELSEWHERE = 0.55;
/** A statement of the source is about the same when this much of what the answer says is in it. */
const SAME_MATTER = 0.55;

/**
 * Holds a statement of an answer against a source.
 *
 */
export function supportOf(claim: Statement, source: Source, { near, among, context }: Evidence): Support {
  const total = claim.terms.reduce((sum, { weight }) => sum + weight, 0);
  const { statements, everywhere } = source;
  if (total === 0 || among.length === 0) return { covered: 0, together: 0, faults: [] };
  // Names say who, not what: the statement of the source is looked for by what is said, so that a wrong name shows.
  const weights = claim.terms.map((term) => (term.kind === 'name' ? NAME_RANK : 1) * term.weight);
  const ranking = weights.reduce((sum, weight) => sum + weight, 0);
  const ranked = among.map((index) => {
    const statement = statements[index]!;
    // "It must not be frozen" is about what was named before.
    const earlier = PRONOUN_FIRST.test(statement.text)
      ? statements.slice(Math.max(0, index - BACK), index).flatMap(({ terms }) => terms)
      : [];
    let sum = 0;
    let rank = 0;
    for (const [at, term] of claim.terms.entries()) {
      const value = best(term, statement.terms).value;
      const spoken = earlier.length > 0 ? best(term, earlier).value : 0;
      sum += term.weight * Math.max(value, SPOKEN_SAME * spoken);
      rank += weights[at]! * Math.max(value, SPOKEN_RANK * spoken);
    }
    return { statement, index, earlier, share: sum / total, rank: rank / ranking + 0.3 * (near[index] ?? 0) };
  });
  ranked.sort((a, b) => b.rank - a.rank || a.index - b.index);
  const top = ranked[0]!;
  const faults: string[] = [];
  let covered = 0;
  for (const term of claim.terms) {
    const here = best(term, top.statement.terms).value;
    const anywhere = best(term, everywhere).value;
    const spoken = SPOKEN_SAME * best(term, top.earlier).value;
    covered += term.weight * Math.max(here, spoken, (term.kind === 'name' ? 0.95 : ELSEWHERE) * anywhere);
    if (term.kind === 'number' && anywhere < 0.9) faults.push(`the number ${term.text} is not in the source`);
    else if (term.kind === 'number' && here < 0.9 && misplaced(term, claim, top.statement, everywhere))
      faults.push(`the number ${term.text} stands for something else`);
    if (term.kind === 'name' && anywhere < 0.7) faults.push(`the name ${term.text} is not in the source`);
  }
  faults.push(
    ...against(claim, {
      found: nearestPart(claim, top.statement),
      whole: top.statement,
      everywhere,
      rank: top.rank,
      before: statements.slice(Math.max(0, top.index - BACK), top.index),
      context,
    }),
  );
  return { covered: covered / total, together: top.share, faults };
}

/** The clause of a statement that has most of the claim's words: what it denies or affirms is what counts. */
function nearestPart(claim: Statement, found: Statement): Statement {
  let nearest = found;
  let most = 0;
  for (const part of found.parts) {
    const share = claim.terms.reduce((sum, term) => sum + term.weight * best(term, part.terms).value, 0);
    if (share > most) [nearest, most] = [part, share];
  }
  return nearest;
}

/** A number that the matching statement gives otherwise: it has one of the same unit, with another value. */
function misplaced(term: Term, claim: Statement, found: Statement, everywhere: readonly Term[]): boolean {
  const others = found.terms.filter(
    (each) => each.kind === 'number' && !claim.terms.some((mine) => mine.kind === 'number' && mine.key === each.key),
  );
  if (others.some((each) => each.unit === term.unit)) return true;
  // Or it has another unit wherever it stands.
  const same = everywhere.filter((each) => each.kind === 'number' && each.key === term.key);
  return !same.some((each) => each.unit === term.unit || each.unit === '' || term.unit === '');
}

type Match = {
  everywhere: readonly Term[];
  found: Statement;
  whole: Statement;
  rank: number;
  before: readonly Statement[];
  context: readonly Term[];
};

/** What in the statement of the source that is about the same matter speaks against the claim. */
function against(claim: Statement, match: Match): string[] {
  if (match.rank < SAME_MATTER) return [];
  const { found, whole } = match;
  const faults: string[] = [];
  const pair = oppositesOf(claim, match);
  if (pair !== undefined) faults.push(`"${pair[0]}" against "${pair[1]}"`);
  else {
    const denied = deniedOtherwise(claim, found);
    if (denied !== undefined) faults.push(`"${denied}" is denied by one and not by the other`);
  }
  const limit = LIMITS.find((words) => words.test(claim.text) && !words.test(whole.text));
  if (limit !== undefined) faults.push(`"${limit.exec(claim.text)![0]}" is not in the source`);
  const other = replaced(claim, match);
  if (other !== undefined) faults.push(other);
  for (const fault of [swappedNames(claim, found), otherName(claim, match), otherOrder(claim, found)])
    if (fault !== undefined) faults.push(fault);
  return faults;
}

/** A word of which the source has nothing alike, in the place of one that the claim has not: "a wheat loaf" of "a rye loaf". */
function replaced(claim: Statement, { found, everywhere, context }: Match): string | undefined {
  for (const [at, term] of claim.terms.entries()) {
    if (term.kind !== 'word' || term.weight < 1 || term.key.includes('_') || best(term, everywhere).value >= 0.5)
      continue;
    const [before, after] = [alignedAt(claim.terms, at, -1, found.terms), alignedAt(claim.terms, at, 1, found.terms)];
    for (const [index, each] of found.terms.entries()) {
      if (each.kind === 'number' || each.weight < 1 || each.key.includes('_') || best(each, context).value >= 0.5)
        continue;
      const sameBefore = before !== undefined && before === neighbour(found.terms, index, -1, claim.terms);
      const sameAfter = after !== undefined && after === neighbour(found.terms, index, 1, claim.terms);
      // At the end of a statement the neighbour before tells; inside, both do. At its head another subject may say the same.
      const last = after === undefined && neighbour(found.terms, index, 1, claim.terms) === undefined;
      if (sameBefore && (sameAfter || last)) return `"${term.text}" stands in the place of "${each.text}"`;
    }
  }
  return undefined;
}

/** The term of the source that answers for the next term of the claim before (-1) or after (1) a place. */
function alignedAt(terms: readonly Term[], at: number, step: 1 | -1, source: readonly Term[]): Term | undefined {
  for (let next = at + step; next >= 0 && next < terms.length; next += step) {
    const { term, value } = best(terms[next]!, source);
    if (value >= 0.7) return term;
  }
  return undefined;
}

/** The next term of the source before or after a place that answers for one of the claim. */
function neighbour(terms: readonly Term[], at: number, step: 1 | -1, claim: readonly Term[]): Term | undefined {
  for (let next = at + step; next >= 0 && next < terms.length; next += step)
    if (best(terms[next]!, claim).value >= 0.7) return terms[next];
  return undefined;
}

/** Words that narrow a statement: without one in the source the claim says more than it. */
const LIMITS = [
  /\b(?:only|solely|exclusively|just|merely)\b/i,
  /\b(?:never|under no circumstances)\b/i,
  /\b(?:always|at all times|without exception)\b/i,
];

function oppositesOf(claim: Statement, { found, context }: Match): [string, string] | undefined {
  for (const term of claim.terms) {
    if (term.kind !== 'word' || best(term, found.terms).value >= 0.7) continue;
    for (const each of found.terms) {
      // "Not open" is "closed"; and what the rest of the answer's sentence says too is no contrary of it.
      if (converse(term.key, each.key) && namesTurned(claim, found) === true) continue;
      if (opposite(term.key, each.key) && term.denied === each.denied && best(each, context).value < 0.7)
        return [term.text, each.text];
    }
  }
  return undefined;
}

/** A word that one statement denies and the other does not. */
function deniedOtherwise(claim: Statement, found: Statement): string | undefined {
  for (const term of claim.terms) {
    if (term.kind === 'number') continue;
    const { term: match, value } = best(term, found.terms);
    if (match === undefined || value < 0.7 || match.denied === term.denied) continue;
    // Denied on both sides, each by a word of its own: "must not be given" and "may not take".
    if (claim.terms.some(({ denied }) => denied) && found.terms.some(({ denied }) => denied)) continue;
    return term.text;
  }
  return undefined;
}

/** Two names of the claim in the order against that of the source, about the same verb: "A beat B" and "B beat A". */
function swappedNames(claim: Statement, found: Statement): string | undefined {
  const turned = namesTurned(claim, found);
  if (turned === undefined || claim.terms.some((term) => found.terms.some((each) => converse(term.key, each.key))))
    return undefined;
  return turned === (claim.passive === found.passive) ? 'two names change places' : undefined;
}

/** Whether two names that stand around a verb in the claim stand the other way round in the source, around a verb; undefined where they do not. */
function namesTurned(claim: Statement, found: Statement): boolean | undefined {
  const places = claim.terms
    .filter(({ kind }) => kind === 'name')
    .map((name) => ({ name, at: best(name, found.terms).term?.at }))
    .filter((each): each is { name: Term; at: number } => each.at !== undefined);
  const first = places[0];
  const last = places.find(({ name }) => first !== undefined && name.at - first.name.at > 1);
  if (first === undefined || last === undefined) return undefined;
  const verb = claim.terms.find(({ at, kind }) => kind === 'word' && at > first.name.at && at < last.name.at);
  if (verb === undefined) return undefined;
  const [low, high] = [Math.min(first.at, last.at), Math.max(first.at, last.at)];
  const around = found.terms.some(
    (each) => each.at > low && each.at < high && (likeness(verb, each) >= 0.7 || converse(verb.key, each.key)),
  );
  return around ? first.at > last.at : undefined;
}

/** A name that the statement of the source has not, while it names somebody else whom the claim does not. */
function otherName(claim: Statement, { found, whole, before, context }: Match): string | undefined {
  const spoken = PRONOUN.test(found.text) || found !== whole;
  const missing = claim.terms.filter((term) => {
    if (term.kind !== 'name' || best(term, whole.terms).value >= 0.7) return false;
    // The subject of the text may stand as a pronoun: "It was found in Oslo" of what was named before.
    return !(spoken && before.some(({ terms }) => best(term, terms).value >= 0.7));
  });
  const spare = found.terms.filter((term) => term.kind === 'name' && best(term, context).value < 0.7);
  return missing.length > 0 && spare.length > 0
    ? `${missing[0]!.text} stands in the place of ${spare[0]!.text}`
    : undefined;
}

const PRONOUN = /\b(?:it|he|she|they|him|her|them|its|his|their|this|these)\b|^the\b/i;
const BEFORE = /\b(?:before|until|prior to)\b/i;
const AFTER = /\b(?:after|once|since|following)\b/i;

/** "Encrypted after the upload" against "encrypted before they are uploaded". */
function otherOrder(claim: Statement, found: Statement): string | undefined {
  const joint = [BEFORE, AFTER].find((each) => each.test(claim.text));
  if (joint === undefined || (BEFORE.test(claim.text) && AFTER.test(claim.text))) return undefined;
  const contrary = joint === BEFORE ? AFTER : BEFORE;
  if (!contrary.test(found.text) || joint.test(found.text)) return undefined;
  const place = wordsOf(claim.text.slice(0, joint.exec(claim.text)!.index)).length;
  const matched = claim.terms
    .map((term) => ({ at: term.at, found: best(term, found.terms).term?.at }))
    .filter((each) => each.found !== undefined);
  const first = matched.findLast(({ at }) => at < place);
  const second = matched.find(({ at }) => at > place);
  if (first === undefined || second === undefined) return undefined;
  return first.found! < second.found! ? 'before and after change places' : undefined;
}
