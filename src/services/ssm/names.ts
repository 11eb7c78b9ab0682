import type { Call } from '../../kernel/call.ts';
import { arn, parseArn } from '../../kernel/resources.ts';
import type { Reader } from '../../kernel/store/store.ts';
import { denied, invalid, NAME_RULES, notHonoured, PATH_RULES, tooDeep } from './errors.ts';
import { ARN_LENGTH_MAX, LEVELS_MAX } from './limits.ts';
import { parameters, type Parameter } from './records.ts';

type Place = { account: string; region: string };
type Caller = Place & { partition: string };

/** A name, or a path of names; not yet whether it may be. */
const NAME = /^(\/?[a-zA-Z0-9_.-]+|(\/[a-zA-Z0-9_.-]+)+)$/;
export const SECRET_PREFIX = '/aws/reference/secretsmanager/';
const PUBLIC_PREFIX = '/aws/service/';

export const keyOf = ({ account, region }: Place, name: string) => [account, region, name];

/** A name has no slash before it in its ARN: `/a/b` is `parameter/a/b`. */
export const parameterArn = ({ partition, region, account }: Caller, name: string) =>
  arn({ partition, service: 'ssm', region, account, resource: `parameter/${name.replace(/^\//, '')}` });

/**
 * The name that has the same ARN: `a` and `/a` do. Policies tell them apart by nothing, so that only one of them can be there: with both,
 * the tags and the policy of one would decide on the other.
 */
export function twinOf(name: string): string | undefined {
  if (!name.startsWith('/')) return `/${name}`;
  return name.includes('/', 1) ? undefined : name.slice(1);
}

/** The name of a parameter that is to be made. Throws ValidationException, AccessDeniedException, HierarchyLevelLimitExceededException. */
export function checkNewName(call: Call, given: string): string {
  const name = given.trim();
  if (name.includes('/') && !name.startsWith('/') && NAME.test(`/${name}`))
    throw invalid('Parameter name must be a fully qualified name.');
  if (!NAME.test(name)) throw invalid(NAME_RULES);
  const parts = name.replace(/^\//, '').split('/');
  if (/^ssm/i.test(parts[0]!)) throw invalid(NAME_RULES);
  if (/^aws/i.test(parts[0]!)) throw denied(`No access to reserved parameter name: ${name}.`);
  if (parts.length > LEVELS_MAX) throw tooDeep();
  const full = parameterArn(call, name);
  if (full.length > ARN_LENGTH_MAX)
    throw invalid(`The ARN of the parameter has ${full.length} characters; it can have at most ${ARN_LENGTH_MAX}.`);
  return name;
}

/** The name of a parameter that may stand, without what selects a version. Throws ValidationException. */
export function checkName(given: string): string {
  const name = given.trim();
  if (name.startsWith(PUBLIC_PREFIX))
    throw notHonoured(`The public parameter ${name}`, 'parameters that AWS publishes are not carried.');
  if (!NAME.test(name)) throw invalid(NAME_RULES);
  return name;
}

export function checkPath(path: string): string {
  if (path !== '/' && !/^(\/[a-zA-Z0-9_.-]+)+\/?$/.test(path)) throw invalid(PATH_RULES);
  if (path.replace(/\/$/, '').split('/').length - 1 > LEVELS_MAX) throw tooDeep();
  return path.endsWith('/') ? path : `${path}/`;
}

/** What a request names: a name or an ARN, and perhaps `:version` or `:label` after it. */
export type Reference = Place & { names: string[]; given: string; selector?: string };

/** Reads the name of a request. Throws ValidationException. */
export function readReference(call: Caller, given: string): Reference {
  const text = given.trim();
  if (!text.startsWith('arn:')) {
    const [name = '', selector, ...more] = text.split(':');
    if (more.length > 0 || selector === '') throw invalid(NAME_RULES);
    return {
      account: call.account,
      region: call.region,
      names: [checkName(name)],
      given: name,
      ...(selector === undefined ? {} : { selector }),
    };
  }
  const parsed = parseArn(text);
  const [resource = '', selector] = parsed?.resource.split(':') ?? [];
  if (parsed?.service !== 'ssm' || !resource.startsWith('parameter/')) throw invalid(NAME_RULES);
  const bare = resource.slice('parameter/'.length);
  checkName(`/${bare}`);
  return {
    account: parsed.account,
    region: parsed.region,
    // `a` and `/a` have the same ARN.
    names: bare.includes('/') ? [`/${bare}`] : [bare, `/${bare}`],
    given: text.slice(0, selector === undefined ? undefined : -(selector.length + 1)),
    ...(selector === undefined || selector === '' ? {} : { selector }),
  };
}

/** The parameter that a reference means; undefined when there is none of it in this region. */
export async function lookUp(call: Call, reference: Reference, reader: Reader): Promise<Parameter | undefined> {
  if (reference.region !== call.region) return undefined;
  for (const name of reference.names) {
    const found = await reader.get(parameters, keyOf(reference, name));
    if (found) return found;
  }
  return undefined;
}

/** The parameter by its ARN. */
export async function byArn(call: Call, text: string, reader: Reader): Promise<Parameter | undefined> {
  const parsed = parseArn(text);
  if (parsed?.service !== 'ssm' || !parsed.resource.startsWith('parameter/')) return undefined;
  const bare = parsed.resource.slice('parameter/'.length);
  const { account, region } = parsed;
  const names = bare.includes('/') ? [`/${bare}`] : [bare, `/${bare}`];
  return lookUp(call, { account, region, names, given: text }, reader);
}
