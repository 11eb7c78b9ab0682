import type { Draws } from '../../llm/draws.ts';

/** The types of sensitive information that Bedrock Guardrails knows (GuardrailPiiEntityType). */
export const PII_TYPES = [
  'NAME',
  'ADDRESS',
  'AGE',
  'EMAIL',
  'PHONE',
  'USERNAME',
  'PASSWORD',
  'DRIVER_ID',
  'LICENSE_PLATE',
  'VEHICLE_IDENTIFICATION_NUMBER',
  'CREDIT_DEBIT_CARD_NUMBER',
  'CREDIT_DEBIT_CARD_CVV',
  'CREDIT_DEBIT_CARD_EXPIRY',
  'PIN',
  'INTERNATIONAL_BANK_ACCOUNT_NUMBER',
  'SWIFT_CODE',
  'US_BANK_ACCOUNT_NUMBER',
  'US_BANK_ROUTING_NUMBER',
  'US_INDIVIDUAL_TAX_IDENTIFICATION_NUMBER',
  'US_PASSPORT_NUMBER',
  'US_SOCIAL_SECURITY_NUMBER',
  'CA_HEALTH_NUMBER',
  'CA_SOCIAL_INSURANCE_NUMBER',
  'UK_NATIONAL_HEALTH_SERVICE_NUMBER',
  'UK_NATIONAL_INSURANCE_NUMBER',
  'UK_UNIQUE_TAXPAYER_REFERENCE_NUMBER',
  'IP_ADDRESS',
  'MAC_ADDRESS',
  'URL',
  'AWS_ACCESS_KEY',
  'AWS_SECRET_KEY',
] as const;
export type PiiType = (typeof PII_TYPES)[number];

/** Words of one half that values are made of. */
export type PiiWords = {
  first: string[];
  last: string[];
  streets: string[];
  /** City with state or postcode, as it ends an address; `#` is a digit. */
  places: string[];
  domains: string[];
  handles: string[];
  secrets: string[];
};

const DIGITS = '0123456789';
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const HEX = '0123456789abcdef';

const many = (draws: Draws, alphabet: string, count: number): string =>
  Array.from({ length: count }, () => alphabet[draws.int(0, alphabet.length - 1)]).join('');
const digits = (draws: Draws, count: number): string => many(draws, DIGITS, count);
/** `#` becomes a digit and `@` a capital letter. */
const shaped = (draws: Draws, shape: string): string =>
  shape.replaceAll('#', () => digits(draws, 1)).replaceAll('@', () => many(draws, LETTERS, 1));
const grouped = (text: string, sizes: number[], by: string): string => {
  let at = 0;
  return sizes.map((size) => text.slice(at, (at += size))).join(by);
};
const between = (draws: Draws, from: number, to: number, width: number): string =>
  String(draws.int(from, to)).padStart(width, '0');

/** The digit that ISO/IEC 7812 (Luhn) puts after `body`. */
function luhn(body: string): string {
  const sum = Array.from(body)
    .reverse()
    .reduce((total, digit, index) => {
      const doubled = index % 2 === 0 ? 2 * Number(digit) : Number(digit);
      return total + (doubled > 9 ? doubled - 9 : doubled);
    }, 0);
  return String((10 - (sum % 10)) % 10);
}

const weighted = (text: string, weights: number[]): number =>
  weights.reduce((sum, weight, index) => sum + weight * Number(text[index]), 0);

/** The same text with its last digit one higher: a checksum that held holds no more. */
const spoiled = (text: string): string => text.replace(/\d(?=\D*$)/, (digit) => String((Number(digit) + 1) % 10));

function card(draws: Draws): string {
  const [prefix, length] = draws.pick<[string, number]>([
    ['4', 16],
    ['4', 16],
    [`5${draws.int(1, 5)}`, 16],
    [draws.pick(['34', '37']), 15],
    ['6011', 16],
  ]);
  const body = prefix + digits(draws, length - 1 - prefix.length);
  const number = body + luhn(body);
  return grouped(number, length === 15 ? [4, 6, 5] : [4, 4, 4, 4], draws.pick([' ', ' ', '-', '']));
}

