import { BlockList, isIP, isIPv4 } from 'node:net';
import { arnParts, arnPattern, matches, matchesArn, pattern, variablesOf } from './pattern.ts';
import type { Condition, Context } from './types.ts';
import { PolicyError } from './error.ts';

/**
 * Condition operators. Source: IAM User Guide, "IAM JSON policy elements: Condition operators" and "Conditions with multiple context
 * keys or values". Values of one key are alternatives; a negated operator holds when none of them matches.
 */
type Test = (value: string, context: Context) => boolean;
type Made = { test: Test; keys: string[] };
type Maker = (values: readonly string[], variables: boolean) => Made;

const strings =
  ({ wild, fold }: { wild: boolean; fold: boolean }): Maker =>
  (values, variables) => {
    const patterns = values.map((value) => pattern(value, { wild, variables, fold }));
    const keys = patterns.flatMap(variablesOf);
    if (!wild && keys.length === 0) {
      const set = new Set(values.map((value) => (fold ? value.toLowerCase() : unescape(value, variables))));
      return { keys, test: (value) => set.has(fold ? value.toLowerCase() : value) };
    }
    return {
      keys,
      test: (value, context) => {
        const given = fold ? value.toLowerCase() : value;
        return patterns.some((one) => matches(one, given, context, fold));
      },
    };
  };

/** `${*}`, `${?}` and `${$}` stand for the characters themselves. */
const unescape = (text: string, variables: boolean) => (variables ? text.replaceAll(/\$\{([*?$])\}/g, '$1') : text);

const arns: Maker = (values, variables) => {
  const patterns = values.map((value) => arnPattern(value, variables));
  return {
    keys: patterns.flatMap((one) => one.parts ?? []).flatMap(variablesOf),
    test: (value, context) => {
      const parts = arnParts(value);
      return patterns.some((one) => matchesArn(one, parts, context));
    },
  };
};

const compare =
  (read: (text: string) => number, holds: (given: number, wanted: number) => boolean): Maker =>
  (values) => {
    const wanted = values.map(read);
    return {
      keys: [],
      test: (value) => {
        const given = read(value);
        return !Number.isNaN(given) && wanted.some((one) => !Number.isNaN(one) && holds(given, one));
      },
    };
  };

const readNumber = (text: string) => (text.trim() === '' ? Number.NaN : Number(text));

