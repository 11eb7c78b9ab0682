import type { ConstraintData, ShapeFacts } from './data.ts';
import type { CompiledPattern } from './pattern.ts';
import { compilePattern, UnsupportedPattern } from './pattern.ts';
import { memberLabel, printValue, textOf } from './value.ts';

/** Which constraint of the model was not met. */
export type ViolationKind =
  | 'required'
  | 'length'
  | 'range'
  | 'pattern'
  | 'enum'
  | 'element'
  | 'key'
  | 'value'
  | 'depth';

export interface Violation {
  /** Where, in AWS's own form: members with a small first letter, list elements counted from 1: `messages.1.member.role`. */
  path: string;
  /** The value as AWS prints it, bounded; `null` when there is none; `undefined` when it is a secret, or holds one. */
  value: string | null | undefined;
  kind: ViolationKind;
  /** What should have held: `Member must have length less than or equal to 64`. */
  constraint: string;
}

/**
 * Violations are reported up to this many. AWS stops at ten too: DynamoDB and Kinesis say "10 validation errors detected"
 * however many there are.
 */
export const VIOLATIONS_MAX = 10;
/** Names and numbers in the longest path that is walked. AWS publishes no such limit; this one keeps the walk bounded. */
export const DEPTH_MAX = 128;
/** A string that is too long is not matched against its pattern as well if it has more UTF-16 units than this. */
const PATTERN_ANYWAY_LENGTH_MAX = 8192;

/**
 * Makes the validator of one service's inputs.
 *
 * The input is what the wire codecs decode: strings, numbers, `Uint8Array`s, arrays and plain objects. A value of another type than
 * the model's is passed over, since that is the codecs' to refuse; streams and event streams are not looked into.
 *
 * It looks at each operation's shapes on the first call of the operation, and compiles a pattern when a value first
 * meets it.
 *
 * @returns a function that lists what an input violates, in the order of the model's members, and is empty for a valid input
 * and for an operation without constraints. It throws a `RangeError` for an operation that the service does not have.
 */
export function compileValidator(data: ConstraintData): (operation: string, input: unknown) => Violation[] {
  const compiler = new Compiler(data);
  return (operation, input) => {
    if (!Object.hasOwn(data.operations, operation)) throw new RangeError(`no operation ${operation} in ${data.source}`);
    const shapeName = data.operations[operation]!.input;
    if (shapeName === undefined) return [];
    const walk: Walk = { path: [], violations: [] };
    compiler.shape(shapeName).inside?.(input ?? {}, walk);
    return walk.violations;
  };
}

/**
 * The message of AWS's validation error for some violations:
 * `1 validation error detected: Value 'x' at 'roleArn' failed to satisfy constraint: Member must have length greater than or
 * equal to 20`. Secrets are left out of it as AWS does: `Value at 'password' failed …`.
 *
 * @throws {RangeError} when there is no violation to speak of.
 */
export function formatViolations(violations: readonly Violation[]): string {
  if (violations.length === 0) throw new RangeError('no violations to format');
  const texts = violations.map(({ path, value, constraint }) => {
    const printed = value === undefined ? '' : value === null ? ' null' : ` '${value}'`;
    return `Value${printed} at '${path}' failed to satisfy constraint: ${constraint}`;
  });
  const count = violations.length === 1 ? '1 validation error' : `${violations.length} validation errors`;
  return `${count} detected: ${texts.join('; ')}`;
}

interface Walk {
  path: (string | number)[];
  violations: Violation[];
}

/** A constraint of a single value, with AWS's text for it. */
interface Rule {
  kind: ViolationKind;
  constraint: string;
  holds(value: unknown): boolean;
}

interface CompiledShape {
  facts: ShapeFacts;
  name: string;
  /** What the value itself must meet, in the order in which AWS lists it for elements. */
  rules: Rule[];
  /** Walks into what the value is made of; absent for simple values and where nothing inside is constrained. */
  inside: ((value: unknown, walk: Walk) => void) | undefined;
}

class Compiler {
  readonly #data: ConstraintData;
  readonly #shapes = new Map<string, CompiledShape>();
  readonly #unsupported: Set<string>;

  constructor(data: ConstraintData) {
    this.#data = data;
    this.#unsupported = new Set(data.unsupportedPatterns);
  }