function iban(draws: Draws): string {
  const [country, shape] = draws.pick<[string, string]>([
    ['DE', '#'.repeat(18)],
    ['GB', '@@@@##############'],
    ['NL', '@@@@##########'],
    ['AT', '#'.repeat(16)],
    ['DK', '#'.repeat(14)],
  ]);
  const account = shaped(draws, shape);
  const numeric = Array.from(`${account}${country}00`, (sign) => Number.parseInt(sign, 36)).join('');
  const check = String(98n - (BigInt(numeric) % 97n)).padStart(2, '0');
  const whole = `${country}${check}${account}`;
  return draws.chance(0.5) ? whole : (whole.match(/.{1,4}/g) ?? []).join(' ');
}

/** ISO 3779 with the check digit of 49 CFR 565. */
function vin(draws: Draws): string {
  const alphabet = 'ABCDEFGHJKLMNPRSTUVWXYZ0123456789';
  const values = '12345678 12345 7 923456789';
  const weights = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];
  const start = draws.pick(['1HG', '1FT', 'WBA', 'JTD', '5YJ', '2T1', 'WVW']);
  const signs = Array.from(
    `${start}${many(draws, alphabet, 5)}0${many(draws, 'ABCDEFGHJKLMNPRSTVWXY', 1)}${many(draws, LETTERS.slice(0, 8), 1)}${digits(draws, 6)}`,
  );
  const sum = signs.reduce((total, sign, index) => {
    const value = /\d/.test(sign) ? Number(sign) : Number(values[LETTERS.indexOf(sign)]);
    return total + weights[index]! * value;
  }, 0);
  signs[8] = sum % 11 === 10 ? 'X' : String(sum % 11);
  return signs.join('');
}

/** ABA routing number. */
function routing(draws: Draws): string {
  const body = between(draws, 1, 12, 2) + digits(draws, 6);
  return body + String((10 - (weighted(body, [3, 7, 1, 3, 7, 1, 3, 7]) % 10)) % 10);
}