/** ISO 8601 in the forms of W3C's note, or seconds since 1970. Milliseconds. */
export function readDate(text: string): number {
  if (/^-?\d{5,}(\.\d+)?$/.test(text)) return Number(text) * 1000;
  if (!/^\d{4}(-\d\d(-\d\d)?)?(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$/.test(text)) return Number.NaN;
  return Date.parse(/T.*(Z|[+-]\d\d:?\d\d)$/.test(text) || !text.includes('T') ? text : `${text}Z`);
}

const numeric = {
  Equals: (given: number, wanted: number) => given === wanted,
  LessThan: (given: number, wanted: number) => given < wanted,
  LessThanEquals: (given: number, wanted: number) => given <= wanted,
  GreaterThan: (given: number, wanted: number) => given > wanted,
  GreaterThanEquals: (given: number, wanted: number) => given >= wanted,
};

const bool: Maker = (values) => {
  const wanted = new Set(values.map((value) => value.toLowerCase()));
  return { keys: [], test: (value) => wanted.has(value.toLowerCase()) };
};

const binary: Maker = (values) => {
  const wanted = new Set(values.map((value) => Buffer.from(value, 'base64').toString('hex')));
  return { keys: [], test: (value) => wanted.has(Buffer.from(value, 'base64').toString('hex')) };
};

const addresses: Maker = (values) => {
  const list = new BlockList();
  for (const value of values) {
    const [address, bits] = value.split('/');
    const family = isIP(address!);
    const width = bits === undefined ? undefined : Number(bits);
    if (family === 0 || (width !== undefined && !(width >= 0 && width <= (family === 4 ? 32 : 128))) || bits === '')
      throw new PolicyError(`Invalid IP range: ${value}`, 'Condition');
    const kind = family === 4 ? 'ipv4' : 'ipv6';
    if (width === undefined) list.addAddress(address!, kind);
    else list.addSubnet(address!, width, kind);
  }
  return {
    keys: [],
    test: (value) => {
      const plain = value.replace(/^::ffff:(?=\d+\.)/i, '');
      if (isIP(plain) === 0) return false;
      return list.check(plain, isIPv4(plain) ? 'ipv4' : 'ipv6');
    },
  };
};

/** By lower-case name; `negated` holds when none of the values matches. */
const OPERATORS = new Map<string, { make: Maker; negated?: boolean }>([
  ['stringequals', { make: strings({ wild: false, fold: false }) }],
  ['stringnotequals', { make: strings({ wild: false, fold: false }), negated: true }],
  ['stringequalsignorecase', { make: strings({ wild: false, fold: true }) }],
  ['stringnotequalsignorecase', { make: strings({ wild: false, fold: true }), negated: true }],
  ['stringlike', { make: strings({ wild: true, fold: false }) }],
  ['stringnotlike', { make: strings({ wild: true, fold: false }), negated: true }],
  ...(['numeric', 'date'] as const).flatMap((type) => {
    const read = type === 'numeric' ? readNumber : readDate;
    return [
      ...Object.entries(numeric).map(
        ([name, holds]) => [`${type}${name.toLowerCase()}`, { make: compare(read, holds) }] as const,
      ),
      [`${type}notequals`, { make: compare(read, numeric.Equals), negated: true }] as const,
    ];
  }),
  ['bool', { make: bool }],
  ['binaryequals', { make: binary }],
  ['ipaddress', { make: addresses }],
  ['notipaddress', { make: addresses, negated: true }],
  ['arnequals', { make: arns }],
  ['arnlike', { make: arns }],
  ['arnnotequals', { make: arns, negated: true }],
  ['arnnotlike', { make: arns, negated: true }],
]);

const OPERATOR = /^(?:(ForAllValues|ForAnyValue):)?([A-Za-z]+?)(IfExists)?$/i;

/** Compiles one operator of a Condition block. Throws PolicyError. */
export function compileCondition(
  operator: string,
  key: string,
  values: readonly string[],
  variables: boolean,
): { condition: Condition; keys: string[] } {
  const [, qualifier, name, ifExists] = OPERATOR.exec(operator) ?? [];
  const isNull = name?.toLowerCase() === 'null';
  const found = OPERATORS.get(name?.toLowerCase() ?? '');
  if (!found && !isNull) throw new PolicyError(`Invalid Condition type : ${operator}.`, 'Condition');
  if (isNull && ifExists !== undefined) throw new PolicyError(`Invalid Condition type : ${operator}.`, 'Condition');
  const made = found?.make(values, variables) ?? { test: () => false, keys: [] };
  return {
    keys: [key.toLowerCase(), ...made.keys],
    condition: {
      operator,
      ...(qualifier === undefined ? {} : { qualifier: /all/i.test(qualifier) ? ('all' as const) : ('any' as const) }),
      ifExists: ifExists !== undefined,
      negated: found?.negated === true,
      isNull,
      key: key.toLowerCase(),
      written: key,
      values,
      test: made.test,
    },
  };
}

/** Whether the condition holds for the request. */
export function holds(condition: Condition, context: Context): boolean {
  const found = context(condition.key);
  const { negated, qualifier, test } = condition;
  const single = typeof found === 'string';
  const absent = found === undefined || (!single && found.length === 0);
  if (condition.isNull) return condition.values.some((value) => (value.toLowerCase() === 'true') === absent);
  if (absent) {
    if (qualifier === 'all') return true;
    if (condition.ifExists) return true;
    return qualifier === 'any' ? false : negated;
  }
  if (single) return test(found, context) !== negated;
  if (qualifier === 'all') return found.every((value) => test(value, context) !== negated);
  if (qualifier === 'any') return found.some((value) => test(value, context) !== negated);
  // Without a qualifier a key of several values is met by any of them, and a negated operator by none.
  return found.some((value) => test(value, context)) !== negated;
}