  shape(name: string): CompiledShape {
    const known = this.#shapes.get(name);
    if (known !== undefined) return known;
    const facts = this.#data.shapes[name];
    if (facts === undefined) throw new RangeError(`no shape ${name} in ${this.#data.source}`);
    const compiled: CompiledShape = { facts, name, rules: this.#rules(name, facts), inside: undefined };
    // Recorded before looking inside, where the shape may turn up again.
    this.#shapes.set(name, compiled);
    if (facts.type === 'structure') compiled.inside = this.#structure(facts);
    else if (facts.type === 'list') compiled.inside = this.#list(compiled);
    else if (facts.type === 'map') compiled.inside = this.#map(compiled);
    return compiled;
  }

  #rules(name: string, facts: ShapeFacts): Rule[] {
    const rules: Rule[] = [];
    const bounded = facts.type === 'integer' || facts.type === 'float' ? RANGE : LENGTH;
    if (facts.max !== undefined) rules.push(bounded.atMost(facts.max));
    if (facts.min !== undefined) rules.push(bounded.atLeast(facts.min));
    if (facts.pattern !== undefined && !this.#unsupported.has(name))
      rules.push(patternRule(name, facts.pattern, facts.max));
    if (facts.enum !== undefined) rules.push(enumRule(facts.enum));
    return rules;
  }

  #structure(facts: ShapeFacts): CompiledShape['inside'] {
    const required = new Set(facts.required);
    const names = [...new Set([...Object.keys(facts.members ?? {}), ...required])];
    // What is missing comes first. AWS's own order is that of a hash table, and no client relies on it.
    names.sort((a, b) => Number(required.has(b)) - Number(required.has(a)));
    const members = names.map((name) => {
      const target = facts.members?.[name];
      return {
        name,
        label: memberLabel(name),
        required: required.has(name),
        shape: target === undefined ? undefined : this.shape(target),
      };
    });
    return (value, walk) => {
      if (!isPlainObject(value)) return;
      for (const member of members) {
        if (walk.violations.length >= VIOLATIONS_MAX) return;
        const inner = Object.hasOwn(value, member.name) ? value[member.name] : undefined;
        if (inner === undefined || inner === null) {
          if (!member.required) continue;
          const path = [...walk.path, member.label].join('.');
          walk.violations.push({ path, value: null, kind: 'required', constraint: 'Member must not be null' });
        } else if (member.shape !== undefined) {
          walk.path.push(member.label);
          this.#check(inner, member.shape, walk);
          walk.path.pop();
        }
      }
    };
  }

  #check(value: unknown, shape: CompiledShape, walk: Walk): void {
    let bounded = true;
    for (const rule of shape.rules) {
      if (rule.holds(value)) continue;
      this.#report(rule.kind, rule.constraint, value, shape, walk);
      // A list that is too long is not walked: the bound is there to be relied on.
      bounded = bounded && rule.kind !== 'length';
    }
    if (bounded) this.#descend(value, shape, walk);
  }

  #descend(value: unknown, shape: CompiledShape, walk: Walk): void {
    if (shape.inside === undefined) return;
    if (walk.path.length < DEPTH_MAX) shape.inside(value, walk);
    else
      this.#report('depth', `Member must not be nested deeper than a path of ${DEPTH_MAX} parts`, value, shape, walk);
  }

  #report(kind: ViolationKind, constraint: string, value: unknown, shape: CompiledShape, walk: Walk): void {
    if (walk.violations.length >= VIOLATIONS_MAX) return;
    const printed = shape.facts.sensitive === true ? undefined : printValue(value, shape.name, this.#data.shapes);
    walk.violations.push({ path: walk.path.join('.'), value: printed, kind, constraint });
  }

  /**
   * AWS reports an element's own constraints once, at the list, and names all of them: `Value '[a, b]' at 'x' failed to satisfy
   * constraint: Member must satisfy constraint: [Member must have length …, …]`. What an element is made of is reported where it is.
   */
  #list(list: CompiledShape): CompiledShape['inside'] {
    if (list.facts.member === undefined) return undefined;
    const element = this.shape(list.facts.member);
    const constraint = bracketed('Member must satisfy constraint', [...element.rules, NOT_NULL]);
    return (value, walk) => {
      if (!Array.isArray(value)) return;
      let reported = false;
      for (const [index, inner] of value.entries()) {
        if (walk.violations.length >= VIOLATIONS_MAX) return;
        const broken = inner === null || inner === undefined || !element.rules.every((rule) => rule.holds(inner));
        if (broken && !reported) this.#report('element', constraint, value, list, walk);
        reported ||= broken;
        if (broken) continue;
        walk.path.push(index + 1, 'member');
        this.#descend(inner, element, walk);
        walk.path.length -= 2;
      }
    };
  }

  /** As for lists: keys that break their constraints are reported once, at the map, and so are values. */
  #map(map: CompiledShape): CompiledShape['inside'] {
    const key = map.facts.key === undefined ? undefined : this.shape(map.facts.key);
    const element = map.facts.value === undefined ? undefined : this.shape(map.facts.value);
    if (key === undefined && element === undefined) return undefined;
    const keyConstraint = bracketed('Map keys must satisfy constraint', key?.rules ?? []);
    const valueConstraint = bracketed('Map value must satisfy constraint', element?.rules ?? []);
    const breaks = (shape: CompiledShape | undefined, value: unknown): boolean =>
      shape !== undefined && value !== undefined && value !== null && !shape.rules.every((rule) => rule.holds(value));
    return (value, walk) => {
      if (!isPlainObject(value)) return;
      const entries = Object.entries(value);
      if (entries.some(([name]) => breaks(key, name))) this.#report('key', keyConstraint, value, map, walk);
      if (entries.some(([, inner]) => breaks(element, inner))) this.#report('value', valueConstraint, value, map, walk);
      if (element?.inside === undefined) return;
      for (const [name, inner] of entries) {
        if (walk.violations.length >= VIOLATIONS_MAX) return;
        if (inner === undefined || inner === null || breaks(element, inner)) continue;
        walk.path.push(name, 'member');
        this.#descend(inner, element, walk);
        walk.path.length -= 2;
      }
    };
  }
}

