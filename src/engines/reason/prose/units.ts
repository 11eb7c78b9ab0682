/** Units of measure, in families within which numbers convert exactly. */
export type Unit = {
  /** Singular, e.g. `day`; a currency's sign, `%`. */
  name: string;
  /** Units of one family convert; others never do: no month has always the same number of days. */
  family: string;
  /** How many of the family's smallest unit it is. */
  factor: number;
};

const FAMILIES: Readonly<Record<string, Readonly<Record<string, [factor: number, names: string]>>>> = {
  time: {
    second: [1, 'second seconds sec secs'],
    minute: [60, 'minute minutes min mins'],
    hour: [3_600, 'hour hours hr hrs'],
    day: [86_400, 'day days'],
    week: [604_800, 'week weeks'],
  },
  calendar: { month: [1, 'month months'], quarter: [3, 'quarter quarters'], year: [12, 'year years yr yrs'] },
  'business day': { 'business day': [1, ''] },
  percent: { '%': [1, '% percent percentage'] },
  dollar: { $: [100, '$ dollar dollars usd'], cent: [1, 'cent cents'] },
  euro: { '€': [1, '€ euro euros eur'] },
  pound: { '£': [1, '£ gbp'] },
  yen: { '¥': [1, '¥ yen jpy'] },
  mass: { g: [1, 'g gram grams'], kg: [1_000, 'kg kilogram kilograms kilo kilos'], t: [1_000_000, 'tonne tonnes'] },
  'imperial mass': { oz: [1, 'oz ounce ounces'], lb: [16, 'lb lbs pound pounds'] },
  length: {
    mm: [1, 'mm millimeter millimeters millimetre millimetres'],
    cm: [10, 'cm centimeter centimeters centimetre centimetres'],
    m: [1_000, 'meter meters metre metres'],
    km: [1_000_000, 'km kilometer kilometers kilometre kilometres'],
  },
  'imperial length': { inch: [1, 'inch inches'], foot: [12, 'foot feet ft'], mile: [63_360, 'mile miles'] },
  volume: { ml: [1, 'ml milliliter milliliters'], l: [1_000, 'liter liters litre litres'] },
  kb: { KB: [1, 'kb'] },
  mb: { MB: [1, 'mb megabyte megabytes'] },
  gb: { GB: [1, 'gb gigabyte gigabytes'] },
};

const BY_NAME = new Map<string, Unit>(
  Object.entries(FAMILIES).flatMap(([family, units]) =>
    Object.entries(units).flatMap(([name, [factor, names]]) =>
      names.split(' ').map((each) => [each, { name, family, factor }] as [string, Unit]),
    ),
  ),
);
BY_NAME.delete('');
const BUSINESS_DAY: Unit = { name: 'business day', family: 'business day', factor: 1 };

/** The unit that a word names; undefined when it names none. */
export const unitOf = (word: string): Unit | undefined => BY_NAME.get(word.toLowerCase());
/** Working days are no days of a calendar: they do not convert. */
export const businessDay = (): Unit => BUSINESS_DAY;
export const isCurrency = ({ family }: Unit): boolean => ['dollar', 'euro', 'pound', 'yen'].includes(family);

/** A number of one unit in another; undefined when they do not convert exactly. Decimal digits in and out. */
export function convert(value: string, from: Unit, to: Unit): string | undefined {
  if (from.family !== to.family) return undefined;
  if (from.factor === to.factor) return value;
  const [whole, fraction = ''] = value.split('.');
  const scale = 10n ** BigInt(fraction.length);
  const above = BigInt(whole! + fraction) * BigInt(from.factor);
  const below = scale * BigInt(to.factor);
  return decimal(above, below);
}

const DIGITS_MAX = 9;

/** A quotient as a decimal number; undefined when it has no short one. */
function decimal(above: bigint, below: bigint): string | undefined {
  const whole = above / below;
  let rest = above % below;
  let digits = '';
  while (rest !== 0n) {
    if (digits.length === DIGITS_MAX) return undefined;
    rest *= 10n;
    digits += String(rest / below);
    rest %= below;
  }
  return digits === '' ? String(whole) : `${whole}.${digits}`;
}
