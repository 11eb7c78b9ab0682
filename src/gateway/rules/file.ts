import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { isMap, isNode, isPair, isSeq, LineCounter, parseDocument, type Document, type Node } from 'yaml';
import { findingsOf, pathText, RuleError, type Finding, type RuleFault } from './faults.ts';
import { fileSchema, ruleSchema, type CheckedRule } from './schema.ts';

/** Bytes of a rule file. */
const FILE_BYTES_MAX = 4 * 1024 * 1024;
const FILES_MAX = 200;
const RULE_FILE = /\.(ya?ml|json)$/i;

/** A checked rule, where it stands, and where its files are. */
export type Sourced = {
  rule: CheckedRule;
  /** `rules/agents.yaml:12`; `api`. */
  source: string;
  /** Files that the rule names are in here, or below. */
  folder: string;
  /** Where in the source a path of the rule stands. */
  at: (path: readonly PropertyKey[], atKey?: boolean) => Omit<RuleFault, 'message'>;
};

/** The rule files that a path names: itself, or those of a folder by name. Throws RuleError. */
export function ruleFiles(path: string): string[] {
  const full = resolve(path);
  const found = statSync(full, { throwIfNoEntry: false });
  if (!found) throw new RuleError([{ file: path, message: 'there is no such file or folder' }]);
  if (!found.isDirectory()) return [full];
  const names = readdirSync(full)
    .filter((name) => RULE_FILE.test(name))
    .sort();
  if (names.length > FILES_MAX)
    throw new RuleError([{ file: path, message: `${names.length} rule files; ${FILES_MAX} at most` }]);
  return names.map((name) => join(full, name));
}

/** Reads one rule file. Throws RuleError with every fault by line and column. */
export function readRuleFile(file: string): Sourced[] {
  let text: string;
  try {
    if (statSync(file).size > FILE_BYTES_MAX) throw new Error(`longer than ${FILE_BYTES_MAX} bytes`);
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new RuleError([{ file, message: (error as Error).message }]);
  }
  return parseRules(text, file);
}

/** Rules out of the text of a file: YAML, or JSON, which is YAML too. Throws RuleError. */
export function parseRules(text: string, file: string): Sourced[] {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const position = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  if (document.errors.length > 0)
    throw new RuleError(document.errors.map(({ message, pos }) => ({ file, ...position(pos[0]), message })));
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 100 }) ?? [];
  } catch (error) {
    throw new RuleError([{ file, line: 1, column: 1, message: (error as Error).message }]);
  }
  const placed = (finding: Pick<Finding, 'path' | 'atKey'>): Omit<RuleFault, 'message'> => ({
    file,
    ...position(offsetOf(document, finding.path, finding.atKey === true)),
    path: pathText(finding.path),
  });
  const checked = fileSchema.safeParse(value);
  if (!checked.success)
    throw new RuleError(
      findingsOf(checked.error.issues, (path) => keysAt(path, Array.isArray(value))).map((finding) => ({
        ...placed(finding),
        message: finding.message,
      })),
    );
  const base = Array.isArray(checked.data) ? [] : ['rules'];
  const rules = Array.isArray(checked.data) ? checked.data : checked.data.rules;
  return rules.map((rule, index) => ({
    rule,
    source: `${file}:${placed({ path: [...base, index] }).line}`,
    folder: dirname(resolve(file)),
    at: (path, atKey = false) => placed({ path: [...base, index, ...path], atKey }),
  }));
}

/** Checks rules that came as values: over the API, or from a program. Throws RuleError. */
export function checkRules(values: unknown, folder: string, source: string): Sourced[] {
  if (!Array.isArray(values)) throw new RuleError([{ message: 'rules are a list' }]);
  const checked = fileSchema.safeParse(values);
  if (!checked.success)
    throw new RuleError(
      findingsOf(checked.error.issues, (path) => keysAt(path, true)).map(({ path, message }) => ({
        path: pathText(path),
        message,
      })),
    );
  const rules = checked.data as CheckedRule[];
  return rules.map((rule, index) => ({ rule, source, folder, at: (path) => ({ path: pathText([index, ...path]) }) }));
}

/** Where a path's value, or its key, begins in the text; the nearest node above where there is none. */
function offsetOf(document: Document, path: readonly PropertyKey[], atKey: boolean): number {
  let node: Node | null = document.contents;
  let offset = node?.range?.[0] ?? 0;
  for (const [depth, part] of path.entries()) {
    let next: unknown;
    if (isMap(node)) {
      const pair = node.items.find(
        (item) => isPair(item) && String((item.key as { value?: unknown })?.value) === String(part),
      );
      const key = pair?.key as Node | undefined;
      if (key?.range) offset = key.range[0];
      if (atKey && depth === path.length - 1) return offset;
      next = pair?.value;
    } else if (isSeq(node)) next = node.items[Number(part)];
    if (!isNode(next)) return offset;
    node = next;
    if (depth === path.length - 1 && node.range) offset = node.range[0];
  }
  return offset;
}

const KEYS: [RegExp, string[]][] = (() => {
  const { shape } = ruleSchema;
  const keysOf = (schema: unknown): string[] => {
    const inner = schema as { unwrap?: () => unknown; options?: unknown[]; shape?: object; element?: unknown };
    if (inner.shape) return Object.keys(inner.shape);
    if (inner.options) return inner.options.flatMap(keysOf);
    if (inner.element) return keysOf(inner.element);
    return typeof inner.unwrap === 'function' ? keysOf(inner.unwrap()) : [];
  };
  const step = keysOf(shape.sequence);
  return [
    [/^$/, Object.keys(shape)],
    [/^sequence\.\d+$/, step],
    [/(^|\.)fault$/, keysOf(shape.fault)],
    [/(^|\.)fault\.cut$/, ['frames', 'characters', 'beforeStop', 'error', 'message']],
    [/(^|\.)say$/, keysOf(shape.say)],
    [/(^|\.)toolUse(\.\d+)?$/, ['name', 'input']],
    [/(^|\.)usage$/, ['inputTokens', 'outputTokens']],
    [/^script\.\d+$/, ['say', 'expect']],
    [/^script\.\d+\.expect$/, ['prompt', 'toolResults']],
    [/^limit$/, keysOf(shape.limit)],
    [/^record$/, keysOf(shape.record)],
    [/^record\.passThrough$/, ['endpoint', 'region', 'profile']],
    [/\.scrub$/, ['paths', 'patterns']],
    [/^replay$/, keysOf(shape.replay)],
    [/^when$/, ['state', 'scenario']],
    [/^then$/, ['state', 'scenario']],
    [/^(prompt|body|(input|header)\..+|script\.\d+\.expect\.prompt)$/, keysOf(shape.prompt)],
  ];
})();

/** The keys that a mapping may have, for the suggestion after a misspelt one. */
function keysAt(path: readonly PropertyKey[], isList: boolean): string[] {
  const inRule = isList ? path.slice(1) : path.slice(2);
  if (!isList && path.length === 0) return ['$schema', 'version', 'rules'];
  const text = inRule.map(String).join('.');
  return KEYS.find(([pattern]) => pattern.test(text))?.[1] ?? [];
}
