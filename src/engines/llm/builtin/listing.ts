import type { FillContext } from './candidates.ts';
import { coerce } from './candidates.ts';
import type { Evidence } from './evidence.ts';
import type { Leaf } from './leaf.ts';
import { readLeaf } from './leaf.ts';
import type { Schema } from './schema.ts';
import { asSchema, resolved, violation } from './schema.ts';
import { spaced, stemSet } from './units.ts';
import { similarity, words } from './words.ts';
import type { Json } from '../types.ts';

type FillSegment = (segment: string) => { value: Json | undefined; filled: number; missing: number };

/** Items of an array at most. */
const SEGMENTS_MAX = 2000;
/** Up to four words. Each begins where one begins: patterns that may cut a word anywhere take forever for a long one. */
const ITEM = String.raw`[\p{L}\p{N}'-]+(?:\s[\p{L}\p{N}'-]+){0,3}`;
/** "red wine, old cheese and bread" */
const LISTED = new RegExp(String.raw`(?<![\p{L}\p{N}'-]|,\s)${ITEM}(?:,\s+${ITEM})+,?\s+and\s+${ITEM}`, 'u');

/**
 * The objects that a text lists: rows of a table whose headers name the properties, else lines, list items, sentences or comma-separated
 * parts, whichever cut fills most required places.
 */
export function segmentsOf(schema: Schema, evidence: Evidence, name: string, fillSegment: FillSegment): Json[] {
  for (const table of evidence.tables) {
    const leaves = Object.entries(asSchema(schema.properties)).map(([key, property]) =>
      readLeaf([key], resolved(asSchema(property), schema)),
    );
    const columns = leaves.map((leaf) => ({ leaf, column: bestColumn(leaf, table.headers) }));
    if (columns.filter((entry) => entry.column !== undefined).length * 2 < leaves.length) continue;
    return table.rows.slice(0, SEGMENTS_MAX).map((row) => {
      const value: { [key: string]: Json } = {};
      for (const { leaf, column } of columns) {
        const cell = column === undefined ? undefined : coerce(row.cells[column] ?? '', leaf, {});
        if (cell !== undefined && violation(cell, leaf.schema) === undefined) value[leaf.path[0] ?? ''] = cell;
      }
      return value;
    });
  }
  let best: { values: Json[]; score: number } = { values: [], score: 0 };
  for (const cut of cuts(evidence, name)) {
    const parts = cut
      .slice(0, SEGMENTS_MAX)
      .map((segment) => fillSegment(segment))
      .filter((part) => part.value !== undefined && part.filled > 0 && part.missing === 0);
    const score = parts.reduce((sum, part) => sum + part.filled, 0) - 0.2 * parts.length;
    if (score > best.score + 1e-9)
      best = { values: parts.map((part) => part.value).filter((value) => value !== undefined), score };
  }
  return best.values;
}

function bestColumn(leaf: Leaf, headers: string[]): number | undefined {
  let best: { column: number; score: number } | undefined;
  for (const [column, header] of headers.entries()) {
    const stems = [...stemSet(spaced(header))];
    const alike = stems.filter((stem) => [...leaf.name].some((own) => similarity(own, stem) >= 0.7)).length;
    const score = spaced(header).toLowerCase() === leaf.label ? 2 : (2 * alike) / (stems.length + leaf.name.size);
    if (score > (best?.score ?? 0.4)) best = { column, score };
  }
  return best?.column;
}

/** Ways to cut a text into the items of a list: lines, sentences, clauses. */
function cuts(evidence: Evidence, name: string): string[][] {
  const lines = evidence.text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
  const items = lines
    .filter((line) => /^(?:[-*•]|\d+[.)])\s/.test(line))
    .map((line) => line.replace(/^(?:[-*•]|\d+[.)])\s+/, ''));
  const sentences = evidence.units.map((unit) => unit.text);
  const stems = [...stemSet(spaced(name))];
  // Sentences that speak of the list ("She ordered …", "Items: …") are cut finer than the rest.
  const naming = evidence.units.filter((unit) =>
    stems.some((stem) => [...unit.stems.keys()].some((other) => similarity(stem, other) > 0)),
  );
  const clauses = (list: string[]): string[] =>
    list
      .flatMap((text) =>
        text
          .replace(/^[^:]{1,40}:\s/, '')
          .split(
            /;\s*|,\s+(?:and\s+)?(?=(?:\d|an?\s|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\p{Lu}|the\s))|\s+and\s+(?=(?:\d|an?\s|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\p{Lu}))/u,
          ),
      )
      .map((part) => part.trim())
      .filter(Boolean);
  const blocks = evidence.text
    .split(/\n\s*\n/)
    .map((block) => block.trim())
    .filter(Boolean);
  return [
    items,
    blocks.length > 1 ? blocks : [],
    clauses(items.length > 0 ? [] : sentences),
    clauses(naming.map((unit) => unit.text)),
    lines,
    sentences,
  ].filter((list) => list.length > 0);
}

