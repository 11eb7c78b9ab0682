/** Check digits and number ranges. All functions take the bare digits (and letters, upper case), without separators. */

/** Luhn's check (ISO/IEC 7812-1): cards, Canadian social insurance numbers. */
export function luhn(digits: string): boolean {
  let sum = 0;
  for (let at = 0; at < digits.length; at++) {
    let digit = Number(digits[digits.length - 1 - at]);
    if (at % 2 === 1) {
      digit *= 2;
      if (digit > 9) digit -= 9;
    }
    sum += digit;
  }
  return sum % 10 === 0;
}

/** First digits and lengths of the card schemes (ISO/IEC 7812 issuer ranges as the schemes publish them). */
const ISSUERS: readonly [from: number, to: number, lengths: readonly number[]][] = [
  [4, 4, [13, 16, 19]], // Visa
  [51, 55, [16]], // Mastercard
  [2221, 2720, [16]], // Mastercard
  [34, 34, [15]], // American Express
  [37, 37, [15]], // American Express
  [6011, 6011, [16, 17, 18, 19]], // Discover
  [644, 649, [16, 17, 18, 19]], // Discover
  [65, 65, [16, 17, 18, 19]], // Discover
  [300, 305, [14, 15, 16, 17, 18, 19]], // Diners Club
  [3095, 3095, [14, 15, 16, 17, 18, 19]], // Diners Club
  [36, 36, [14, 15, 16, 17, 18, 19]], // Diners Club
  [38, 39, [14, 15, 16, 17, 18, 19]], // Diners Club
  [3528, 3589, [16, 17, 18, 19]], // JCB
  [62, 62, [16, 17, 18, 19]], // UnionPay
  [81, 81, [16, 17, 18, 19]], // UnionPay
  [5018, 5018, [13, 14, 15, 16, 17, 18, 19]], // Maestro
  [5020, 5020, [13, 14, 15, 16, 17, 18, 19]], // Maestro
  [5038, 5038, [13, 14, 15, 16, 17, 18, 19]], // Maestro
  [5893, 5893, [13, 14, 15, 16, 17, 18, 19]], // Maestro
  [6304, 6304, [13, 14, 15, 16, 17, 18, 19]], // Maestro
  [6759, 6763, [13, 14, 15, 16, 17, 18, 19]], // Maestro
  [60, 60, [16]], // RuPay
  [2200, 2204, [16, 17, 18, 19]], // Mir
];

/** Whether a number is in an issuer's range, has that issuer's length, and passes Luhn's check. */
export function cardNumber(digits: string): boolean {
  const issued = ISSUERS.some(([from, to, lengths]) => {
    const prefix = Number(digits.slice(0, String(from).length));
    return prefix >= from && prefix <= to && lengths.includes(digits.length);
  });
  return issued && !/^(\d)\1+$/.test(digits) && luhn(digits);
}

/** Lengths of IBANs by country (SWIFT's IBAN registry, release 99). */
const IBAN_LENGTHS = new Map(
  `AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ES24 FI18 FK18 FO18 FR27
GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19
MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24
TR26 UA29 VA22 VG24 XK20 YE30`
    .split(/\s+/)
    .map((entry) => [entry.slice(0, 2), Number(entry.slice(2))] as const),
);

/** The length of the IBANs of a country, by its ISO 3166 code; undefined where there are none. */
export const ibanLength = (country: string): number | undefined => IBAN_LENGTHS.get(country);

/** Country, length and the check digits modulo 97 of an IBAN (ISO 13616). */
export function iban(value: string): boolean {
  if (!/^[A-Z]{2}\d{2}[A-Z0-9]+$/.test(value) || IBAN_LENGTHS.get(value.slice(0, 2)) !== value.length) return false;
  let rest = 0;
  for (const character of value.slice(4) + value.slice(0, 4)) {
    for (const digit of String(Number.parseInt(character, 36))) rest = (rest * 10 + Number(digit)) % 97;
  }
  return rest === 1;
}

