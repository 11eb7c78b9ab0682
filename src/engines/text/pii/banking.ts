import { abaRouting, bic, iban, ibanLength } from './checks.ts';
import { labelled } from './context.ts';
import type { Reading } from './context.ts';
import type { PiiSpan } from './types.ts';

const IBAN = /(?<![\p{L}\p{N}])[A-Za-z]{2}\d{2}(?:[ -]?[A-Za-z0-9]{1,4}){2,9}/gu;
/** In one piece, or in fours by one kind of separator. */
const IBAN_WRITTEN = /^(?:[A-Z0-9]+|[a-z0-9]+|[A-Z0-9]{4}([ -])(?:[A-Z0-9]{4}\1)*[A-Z0-9]{1,4})$/;
const BIC = /(?<![\p{L}\p{N}_])[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?(?![\p{L}\p{N}_])/gu;

/** IBANs, SWIFT codes, and account and routing numbers of US banks. */
export function findBanking(reading: Reading): PiiSpan[] {
  const { text } = reading;
  const found: PiiSpan[] = [];
  for (const { 0: raw, index } of text.matchAll(IBAN)) {
    const end = ibanEnd(text, index, raw);
    if (end !== undefined) found.push({ type: 'INTERNATIONAL_BANK_ACCOUNT_NUMBER', start: index, end, score: 0.99 });
  }
  const ibans = found.length > 0;
  for (const value of labelled(reading, 'SWIFT_CODE', (bare, raw) => (bic(bare) && raw === bare ? 0.97 : 0))) {
    found.push({ type: 'SWIFT_CODE', ...value });
  }
  for (const { 0: raw, index } of text.matchAll(BIC)) {
    // Eight capital letters are often a word: a bank's code stands by an account, ends in X three times, or has a digit.
    const likely = bic(raw) && (ibans || (raw.length === 11 && /X{3}$/.test(raw)) || /\d/.test(raw));
    if (likely) found.push({ type: 'SWIFT_CODE', start: index, end: index + raw.length, score: 0.8 });
  }
  for (const value of labelled(reading, 'US_BANK_ROUTING_NUMBER', (bare) => (abaRouting(bare) ? 0.97 : 0), true)) {
    found.push({ type: 'US_BANK_ROUTING_NUMBER', ...value });
  }
  const account = (bare: string, raw: string): number =>
    /^\d{6,17}$/.test(bare) && /^\d+(?:[ -]\d+)*$/.test(raw) ? (bare.length >= 8 ? 0.9 : 0.8) : 0;
  for (const value of labelled(reading, 'US_BANK_ACCOUNT_NUMBER', account))
    found.push({ type: 'US_BANK_ACCOUNT_NUMBER', ...value });
  return found;
}

/** Where the IBAN that begins a match ends: the country says how many characters it has, the match may have taken the next word in. */
function ibanEnd(text: string, start: number, raw: string): number | undefined {
  const length = ibanLength(raw.slice(0, 2).toUpperCase());
  let bare = '';
  if (length === undefined) return undefined;
  for (let at = start; at < start + raw.length; at++) {
    if (/[ -]/.test(text[at]!)) continue;
    bare += text[at]!.toUpperCase();
    if (bare.length < length) continue;
    const whole = !/[\p{L}\p{N}]/u.test(text[at + 1] ?? '');
    return whole && IBAN_WRITTEN.test(text.slice(start, at + 1)) && iban(bare) ? at + 1 : undefined;
  }
  return undefined;
}
