import { describe, expect, it } from 'vitest';
import { seededDraws } from '../words/random.fixture.ts';
import {
  abaRouting,
  canadianSin,
  cardNumber,
  iban,
  ibanLength,
  itin,
  luhn,
  nhs,
  nino,
  ssn,
  utr,
  vinCheck,
} from './checks.ts';
import { findPii, PII_TYPES } from './pii.ts';
import type { PiiType } from './pii.ts';

const { pick, whole, digits } = seededDraws('pii');

/** What is found, as `TYPE text`. */
const found = async (text: string, ...types: PiiType[]): Promise<string[]> =>
  (await findPii(text, types.length > 0 ? types : undefined)).map(
    ({ type, start, end }) => `${type} ${text.slice(start, end)}`,
  );

/** Digits that pass a check, and the same with one digit changed so that they fail. */
function checked(make: () => string, passes: (value: string) => boolean): { right: string; wrong: string } {
  for (;;) {
    const right = make();
    if (!passes(right)) continue;
    const at = whole(right.length - 4, right.length - 1);
    const wrong = right.slice(0, at) + String((Number(right[at]) + whole(1, 9)) % 10) + right.slice(at + 1);
    if (/\d/.test(right[at]!) && !passes(wrong)) return { right, wrong };
  }
}

const inGroups = (value: string, sizes: readonly number[], separator: string): string => {
  let at = 0;
  const groups = sizes.map((size) => value.slice(at, (at += size)));
  return [...groups, value.slice(at)].filter(Boolean).join(separator);
};

const CHECKED: readonly [
  PiiType,
  make: () => string,
  (value: string) => boolean,
  string[],
  sizes: number[],
  string[],
][] = [
  [
    'CREDIT_DEBIT_CARD_NUMBER',
    () => pick(['4', '51', '2221', '6011', '3528']).padEnd(16, digits(16)),
    cardNumber,
    ['Paid with {}.', 'card: {}', '{} was declined'],
    [4, 4, 4],
    ['', ' ', '-'],
  ],
  [
    'CREDIT_DEBIT_CARD_NUMBER',
    () => pick(['34', '37']) + digits(13),
    cardNumber,
    ['Amex {}', 'charged {} twice'],
    [4, 6],
    ['', ' '],
  ],
  ['US_BANK_ROUTING_NUMBER', () => digits(9), abaRouting, ['Routing number: {}', 'the ABA is {}'], [], ['']],
  [
    'CA_SOCIAL_INSURANCE_NUMBER',
    () => digits(9),
    canadianSin,
    ['social insurance number {}', 'SIN: {}'],
    [3, 3],
    ['', ' ', '-'],
  ],
  [
    'UK_NATIONAL_HEALTH_SERVICE_NUMBER',
    () => digits(10),
    nhs,
    ['NHS number {}', 'her NHS no. is {}'],
    [3, 3],
    ['', ' ', '-'],
  ],
  [
    'UK_UNIQUE_TAXPAYER_REFERENCE_NUMBER',
    () => digits(10),
    utr,
    ['UTR: {}', 'my unique taxpayer reference is {}'],
    [5],
    ['', ' '],
  ],
  [
    'VEHICLE_IDENTIFICATION_NUMBER',
    () =>
      `1${Array.from({ length: 12 }, () => pick(Array.from('ABCDEFGHJKLMNPRSTUVWXYZ0123456789'))).join('')}${digits(4)}`,
    vinCheck,
    ['VIN {}', 'the vehicle identification number is {}'],
    [],
    [''],
  ],
];

