import { cardNumber } from './checks.ts';
import { labelled, named } from './context.ts';
import type { Reading } from './context.ts';
import type { PiiSpan } from './types.ts';

/** 13 to 19 digits, together or in groups split by one kind of separator. */
const CARD = /(?<![\p{L}\p{N}_.]|\d[-\s])\d(?:\d{12,18}|(?:[ -]?\d){12,18})(?![\p{L}\p{N}_]|[-.]\d)/gu;
const EXPIRY = /(?<![\p{L}\p{N}/.-])(0?[1-9]|1[0-2])\s?[/-]\s?(20\d\d|\d\d)(?![\p{L}\p{N}/-]|\.\d)/gu;
const EXPIRY_WORDS =
  /(?<![\p{L}\p{N}])(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?\s+(?:20\d\d|'?\d\d)(?![\p{L}\p{N}])/giu;
/** Between a card's number and an expiry date that nothing else announces. */
const AFTER_CARD = 40;

/** Card numbers, their security codes and expiry dates, and PINs. */
export function findCards(reading: Reading): PiiSpan[] {
  const { text } = reading;
  const found: PiiSpan[] = [];
  for (const { 0: raw, index } of text.matchAll(CARD)) {
    const digits = raw.replace(/\D/g, '');
    if (!cardNumber(digits) || !evenlyGrouped(raw)) continue;
    found.push({ type: 'CREDIT_DEBIT_CARD_NUMBER', start: index, end: index + raw.length, score: 0.98 });
  }
  const cards = found.slice();
  for (const value of labelled(reading, 'CREDIT_DEBIT_CARD_CVV', (bare) => (/^\d{3,4}$/.test(bare) ? 0.95 : 0))) {
    found.push({ type: 'CREDIT_DEBIT_CARD_CVV', ...value });
  }
  const pin = (bare: string, raw: string): number => (/^\d{4,8}$/.test(bare) && /^\d+$/.test(raw) ? 0.95 : 0);
  for (const value of labelled(reading, 'PIN', pin)) found.push({ type: 'PIN', ...value });
  for (const expiry of [EXPIRY, EXPIRY_WORDS]) {
    for (const { 0: raw, index } of text.matchAll(expiry)) {
      const span = { type: 'CREDIT_DEBIT_CARD_EXPIRY' as const, start: index, end: index + raw.length };
      const card = cards.some(({ end }) => end <= index && index - end <= AFTER_CARD);
      const announced = reading.labels.some(
        ({ says, start, end }) =>
          says === 'CREDIT_DEBIT_CARD_EXPIRY' &&
          ((end <= index && index - end <= 24) || (start >= span.end && start - span.end <= 12)),
      );
      const nearCard =
        named(reading, index, 90, 'CREDIT_DEBIT_CARD_NUMBER', 'CREDIT_DEBIT_CARD_CVV') || cards.length > 0;
      if (announced || card)
        found.push({ ...span, score: announced && nearCard ? 0.95 : expiry === EXPIRY ? 0.8 : 0.6 });
    }
  }
  return found;
}

/** Cards are written in one piece, in fours, or 4-6-5; not "4 11-11 1111". */
function evenlyGrouped(raw: string): boolean {
  if (/^\d+$/.test(raw)) return true;
  if (/ /.test(raw) && /-/.test(raw)) return false;
  const sizes = raw.split(/[ -]/).map((group) => group.length);
  return (
    sizes.every((size) => size >= 2) &&
    (sizes.slice(0, -1).every((size) => size === 4) || String(sizes) === '4,6,5' || String(sizes) === '4,6,4')
  );
}
