/**
 * How declarative policies (tags, backup, AI services opt-out …) of an organization's levels become the one in effect.
 * Source: Organizations User Guide, "Understanding declarative policy inheritance": operators, examples 1 to 6.
 */
const ASSIGN = '@@assign';
const APPEND = '@@append';
const REMOVE = '@@remove';
const ALLOWED = '@@operators_allowed_for_child_policies';
const SETTERS = [ASSIGN, APPEND, REMOVE] as const;
type Setter = (typeof SETTERS)[number];

export type Json = string | number | boolean | null | Json[] | { [name: string]: Json };
type Value = string | string[];

/** A setting, or a section of them, as it stands after some levels. */
type Node = {
  value?: Value;
  /** What lower levels may do here; absent: what they may do above. */
  allowed?: ReadonlySet<Setter>;
  children: Map<string, Node>;
};

const isObject = (value: Json): value is { [name: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isTexts = (value: Json): value is string[] =>
  Array.isArray(value) && value.every((one) => typeof one === 'string');

/** What is wrong with the operators of a document, or undefined. */
export function checkOperators(document: Json, at = ''): string | undefined {
  if (!isObject(document)) return `The value of ${at || 'the policy'} must be an object.`;
  const setters = Object.keys(document).filter((name) => SETTERS.includes(name as Setter));
  for (const [name, value] of Object.entries(document)) {
    const here = at === '' ? name : `${at}.${name}`;
    if (name === ALLOWED) {
      const wrong = checkAllowed(value, here);
      if (wrong !== undefined) return wrong;
    } else if (name.startsWith('@@')) {
      if (!setters.includes(name)) return `${here} is not an operator.`;
      if (name === ASSIGN ? typeof value !== 'string' && !isTexts(value) : !isTexts(value))
        return `The value of ${here} must be ${name === ASSIGN ? 'a string or a list of strings' : 'a list of strings'}.`;
    } else {
      if (setters.length > 0) return `${at} has both operators and settings.`;
      const wrong = checkOperators(value, here);
      if (wrong !== undefined) return wrong;
    }
  }
  if (setters.includes(ASSIGN) && setters.length > 1) return `${at} has ${ASSIGN} and another operator.`;
  return undefined;
}

function checkAllowed(value: Json, at: string): string | undefined {
  const known = ['@@all', '@@none', ...SETTERS] as string[];
  if (!isTexts(value) || value.length === 0 || value.some((one) => !known.includes(one)))
    return `The value of ${at} must be a list of ${known.join(', ')}.`;
  if (value.length > 1 && (value.includes('@@all') || value.includes('@@none')))
    return `${at} has @@all or @@none among others.`;
  return undefined;
}

function readAllowed(value: Json | undefined): ReadonlySet<Setter> | undefined {
  if (value === undefined) return undefined;
  const names = value as string[];
  if (names.includes('@@all')) return new Set(SETTERS);
  return new Set(names.filter((name): name is Setter => SETTERS.includes(name as Setter)));
}

/**
 * The policy in effect.
 * @param levels from the root down to the account; of each, the documents attached, in the order they were attached
 * @returns undefined when no setting is left
 */
export function effectivePolicy(levels: Json[][]): Json | undefined {
  const root: Node = { children: new Map() };
  for (const documents of levels) {
    for (const document of documents) set(root, document, new Set(SETTERS));
    // What a policy allows its children binds neither itself nor those beside it.
    for (const document of documents) restrict(root, document);
  }
  const result = plain(root);
  return result === undefined ? undefined : result;
}

function set(node: Node, document: Json, above: ReadonlySet<Setter>): void {
  if (!isObject(document)) return;
  const allowed = node.allowed ?? above;
  for (const [name, value] of Object.entries(document)) {
    if (name === ALLOWED) continue;
    if (SETTERS.includes(name as Setter)) {
      if (allowed.has(name as Setter)) change(node, name as Setter, value as Value);
      continue;
    }
    const child = node.children.get(name) ?? { children: new Map<string, Node>() };
    set(child, value, allowed);
    if (child.value !== undefined || child.children.size > 0) node.children.set(name, child);
  }
}

function change(node: Node, operator: Setter, value: Value): void {
  if (operator === ASSIGN) {
    node.value = value;
    return;
  }
  const before = node.value === undefined ? [] : [node.value].flat();
  const given = new Set(value);
  if (operator === APPEND) node.value = [...new Set([...before, ...given])];
  else if (node.value !== undefined) node.value = before.filter((one) => !given.has(one));
}

/** What is forbidden stays so: levels, and policies side by side, can only narrow it. */
function restrict(node: Node, document: Json): void {
  if (!isObject(document)) return;
  const allowed = readAllowed(document[ALLOWED]);
  if (allowed) {
    const before = node.allowed;
    node.allowed = before ? new Set([...before].filter((one) => allowed.has(one))) : allowed;
  }
  for (const [name, value] of Object.entries(document)) {
    const child = name.startsWith('@@') ? undefined : node.children.get(name);
    if (child) restrict(child, value);
  }
}

function plain(node: Node): Json | undefined {
  if (node.value !== undefined) return node.value;
  const members = [...node.children].map(([name, child]) => [name, plain(child)] as const);
  const kept = members.filter((member): member is readonly [string, Json] => member[1] !== undefined);
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
}
