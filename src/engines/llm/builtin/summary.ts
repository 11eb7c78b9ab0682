import type { Source } from './shapes.ts';
import type { Draft } from './draft.ts';
import { entities } from './entities.ts';
import type { Rules } from './rules.ts';
import type { Sampling } from './sampling.ts';
import { draw } from './sampling.ts';
import type { Unit } from './units.ts';
import { readUnits } from './units.ts';
import { isContent } from './words.ts';

/** Units looked at; longer texts are sampled evenly, so that time stays in proportion. */
const UNITS_MAX = 20_000;
/** Sentences of a summary when no length is asked for and few of them carry facts. */
const SENTENCES_DEFAULT = 3;
/** Sentences with facts that a summary of no given length holds at most, and their share of the text: it has to be shorter than that. */
const FACTS_MAX = 12;
const SHARE_MAX = 0.75;

/**
 * The sentences that say most of the sources, in their order: frequent content words, facts (names, numbers, dates), place in the text;
 * sentences that repeat chosen ones count less (maximal marginal relevance, Carbonell and Goldstein 1998).
 */
export function summarise(sources: Source[], rules: Rules, sampling: Sampling): Draft {
  let { units } = readUnits(sources);
  units = units.filter((unit) => unit.words.length >= 3 && !unit.heading);
  if (units.length > UNITS_MAX) {
    const step = units.length / UNITS_MAX;
    units = Array.from({ length: UNITS_MAX }, (_, index) => units[Math.floor(index * step)]).filter(
      (unit) => unit !== undefined,
    );
  }
  if (units.length === 0) {
    const text = sources.map((source) => source.text.trim()).join(' ');
    return { short: text, full: text, shaped: true };
  }
  const ranked = rank(units);
  const wanted = wantedCount(rules, ranked);
  const budget = rules.words?.count;
  const chosen = choose(ranked, wanted, budget, sampling);
  const ordered = [...chosen].sort((a, b) => a.order - b.order);
  const texts = ordered.map((unit) => told(unit));
  const spare = ranked
    .map(({ unit }) => unit)
    .filter((unit) => !chosen.has(unit))
    .slice(0, 30)
    .map((unit) => told(unit));
  const full = texts.join(' ');
  return { short: full, full, items: texts, spare, shaped: true };
}

