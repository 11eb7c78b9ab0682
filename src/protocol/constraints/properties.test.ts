import { createContext, Script } from 'node:vm';
import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rngFrom } from '../../../tests/wire/random.ts';
import type { ConstraintData } from './data.ts';
import { compilePattern } from './pattern.ts';
import { compileValidator, VIOLATIONS_MAX } from './validate.ts';
import type { ViolationKind } from './validate.ts';

const SERVICES = ['bedrock', 'bedrock-runtime', 'glacier', 's3', 'sts'];
const RUNS = 3;
/** Bounds above this are not tried: the values would take longer to make than to check. */
const SIZE_MAX = 20_000;
const DEPTH_MAX = 6;

function load(service: string): ConstraintData {
  return JSON.parse(readFileSync(new URL(`${service}.json`, import.meta.url), 'utf8')) as ConstraintData;
}

/** The same pattern for JavaScript's own engine, as a second opinion; absent where the dialects part. */
function native(pattern: string): RegExp | undefined {
  for (const flags of ['u', '']) {
    try {
      return new RegExp(`^(?:${pattern})$`, flags);
    } catch {
      // Some escapes are allowed with one of the flags only.
    }
  }
  return undefined;
}

const aside = createContext({});
const ask = new Script('regex.test(text)');
const NATIVE_MS_MAX = 200;

/** What JavaScript's own engine answers; undefined when it is away for too long: it tries every way. */
function nativeAnswer(regex: RegExp, text: string): boolean | undefined {
  Object.assign(aside, { regex, text });
  try {
    return ask.runInContext(aside, { timeout: NATIVE_MS_MAX }) as boolean;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return undefined;
    throw error;
  }
}

/** A few texts that match a pattern and have a length from min to max, and what else matches it. */
type Texts = (pattern: string, min: number, max: number) => { valid: string[]; matches: (text: string) => boolean };

function makeTexts(seed: number): Texts {
  const made = new Map<string, ReturnType<Texts>>();
  return (pattern, min, max) => {
    const key = `${min} ${max} ${pattern}`;
    let texts = made.get(key);
    if (texts === undefined) {
      const regex = native(pattern);
      const { matches } = compilePattern(pattern);
      const sample = regex === undefined ? [] : fc.sample(fc.stringMatching(regex), { numRuns: 30, seed });
      // fast-check reads an anchor within a pattern as nothing, so not all of its texts match.
      const valid = sample.filter((text) => codePoints(text) >= min && codePoints(text) <= max && matches(text));
      texts = { valid, matches };
      made.set(key, texts);
    }
    return texts;
  };
}

function codePoints(text: string): number {
  return Array.from(text).length;
}

/** One way to spoil a valid input, and what must be said about it. */
interface Spoiler {
  spoil(): void;
  path: string;
  kind: ViolationKind;
}

/** Makes inputs that meet every constraint, and knows how to break each of them. */
class Maker {
  readonly spoilers: Spoiler[] = [];
  readonly #data: ConstraintData;
  readonly #random: () => number;
  readonly #texts: Texts;

  constructor(data: ConstraintData, random: () => number, texts: Texts) {
    this.#data = data;
    this.#random = random;
    this.#texts = texts;
  }

  #below(count: number): number {
    return Math.floor(this.#random() * count);
  }

