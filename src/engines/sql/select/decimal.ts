import { SelectError } from './error.ts';

/** AWS: "a base-10 number, with a maximum precision of 38". */
const PRECISION_MAX = 38;
const EXPONENT_MAX = 10_000;

/** An exact base-10 number: `unscaled` × 10^−`scale`, scale ≥ 0. */
export class Decimal {
  readonly unscaled: bigint;
  readonly scale: number;

  constructor(unscaled: bigint, scale: number) {
    this.unscaled = unscaled;
    this.scale = scale;
  }

  toString(): string {
    if (this.scale === 0) return this.unscaled.toString();
    const digits = abs(this.unscaled)
      .toString()
      .padStart(this.scale + 1, '0');
    const sign = this.unscaled < 0n ? '-' : '';
    return `${sign}${digits.slice(0, -this.scale)}.${digits.slice(-this.scale)}`;
  }

  toNumber(): number {
    return Number(this.toString());
  }
}

const abs = (value: bigint): bigint => (value < 0n ? -value : value);
const power = (exponent: number): bigint => 10n ** BigInt(exponent);

/** Reads a number such as `-1.50` or `6.02e23`; undefined if the text is not one. */
export function parseDecimal(text: string): Decimal | undefined {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,6}))?$/.exec(text);
  if (!match) return undefined;
  const [, sign, whole = '', fraction = '', exponent = '0'] = match;
  if (whole === '' && fraction === '') return undefined;
  const scale = fraction.length - Number(exponent);
  if (Math.abs(scale) > EXPONENT_MAX || whole.length + fraction.length > EXPONENT_MAX) return undefined;
  const unscaled = BigInt(whole + fraction) * (sign === '-' ? -1n : 1n);
  return scale >= 0 ? new Decimal(unscaled, scale) : new Decimal(unscaled * power(-scale), 0);
}

export function fromInteger(value: bigint): Decimal {
  return new Decimal(value, 0);
}

function aligned(a: Decimal, b: Decimal): [bigint, bigint, number] {
  const scale = Math.max(a.scale, b.scale);
  return [a.unscaled * power(scale - a.scale), b.unscaled * power(scale - b.scale), scale];
}

export function compareDecimals(a: Decimal, b: Decimal): number {
  const [left, right] = aligned(a, b);
  return left < right ? -1 : left > right ? 1 : 0;
}

/** Sum, difference, product, quotient (rounded half to even at 38 digits) or remainder (with the sign of `a`). */
export function calculate(operator: '+' | '-' | '*' | '/' | '%', a: Decimal, b: Decimal): Decimal {
  if (operator === '*') return rounded(new Decimal(a.unscaled * b.unscaled, a.scale + b.scale));
  const [left, right, scale] = aligned(a, b);
  if (operator === '+') return rounded(new Decimal(left + right, scale));
  if (operator === '-') return rounded(new Decimal(left - right, scale));
  if (right === 0n) throw new SelectError('ExternalEvalException', 'Division by zero.');
  if (operator === '%') return rounded(new Decimal(left % right, scale));
  // Enough digits that the rounding below sees more than it keeps.
  const shift = Math.max(0, PRECISION_MAX + 2 + abs(right).toString().length - abs(left).toString().length);
  return trimmed(rounded(new Decimal((left * power(shift)) / right, shift)));
}

function rounded(value: Decimal): Decimal {
  const digits = abs(value.unscaled).toString().length;
  if (digits <= PRECISION_MAX) return value;
  const drop = Math.min(digits - PRECISION_MAX, value.scale);
  if (digits - drop > PRECISION_MAX) throw new SelectError('NumberFormatError', 'The result has over 38 digits.');
  const factor = power(drop);
  const quotient = value.unscaled / factor;
  const twice = abs(value.unscaled % factor) * 2n;
  const up = twice > factor || (twice === factor && quotient % 2n !== 0n);
  return new Decimal(up ? quotient + (value.unscaled < 0n ? -1n : 1n) : quotient, value.scale - drop);
}

/** A quotient without the zeros that long division leaves at its end. */
function trimmed(value: Decimal): Decimal {
  let { unscaled, scale } = value;
  while (scale > 0 && unscaled % 10n === 0n) {
    unscaled /= 10n;
    scale -= 1;
  }
  return new Decimal(unscaled, scale);
}
