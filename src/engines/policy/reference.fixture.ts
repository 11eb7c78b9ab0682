/**
 * A second evaluator for the tests, written from the documentation in the plainest way and sharing nothing with the first: patterns by
 * recursion, policies from their documents, decisions as sets of answers.
 */
export type ReferenceRequest = {
  principal: { kind: string; account: string; arn: string; identityArn: string };
  action: string;
  resource: string;
  context: Record<string, string | string[]>;
};

export type ReferenceSources = {
  identity: unknown[];
  boundary?: unknown;
  session?: unknown[];
  serviceControl?: unknown[][];
  resource: unknown[];
  owner: string;
  closed?: boolean;
};

type Doc = { Version?: string; Statement: Record<string, any>[] };
const list = (value: any): any[] => (Array.isArray(value) ? value : [value]);

/** `*` and `?` by trying every way. */
export function like(pattern: string, value: string): boolean {
  if (pattern === '') return value === '';
  if (pattern[0] === '*') return like(pattern.slice(1), value) || (value !== '' && like(pattern, value.slice(1)));
  if (value === '') return false;
  return (pattern[0] === '?' || pattern[0] === value[0]) && like(pattern.slice(1), value.slice(1));
}

/** Variables first become marks that no pattern holds, so that what fills them is text and not a pattern. */
function likeFilled(pattern: string, value: string, doc: Doc, context: Record<string, string | string[]>): boolean {
  if (doc.Version !== '2012-10-17') return like(pattern, value);
  let known = true;
  let escaped = '';
  const literals: string[] = [];
  const rest = pattern.replaceAll(/\$\{([^}]*)\}/g, (_whole, inner: string) => {
    const [key, fallback] = inner.split(',').map((part) => part.trim());
    const found = '*?$'.includes(key!) ? key! : (context[key!.toLowerCase()] ?? fallback?.replaceAll("'", ''));
    if (typeof found !== 'string') known = false;
    literals.push(typeof found === 'string' ? found : '');
    return String.fromCharCode(0xe000 + literals.length - 1);
  });
  if (!known) return false;
  for (const char of rest) escaped += char;
  return likeMarked(escaped, value, literals);
}

function likeMarked(pattern: string, value: string, literals: string[]): boolean {
  if (pattern === '') return value === '';
  const code = pattern.charCodeAt(0) - 0xe000;
  if (code >= 0 && code < literals.length) {
    const literal = literals[code]!;
    return value.startsWith(literal) && likeMarked(pattern.slice(1), value.slice(literal.length), literals);
  }
  if (pattern[0] === '*')
    return (
      likeMarked(pattern.slice(1), value, literals) || (value !== '' && likeMarked(pattern, value.slice(1), literals))
    );
  if (value === '') return false;
  return (pattern[0] === '?' || pattern[0] === value[0]) && likeMarked(pattern.slice(1), value.slice(1), literals);
}

function six(text: string): string[] {
  const parts = text.split(':');
  return [...parts.slice(0, 5), parts.slice(5).join(':')];
}

function meansResource(doc: Doc, given: string, request: ReferenceRequest): boolean {
  if (given === '*') return true;
  if (request.resource === '*') return false;
  const wanted = six(given.replaceAll(/\$\{[^}]*\}/g, (variable) => variable.replaceAll(':', '\u0001')));
  return six(request.resource).every((part, index) =>
    likeFilled((wanted[index] ?? '\u0002').replaceAll('\u0001', ':'), part, doc, request.context),
  );
}

function inCidr(range: string, address: string): boolean {
  const number = (text: string) => text.split('.').reduce((sum, byte) => sum * 256 + Number(byte), 0);
  const [base, bits = '32'] = range.split('/');
  if (!/^\d+\.\d+\.\d+\.\d+$/.test(address)) return false;
  const size = 2 ** (32 - Number(bits));
  return Math.floor(number(base!) / size) === Math.floor(number(address) / size);
}

function one(base: string, wanted: string, given: string, doc: Doc, context: ReferenceRequest['context']): boolean {
  switch (base) {
    case 'StringEquals':
      if (doc.Version !== '2012-10-17') return wanted === given;
      return likeFilled(wanted.replaceAll('*', '${*}'), given, doc, context);
    case 'StringEqualsIgnoreCase':
      return wanted.toLowerCase() === given.toLowerCase();
    case 'StringLike':
      return likeFilled(wanted, given, doc, context);
    case 'ArnLike':
    case 'ArnEquals':
      return six(given).every((part, index) => like(six(wanted)[index] ?? '', part));
    case 'NumericEquals':
      return Number(given) === Number(wanted);
    case 'NumericLessThan':
      return Number(given) < Number(wanted);
    case 'NumericLessThanEquals':
      return Number(given) <= Number(wanted);
    case 'NumericGreaterThan':
      return Number(given) > Number(wanted);
    case 'NumericGreaterThanEquals':
      return Number(given) >= Number(wanted);
    case 'DateLessThan':
      return /^\d{4}-/.test(given) && given < wanted;
    case 'DateGreaterThan':
      return /^\d{4}-/.test(given) && given > wanted;
    case 'Bool':
      return given.toLowerCase() === wanted.toLowerCase();
    case 'IpAddress':
      return inCidr(wanted, given);
    default:
      throw new Error(`the reference knows no ${base}`);
  }
}