describe('findPii', () => {
  it.each(CHECKED)(
    'finds a %s whose check digits are right, and not one with a digit changed (%#)',
    async (type, make, passes, frames, sizes, separators) => {
      for (let round = 0; round < 40; round++) {
        const { right, wrong } = checked(make, passes);
        const separator = pick(separators);
        const frame = pick(frames);
        const written = inGroups(right, sizes, separator);
        expect(await found(frame.replace('{}', written), type), frame).toEqual([`${type} ${written}`]);
        expect(await found(frame.replace('{}', inGroups(wrong, sizes, separator)), type), wrong).toEqual([]);
      }
    },
  );

  it('finds IBANs of every country by length and check digits, in one piece or in fours', async () => {
    for (const country of ['GB', 'DE', 'FR', 'NO', 'MT', 'CH', 'SE', 'NL', 'ES']) {
      const { right, wrong } = checked(() => `${country}${digits(ibanLength(country)! - 2)}`, iban);
      for (const value of [right, right.replace(/(.{4})(?=.)/g, '$1 ')]) {
        expect(await found(`Pay to ${value} today.`)).toEqual([`INTERNATIONAL_BANK_ACCOUNT_NUMBER ${value}`]);
      }
      expect(await found(`Pay to ${wrong} today.`, 'INTERNATIONAL_BANK_ACCOUNT_NUMBER')).toEqual([]);
    }
  });

  it('finds social security and taxpayer numbers in their ranges only', async () => {
    for (let round = 0; round < 60; round++) {
      const [area, group, serial] = [digits(3), digits(2), digits(4)];
      const value = `${area}-${group}-${serial}`;
      const bare = area + group + serial;
      const expected = ssn(bare)
        ? [`US_SOCIAL_SECURITY_NUMBER ${value}`]
        : itin(bare)
          ? [`US_INDIVIDUAL_TAX_IDENTIFICATION_NUMBER ${value}`]
          : [];
      expect(
        await found(`It is ${value}.`, 'US_SOCIAL_SECURITY_NUMBER', 'US_INDIVIDUAL_TAX_IDENTIFICATION_NUMBER'),
      ).toEqual(expected);
    }
    for (const value of ['000-12-3456', '666-12-3456', '123-00-4567', '123-45-0000', '901-40-1234']) {
      expect(
        await found(`My SSN is ${value}`, 'US_SOCIAL_SECURITY_NUMBER', 'US_INDIVIDUAL_TAX_IDENTIFICATION_NUMBER'),
      ).toEqual([]);
    }
  });

  it('knows the prefixes of national insurance numbers', async () => {
    for (let round = 0; round < 60; round++) {
      const value = `${pick(Array.from('ABGKNQTZJ'))}${pick(Array.from('ABGKNOTZJ'))}${digits(6)}${pick(Array.from('ABCDE'))}`;
      expect(await found(`No ${value}.`, 'UK_NATIONAL_INSURANCE_NUMBER')).toEqual(
        nino(value) ? [`UK_NATIONAL_INSURANCE_NUMBER ${value}`] : [],
      );
    }
  });

  it.each([
    ['PIN', 'My PIN is {}.', () => digits(4)],
    ['PIN', '{} is my new PIN', () => digits(4)],
    ['CREDIT_DEBIT_CARD_CVV', 'the security code on the back: {}', () => digits(3)],
    ['US_BANK_ACCOUNT_NUMBER', 'Please credit my checking account {}.', () => `1${digits(9)}`],
    ['US_PASSPORT_NUMBER', 'Passport no. {}', () => `3${digits(8)}`],
    ['DRIVER_ID', "His driver's license number is {}.", () => `D${digits(7)}`],
    ['CA_HEALTH_NUMBER', 'Ontario health card {}', () => inGroups(`9${digits(9)}`, [4, 3], ' ')],
    ['LICENSE_PLATE', 'License plate {}', () => `7ABC${digits(3)}`],
  ] as const)('takes bare digits for a %s only where words say so: %j', async (type, frame, make) => {
    for (let round = 0; round < 20; round++) {
      const value = make();
      expect(await found(frame.replace('{}', value), type)).toEqual([`${type} ${value}`]);
      expect(await found(`The order ${value} of ${whole(2, 9)} lamps was shipped.`, type)).toEqual([]);
    }
  });

  it('gives each number of a sentence to the words that name it', async () => {
    expect(
      await found('My SSN is 123-45-6789 and my PIN is 4821, CVV 913, card 4111 1111 1111 1111 exp 08/27.'),
    ).toEqual([
      'US_SOCIAL_SECURITY_NUMBER 123-45-6789',
      'PIN 4821',
      'CREDIT_DEBIT_CARD_CVV 913',
      'CREDIT_DEBIT_CARD_NUMBER 4111 1111 1111 1111',
      'CREDIT_DEBIT_CARD_EXPIRY 08/27',
    ]);
    expect(await found('My PINs are 4821 and 9931.')).toEqual(['PIN 4821', 'PIN 9931']);
    expect(await found('I forgot my PIN. In 1984 we moved.', 'PIN')).toEqual([]);
    expect(await found('part number 123-45-6789', 'US_SOCIAL_SECURITY_NUMBER')).toEqual([]);
  });

  it('finds telephone numbers as people write them, and not dates, amounts or order numbers', async () => {
    for (const number of [
      '(212) 555-0123',
      '+44 20 7946 0958',
      '415-555-2671 x12',
      '+49 30 901820',
      '020 7946 0958',
      '555-123-4567',
    ]) {
      expect(await found(`Call ${number}, please`, 'PHONE')).toEqual([`PHONE ${number}`]);
    }
    for (const text of [
      'on 2024-05-06 12:00',
      'order 1234567890',
      'costs $1234567890',
      'ISBN 978-3-16-148410-0',
      'version 10.20.30.4050',
      '1 234 567 people',
    ]) {
      expect(await found(text, 'PHONE'), text).toEqual([]);
    }
  });

  it('finds addresses of machines and pages, and keeps the punctuation around them out', async () => {
    const octets = Array.from({ length: 4 }, () => whole(0, 255)).join('.');
    const mac = Array.from({ length: 6 }, () => whole(16, 255).toString(16)).join(':');
    expect(
      await found(
        `See (https://example.com/a(b)?q=1), www.example.org. Ping ${octets} or 2001:db8::${whole(1, 9)}f, ${mac}!`,
      ),
    ).toEqual([
      'URL https://example.com/a(b)?q=1',
      'URL www.example.org',
      `IP_ADDRESS ${octets}`,
      expect.stringMatching(/^IP_ADDRESS 2001:db8::\df$/),
      `MAC_ADDRESS ${mac}`,
    ]);
    expect(await found('Run main.py at 12:30:45 with std::vector, version 1.2.3.4, 300.1.1.1, e.g. this.')).toEqual([]);
    expect(await found('Write to jane.o’hara+news@mail.example.co.uk, not to @home.', 'EMAIL')).toHaveLength(1);
  });

  it('finds credentials where they are told, not where they are talked about', async () => {
    const secret = Array.from({ length: 39 }, () => pick(Array.from('abcdefghijKLMNOPQRSTUVWXYZ0123456789/+'))).join(
      '',
    );
    expect(await found('username: jdoe42, password: Tr0ub4dor&3', 'USERNAME', 'PASSWORD')).toEqual([
      'USERNAME jdoe42',
      'PASSWORD Tr0ub4dor&3',
    ]);
    expect(await found('My password is hunter2!', 'PASSWORD')).toEqual(['PASSWORD hunter2!']);
    expect(
      await found(
        'The password is required. Reset your password to continue. The user experience is good.',
        'USERNAME',
        'PASSWORD',
      ),
    ).toEqual([]);
    expect(await found(`key AKIAABCDEFGH23456789 secret ${secret}x`, 'AWS_ACCESS_KEY', 'AWS_SECRET_KEY')).toHaveLength(
      2,
    );
    expect(
      await found(`commit ${Array.from({ length: 40 }, () => whole(0, 15).toString(16)).join('')}`, 'AWS_SECRET_KEY'),
    ).toEqual([]);
  });

  it.each([
    ['My name is Priya Natarajan.', ['Priya Natarajan']],
    ['my name is priya natarajan and i need help', ['priya natarajan']],
    ['Dr. Alice Wong-Smith met Bob at noon.', ['Alice Wong-Smith', 'Bob']],
    ['Maria’s car was seen by Olufemi Adebayo.', ['Maria', 'Olufemi Adebayo']],
    ['I met Mark in Paris, and Will said no.', ['Mark', 'Will']],
    ['Ludwig van Beethoven wrote it.', ['Ludwig van Beethoven']],
    ['Will you mark the page in May? Grace periods end in June.', []],
    ['We met at Victoria Station near the Jordan River in Paris, Texas.', []],
    ['Johnson & Johnson, Morgan Stanley and the Smith Foundation gave a Nobel Prize.', []],
    ['The Golden Gate Bridge is in San Francisco. Amazon Bedrock runs in Virginia.', []],
    ['Dear Customer, Thank you for your order. Best regards, Support Team', []],
  ])('tells names of people from other capitals: %j', async (text, names) => {
    expect(await found(text, 'NAME')).toEqual(names.map((name) => `NAME ${name}`));
  });

  it.each([
    [
      'Send it to 123 Main Street, Apt 4B, Springfield, IL 62704 by Friday.',
      '123 Main Street, Apt 4B, Springfield, IL 62704',
    ],
    ['He lives at 10 Downing Street, London SW1A 2AA.', '10 Downing Street, London SW1A 2AA'],
    ['P.O. Box 123, Anytown, CA 90210', 'P.O. Box 123, Anytown, CA 90210'],
    ['Büro: Hauptstraße 12, 10115 Berlin', 'Hauptstraße 12, 10115 Berlin'],
    ['At 221B Baker Street. He was in.', '221B Baker Street'],
  ])('finds postal addresses to their end: %j', async (text, address) => {
    expect(await found(text, 'ADDRESS')).toEqual([`ADDRESS ${address}`]);
  });

  it('finds no address in numbers beside words for streets', async () => {
    expect(
      await found(
        'There are 5 Great Ways to drive. In 2023 the road was closed. 12 people live on Main Street.',
        'ADDRESS',
      ),
    ).toEqual([]);
  });

  it('finds ages of people, not of things', async () => {
    const age = whole(18, 99);
    expect(
      await found(`She is ${age}. He is ${age} years old, aged ${age}, a ${age}-year-old man.`, 'AGE'),
    ).toHaveLength(4);
    expect(await found(`The ${age}-year-old whisky is ${age} percent. He's ${age} minutes late.`, 'AGE')).toEqual([]);
  });

  it('answers only for the types it is asked for, and lets the better reading of a number keep it', async () => {
    const text = 'Account: 4111111111111111, mail a@example.com';
    expect(await found(text, 'US_BANK_ACCOUNT_NUMBER')).toEqual([]);
    expect(await found(text, 'EMAIL')).toEqual(['EMAIL a@example.com']);
    expect(await found('https://example.com/?mail=a@example.org', 'EMAIL')).toEqual(['EMAIL a@example.org']);
    expect(await found('https://example.com/?mail=a@example.org')).toEqual([
      'URL https://example.com/?mail=a@example.org',
    ]);
  });

  it('reports findings in order, without overlaps, with the same offsets in a long text', async () => {
    const line = `Maria Gonzalez, 123 Main Street, Springfield, IL 62704, (212) 555-0123, maria@example.com, SSN 123-45-6789. `;
    const count = Math.floor(99_000 / line.length);
    const spans = await findPii(line.repeat(count));
    expect(spans).toHaveLength(5 * count);
    for (const [index, { start, end, score, type }] of spans.entries()) {
      expect(start).toBeGreaterThanOrEqual(spans[index - 1]?.end ?? 0);
      expect(start % line.length).toBe(spans[index % 5]!.start);
      expect(end).toBeGreaterThan(start);
      expect(PII_TYPES).toContain(type);
      expect(score).toBeGreaterThanOrEqual(0.5);
    }
  });

  it('refuses a text over the bound', async () => {
    await expect(findPii('x'.repeat(100_001))).rejects.toMatchObject({ code: 'too_large' });
  });

  it('agrees with published examples of check digits', () => {
    expect(luhn('79927398713')).toBe(true);
    expect(nhs('9434765919')).toBe(true);
    expect(vinCheck('1M8GDM9AXKP042788')).toBe(true);
    expect(abaRouting('021000021')).toBe(true);
    expect(iban('GB29NWBK60161331926819')).toBe(true);
    expect(canadianSin('130692544')).toBe(true);
  });
});
