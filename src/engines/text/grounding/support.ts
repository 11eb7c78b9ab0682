import type { Statement, Term } from './statement.ts';
import { opposite, synonymous } from './thesaurus.ts';

/** How a statement of an answer is borne out by statements of its source. */
export type Support = {
  /** Share of what the statement says that the source says, 0 to 1. */
  covered: number;
  /** The same in the one statement of the source that bears it out best. */
  together: number;
  /** What speaks against it: each is enough to call the statement unsupported. */
  faults: string[];
};

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

/** How much a name counts in the search for the statement that says the same. */
const NAME_RANK = 0.35;
/** What a term counts that stands in another statement of the source than the rest of what is said. */
const ELSEWHERE = 0.55;
/** A statement of the source is about the same when this much of what the answer says is in it. */
const SAME_MATTER = 0.55;

/**
 * Holds a statement of an answer against a source.
 *
 * @param near by statement of the source: how near its meaning is, 0 to 1.
 * @param context the terms of the whole sentence of the answer.
 */
export function supportOf(
  claim: Statement,
  source: readonly Statement[],
  { near, context }: { near: readonly number[]; context: readonly Term[] },
): Support {
  const total = claim.terms.reduce((sum, { weight }) => sum + weight, 0);
  if (total === 0 || source.length === 0)
    return { covered: 0, together: 0, faults: source.length === 0 ? ['no source'] : [] };
  // Names say who, not what: the statement of the source is looked for by what is said, so that a wrong name shows.
  const weights = claim.terms.map((term) => (term.kind === 'name' ? NAME_RANK : 1) * term.weight);
  const ranking = weights.reduce((sum, weight) => sum + weight, 0);
  const ranked = source.map((statement, index) => {
    let sum = 0;
    let rank = 0;
    for (const [at, term] of claim.terms.entries()) {
      const value = best(term, statement.terms).value;
      sum += term.weight * value;
      rank += weights[at]! * value;
    }
    return { statement, index, share: sum / total, rank: rank / ranking + 0.3 * (near[index] ?? 0) };
  });
  ranked.sort((a, b) => b.rank - a.rank || a.index - b.index);
  const top = ranked[0]!;
  const everywhere = source.flatMap(({ terms }) => terms);
  const faults: string[] = [];
  let covered = 0;
  for (const term of claim.terms) {
    const here = best(term, top.statement.terms).value;
    const anywhere = best(term, everywhere).value;
    covered += term.weight * Math.max(here, (term.kind === 'name' ? 0.95 : ELSEWHERE) * anywhere);
    if (term.kind === 'number' && anywhere < 0.9) faults.push(`the number ${term.text} is not in the source`);
    else if (term.kind === 'number' && here < 0.9 && misplaced(term, claim, top.statement, source))
      faults.push(`the number ${term.text} stands for something else`);
    if (term.kind === 'name' && anywhere < 0.7) faults.push(`the name ${term.text} is not in the source`);
  }
  faults.push(
    ...against(claim, {
      found: nearestPart(claim, top.statement),
      whole: top.statement,
      rank: top.rank,
      before: source.slice(0, top.index),
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
function misplaced(term: Term, claim: Statement, found: Statement, source: readonly Statement[]): boolean {
  const others = found.terms.filter(
    (each) => each.kind === 'number' && !claim.terms.some((mine) => mine.kind === 'number' && mine.key === each.key),
  );
  if (others.some((each) => each.unit === term.unit)) return true;
  // Or it has another unit wherever it stands.
  return !source.some(({ terms }) =>
    terms.some(
      (each) =>
        each.key === term.key &&
        each.kind === 'number' &&
        (each.unit === term.unit || each.unit === '' || term.unit === ''),
    ),
  );
}

type Match = {
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
  for (const fault of [swappedNames(claim, found), otherName(claim, match), otherOrder(claim, found)])
    if (fault !== undefined) faults.push(fault);
  return faults;
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
  const places = claim.terms
    .filter(({ kind }) => kind === 'name')
    .map((name) => ({ name, at: best(name, found.terms).term?.at }))
    .filter((each): each is { name: Term; at: number } => each.at !== undefined);
  const first = places[0];
  const last = places.find(({ name }) => first !== undefined && name.at - first.name.at > 1);
  if (first === undefined || last === undefined) return undefined;
  const verb = claim.terms.find(({ at, kind }) => kind === 'word' && at > first.name.at && at < last.name.at);
  const match = verb && best(verb, found.terms).term;
  if (match === undefined || match.at < Math.min(first.at, last.at) || match.at > Math.max(first.at, last.at))
    return undefined;
  const turned = first.at > last.at;
  return turned === (claim.passive === found.passive)
    ? `${first.name.text} and ${last.name.text} change places`
    : undefined;
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
  const turned =
    (BEFORE.test(claim.text) && !AFTER.test(claim.text) && AFTER.test(found.text) && !BEFORE.test(found.text)) ||
    (AFTER.test(claim.text) && !BEFORE.test(claim.text) && BEFORE.test(found.text) && !AFTER.test(found.text));
  if (!turned) return undefined;
  const places = claim.terms.map((term) => best(term, found.terms).term?.at).filter((at) => at !== undefined);
  return places.length >= 2 && places[0]! < places.at(-1)! ? 'before and after change places' : undefined;
}
