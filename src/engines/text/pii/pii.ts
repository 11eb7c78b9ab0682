import { checkLength } from '../words/error.ts';
import { findAddresses } from './addresses.ts';
import { findAges } from './ages.ts';
import { findBanking } from './banking.ts';
import { findCards } from './cards.ts';
import { read } from './context.ts';
import { findCredentials } from './credentials.ts';
import { findIdentity } from './identity.ts';
import { findNames } from './names.ts';
import { findNetwork } from './network.ts';
import { findPhones } from './phones.ts';
import { PII_TYPES } from './types.ts';
import type { PiiSpan, PiiType } from './types.ts';

export { PII_TYPES } from './types.ts';
export type { PiiSpan, PiiType } from './types.ts';

/** The least certainty that counts as a finding. */
const SCORE_MIN = 0.5;

/** Types whose spans may hold others of a different kind inside, which are not the same thing read twice. */
const COMPOUND: ReadonlySet<PiiType> = new Set(['URL', 'ADDRESS', 'NAME', 'EMAIL', 'PASSWORD']);

/** A text is read in pieces of about this many characters, and the event loop runs in between. */
const PIECE_LENGTH = 4_000;
/** Pieces overlap by this much: nothing that is found is longer, and the words that tell about it are nearer. */
const OVERLAP = 400;

/**
 * Finds personal data of the given types (default: all), by start; findings do not overlap. By checksums and number ranges, by the words
 * around a number, and for names and addresses by lists and forms. English text; the same text gives the same findings.
 *
 * Where two readings of the same characters compete, the more certain wins, then the longer; a type that was not asked for still takes the
 * characters it explains better, so that a card's number is not reported as an account's.
 *
 * @throws {TextError} `too_large` for a text of over 100,000 characters, `missing_package` where a needed package is not installed.
 */
export async function findPii(text: string, types: readonly PiiType[] = PII_TYPES): Promise<PiiSpan[]> {
  checkLength(text);
  const asked = new Set(types);
  const found: PiiSpan[] = [];
  for (const [start, end] of pieces(text)) {
    const from = Math.max(0, start - OVERLAP);
    const to = Math.min(text.length, end + OVERLAP);
    for (const span of await findInPiece(text.slice(from, to), asked)) {
      const at = span.start + from;
      if (at >= start && at < end) found.push({ ...span, start: at, end: span.end + from });
    }
    if (end < text.length) await new Promise(setImmediate);
  }
  return resolve(found, asked, text.length);
}

/** Cuts of a long text at white space. */
function pieces(text: string): [start: number, end: number][] {
  const cuts: [number, number][] = [];
  for (let start = 0; start < text.length;) {
    let end = Math.min(text.length, start + PIECE_LENGTH);
    if (end < text.length) {
      const space = text.slice(end - 200, end).search(/\s\S*$/);
      if (space !== -1) end = end - 200 + space + 1;
    }
    cuts.push([start, end]);
    start = end;
  }
  return cuts;
}

async function findInPiece(text: string, asked: ReadonlySet<PiiType>): Promise<PiiSpan[]> {
  const reading = read(text);
  const digits = /\d/.test(text);
  const found = [...findNetwork(text), ...findCredentials(text)];
  found.push(...findBanking(reading));
  if (digits) found.push(...findCards(reading), ...findIdentity(reading));
  if (asked.has('AGE')) found.push(...findAges(text));
  if (digits && asked.has('PHONE')) found.push(...(await findPhones(reading)));
  if (asked.has('ADDRESS')) found.push(...findAddresses(text));
  if (asked.has('NAME')) found.push(...(await findNames(text)));
  return found.filter(({ score }) => score >= SCORE_MIN);
}

function resolve(found: PiiSpan[], asked: ReadonlySet<PiiType>, length: number): PiiSpan[] {
  const rank = ({ score }: PiiSpan): number => Math.round(score * 20);
  const ordered = found
    .filter(({ type }) => asked.has(type) || !COMPOUND.has(type))
    .sort((a, b) => rank(b) - rank(a) || b.end - b.start - (a.end - a.start) || a.start - b.start || b.score - a.score);
  const kept: PiiSpan[] = [];
  const taken = new Uint8Array(length);
  for (const span of ordered) {
    if (taken.subarray(span.start, span.end).includes(1)) continue;
    taken.fill(1, span.start, span.end);
    kept.push(span);
  }
  return kept
    .filter(({ type }) => asked.has(type))
    .sort((a, b) => a.start - b.start)
    .map(({ type, start, end, score }) => ({ type, start, end, score: Math.round(score * 100) / 100 }));
}