  /** A valid value, or `undefined` where none is found. `put` replaces it where it stands. */
  make(name: string, path: string, depth: number, put: (value: unknown) => void): unknown {
    const facts = this.#data.shapes[name]!;
    const break_ = (kind: ViolationKind, value: () => unknown): void => {
      this.spoilers.push({ path, kind, spoil: () => put(value()) });
    };
    if (facts.type === 'structure') {
      const value: Record<string, unknown> = {};
      for (const member of new Set([...(facts.required ?? []), ...Object.keys(facts.members ?? {})])) {
        const required = facts.required?.includes(member) === true;
        if (!required && (depth > DEPTH_MAX || this.#random() < 0.4)) continue;
        const memberPath = `${path === '' ? '' : `${path}.`}${member.charAt(0).toLowerCase()}${member.slice(1)}`;
        const target = facts.members?.[member];
        const made =
          target === undefined
            ? this.#random()
            : this.make(target, memberPath, depth + 1, (replacement) => (value[member] = replacement));
        if (made === undefined && required) return undefined;
        if (made !== undefined) value[member] = made;
        if (required) this.spoilers.push({ path: memberPath, kind: 'required', spoil: () => delete value[member] });
      }
      return value;
    }
    const min = facts.min ?? 0;
    const max = facts.max ?? min + 5;
    if (facts.type === 'integer' || facts.type === 'float') {
      const low = facts.min ?? -100;
      const high = facts.max ?? low + 1000;
      if (facts.min !== undefined) break_('range', () => low - 1);
      if (facts.max !== undefined) break_('range', () => high + 1);
      return facts.type === 'float' ? low + this.#random() * (high - low) : low + this.#below(high - low + 1);
    }
    const size = min + this.#below(Math.min(max - min, 4) + 1);
    const mayBeLong = facts.max !== undefined && facts.max <= SIZE_MAX;
    if (facts.type === 'blob') {
      if (min > 0) break_('length', () => new Uint8Array(min - 1));
      if (mayBeLong) break_('length', () => new Uint8Array(max + 1));
      return new Uint8Array(size);
    }
    if (facts.type === 'list') {
      if (min > 0) break_('length', () => []);
      if (mayBeLong) break_('length', () => Array.from({ length: max + 1 }, () => null));
      const list: unknown[] = [];
      for (let index = 0; index < size; index += 1) {
        const element = this.#element(
          facts.member,
          `${path}.${index + 1}.member`,
          depth,
          path,
          'element',
          (replacement) => (list[index] = replacement),
        );
        if (element === undefined) return min > 0 ? undefined : [];
        list.push(element);
      }
      return list;
    }
    if (facts.type === 'map') {
      const map: Record<string, unknown> = {};
      for (let index = 0; index < size; index += 1) {
        const key =
          facts.key === undefined ? `key${index}` : (this.make(facts.key, path, depth, () => {}) as string | undefined);
        if (facts.key !== undefined) this.#drop(path);
        if (key === undefined || Object.hasOwn(map, key)) return min > 0 ? undefined : {};
        // `__proto__` is a key as any other, but not by assignment.
        const set = (to: unknown): unknown =>
          Object.defineProperty(map, key, { value: to, configurable: true, enumerable: true, writable: true });
        set(0);
        const element = this.#element(facts.value, `${path}.${key}.member`, depth, path, 'value', set);
        if (element === undefined) return min > 0 ? undefined : {};
        set(element);
      }
      return map;
    }
    return this.#string(name, size, break_);
  }

  /** Spoilers of a key cannot be used: there is no place to put a wrong key without a right one beside it. */
  #drop(path: string): void {
    while (this.spoilers.at(-1)?.path === path) this.spoilers.pop();
  }

  #element(
    shape: string | undefined,
    path: string,
    depth: number,
    container: string,
    kind: ViolationKind,
    put: (value: unknown) => void,
  ): unknown {
    if (shape === undefined) return 'x';
    const from = this.spoilers.length;
    const value = this.make(shape, path, depth + 1, put);
    // An element's own constraints are reported at its container, as one.
    for (let index = from; index < this.spoilers.length; index += 1) {
      const spoiler = this.spoilers[index]!;
      if (spoiler.path === path) this.spoilers[index] = { ...spoiler, path: container, kind };
    }
    return value;
  }

  #string(name: string, size: number, break_: (kind: ViolationKind, value: () => unknown) => void): unknown {
    const { pattern, min = 0, max, enum: values } = this.#data.shapes[name]!;
    if (values !== undefined) {
      break_('enum', () => `${values[0]}X`);
      return values[this.#below(values.length)];
    }
    if (pattern === undefined) {
      if (min > 0) break_('length', () => 'é'.repeat(min - 1));
      if (max !== undefined && max <= SIZE_MAX) break_('length', () => '\u{1f600}'.repeat(max + 1));
      return '\u{1f600}'.repeat(size);
    }
    const { valid, matches } = this.#texts(pattern, min, max ?? Infinity);
    const value = valid[this.#below(valid.length)];
    if (value === undefined) return undefined;
    const spoiled = ['\u0001', '\n', ' ', '\u{1f600}', '-', '/', '!']
      .map((odd) => value.slice(0, -1) + odd)
      .find((text) => codePoints(text) >= min && !matches(text));
    if (spoiled !== undefined) break_('pattern', () => spoiled);
    return value;
  }
}