const NOT_NULL: Rule = {
  kind: 'required',
  constraint: 'Member must not be null',
  holds: (value) => value !== null && value !== undefined,
};

/** Whether a length that the model bounds is at most `limit`; `undefined` for a value that has no length. */
function lengthIsAtMost(value: unknown, limit: number): boolean | undefined {
  const text = textOf(value);
  if (text !== undefined) {
    // A code point has one or two units: mostly there is nothing to count, however long the text is.
    if (text.length <= limit) return true;
    return text.length <= 2 * limit && codePointLength(text) <= limit;
  }
  if (Array.isArray(value)) return value.length <= limit;
  if (ArrayBuffer.isView(value)) return value.byteLength <= limit;
  return isPlainObject(value) ? Object.keys(value).length <= limit : undefined;
}

function codePointLength(text: string): number {
  let length = text.length;
  for (let at = 0; at < text.length - 1; at += 1) {
    if ((text.charCodeAt(at) & 0xfc00) !== 0xd800 || (text.charCodeAt(at + 1) & 0xfc00) !== 0xdc00) continue;
    length -= 1;
    at += 1;
  }
  return length;
}

const LENGTH = {
  atMost: (max: number): Rule => ({
    kind: 'length',
    constraint: `Member must have length less than or equal to ${max}`,
    holds: (value) => lengthIsAtMost(value, max) ?? true,
  }),
  atLeast: (min: number): Rule => ({
    kind: 'length',
    constraint: `Member must have length greater than or equal to ${min}`,
    holds: (value) => !(lengthIsAtMost(value, min - 1) ?? false),
  }),
};

const RANGE = {
  atMost: (max: number): Rule => ({
    kind: 'range',
    constraint: `Member must have value less than or equal to ${max}`,
    holds: (value) => !isNumber(value) || value <= max,
  }),
  atLeast: (min: number): Rule => ({
    kind: 'range',
    constraint: `Member must have value greater than or equal to ${min}`,
    holds: (value) => !isNumber(value) || value >= min,
  }),
};

function patternRule(name: string, pattern: string, max: number | undefined): Rule {
  let compiled: CompiledPattern | undefined;
  return {
    kind: 'pattern',
    constraint: `Member must satisfy regular expression pattern: ${pattern}`,
    holds(value) {
      const text = textOf(value);
      if (text === undefined) return true;
      // Its length is wrong, which is reported; so much text is not worth a second reason.
      if (max !== undefined && text.length > Math.max(PATTERN_ANYWAY_LENGTH_MAX, 2 * max)) return true;
      compiled ??= compileKnown(name, pattern);
      return compiled.matches(text);
    },
  };
}

function compileKnown(name: string, pattern: string): CompiledPattern {
  try {
    return compilePattern(pattern);
  } catch (error) {
    if (!(error instanceof UnsupportedPattern)) throw error;
    throw new Error(`the pattern of ${name} is not listed under unsupportedPatterns: generate the constraints again`, {
      cause: error,
    });
  }
}

function enumRule(values: readonly string[]): Rule {
  const known = new Set(values);
  return {
    kind: 'enum',
    constraint: `Member must satisfy enum value set: [${values.join(', ')}]`,
    holds(value) {
      const text = textOf(value);
      return text === undefined || known.has(text);
    },
  };
}

function bracketed(what: string, rules: readonly Rule[]): string {
  return `${what}: [${rules.map((rule) => rule.constraint).join(', ')}]`;
}

function isNumber(value: unknown): value is number | bigint {
  return typeof value === 'number' || typeof value === 'bigint';
}

/** Whether a value is a structure or a map of the wire codecs; not a stream, a date or a blob. */
function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
