import { NEGATIONS } from '../builtin/lexicons/function-words.ts';
import { isContent, sentences, similarity, words, type Span } from '../builtin/words.ts';
import type { Citation, DocumentPart } from '../types.ts';
import { citationOf } from './places.ts';

/**
 * Where the sentences of an answer stand in the texts that it was made from: by the words that they share, with the similarity of words that
 * the `builtin` worker finds answers by. What is told as support holds nearly all of a sentence's words and all of its numbers, and is negated
 * when it is. A sentence that no few passages hold has none.
 */
export type Passages = {
  documents: readonly CitedDocument[];
  sentences: readonly Passage[];
  /** Passages by the stems in them. */
  byStem: ReadonlyMap<string, number[]>;
  /** Stems of the question: of passages that support equally well, what was asked about comes first. */
  asked: ReadonlySet<string>;
};
export type CitedDocument = DocumentPart & Required<Pick<DocumentPart, 'citable'>>;
type Passage = Span & {
  document: number;
  stems: ReadonlySet<string>;
  /** Distinct words that carry content. */
  content: number;
  negated: boolean;
};

/** Characters that are read at a time. */
const STEP = 8_000;
/** How much of a sentence's words its passages must hold together. */
const COVERAGE_MIN = 0.7;
/** How much a passage must add to those before it. */
const GAIN_MIN = 0.25;
/** Passages of one sentence at most. */
const PASSAGES_MAX = 3;
/** Passages that are looked at for one sentence, those that hold its rarest words. */
const CANDIDATES_MAX = 2_000;
/** Words that are looked for in passages without a breath. */
const COMPARED_MAX = 10_000;
/** How much of a passage a sentence must tell for it to matter that one is negated and the other is not. */
const RETOLD = 0.5;
/** Words with which an answer speaks of its source. */
const FRAME = new Set(
  words(
    'according states stated says said source document documents text passage article result results mentions mentioned based provided given notes reports answer',
  ).map(({ stem }) => stem),
);

/** Reads documents as passages. `breathe` is called between steps of the work. */
export async function readPassages(
  documents: readonly CitedDocument[],
  question: string,
  breathe: () => Promise<void>,
): Promise<Passages> {
  const found: Passage[] = [];
  const byStem = new Map<string, number[]>();
  for (const [document, { text, citable }] of documents.entries()) {
    for (let at = 0; at < text.length;) {
      const end = stepEnd(text, at, citable.starts);
      for (const span of sentences(text.slice(at, end))) {
        const list = words(text.slice(at + span.start, at + span.end));
        const stems = new Set(list.map(stemOf));
        for (const stem of stems) {
          const known = byStem.get(stem);
          if (known) known.push(found.length);
          else byStem.set(stem, [found.length]);
        }
        found.push({
          start: at + span.start,
          end: at + span.end,
          document,
          stems,
          content: new Set(list.filter(isContent).map(stemOf)).size,
          negated: list.some(({ lower }) => NEGATIONS.has(lower)),
        });
      }
      at = end;
      await breathe();
    }
  }
  const asked = new Set(words(question).filter(isContent).map(stemOf));
  return { documents, sentences: found, byStem, asked };
}

/** A step ends with a page or a block, at the latest with a line or a word after enough of them. */
function stepEnd(text: string, at: number, starts: readonly number[] = []): number {
  const page = text.indexOf('\f', at);
  const end = Math.min(page < 0 ? text.length : page + 1, starts.find((each) => each > at) ?? text.length);
  if (end - at <= STEP) return end;
  for (const mark of ['\n', ' ']) {
    const found = text.lastIndexOf(mark, at + STEP);
    if (found > at) return found + 1;
  }
  return at + STEP;
}

/** Numbers are one however they are written: 1,200 and 1200.0. */
const stemOf = ({ stem }: { stem: string }): string =>
  /^\d/.test(stem) ? stem.replaceAll(',', '').replace(/\.0+$/, '') : stem;

/** A word of a sentence, with the stems of the texts that answer for it, and how far they do. */
type Wanted = { weight: number; isNumber: boolean; alike: ReadonlyMap<string, number>; passages: number };

