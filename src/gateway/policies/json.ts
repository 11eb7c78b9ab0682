/** JSON with the places of its parts: what is wrong with a policy is said where it stands. */
export type Node = { from: number; to: number } & (
  | { kind: 'object'; members: Member[] }
  | { kind: 'list'; items: Node[] }
  | { kind: 'string'; value: string }
  | { kind: 'other'; value: number | boolean | null }
);
export type Member = { name: string; from: number; to: number; value: Node };

/** The text is no JSON; `at` is where reading stopped. */
export class JsonFault extends Error {
  readonly at: number;
  constructor(message: string, at: number) {
    super(message);
    this.at = at;
  }
}

const DEPTH_MAX = 64;

/** Reads JSON; linear in its length. Throws JsonFault. */
export function readJson(text: string): Node {
  let at = 0;

  const fail = (message: string): never => {
    throw new JsonFault(message, at);
  };
  const skip = () => {
    while (at < text.length && ' \t\r\n'.includes(text[at]!)) at++;
  };
  const found = () => (at >= text.length ? 'the end of the text' : JSON.stringify(text[at]));
  const take = (char: string, where: string) => {
    skip();
    if (text[at] !== char) fail(`Expected ${char} ${where}, found ${found()}`);
    at++;
  };
  const sticky = (expression: RegExp): string | undefined => {
    expression.lastIndex = at;
    return expression.exec(text)?.[0];
  };

  function readString(): { value: string; from: number; to: number } {
    const from = at;
    at++;
    while (at < text.length && text[at] !== '"' && text[at] !== '\n') at += text[at] === '\\' ? 2 : 1;
    if (text[at] !== '"') {
      at = from;
      fail('This string has no end');
    }
    at++;
    try {
      return { value: JSON.parse(text.slice(from, at)) as string, from, to: at };
    } catch {
      at = from;
      return fail('This string has characters that JSON does not allow');
    }
  }

  function members(depth: number): Member[] {
    const list: Member[] = [];
    for (;;) {
      skip();
      if (text[at] === '}' && list.length === 0) break;
      if (text[at] !== '"') fail(`Expected a name in double quotes, found ${found()}`);
      const { value: name, from, to } = readString();
      take(':', `after ${JSON.stringify(name)}`);
      list.push({ name, from, to, value: readValue(depth) });
      skip();
      if (text[at] === '}') break;
      take(',', 'or }');
    }
    at++;
    return list;
  }

  function items(depth: number): Node[] {
    const list: Node[] = [];
    for (;;) {
      skip();
      if (text[at] === ']' && list.length === 0) break;
      list.push(readValue(depth));
      skip();
      if (text[at] === ']') break;
      take(',', 'or ]');
    }
    at++;
    return list;
  }

  function readValue(depth: number): Node {
    if (depth > DEPTH_MAX) fail('This is nested too deeply');
    skip();
    const from = at;
    const char = text[at];
    if (char === '"') return { kind: 'string', ...readString() };
    if (char === '{' || char === '[') {
      at++;
      return char === '{'
        ? { kind: 'object', members: members(depth + 1), from, to: at }
        : { kind: 'list', items: items(depth + 1), from, to: at };
    }
    const word = sticky(/(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.])/y);
    if (word === undefined) return fail(`Expected a value, found ${found()}`);
    at += word.length;
    return { kind: 'other', value: JSON.parse(word) as number | boolean | null, from, to: at };
  }

  const node = readValue(0);
  skip();
  if (at < text.length) fail(`Expected nothing more, found ${found()}`);
  return node;
}

/** The part that a path like `Statement[0].Action` names, or the nearest one around it. */
export function partAt(root: Node, path: string): Node {
  let node = root;
  let rest = path;
  while (rest !== '') {
    const index = /^\[(\d+)\]\.?/.exec(rest);
    if (index) {
      // One statement may stand without a list around it.
      const item: Node | undefined = node.kind === 'list' ? node.items[Number(index[1])] : node;
      if (!item) break;
      node = item;
      rest = rest.slice(index[0].length);
      continue;
    }
    if (node.kind !== 'object') break;
    // Names may have dots themselves.
    const member = node.members
      .filter(({ name }) => rest === name || rest.startsWith(`${name}.`) || rest.startsWith(`${name}[`))
      .sort((a, b) => b.name.length - a.name.length)[0];
    if (!member) break;
    node = member.value;
    rest = rest.slice(member.name.length).replace(/^\./, '');
  }
  return node;
}