/** The values that a text lists for an array of scalars. */
export function listValues(leaf: Leaf, evidence: Evidence, context: FillContext): Json[] {
  const accept = (texts: string[]): Json[] =>
    texts
      .map((text) => coerce(text, leaf, context))
      .filter((value): value is Json => value !== undefined && violation(value, leaf.schema) === undefined);
  if (Array.isArray(leaf.schema.enum)) {
    const text = evidence.text.toLowerCase();
    return leaf.schema.enum.filter(
      (member) =>
        typeof member === 'string' &&
        new RegExp(
          `(?<![\\p{L}\\p{N}])${spaced(member)
            .toLowerCase()
            .replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}(?:s|es)?(?![\\p{L}\\p{N}])`,
          'u',
        ).test(text),
    );
  }
  const names = [...leaf.name];
  const alike = (stem: string): boolean => names.some((name) => similarity(name, stem) >= 0.7);
  for (const unit of evidence.units) {
    if (unit.type !== 'field' || unit.key === undefined || ![...stemSet(unit.key)].some(alike)) continue;
    const values = accept(splitList(unit.value ?? ''));
    if (values.length > 0) return values;
  }
  for (const table of evidence.tables) {
    const column = bestColumn(leaf, table.headers);
    if (column !== undefined) return accept(table.rows.map((row) => row.cells[column] ?? ''));
  }
  const primary = leaf.kinds[0];
  if (primary !== undefined && (leaf.topic === 'value' || leaf.kinds[0] === 'email')) {
    const naming = evidence.units.filter((unit) => unit.words.some((word) => alike(word.stem)));
    for (const units of [naming, evidence.units]) {
      const found = units.flatMap((unit) =>
        unit.entities
          .filter((entity) => entity.kind === primary || (leaf.kinds.includes(entity.kind) && leaf.type !== 'string'))
          .map((entity) => entity.text),
      );
      const values = accept([...new Set(found)]);
      if (values.length > 0) return values;
    }
    // A firm is often called by a name that could be anything's: "a team of Siemens".
    if (primary === 'organisation') {
      const names = evidence.units.flatMap((unit) =>
        unit.entities.filter((entity) => entity.kind === 'proper' && entity.start > 0).map((entity) => entity.text),
      );
      const values = accept([...new Set(names)]);
      if (values.length > 0) return values;
    }
  }
  for (const unit of evidence.units) {
    const word = unit.words.find((entry) => alike(entry.stem));
    if (!word) continue;
    const after = unit.text
      .slice(word.end)
      .replace(
        /^\s*(?:are|is|were|was|include|includes|included|including|of|such as|like|:|,|with|in|to)*\s*(?:are|were|include|included|including|such as|in|with|for|:)?\s*/i,
        '',
      );
    const values = splitList(after.split(/[.;!?](?:\s|$)/)[0] ?? '');
    if (values.length > 1) return accept(values);
    const before = splitList(unit.text.slice(0, word.start).replace(/\b(?:are|as|the|our|my|his|her|their)\s*$/i, ''));
    if (before.length > 1) return accept(before.map((text) => lastWords(text)));
  }
  const quotes = [...evidence.text.matchAll(/["“]([^"”\n]{1,200})["”]/g)].map((match) => match[1] ?? '');
  if (quotes.length > 0 && (primary === undefined || leaf.topic === 'phrase')) return accept(quotes);
  const items = evidence.text
    .split('\n')
    .filter((line) => /^\s*(?:[-*•]|\d+[.)])\s/.test(line))
    .map((line) => line.replace(/^\s*(?:[-*•]|\d+[.)])\s+/, ''));
  if (items.length > 0) return accept(items);
  for (const unit of evidence.units) {
    const values = splitList(LISTED.exec(unit.text)?.[0] ?? '');
    if (values.length > 1) return accept(values.map((text, at) => (at === 0 ? lastWords(text) : text)));
  }
  return [];
}

/** "milk, eggs and bread" as its parts, without articles. */
export function splitList(text: string): string[] {
  return text
    .split(/\s*[,;|]\s*(?:and\s+|or\s+)?|\s+(?:and|&|as well as)\s+/)
    .map((part) =>
      part
        .trim()
        .replace(/^(?:the|a|an|some|also|both)\s+/i, '')
        .replace(/[.!?]+$/, ''),
    )
    .filter((part) => part !== '' && words(part).length <= 8);
}

/** The noun at the end of the first part of a list: "I like red apples" gives "apples" no verb. */
const lastWords = (text: string): string => {
  const verb =
    /\b(?:are|is|was|were|like|likes|need|needs|want|wants|bought|buy|include|includes|have|has|had|with|of|add|for|to|ordered|speaks?|knows?|uses?|used)\s+(?!.*\b(?:are|is|was|were|like|need|want|bought|buy|include|have|has|had|with|of|add|for|to)\s)(.+)$/i.exec(
      text,
    );
  return (verb?.[1] ?? text).replace(/^(?:the|a|an|some)\s+/i, '');
};