describe.each(SERVICES)('any input of %s', (service) => {
  const data = load(service);
  const validate = compileValidator(data);
  const operations = Object.entries(data.operations).filter(([, { input }]) => input !== undefined);

  it('that meets the constraints passes, and breaking any one is reported where it was, as that one', () => {
    const tried = new Set<string>();
    fc.assert(
      fc.property(fc.noShrink(fc.integer({ min: 0 })), (seed) => {
        const random = rngFrom(seed);
        const texts = makeTexts(seed);
        for (const [operation, { input }] of operations) {
          const state = random() * 2 ** 31;
          const count = attempt(state).spoilers.length;
          const { value } = attempt(state);
          if (value === undefined) continue;
          expect([operation, validate(operation, value)]).toEqual([operation, []]);
          for (let index = 0; index < Math.min(count, 8); index += 1) {
            const again = attempt(state);
            const spoiler = again.spoilers[Math.floor(random() * count)]!;
            spoiler.spoil();
            const violations = validate(operation, again.value);
            tried.add(spoiler.kind);
            expect(violations.map(({ path, kind }) => `${operation} ${path} ${kind}`)).toEqual([
              `${operation} ${spoiler.path} ${spoiler.kind}`,
            ]);
          }

          function attempt(from: number): { value: unknown; spoilers: Spoiler[] } {
            const maker = new Maker(data, rngFrom(from), texts);
            const made = maker.make(input!, '', 0, () => {});
            return { value: made, spoilers: made === undefined ? [] : maker.spoilers };
          }
        }
      }),
      { numRuns: RUNS },
    );
    expect(tried).toContain('required');
  });
});

const patterns = SERVICES.flatMap((service) =>
  Object.entries(load(service).shapes).flatMap(([name, { pattern }]) =>
    pattern === undefined ? [] : [[service, name, pattern] as const],
  ),
);

describe('every pattern', () => {
  it('answers as JavaScript’s own engine does, on matching values and on values one change away from them', () => {
    let compared = 0;
    for (const [service, name, pattern] of patterns) {
      const regex = native(pattern);
      if (regex === undefined) continue;
      const compiled = compilePattern(pattern);
      const change = fc.record({
        value: fc.stringMatching(regex),
        at: fc.nat(),
        odd: fc.string({ maxLength: 2, unit: 'binary' }),
      });
      fc.assert(
        fc.property(change, ({ value, at, odd }) => {
          const split = value.length === 0 ? 0 : at % value.length;
          for (const text of [value, value.slice(0, split) + odd + value.slice(split + 1)]) {
            // The engines part on these: Java's \s has the vertical tab but no Unicode spaces, its dot stops at U+0085 as well.
            // A long run of one character is what sends a backtracking engine away.
            if (/(.)\1{9}/s.test(text) || text.length > 200) continue;
            if (/[\v\u0085\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000\ufeff\ud800-\udfff]/.test(text)) continue;
            const second = nativeAnswer(regex, text);
            if (second === undefined) continue;
            compared += 1;
            expect([service, name, text, compiled.matches(text)]).toEqual([service, name, text, second]);
          }
        }),
        { numRuns: 20 },
      );
    }
    expect(compared).toBeGreaterThan(patterns.length * 10);
  }, 120_000);

  it('ends on hostile input, which would keep a backtracking engine for years', () => {
    const hostile = ['a', 'a-', '-', 'a.', '1', 'arn:aws:bedrock:us-east-1::', 's3://a/'].map(
      (text) => `${text.repeat(20_000 / text.length)}\u0000`,
    );
    expect(patterns.length).toBeGreaterThan(100);
    for (const [, , pattern] of patterns) {
      const compiled = compilePattern(pattern);
      for (const text of hostile) expect(typeof compiled.matches(text)).toBe('boolean');
    }
  });
});

describe('a validator', () => {
  it('never reports more than it may, whatever it is given', () => {
    for (const service of SERVICES) {
      const data = load(service);
      const validate = compileValidator(data);
      const operations = Object.keys(data.operations);
      fc.assert(
        fc.property(
          fc.constantFrom(...operations),
          fc.object({ key: fc.constantFrom('messages', 'Tags', 'modelId', 'x') }),
          (operation, input) => {
            expect(validate(operation, input).length).toBeLessThanOrEqual(VIOLATIONS_MAX);
          },
        ),
        { numRuns: 200 },
      );
    }
  });
});