const NEGATED: Record<string, string> = {
  StringNotEquals: 'StringEquals',
  StringNotEqualsIgnoreCase: 'StringEqualsIgnoreCase',
  StringNotLike: 'StringLike',
  ArnNotLike: 'ArnLike',
  ArnNotEquals: 'ArnEquals',
  NumericNotEquals: 'NumericEquals',
  NotIpAddress: 'IpAddress',
};

function conditionHolds(
  operator: string,
  key: string,
  wantedOnes: string[],
  doc: Doc,
  request: ReferenceRequest,
): boolean {
  const raw = request.context[key.toLowerCase()];
  const values = raw === undefined ? [] : list(raw);
  let name = operator;
  const all = name.startsWith('ForAllValues:');
  const any = name.startsWith('ForAnyValue:');
  name = name.replace(/^For(All|Any)Values?:/, '');
  if (name === 'Null') return wantedOnes.some((wanted) => (wanted === 'true') === (values.length === 0));
  const ifExists = name.endsWith('IfExists');
  name = name.replace(/IfExists$/, '');
  const base = NEGATED[name] ?? name;
  const negated = name in NEGATED;
  if (values.length === 0) return all || ifExists || (negated && !any);
  const meets = (value: string) => wantedOnes.some((wanted) => one(base, wanted, value, doc, request.context));
  if (all) return values.every((value) => meets(value) !== negated);
  if (any) return values.some((value) => meets(value) !== negated);
  return values.some(meets) !== negated;
}

/** `undefined`: does not apply; else how strongly its principal is named. */
function applies(
  doc: Doc,
  statement: Record<string, any>,
  request: ReferenceRequest,
): 'direct' | 'identity' | 'account' | undefined {
  const actions = list(statement['Action'] ?? statement['NotAction']);
  const named = actions.some((action: string) => like(action.toLowerCase(), request.action.toLowerCase()));
  if (named === 'NotAction' in statement) return undefined;
  const resources = list(statement['Resource'] ?? statement['NotResource']);
  const meant = resources.some((resource: string) => meansResource(doc, resource, request));
  if (meant === 'NotResource' in statement) return undefined;
  for (const [operator, block] of Object.entries<any>(statement['Condition'] ?? {}))
    for (const [key, wanted] of Object.entries<any>(block))
      if (!conditionHolds(operator, key, list(wanted).map(String), doc, request)) return undefined;
  if (!('Principal' in statement)) return 'direct';
  const who = statement['Principal'];
  const { principal } = request;
  const names: string[] = who === '*' ? ['*'] : list(who.AWS ?? []);
  if (names.includes('*')) return 'direct';
  if (principal.kind !== 'root' && names.includes(principal.arn)) return 'direct';
  if (names.includes(principal.identityArn) && principal.kind === 'role-session') return 'identity';
  if (names.includes(principal.account) || names.includes(`arn:aws:iam::${principal.account}:root`)) return 'account';
  return undefined;
}

export function reference(
  request: ReferenceRequest,
  sources: ReferenceSources,
): 'allow' | 'explicit deny' | 'implicit deny' {
  const hits = (docs: unknown[]) =>
    (docs as Doc[]).flatMap((doc) =>
      doc.Statement.map((statement) => ({ effect: statement['Effect'], how: applies(doc, statement, request) })).filter(
        ({ how }) => how !== undefined,
      ),
    );
  const everything = [
    ...sources.identity,
    ...(sources.boundary ? [sources.boundary] : []),
    ...(sources.session ?? []),
    ...(sources.serviceControl ?? []).flat(),
    ...sources.resource,
  ];
  if (hits(everything).some(({ effect }) => effect === 'Deny')) return 'explicit deny';
  const allows = (docs: unknown[]) => hits(docs).length > 0;
  const gates = [
    ...(sources.serviceControl ?? []).map((level) => allows(level)),
    sources.boundary === undefined || allows([sources.boundary]),
    sources.session === undefined || allows(sources.session),
  ];
  const scp = gates.slice(0, sources.serviceControl?.length ?? 0).every(Boolean);
  const narrowing = gates.slice(sources.serviceControl?.length ?? 0).every(Boolean);
  if (!scp) return 'implicit deny';
  const named = new Set(hits(sources.resource).map(({ how }) => how));
  const sameAccount = request.principal.account === sources.owner;
  const own = request.principal.kind === 'root' || allows(sources.identity);
  const let_ = (yes: boolean) => (yes ? ('allow' as const) : ('implicit deny' as const));
  if (!sameAccount) return let_(named.size > 0 && own && narrowing);
  if (named.has('direct')) return 'allow';
  if (named.has('identity')) return let_(narrowing);
  if (sources.closed && !named.has('account')) return 'implicit deny';
  return let_(own && narrowing);
}
