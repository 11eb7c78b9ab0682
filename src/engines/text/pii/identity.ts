import { canadianSin, itin, luhn, nhs, nino, ssn, utr, vinCheck, vinShape } from './checks.ts';
import { labelled, named, saidOtherwise } from './context.ts';
import type { Fit, Reading } from './context.ts';
import type { PiiSpan, PiiType } from './types.ts';

const NINE = /(?<![\p{L}\p{N}_.#]|\d[-\s]|[-+/])(\d{3})([- ])(\d{2})\2(\d{4})(?![\p{L}\p{N}_]|[-/]\d|\s\d{3,})/gu;
const SIN = /(?<![\p{L}\p{N}_.#]|\d[-\s]|[-+/])\d{3}([- ])\d{3}\1\d{3}(?![\p{L}\p{N}_]|[-/]\d|\s\d)/gu;
const NINO = /(?<![\p{L}\p{N}_])[A-Z]{2}\s?\d{2}\s?\d{2}\s?\d{2}\s?[A-D](?![\p{L}\p{N}_])/giu;
const VIN = /(?<![\p{L}\p{N}_])[A-HJ-NPR-Z0-9]{13}\d{4}(?![\p{L}\p{N}_])/giu;
/** Driver numbers of Great Britain: surname, decade, month, day, year, initials, check. */
const DVLA =
  /(?<![\p{L}\p{N}_])[A-Z9]{5}\d(?:[05][1-9]|[16][0-2])(?:0[1-9]|[12]\d|3[01])\d[A-Z9]{2}\d[A-Z]{2}(?![\p{L}\p{N}_])/gu;
/** Plates of Great Britain since 2001; only by a word for a vehicle, as such letters and figures are common. */
const UK_PLATE = /(?<![\p{L}\p{N}_-])[A-HJ-PR-Y][A-HJ-PR-Y]\d{2}\s?[A-HJ-PR-Z]{3}(?![\p{L}\p{N}_-])/gu;
const VEHICLE = /\b(?:cars?|vans?|vehicles?|truck|lorry|driv(?:es?|ing|en|er)|park(?:ed|ing)|tax disc|MOT|motor)\b/i;

/** Which vehicles must carry a check digit: those of North America and of China, by the first character. */
const VIN_CHECKED = /^[1-5L]/;

const FITS: readonly [PiiType, Fit][] = [
  ['US_SOCIAL_SECURITY_NUMBER', (bare, raw) => (ssn(bare) && /^\d{3}[- ]?\d{2}[- ]?\d{4}$/.test(raw) ? 0.97 : 0)],
  [
    'US_INDIVIDUAL_TAX_IDENTIFICATION_NUMBER',
    (bare, raw) => (itin(bare) && /^\d{3}[- ]?\d{2}[- ]?\d{4}$/.test(raw) ? 0.97 : 0),
  ],
  ['CA_SOCIAL_INSURANCE_NUMBER', (bare) => (canadianSin(bare) ? 0.97 : 0)],
  ['UK_NATIONAL_HEALTH_SERVICE_NUMBER', (bare) => (nhs(bare) ? 0.97 : 0)],
  ['UK_UNIQUE_TAXPAYER_REFERENCE_NUMBER', (bare) => (utr(bare.replace(/K$/, '')) ? 0.96 : 0)],
  ['UK_NATIONAL_INSURANCE_NUMBER', (bare) => (nino(bare) ? 0.98 : 0)],
  ['US_PASSPORT_NUMBER', (bare, raw) => (/^(?:\d{9}|[A-Z]\d{8})$/.test(bare) && !/[./]/.test(raw) ? 0.93 : 0)],
  ['CA_HEALTH_NUMBER', canadianHealth],
  ['DRIVER_ID', (bare, raw) => (/^(?=(?:.*\d){4})[A-Z0-9]{5,19}$/.test(bare) && codeLike(raw) ? 0.9 : 0)],
  [
    'LICENSE_PLATE',
    (bare, raw) =>
      /^(?=.*\d)(?=.*[A-Z]|\d{4})[A-Z0-9]{3,8}$/.test(bare) && codeLike(raw) && raw.length <= 9 ? 0.9 : 0,
  ],
  [
    'VEHICLE_IDENTIFICATION_NUMBER',
    (bare) => (vinShape(bare) && (vinCheck(bare) || !VIN_CHECKED.test(bare)) ? 0.97 : 0),
  ],
];

/** What has a check digit, or a form of its own. */
const VERIFIED: ReadonlySet<PiiType> = new Set([
  'CA_SOCIAL_INSURANCE_NUMBER',
  'UK_NATIONAL_HEALTH_SERVICE_NUMBER',
  'UK_UNIQUE_TAXPAYER_REFERENCE_NUMBER',
  'UK_NATIONAL_INSURANCE_NUMBER',
  'VEHICLE_IDENTIFICATION_NUMBER',
]);

/** Numbers that states and their services give to people and vehicles. */
export function findIdentity(reading: Reading): PiiSpan[] {
  const { text } = reading;
  const found: PiiSpan[] = [];
  const add = (type: PiiType, start: number, raw: string, score: number): void => {
    if (!saidOtherwise(reading, start)) found.push({ type, start, end: start + raw.length, score });
  };
  for (const [type, fit] of FITS) {
    for (const value of labelled(reading, type, fit, VERIFIED.has(type))) found.push({ type, ...value });
  }
  for (const match of text.matchAll(NINE)) {
    const digits = match[1]! + match[3]! + match[4]!;
    const sure = match[2] === '-' ? 0.9 : 0.6;
    if (ssn(digits)) add('US_SOCIAL_SECURITY_NUMBER', match.index, match[0], sure);
    if (itin(digits)) add('US_INDIVIDUAL_TAX_IDENTIFICATION_NUMBER', match.index, match[0], sure);
  }
  for (const match of text.matchAll(SIN)) {
    if (match[1] === '-' && canadianSin(match[0].replace(/\D/g, ''))) {
      add('CA_SOCIAL_INSURANCE_NUMBER', match.index, match[0], 0.7);
    }
  }
  for (const { 0: raw, index } of text.matchAll(NINO)) {
    const sure = raw === raw.toUpperCase() ? 0.9 : named(reading, index, 60, 'UK_NATIONAL_INSURANCE_NUMBER') ? 0.9 : 0;
    if (sure > 0 && nino(raw.replace(/\s/g, '').toUpperCase())) add('UK_NATIONAL_INSURANCE_NUMBER', index, raw, sure);
  }
  for (const { 0: raw, index } of text.matchAll(VIN)) {
    const value = raw.toUpperCase();
    if (vinShape(value) && vinCheck(value)) add('VEHICLE_IDENTIFICATION_NUMBER', index, raw, raw === value ? 0.9 : 0.7);
  }
  for (const { 0: raw, index } of text.matchAll(DVLA)) add('DRIVER_ID', index, raw, 0.85);
  for (const { 0: raw, index } of text.matchAll(UK_PLATE)) {
    if (VEHICLE.test(text.slice(Math.max(0, index - 60), index + 60))) add('LICENSE_PLATE', index, raw, 0.75);
  }
  return found;
}

/** Ten digits in most provinces (Ontario's pass Luhn's check, British Columbia's begin with 9), nine in some, four letters and eight digits in Quebec. */
function canadianHealth(bare: string, raw: string): number {
  if (/[./]/.test(raw)) return 0;
  if (/^\d{10}(?:[A-Z]{2})?$/.test(bare) && !/[a-z]/.test(raw))
    return luhn(bare.slice(0, 10)) || bare.startsWith('9') ? 0.95 : 0.9;
  if (/^[A-Z]{4}\d{8}$/.test(bare)) return 0.95;
  return /^\d{9}$/.test(bare) ? 0.7 : 0;
}

/** Whether a value is written as a code: its letters are capitals, and every group beyond the first two letters has a digit or is capital. */
const codeLike = (raw: string): boolean =>
  !/[./]/.test(raw) && (raw === raw.toUpperCase() || /^[a-z]+\d+[a-z0-9]*$|^\d+[a-z]+[a-z0-9]*$/.test(raw));