/** Routing numbers of US banks: the Federal Reserve's prefixes, and the check digit (weights 3, 7, 1). */
export function abaRouting(digits: string): boolean {
  if (!/^\d{9}$/.test(digits)) return false;
  const prefix = Number(digits.slice(0, 2));
  const known = prefix <= 12 || (prefix >= 21 && prefix <= 32) || (prefix >= 61 && prefix <= 72) || prefix === 80;
  return known && !/^0+$/.test(digits) && weighted(digits, [3, 7, 1, 3, 7, 1, 3, 7, 1]) % 10 === 0;
}

/** Ranges of US social security numbers: no area 000, 666 or 900 and up, no group 00, no serial 0000. */
export function ssn(digits: string): boolean {
  return /^(?!000|666|9)\d{3}(?!00)\d{2}(?!0000)\d{4}$/.test(digits);
}

/** Ranges of US individual taxpayer numbers: 9xx, with 50–65, 70–88, 90–92 or 94–99 in the middle (IRS). */
export function itin(digits: string): boolean {
  return /^9\d{2}(?:5\d|6[0-5]|7\d|8[0-8]|9[0-24-9])\d{4}$/.test(digits);
}

/** Canadian social insurance numbers: Luhn's check; none begins with 0 or 8. */
export const canadianSin = (digits: string): boolean => /^[1-79]\d{8}$/.test(digits) && luhn(digits);

/** NHS numbers of England and Wales: modulus 11 with weights 10 to 2 (NHS Data Dictionary). */
export function nhs(digits: string): boolean {
  if (!/^\d{10}$/.test(digits) || /^(\d)\1+$/.test(digits)) return false;
  const check = 11 - (weighted(digits, [10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11);
  return check !== 10 && check % 11 === Number(digits[9]);
}

/** UK unique taxpayer references: the first digit checks the other nine, modulus 11. */
export function utr(digits: string): boolean {
  if (!/^\d{10}$/.test(digits)) return false;
  return '21987654321'[weighted(digits.slice(1), [6, 7, 8, 9, 10, 5, 4, 3, 2]) % 11] === digits[0];
}

/** UK national insurance numbers: prefixes that are issued, six digits, a suffix A to D (HMRC manual NIM39110). */
export function nino(value: string): boolean {
  return /^(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]\d{6}[A-D]$/.test(value);
}

const VIN_VALUES = new Map(
  Array.from('ABCDEFGHJKLMNPRSTUVWXYZ', (letter, at) => [letter, Number('12345678123457923456789'[at])] as const),
);
const VIN_WEIGHTS = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];

/** Whether 17 characters can be a vehicle's number at all: no I, O or Q, digits at the end (ISO 3779). */
export const vinShape = (value: string): boolean => /^(?=.*[A-Z])[A-HJ-NPR-Z0-9]{13}\d{4}$/.test(value);

/** The check digit at the ninth place, which North American and Chinese vehicles must carry (49 CFR 565.15). */
export function vinCheck(value: string): boolean {
  let sum = 0;
  for (let at = 0; at < 17; at++) sum += (VIN_VALUES.get(value[at]!) ?? Number(value[at])) * VIN_WEIGHTS[at]!;
  return '0123456789X'[sum % 11] === value[8];
}

/** ISO 3166 codes of countries and territories, and XK, which SWIFT codes use too. */
const COUNTRIES = new Set(
  `AD AE AF AG AI AL AM AO AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BM BN BO BR BS BT BW BY BZ CA CD CF CG CH CI CK CL CM CN CO CR CU
CV CW CY CZ DE DJ DK DM DO DZ EC EE EG ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GT GU GW GY HK HN HR HT HU ID IE
IL IM IN IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MG MH MK ML MM MN MO MP MQ MR
MS MT MU MV MW MX MY MZ NA NC NE NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI
SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TG TH TJ TL TM TN TO TR TT TV TW TZ UA UG US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW`.split(
    /\s+/,
  ),
);

/** The shape and country of a bank identifier code (ISO 9362). */
export const bic = (value: string): boolean =>
  /^[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?$/.test(value) && COUNTRIES.has(value.slice(4, 6));

const weighted = (digits: string, weights: readonly number[]): number =>
  weights.reduce((sum, weight, at) => sum + weight * Number(digits[at]), 0);