const told = (unit: Unit): string => {
  const text = unit.text.replace(/\s*\n\s*/g, ' ').trim();
  if (unit.row)
    return `${unit.row.table.headers.map((header, index) => `${header}: ${unit.row?.cells[index] ?? ''}`).join(', ')}.`;
  return /[.!?…]["”')]*$/.test(text) ? text : `${text}.`;
};

function wantedCount(rules: Rules, ranked: Ranked[]): number {
  if (rules.sentences) return rules.sentences.count;
  if (rules.bullets?.count !== undefined) return rules.bullets.count;
  if (rules.numbered?.count !== undefined) return rules.numbered.count;
  if (rules.words) return Number.MAX_SAFE_INTEGER;
  const total = ranked.length;
  const usual = Math.max(1, Math.min(SENTENCES_DEFAULT + (total > 40 ? 2 : 0), Math.ceil(total * 0.5)));
  const facts = ranked.filter((entry) => entry.facts > 0).length;
  return Math.max(usual, Math.min(facts, FACTS_MAX, Math.floor(total * SHARE_MAX)));
}

/** `facts`: how many names, dates, places and figures the unit carries. */
type Ranked = { unit: Unit; score: number; stems: Set<string>; facts: number };

/** Names, dates, places and figures of a sentence; its first word is capitalised for its place, "one another" counts nothing. */
const factsIn = (text: string): number =>
  entities(text).filter(
    (entity) =>
      entity.kind !== 'colour' &&
      !(entity.kind === 'proper' && entity.start === 0 && !/[\s\d]/.test(entity.text)) &&
      !(entity.kind === 'number' && /^(?:one|first|second)$/i.test(entity.text)),
  ).length;

function rank(units: Unit[]): Ranked[] {
  const counts = new Map<string, number>();
  const stemsOf = units.map(
    (unit) => new Set(unit.words.filter((word) => isContent(word) && word.stem.length > 2).map((word) => word.stem)),
  );
  for (const stems of stemsOf) for (const stem of stems) counts.set(stem, (counts.get(stem) ?? 0) + 1);
  const exact = units.length <= 2000;
  const ranked = units.map((unit, index) => {
    const stems = stemsOf[index] ?? new Set<string>();
    let score = 0;
    for (const stem of stems) {
      const count = counts.get(stem) ?? 1;
      // A word counts when others speak of it too; words of all sentences tell nothing.
      score += count > 1 ? Math.log(1 + count) : 0.2;
    }
    score /= Math.sqrt(Math.max(6, stems.size));
    const named = exact ? factsIn(unit.text) : (unit.text.match(/\d+|\s\p{Lu}/gu)?.length ?? 0);
    score += 0.35 * Math.min(3, named);
    const opening = !unit.before;
    // A first line of a few words is the text's title, not its news.
    if (index === 0 && unit.words.length >= 5) score += 1.2;
    else if (opening && unit.type === 'sentence') score += 0.25;
    if (
      /^(?:for example|for instance|however|also|in addition|meanwhile|as a side note|by the way|incidentally|note that|this|that|these|it|he|she|they)\b/i.test(
        unit.text,
      )
    )
      score -= 0.35;
    if (
      /\b(?:in (?:summary|conclusion|short)|overall|importantly|significant|most important|key|main|result|announced|decided|concluded|approved|total)\b/i.test(
        unit.text,
      )
    )
      score += 0.5;
    if (unit.text.endsWith('?')) score -= 0.6;
    return { unit, score, stems, facts: named };
  });
  return ranked.sort((a, b) => b.score - a.score || a.unit.order - b.unit.order);
}

function choose(ranked: Ranked[], wanted: number, budget: number | undefined, sampling: Sampling): Set<Unit> {
  const chosen = new Set<Unit>();
  const said = new Set<string>();
  let used = 0;
  const pool = ranked.slice(0, 400);
  // What carries facts comes first where all of it fits; a one-sentence summary is the sentence that says most.
  const facts = ranked.filter((entry) => entry.facts > 0);
  const length = facts.reduce((sum, { unit }) => sum + unit.text.split(/\s+/).length, 0);
  if (wanted > 1 && facts.length <= wanted && length <= (budget ?? Number.MAX_SAFE_INTEGER))
    for (const entry of facts) {
      chosen.add(entry.unit);
      for (const stem of entry.stems) said.add(stem);
      used += entry.unit.text.split(/\s+/).length;
      const at = pool.indexOf(entry);
      if (at >= 0) pool.splice(at, 1);
    }
  while (chosen.size < wanted && pool.length > 0) {
    const scored = pool.map((entry) => {
      let repeated = 0;
      for (const stem of entry.stems) if (said.has(stem)) repeated++;
      return { value: entry, score: entry.score - (entry.stems.size === 0 ? 0 : (1.2 * repeated) / entry.stems.size) };
    });
    const next = draw(scored, { ...sampling, topK: sampling.topK > 0 ? Math.min(sampling.topK, 8) : 8 });
    pool.splice(pool.indexOf(next), 1);
    const size = next.unit.text.split(/\s+/).length;
    if (budget !== undefined && used + size > budget) {
      if (chosen.size === 0 && pool.every((entry) => entry.unit.text.split(/\s+/).length > budget)) {
        chosen.add(next.unit);
        break;
      }
      continue;
    }
    chosen.add(next.unit);
    used += size;
    for (const stem of next.stems) said.add(stem);
    if (budget !== undefined && used >= budget * 0.9) break;
  }
  return chosen;
}
