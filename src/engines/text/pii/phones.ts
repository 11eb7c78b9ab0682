import { TextError } from '../words/error.ts';
import { labelled, named, saidOtherwise } from './context.ts';
import type { Reading } from './context.ts';
import type { PiiSpan } from './types.ts';

type Library = typeof import('libphonenumber-js/min');
const INSTALL = 'npm install libphonenumber-js@1.13.16';

/** Digits in the groups that telephone numbers are written in; an international prefix, an area code in brackets, an extension. */
const CANDIDATE =
  /(?<![\p{L}\p{N}_.=#/@]|\d[-\s.]|[$€£]\s?)(?:\+\s?|00(?=[1-9]))?(?:\(\+?\d{1,5}\)[\s.-]?)?\d(?:[\s.\u00a0\u2011–/-]?(?:\(\d{1,4}\)[\s.-]?)?\d){5,14}(?:\s?(?:,?\s?(?:ext|x|extension)\.?\s?)\d{1,6})?(?![\p{L}\p{N}_]|[-/]\d|\.\d)/giu;
/** North American numbers as they are written, whether or not the area is assigned: 555-123-4567. */
const NORTH_AMERICAN =
  /^(?:\+?1[\s.-]?)?(?:\(\d{3}\)\s?|\d{3}[\s.\u00a0\u2011-])\d{3}[\s.\u00a0\u2011-]\d{4}(?:\s?(?:,?\s?(?:ext|x|extension)\.?\s?)\d{1,6})?$/i;
const LOCAL = /(?<![\p{L}\p{N}_.-]|\d\s)\d{3}-\d{4}(?![\p{L}\p{N}_-])/gu;
const DATE =
  /^(?:(?:19|20)\d\d[-/.](?:0?[1-9]|1[0-2])[-/.](?:0?[1-9]|[12]\d|3[01])|(?:0?[1-9]|[12]\d|3[01])[-/.](?:0?[1-9]|1[0-2])[-/.](?:19|20)\d\d)\b/;
const BRITISH = /\b(?:UK|United Kingdom|Britain|England|London|Scotland|Wales|NHS)\b/;

let library: Promise<Library> | undefined;

/**
 * Telephone numbers: international ones by their country's plan, and national ones of North America and the United Kingdom. Digits without
 * any grouping count only where a word announces them ("call 2125550123").
 *
 * @throws {TextError} `missing_package`
 */
export async function findPhones(reading: Reading): Promise<PiiSpan[]> {
  const { text } = reading;
  const candidates = [...text.matchAll(CANDIDATE)];
  const found: PiiSpan[] = [];
  if (candidates.length > 0) {
    library ??= load();
    const { parsePhoneNumberFromString: parse } = await library;
    for (const { 0: raw, index } of candidates) {
      const score = scoreOf(reading, raw, index, parse);
      if (score > 0)
        found.push({
          type: 'PHONE',
          start: text[index - 1] === '(' && raw.includes(')') ? index - 1 : index,
          end: index + raw.length,
          score,
        });
    }
  }
  for (const { 0: raw, index } of text.matchAll(LOCAL)) {
    if (named(reading, index, 30, 'PHONE'))
      found.push({ type: 'PHONE', start: index, end: index + raw.length, score: 0.75 });
  }
  const international = (bare: string): number => (/^\d{9,15}$/.test(bare) ? 0.75 : 0);
  for (const value of labelled(reading, 'PHONE', international)) {
    if (!saidOtherwise(reading, value.start, 'PHONE')) found.push({ type: 'PHONE', ...value });
  }
  return found.map((span) => withPrefix(text, span));
}

/** Takes in what belongs to the number before its first digit: "+44", "(212)". */
function withPrefix(text: string, span: PiiSpan): PiiSpan {
  const before = /(?:\+\s?|\(\+?|\+\()$/.exec(text.slice(Math.max(0, span.start - 3), span.start))?.[0] ?? '';
  const opens = before.includes('(') && !text.slice(span.start, span.end).includes(')');
  return before === '' || opens ? span : { ...span, start: span.start - before.length };
}

function scoreOf(reading: Reading, raw: string, start: number, parse: Library['parsePhoneNumberFromString']): number {
  const digits = raw.replace(/\D/g, '');
  if (digits.length < 7 || digits.length > 21 || DATE.test(raw)) return 0;
  const announced = named(reading, start, 40, 'PHONE');
  if (raw.startsWith('+') || raw.startsWith('00') || raw.startsWith('(+')) {
    const number = parse(raw.replace(/^00/, '+').replace(/^\(\+(\d+)\)/, '+$1 '), 'US');
    if (number?.isValid()) return raw.startsWith('00') && !announced ? 0.7 : 0.97;
    if (number?.isPossible()) return raw.startsWith('00') ? 0 : 0.85;
    return 0;
  }
  if (saidOtherwise(reading, start, 'PHONE')) return 0;
  if (NORTH_AMERICAN.test(raw)) {
    const valid = parse(raw, 'US')?.isValid() ?? false;
    const dotted = /^\d{3}\.\d{3}\.\d{4}/.test(raw);
    return valid || announced ? 0.93 : dotted ? 0.7 : 0.8;
  }
  const grouped = /[\s().\u00a0\u2011–-]/.test(raw);
  if (/^\(?0/.test(raw) && (grouped || announced)) {
    const british = parse(raw, 'GB')?.isValid() ?? false;
    if (british && (announced || BRITISH.test(reading.text) || /^\(?0[127]\d/.test(raw))) return 0.9;
    if (announced && digits.length >= 9 && digits.length <= 12) return 0.8;
    return 0;
  }
  if (!announced) return 0;
  if (parse(raw, 'US')?.isValid()) return 0.9;
  return grouped && digits.length >= 8 && digits.length <= 13 ? 0.75 : digits.length >= 9 ? 0.6 : 0;
}

async function load(): Promise<Library> {
  try {
    return await import('libphonenumber-js/min');
  } catch (error) {
    library = undefined;
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ERR_MODULE_NOT_FOUND' && code !== 'MODULE_NOT_FOUND') throw error;
    throw new TextError(
      'missing_package',
      `Telephone numbers need a package that is not installed. Add it with: ${INSTALL}`,
      { cause: error },
    );
  }
}
