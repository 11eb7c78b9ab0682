import type { Policy } from './definition.ts';
import { print, type Expression, type Sort } from './expression.ts';
import { SOLVER_RESOURCES_MAX } from './limits.ts';

/** A policy and statements on it as SMT-LIB. Names become symbols of ours: whatever a policy calls things cannot be taken for a command. */
export class Script {
  readonly #symbols = new Map<string, string>();
  readonly #names: string[] = [];
  readonly #values = new Map<string, { type: string; value: string }>();
  readonly #lines: string[] = [];
  #literals = 0;

  constructor(policy: Policy) {
    this.#lines.push('(set-option :produce-unsat-cores true)', `(set-option :rlimit ${SOLVER_RESOURCES_MAX})`);
    for (const [index, { name, values }] of [...policy.types.values()].entries()) {
      const symbols = values.map(({ value }, at) => {
        const symbol = `e${index}_${at}`;
        this.#symbols.set(`${name}\n${value}`, symbol);
        this.#values.set(symbol, { type: name, value });
        return `(${symbol})`;
      });
      this.#symbols.set(`${name}\n`, `E${index}`);
      this.#lines.push(`(declare-datatypes ((E${index} 0)) ((${symbols.join(' ')})))`);
    }
    for (const name of policy.variables.keys()) {
      const symbol = `v${this.#names.length}`;
      this.#names.push(name);
      this.#symbols.set(name, symbol);
      this.#lines.push(`(declare-const ${symbol} ${this.#sort(policy.scope.sortOf(name)!)})`);
    }
  }

  #sort(sort: Sort): string {
    if (sort.kind === 'enum') return this.#symbols.get(`${sort.name}\n`)!;
    return { bool: 'Bool', int: 'Int', real: 'Real' }[sort.kind];
  }

  #term(expression: Expression): string {
    return print(expression, (part) =>
      part.kind === 'name' ? this.#symbols.get(part.name)! : this.#symbols.get(`${part.type}\n${part.value}`)!,
    );
  }

  /** A literal that stands for the statement: assumed, it is asserted; `(not …)` of it, denied. */
  literal(expression: Expression): string {
    const symbol = `l${this.#literals++}`;
    this.#lines.push(`(declare-const ${symbol} Bool)`, `(assert (= ${symbol} ${this.#term(expression)}))`);
    return symbol;
  }

  /** The symbol of a variable. */
  symbol(name: string): string {
    return this.#symbols.get(name)!;
  }

  get text(): string {
    return this.#lines.join('\n');
  }

  /** The statements that an output of values makes: `((v0 true) (v1 (/ 11.0 2.0)))`. */
  assignments(output: string): Expression[] {
    const list = readList(output);
    return list.flatMap((pair) => {
      if (!Array.isArray(pair) || pair.length !== 2 || typeof pair[0] !== 'string') return [];
      const name = this.#names[Number(pair[0].slice(1))]!;
      const value = this.#value(pair[1]!);
      return [{ kind: 'call' as const, operator: '=' as const, operands: [{ kind: 'name' as const, name }, value] }];
    });
  }

  #value(item: Item): Expression {
    if (typeof item === 'string') {
      if (item === 'true' || item === 'false') return { kind: 'boolean', value: item === 'true' };
      const known = this.#values.get(item);
      if (known) return { kind: 'value', ...known };
      return { kind: 'number', text: item.replace(/\.0$/, '') };
    }
    const [operator, ...operands] = item;
    const values = operands.map((operand) => this.#value(operand));
    if (operator === '/' && values.every((value) => value.kind === 'number')) {
      const [above, below] = values as { text: string }[];
      const quotient = Number(above!.text) / Number(below!.text);
      // Exact where a short decimal is; a fraction otherwise.
      if (
        quotient * Number(below!.text) === Number(above!.text) &&
        !/e/.test(String(quotient)) &&
        String(quotient).length <= 12
      )
        return { kind: 'number', text: String(quotient) };
    }
    return { kind: 'call', operator: operator as '-' | '/', operands: values };
  }
}

type Item = string | Item[];

/** Reads a parenthesised list of the solver's output. */
export function readList(output: string): Item[] {
  const stack: Item[][] = [[]];
  for (const [token] of output.matchAll(/[()]|[^\s()]+/g)) {
    if (token === '(') stack.push([]);
    else if (token === ')') {
      const done = stack.pop()!;
      stack.at(-1)!.push(done);
    } else stack.at(-1)!.push(token);
  }
  const [list] = stack[0]!;
  return Array.isArray(list) ? list : [];
}