/** Modulus 11, as the NHS Data Dictionary has it. */
function nhs(draws: Draws): string {
  for (;;) {
    const body = draws.pick(['4', '6', '7']) + digits(draws, 8);
    const check = (11 - (weighted(body, [10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11)) % 11;
    if (check < 10) return grouped(body + String(check), [3, 3, 4], draws.pick([' ', ' ', '-', '']));
  }
}

/** The first digit checks the other nine. */
function utr(draws: Draws): string {
  const body = digits(draws, 9);
  const whole = '21987654321'[weighted(body, [6, 7, 8, 9, 10, 5, 4, 3, 2]) % 11] + body;
  return draws.chance(0.5) ? whole : grouped(whole, [5, 5], ' ');
}

function nino(draws: Draws): string {
  const prefix = draws.pick(['AB', 'CE', 'JG', 'LM', 'PW', 'SK', 'WX', 'YZ', 'HR', 'NE']);
  const whole = `${prefix}${digits(draws, 6)}${draws.pick(['A', 'B', 'C', 'D'])}`;
  return draws.chance(0.5) ? whole : grouped(whole, [2, 2, 2, 2, 1], ' ');
}

function sin(draws: Draws): string {
  const body = String(draws.int(1, 7)) + digits(draws, 7);
  return grouped(body + luhn(body), [3, 3, 3], draws.pick([' ', '-']));
}

const health = (draws: Draws): string => {
  const body = String(draws.int(1, 9)) + digits(draws, 8);
  return grouped(body + luhn(body), [4, 3, 3], draws.pick(['-', ' ', '']));
};

const ssn = (draws: Draws): string => {
  const area = draws.chance(0.7) ? between(draws, 1, 665, 3) : between(draws, 667, 899, 3);
  return `${area}-${between(draws, 1, 99, 2)}-${between(draws, 1, 9999, 4)}`;
};

const itin = (draws: Draws): string =>
  `${between(draws, 900, 999, 3)}-${draws.pick([between(draws, 50, 65, 2), between(draws, 70, 88, 2), '90', '91', '94', '97'])}-${digits(draws, 4)}`;

const phone = (draws: Draws): string => {
  const area = draws.pick(['212', '415', '312', '617', '206', '303', '512', '404', '702']);
  const [exchange, line] = [`${draws.int(2, 9)}${draws.int(2, 9)}${digits(draws, 1)}`, digits(draws, 4)];
  return draws.pick([
    `(${area}) ${exchange}-${line}`,
    `${area}-${exchange}-${line}`,
    `+1 ${area} ${exchange} ${line}`,
    `${area}.${exchange}.${line}`,
    `+44 20 7946 0${digits(draws, 3)}`,
    `+49 30 9018${digits(draws, 4)}`,
  ]);
};

const ipv4 = (draws: Draws): string =>
  [draws.pick([10, 52, 84, 172, 192, 203]), draws.int(0, 255), draws.int(0, 255), draws.int(1, 254)].join('.');
const ipv6 = (draws: Draws): string =>
  draws.pick([
    `2001:db8:${many(draws, HEX, 4)}:${many(draws, HEX, 4)}::${draws.int(1, 99)}`,
    `fe80::${['a', 'b', 'c'][draws.int(0, 2)]}${many(draws, HEX, 3)}:${many(draws, 'abcdef', 4)}`,
  ]);
const mac = (draws: Draws): string =>
  (many(draws, draws.pick([HEX, HEX.toUpperCase()]), 12).match(/../g) ?? []).join(draws.pick([':', '-']));

const word = (draws: Draws, words: PiiWords): string => `${draws.pick(words.first)} ${draws.pick(words.last)}`;

/** A value of each type, with checksums that hold. */
export const VALUES: Record<PiiType, (draws: Draws, words: PiiWords) => string> = {
  NAME: word,
  ADDRESS: (draws, words) =>
    `${draws.int(2, 980)} ${draws.pick(words.streets)}, ${shaped(draws, draws.pick(words.places))}`,
  AGE: (draws) => `${draws.int(19, 92)} years`,
  EMAIL: (draws, words) => {
    const [first, last] = [draws.pick(words.first).toLowerCase(), draws.pick(words.last).toLowerCase()];
    return `${draws.pick([`${first}.${last}`, `${first[0]}${last}`, `${first}_${draws.int(2, 99)}`, `${last}+news`])}@${draws.pick(words.domains)}`;
  },
  PHONE: phone,
  USERNAME: (draws, words) => `${draws.pick(words.handles)}${draws.pick(['_', '', '.'])}${draws.int(3, 999)}`,
  PASSWORD: (draws, words) =>
    `${draws.pick(words.secrets)}${draws.pick(['!', '#', '$', '&', '?'])}${draws.int(10, 9999)}${many(draws, 'xkqzXKQZ', 2)}`,
  DRIVER_ID: (draws) => shaped(draws, draws.pick(['@#######', '@###-####-####', '@############', '@@######'])),
  LICENSE_PLATE: (draws) => shaped(draws, draws.pick(['#@@@###', '@@@-####', '@@@ ###', '@@## @@@'])),
  VEHICLE_IDENTIFICATION_NUMBER: vin,
  CREDIT_DEBIT_CARD_NUMBER: card,
  CREDIT_DEBIT_CARD_CVV: (draws) => digits(draws, draws.pick([3, 3, 3, 4])),
  CREDIT_DEBIT_CARD_EXPIRY: (draws) => `${between(draws, 1, 12, 2)}/${draws.pick(['', '20'])}${draws.int(27, 34)}`,
  PIN: (draws) => digits(draws, draws.pick([4, 4, 6])),
  INTERNATIONAL_BANK_ACCOUNT_NUMBER: iban,
  SWIFT_CODE: (draws) =>
    `${draws.pick(['DEUT', 'BNPA', 'CHAS', 'HSBC', 'UBSW', 'NDEA', 'BARC'])}${draws.pick(['DE', 'FR', 'US', 'GB', 'CH', 'DK'])}${draws.pick(['FF', 'PP', '33', '2L', 'ZH', 'KK'])}${draws.pick(['', 'X'.repeat(3), '500'])}`,
  US_BANK_ACCOUNT_NUMBER: (draws) => String(draws.int(1, 9)) + digits(draws, draws.int(9, 11)),
  US_BANK_ROUTING_NUMBER: routing,
  US_INDIVIDUAL_TAX_IDENTIFICATION_NUMBER: itin,
  US_PASSPORT_NUMBER: (draws) => shaped(draws, draws.pick(['A########', '5########', '4########'])),
  US_SOCIAL_SECURITY_NUMBER: ssn,
  CA_HEALTH_NUMBER: health,
  CA_SOCIAL_INSURANCE_NUMBER: sin,
  UK_NATIONAL_HEALTH_SERVICE_NUMBER: nhs,
  UK_NATIONAL_INSURANCE_NUMBER: nino,
  UK_UNIQUE_TAXPAYER_REFERENCE_NUMBER: utr,
  IP_ADDRESS: (draws) => (draws.chance(0.7) ? ipv4(draws) : ipv6(draws)),
  MAC_ADDRESS: mac,
  URL: (draws, words) =>
    `${draws.pick(['https://', 'http://', 'https://www.', 'www.'])}${draws.pick(words.domains)}${draws.pick(['', `/users/${draws.int(10, 9999)}`, '/help?id=7', '/a/b.html'])}`,
  AWS_ACCESS_KEY: (draws) => draws.pick(['AKIA', 'AKIA', 'ASIA']) + many(draws, `${LETTERS}234567`, 16),
  AWS_SECRET_KEY: (draws) =>
    `${many(draws, LETTERS + LETTERS.toLowerCase() + DIGITS, 18)}/${many(draws, LETTERS + LETTERS.toLowerCase() + DIGITS, 12)}+${many(draws, LETTERS + LETTERS.toLowerCase() + DIGITS, 8)}`,
};

/** What looks like sensitive information and is none. */
export const LOOK_ALIKES: Record<string, (draws: Draws) => string> = {
  order: (draws) => `${draws.pick(['ORD', 'INV', 'PO', 'CS'])}-${digits(draws, 5)}`,
  part: (draws) => shaped(draws, draws.pick(['@@-###-@', '@##-@##', '###-@@@@'])),
  version: (draws) => `${draws.int(1, 19)}.${draws.int(0, 30)}.${draws.int(0, 40)}`,
  date: (draws) => `${draws.int(2015, 2026)}-${between(draws, 1, 12, 2)}-${between(draws, 1, 28, 2)}`,
  time: (draws) => `${between(draws, 0, 23, 2)}:${between(draws, 0, 59, 2)}`,
  year: (draws) => String(draws.int(1890, 2024)),
  money: (draws) => `$${draws.int(2, 999)},${digits(draws, 3)}.${digits(draws, 2)}`,
  small: (draws) => String(draws.int(2, 90)),
  three: (draws) => String(draws.int(100, 999)),
  four: (draws) => String(draws.int(1000, 9999)),
  digitsNine: (draws) => String(draws.int(1, 9)) + digits(draws, 8),
  digitsTen: (draws) => String(draws.int(1, 9)) + digits(draws, 9),
  digitsTwelve: (draws) => String(draws.int(1, 9)) + digits(draws, 11),
  sha: (draws) => many(draws, HEX, 40),
  uuid: (draws) => grouped(many(draws, HEX, 32), [8, 4, 4, 4, 12], '-'),
  ratio: (draws) => `${draws.int(1, 12)}/${draws.int(13, 40)}`,
  badCard: (draws) => spoiled(card(draws)),
  badIban: (draws) =>
    iban(draws).replace(/^(..)(\d)/, (_, country: string, digit: string) => `${country}${(Number(digit) + 1) % 10}`),
  badRouting: (draws) => spoiled(routing(draws)),
  badVin: (draws) => spoiled(vin(draws)),
  badNhs: (draws) => spoiled(nhs(draws)),
  badSin: (draws) => spoiled(sin(draws)),
  badHealth: (draws) => spoiled(health(draws)),
  badUtr: (draws) => spoiled(utr(draws)),
  badSsn: (draws) => `${draws.pick(['000', '666'])}-${digits(draws, 2)}-${digits(draws, 4)}`,
  badItin: (draws) => `9${digits(draws, 2)}-${between(draws, 0, 49, 2)}-${digits(draws, 4)}`,
  badNino: (draws) => `${draws.pick(['QQ', 'DF', 'GB', 'ZZ'])}${digits(draws, 6)}${draws.pick(['E', 'K', 'Z'])}`,
  badIp: (draws) => `${draws.int(260, 999)}.${draws.int(0, 255)}.${draws.int(256, 999)}.${draws.int(0, 99)}`,
  badMac: (draws) => `${many(draws, HEX, 2)}:${many(draws, 'ghk', 2)}:${many(draws, HEX, 2)}:${many(draws, HEX, 2)}`,
};
