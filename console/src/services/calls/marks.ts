/** Values as the stack shows them, `$hidden`, `$time` and so on in them, as source text and as rules have them. */

type Fields = Record<string, unknown>;
const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

type Mark = '$hidden' | '$time' | '$text' | '$bytes' | '$stream' | '$more';
const MARKS: Mark[] = ['$hidden', '$time', '$text', '$bytes', '$stream', '$more'];
export const markOf = (value: unknown): Mark | undefined =>
  isFields(value) ? MARKS.find((mark) => mark in value) : undefined;

/** Bytes that are all there: a JSON value, a text, or base64. */
export function wholeBytes(value: unknown): { json: unknown } | { text: string } | { base64: string } | undefined {
  const { $bytes, json, text, base64 } = value as { $bytes: number; json?: unknown; text?: string; base64?: string };
  if (json !== undefined) return { json };
  if (text !== undefined) return { text };
  if ($bytes === 0) return { text: '' };
  return base64 !== undefined && atob(base64).length === $bytes ? { base64 } : undefined;
}

/** Whether a value is without secrets, and whole: it can be repeated as it is. */
export function isWhole(value: unknown): boolean {
  const mark = markOf(value);
  if (mark === '$time') return true;
  if (mark === '$bytes') {
    const bytes = wholeBytes(value);
    return bytes !== undefined && (!('json' in bytes) || isWhole(bytes.json));
  }
  if (mark !== undefined) return false;
  if (Array.isArray(value)) return value.every(isWhole);
  return !isFields(value) || Object.values(value).every(isWhole);
}

/** For people, and for "Show code": times and bytes as what they say. */
export function plainOf(value: unknown): unknown {
  const mark = markOf(value);
  if (mark !== undefined) {
    const fields = value as Fields;
    if (mark === '$time') return fields['$time'];
    if (mark === '$hidden') return '<hidden>';
    if (mark === '$text') return `${String(fields['$text'])}… (${String(fields['$characters'])} characters)`;
    if (mark === '$stream') return '<stream>';
    if (mark === '$more') return `… ${String(fields['$more'])} more`;
    const bytes = wholeBytes(value);
    if (!bytes) return `<${String(fields['$bytes'])} bytes>`;
    if ('json' in bytes) return JSON.stringify(plainOf(bytes.json));
    return 'text' in bytes ? bytes.text : `<${String(fields['$bytes'])} bytes: ${bytes.base64}>`;
  }
  if (Array.isArray(value)) return value.map(plainOf);
  if (!isFields(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, plainOf(each)]));
}

/** For the page: as `plainOf`, but bytes that are JSON stay readable. */
export function readableOf(value: unknown): unknown {
  if (markOf(value) === '$bytes') {
    const bytes = wholeBytes(value);
    if (bytes && 'json' in bytes) return { [`bytes (${String((value as Fields)['$bytes'])})`]: readableOf(bytes.json) };
  }
  if (markOf(value) !== undefined) return plainOf(value);
  if (Array.isArray(value)) return value.map(readableOf);
  if (!isFields(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, readableOf(each)]));
}

/** For an answer that a rule declares: bytes as rules write them, and no text a template. */
export function declaredOf(value: unknown): unknown {
  const mark = markOf(value);
  if (mark === '$time') return (value as Fields)['$time'];
  if (mark === '$bytes') {
    const bytes = wholeBytes(value);
    if (bytes && 'json' in bytes) return { json: declaredOf(bytes.json) };
    return bytes && 'text' in bytes ? escaped(bytes.text) : bytes;
  }
  if (mark !== undefined) return undefined;
  if (typeof value === 'string') return escaped(value);
  if (Array.isArray(value)) return value.map(declaredOf).filter((each) => each !== undefined);
  if (!isFields(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, each]) => [key, declaredOf(each)] as const)
      .filter(([, each]) => each !== undefined),
  );
}

const escaped = (text: string): string => text.replaceAll('{{', String.raw`\{{`);

/** What a test expects: without times, which each SDK writes in its own way, and with bytes as what they say. */
export function expectedOf(value: unknown): unknown {
  const mark = markOf(value);
  if (mark === '$bytes') {
    const bytes = wholeBytes(value);
    if (!bytes || 'base64' in bytes) return undefined;
    return 'json' in bytes ? expectedOf(bytes.json) : bytes.text;
  }
  if (mark !== undefined) return undefined;
  if (Array.isArray(value)) return value.map(expectedOf).filter((each) => each !== undefined);
  if (!isFields(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, each]) => [key, expectedOf(each)] as const)
      .filter(([, each]) => each !== undefined),
  );
}

/** A value as source text of JavaScript, or Python. */
export function sourceOf(value: unknown, language: 'javascript' | 'python', indent = ''): string {
  const python = language === 'python';
  const mark = markOf(value);
  if (mark === '$time') {
    const time = JSON.stringify((value as Fields)['$time']);
    return python ? time : `new Date(${time})`;
  }
  if (mark === '$bytes') {
    const bytes = wholeBytes(value) ?? { text: '' };
    if ('json' in bytes)
      return python
        ? `json.dumps(${sourceOf(bytes.json, language, indent)})`
        : `JSON.stringify(${sourceOf(bytes.json, language, indent)})`;
    if ('text' in bytes)
      return python ? `${quoted(bytes.text)}.encode()` : `new TextEncoder().encode(${quoted(bytes.text)})`;
    return python ? `base64.b64decode(${quoted(bytes.base64)})` : `Buffer.from(${quoted(bytes.base64)}, 'base64')`;
  }
  if (value === null || value === undefined) return python ? 'None' : 'null';
  if (typeof value === 'boolean') return python ? (value ? 'True' : 'False') : String(value);
  if (typeof value === 'string') return quoted(value);
  if (typeof value !== 'object') return JSON.stringify(value);
  const inner = `${indent}${python ? '    ' : '  '}`;
  const items = Array.isArray(value)
    ? value.map((each) => sourceOf(each, language, inner))
    : Object.entries(value).map(([key, each]) => `${keyOf(key, python)}: ${sourceOf(each, language, inner)}`);
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}'];
  if (items.length === 0) return `${open}${close}`;
  const line = `${open}${Array.isArray(value) || python ? '' : ' '}${items.join(', ')}${Array.isArray(value) || python ? '' : ' '}${close}`;
  if (line.length <= 80 && !line.includes('\n')) return line;
  return `${open}\n${items.map((item) => `${inner}${item},`).join('\n')}\n${indent}${close}`;
}

const keyOf = (key: string, python: boolean): string =>
  !python && /^[A-Za-z_$][\w$]*$/.test(key) && key !== '__proto__'
    ? key
    : !python && key === '__proto__'
      ? `['__proto__']`
      : quoted(key);

/** JSON's quoting is JavaScript's, and Python's but for lone surrogates. */
const quoted = (text: string): string => {
  const json = JSON.stringify(text);
  return json.includes("'") || json.includes('\\') ? json : `'${json.slice(1, -1)}'`;
};