/** What supports a sentence of an answer; empty where nothing does. `breathe` is called between steps of the work. */
export async function supportOf(
  sentence: string,
  passages: Passages,
  breathe: () => Promise<void>,
): Promise<Citation[]> {
  if (/\?["”’')\]]*\s*$/.test(sentence)) return [];
  const told = toldBy(sentence, passages);
  const wanted = await wantedOf(told, passages, breathe);
  if (wanted.length === 0) return [];
  const negated = words(told).some(({ lower }) => NEGATIONS.has(lower));
  const candidates = candidatesFor(wanted, passages);
  const total = wanted.reduce((sum, { weight }) => sum + weight, 0);
  const chosen: number[] = [];
  let open = wanted;
  let covered = 0;
  while (chosen.length < PASSAGES_MAX && open.length > 0) {
    const best = await bestOf(open, candidates, passages, negated, breathe);
    if (!best || best.gain / total < (chosen.length === 0 ? GAIN_MIN : Math.min(GAIN_MIN, 1 - covered / total))) break;
    chosen.push(best.at);
    candidates.delete(best.at);
    covered += best.gain;
    open = open.filter((word) => likenessIn(word, passages.sentences[best.at]!) === 0);
  }
  if (covered / total < COVERAGE_MIN || open.some(({ isNumber }) => isNumber)) return [];
  return merged(chosen, passages);
}

/** A sentence without the yes or no before it and without the names of documents, which say where a thing stands and not what. */
function toldBy(sentence: string, { documents }: Passages): string {
  let told = sentence.replace(/^["“]?(?:yes|no)[.,:;!]\s+/i, '');
  for (const { name } of documents) if (name !== '') told = told.replaceAll(`"${name}"`, ' ');
  return told;
}

async function wantedOf(told: string, { byStem }: Passages, breathe: () => Promise<void>): Promise<Wanted[]> {
  const found = new Map<string, Wanted>();
  for (const word of words(told)) {
    const stem = stemOf(word);
    if (!isContent(word) || FRAME.has(word.stem) || found.has(stem)) continue;
    const isNumber = /\d/.test(stem);
    const alike = new Map<string, number>();
    if (byStem.has(stem)) alike.set(stem, 1);
    else if (!isNumber)
      for (const other of byStem.keys()) {
        const likeness = /^\d/.test(other) ? 0 : similarity(stem, other);
        if (likeness > 0) alike.set(other, likeness);
      }
    let passages = 0;
    for (const other of alike.keys()) passages += byStem.get(other)!.length;
    const weight = isNumber || /^\p{Lu}/u.test(word.text) ? 2 : 1;
    found.set(stem, { weight, isNumber, alike, passages });
    await breathe();
  }
  return [...found.values()];
}

/** The passages that hold a sentence's rarest words. */
function candidatesFor(wanted: readonly Wanted[], { byStem }: Passages): Set<number> {
  const candidates = new Set<number>();
  for (const { alike } of wanted.toSorted((a, b) => a.passages - b.passages)) {
    for (const stem of alike.keys())
      for (const at of byStem.get(stem)!) {
        if (candidates.size >= CANDIDATES_MAX) return candidates;
        candidates.add(at);
      }
  }
  return candidates;
}

function likenessIn({ alike }: Wanted, { stems }: Passage): number {
  let best = 0;
  for (const [stem, likeness] of alike) if (likeness > best && stems.has(stem)) best = likeness;
  return best;
}

async function bestOf(
  open: readonly Wanted[],
  candidates: ReadonlySet<number>,
  { sentences: all, asked }: Passages,
  negated: boolean,
  breathe: () => Promise<void>,
): Promise<{ at: number; gain: number } | undefined> {
  let best: { at: number; gain: number; about: number } | undefined;
  let compared = 0;
  for (const at of candidates) {
    compared += open.length;
    if (compared > COMPARED_MAX) {
      await breathe();
      compared = 0;
    }
    const passage = all[at]!;
    let gain = 0;
    let held = 0;
    for (const word of open) {
      const likeness = likenessIn(word, passage);
      gain += word.weight * likeness;
      if (likeness > 0) held++;
    }
    if (gain === 0 || (best && gain < best.gain - 1e-9)) continue;
    // "Closed, not open" is no support for "open"; of a passage that tells more, another part may be negated.
    if (passage.negated !== negated && (negated || held >= passage.content * RETOLD)) continue;
    let about = 0;
    for (const stem of asked) if (passage.stems.has(stem)) about++;
    const isBetter = !best || gain > best.gain + 1e-9 || about > best.about || (about === best.about && at < best.at);
    if (isBetter) best = { at, gain, about };
  }
  return best;
}

/** Passages as citations, in the order of the texts; neighbours are one. */
function merged(chosen: readonly number[], { sentences: all, documents }: Passages): Citation[] {
  const spans: { document: number; start: number; end: number }[] = [];
  for (const at of [...chosen].sort((a, b) => a - b)) {
    const { document, start, end } = all[at]!;
    const last = spans.at(-1);
    if (last?.document === document && documents[document]!.text.slice(last.end, start).trim() === '') last.end = end;
    else spans.push({ document, start, end });
  }
  return spans.map((span) => citationOf(documents[span.document]!, span));
}
