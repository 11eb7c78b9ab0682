import { compilePath } from './paths.ts';
import type { Groups } from './conditions.ts';
import type { Json } from './view.ts';

/** What a template can speak of. */
export type TemplateFacts = {
  input: () => Json;
  match: Groups;
  /** How often the rule has matched, this call included. */
  nth: number;
  now: () => Date;
  uuid: () => string;
  prompt: () => string | undefined;
  toolResults: () => string[];
  /** Numbers drawn for this call from the counters that `seqs` names. */
  seq: Readonly<Record<string, number>>;
  call: Readonly<Record<(typeof FACTS)[number], string | undefined>>;
};

const FACTS = ['service', 'operation', 'model', 'principal', 'account', 'region', 'requestId'] as const;
const DEPTH_MAX = 64;
/** Characters that the templates of one text may grow it to. */
const TEXT_MAX = 4 * 1024 * 1024;

/** A value with templates in its texts. Rendering never throws: what is not there is left out, or empty within a longer text. */
export type Template = {
  render(facts: TemplateFacts): unknown;
  /** Names of the counters it draws from. */
  seqs: ReadonlySet<string>;
};

type Expression = (facts: TemplateFacts) => unknown;

/**
 * Compiles the templates `{{…}}` in a value's texts: `input` with a JSONPath after it, `match.<group>`, `nth`, `uuid`, `now` (`now.epoch`,
 * `now.epochMs`, `now.date`), `seq.<name>`, `prompt`, `toolResult`, and of the call `service`, `operation`, `model`, `principal`, `account`,
 * `region`, `requestId`; `?? <JSON>` after it stands for what is not there. A text that is one template takes its value as it is: a number
 * stays a number. `\{{` is no template. Throws SyntaxError for what it does not know.
 */
export function compileTemplate(value: unknown): Template {
  const seqs = new Set<string>();
  const render = compile(value, seqs, 0);
  return { render: render ?? (() => value), seqs };
}

/** Undefined: nothing in it is a template. */
function compile(value: unknown, seqs: Set<string>, depth: number): Expression | undefined {
  if (depth > DEPTH_MAX) throw new SyntaxError(`deeper than ${DEPTH_MAX} levels`);
  if (typeof value === 'string') return compileText(value, seqs);
  if (Array.isArray(value)) {
    const parts = value.map((item) => compile(item, seqs, depth + 1));
    if (parts.every((part) => part === undefined)) return undefined;
    return (facts) => value.map((item: unknown, index) => (parts[index] ? (parts[index](facts) ?? null) : item));
  }
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype)
    return undefined;
  const parts = Object.entries(value).map(
    ([key, item]) => [key, item as unknown, compile(item, seqs, depth + 1)] as const,
  );
  if (parts.every(([, , part]) => part === undefined)) return undefined;
  return (facts) => {
    const out: Record<string, unknown> = {};
    for (const [key, item, part] of parts) {
      const made = part ? part(facts) : item;
      if (made !== undefined)
        Object.defineProperty(out, key, { value: made, enumerable: true, configurable: true, writable: true });
    }
    return out;
  };
}

function compileText(text: string, seqs: Set<string>): Expression | undefined {
  if (!text.includes('{{')) return undefined;
  const parts: (string | Expression)[] = [];
  let at = 0;
  let literal = '';
  while (at < text.length) {
    const open = text.indexOf('{{', at);
    if (open < 0) break;
    if (text[open - 1] === '\\') {
      literal += `${text.slice(at, open - 1)}{{`;
      at = open + 2;
      continue;
    }
    const close = text.indexOf('}}', open);
    if (close < 0) throw new SyntaxError(`{{ without }} in ${JSON.stringify(text.slice(open, open + 40))}`);
    literal += text.slice(at, open);
    if (literal !== '') parts.push(literal);
    literal = '';
    parts.push(compileExpression(text.slice(open + 2, close).trim(), seqs));
    at = close + 2;
  }
  literal += text.slice(at);
  if (literal !== '') parts.push(literal);
  if (parts.length === 1) {
    const only = parts[0]!;
    return typeof only === 'string' ? () => only : only;
  }
  return (facts) => {
    let out = '';
    for (const part of parts) {
      out += typeof part === 'string' ? part : textOf(part(facts));
      if (out.length > TEXT_MAX) return out.slice(0, TEXT_MAX);
    }
    return out;
  };
}

function textOf(value: unknown): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'string') return value;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function compileExpression(text: string, seqs: Set<string>): Expression {
  const alternative = text.indexOf('??');
  if (alternative >= 0) {
    const first = compileExpression(text.slice(0, alternative).trim(), seqs);
    const written = text.slice(alternative + 2).trim();
    let otherwise: unknown;
    try {
      otherwise = JSON.parse(written);
    } catch (error) {
      throw new SyntaxError(`after ?? stands JSON, as in {{match.1 ?? "Berlin"}}; not ${written}`, { cause: error });
    }
    return (facts) => {
      const value = first(facts);
      return value === undefined || value === '' ? otherwise : value;
    };
  }
  const [, head = '', rest = ''] = /^([A-Za-z]+)(.*)$/s.exec(text) ?? [];
  if (head === 'input') {
    if (rest === '') return (facts) => facts.input();
    const path = compilePath(`$${rest}`);
    return (facts) => path(facts.input())[0];
  }
  if (head === 'match' && /^\.\w+$/.test(rest)) return ({ match }) => match[rest.slice(1)];
  if (head === 'seq' && /^\.[\w-]{1,64}$/.test(rest)) {
    const name = rest.slice(1);
    seqs.add(name);
    return ({ seq }) => seq[name];
  }
  const toolResult = head === 'toolResult' ? /^(?:\[(\d{1,4})\])?$/.exec(rest) : null;
  if (toolResult) {
    const { 1: index } = toolResult;
    return (facts) => (index === undefined ? facts.toolResults().join('\n') : facts.toolResults()[Number(index)]);
  }
  const simple = SIMPLE[text];
  if (simple) return simple;
  if ((FACTS as readonly string[]).includes(text)) return ({ call }) => call[text as (typeof FACTS)[number]];
  throw new SyntaxError(
    `{{${text}}} means nothing; there are input, match, nth, uuid, now, seq, prompt, toolResult, ${FACTS.join(', ')}`,
  );
}

const SIMPLE: Record<string, Expression> = {
  __proto__: null as never,
  nth: ({ nth }) => nth,
  uuid: ({ uuid }) => uuid(),
  prompt: ({ prompt }) => prompt(),
  now: ({ now }) => now().toISOString(),
  'now.date': ({ now }) => now().toISOString().slice(0, 10),
  'now.epoch': ({ now }) => Math.floor(now().getTime() / 1000),
  'now.epochMs': ({ now }) => now().getTime(),
};
