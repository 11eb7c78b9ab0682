import { pattern } from './pattern.ts';

/**
 * AWS's actions, resource types and their ARNs. Source: the Service Authorization Reference, as of the data in `actions.json`
 * (`npm run actions`). Loaded when it is first asked for.
 */
export type AccessLevel = 'List' | 'Read' | 'Write' | 'Tagging' | 'Permissions management';

export type Action = {
  /** `s3:GetObject` */
  name: string;
  level: AccessLevel;
  /** Types of resource it can be held to. None: `*` only. */
  resources: { type: string; required: boolean; /** With `${Account}` and the like. */ arn: string }[];
};

type Data = Record<string, { name: string; actions: Record<string, string>; resources: Record<string, string> }>;

const LEVELS: Record<string, AccessLevel> = {
  L: 'List',
  R: 'Read',
  W: 'Write',
  T: 'Tagging',
  P: 'Permissions management',
};

/** All that there is of a service. */
export type ServiceActions = {
  prefix: string;
  name: string;
  actions: { name: string; level: AccessLevel; resources: string[] }[];
  /** ARNs by resource type, with `${Account}` and the like. */
  resources: Record<string, string>;
  /** Its own condition keys. */
  conditionKeys: readonly string[];
};

/** Keys that every service has are under `aws`. */
type Keys = Record<string, readonly string[]>;

export class Actions {
  readonly #data: Data;
  readonly #keys: Keys;
  /** Names as they are written, by lower-case prefix and name. */
  readonly #names = new Map<string, Map<string, string>>();

  constructor(data: Data, keys: Keys = {}) {
    this.#data = data;
    this.#keys = keys;
  }

  /** Services that have actions: prefix and name. */
  get services(): { prefix: string; name: string }[] {
    return Object.entries(this.#data).map(([prefix, { name }]) => ({ prefix, name }));
  }

  /** By its prefix; undefined when AWS has no such service. */
  service(prefix: string): ServiceActions | undefined {
    if (!Object.hasOwn(this.#data, prefix)) return undefined;
    const { name, actions, resources } = this.#data[prefix]!;
    return {
      prefix,
      name,
      actions: Object.entries(actions).map(([action, text]) => {
        const [level = 'W', ...types] = text.split(' ');
        return { name: action, level: LEVELS[level]!, resources: types.map((type) => type.replace(/\*$/, '')) };
      }),
      resources,
      conditionKeys: this.conditionKeys(prefix),
    };
  }

  /** Condition keys by the prefix of their names; those of all services for `aws`. */
  conditionKeys(prefix: string): readonly string[] {
    return Object.hasOwn(this.#keys, prefix) ? this.#keys[prefix]! : [];
  }

  serviceName(prefix: string): string | undefined {
    return this.#data[prefix]?.name;
  }

  /** Whatever the case it is written in; undefined when AWS has no such action. */
  find(name: string): Action | undefined {
    const [prefix = '', rest = ''] = name.toLowerCase().split(':');
    const service = this.#data[prefix];
    const written = this.#namesOf(prefix)?.get(rest);
    if (!service || written === undefined) return undefined;
    const [level = 'W', ...types] = service.actions[written]!.split(' ');
    return {
      name: `${prefix}:${written}`,
      level: LEVELS[level]!,
      resources: types.map((text) => {
        const type = text.replace(/\*$/, '');
        return { type, required: text.endsWith('*'), arn: service.resources[type] ?? '*' };
      }),
    };
  }

  /** The actions that a pattern like `s3:Get*` stands for. */
  expand(text: string): string[] {
    const [prefix = '', rest] = text.toLowerCase().split(':');
    const found: string[] = [];
    const meantPrefix = glob(prefix);
    const meantName = glob(rest ?? '*');
    for (const candidate of Object.keys(this.#data)) {
      if (!meantPrefix(candidate)) continue;
      for (const [folded, name] of this.#namesOf(candidate)!) if (meantName(folded)) found.push(`${candidate}:${name}`);
    }
    return found;
  }

  #namesOf(prefix: string): Map<string, string> | undefined {
    let known = this.#names.get(prefix);
    const service = this.#data[prefix];
    if (!known && service)
      this.#names.set(
        prefix,
        (known = new Map(Object.keys(service.actions).map((name) => [name.toLowerCase(), name]))),
      );
    return known;
  }
}

const glob = (text: string) => pattern(text, { wild: true, variables: false }).matches!;

/** Policies that AWS owns and organizations attach: a type of resource that the list has, and names with no action. */
const AWS_POLICY = ['arn:${Partition}:organizations::aws:policy/${PolicyType}/p-${PolicyId}'];

/** Lists of all that there is have no resource, or one that need not be named, as where versions of one are listed instead. */
const mayBeAll = ({ level, resources }: Action) =>
  resources.length === 0 || (level === 'List' && resources.every(({ required }) => !required));

/**
 * Resources that the list leaves out, and `*` where none of those that it has is there yet. Sources: IAM User Guide, "Passing session tags
 * using GetFederationToken"; Service Authorization Reference, Amazon Bedrock.
 */
const ALSO: Record<string, readonly string[] | undefined> = {
  // Outcrop counts for all that it runs.
  'bedrock:CountTokens': [
    'application-inference-profile',
    'custom-model-deployment',
    'default-prompt-router',
    'imported-model',
    'prompt-router',
    'provisioned-model',
  ].map((type) => `arn:\${Partition}:bedrock:\${Region}:\${Account}:${type}/\${ResourceId}`),
  'bedrock:CreateGuardrail': ['*'],
  'organizations:AttachPolicy': AWS_POLICY,
  'organizations:DeletePolicy': AWS_POLICY,
  'organizations:DescribePolicy': AWS_POLICY,
  'organizations:DetachPolicy': AWS_POLICY,
  'organizations:ListTargetsForPolicy': AWS_POLICY,
  'organizations:UpdatePolicy': AWS_POLICY,
  'sts:TagSession': ['arn:${Partition}:sts::${Account}:federated-user/${FederatedUserName}'],
};

/**
 * What is wrong with a permission that an operation asks for, held against AWS's own list: an action that there is not, or a resource that
 * is of none of its types. Undefined: nothing.
 */
export function faultOf(
  actions: Actions,
  { action, resource }: { action: string; resource: string },
): string | undefined {
  const known = actions.find(action);
  if (!known) return `AWS has no action ${action}`;
  if (known.name !== action) return `${action} is written ${known.name}`;
  if (resource === '*')
    return mayBeAll(known) || ALSO[action]?.includes('*')
      ? undefined
      : `${action} is asked for on *, and stands on ${known.resources.map(({ type }) => type).join(' or ')}`;
  if (known.resources.length === 0) return `${action} is asked for on ${resource}, and stands on no resource`;
  const arns = [...known.resources.map(({ arn }) => arn), ...(ALSO[action] ?? [])];
  const fits = arns.some((arn) => glob(arn.replaceAll(/\$\{[^}]*\}/g, '*'))(resource));
  return fits
    ? undefined
    : `${action} stands on ${known.resources.map(({ arn }) => arn).join(' or ')}, not on ${resource}`;
}

let loading: Promise<Actions> | undefined;

/** The catalog; read once. */
export function loadActions(): Promise<Actions> {
  return (loading ??= Promise.all([
    import('./actions.json', { with: { type: 'json' } }),
    import('./condition-keys.json', { with: { type: 'json' } }),
  ]).then(([actions, keys]) => new Actions(actions.default as unknown as Data, keys.default)));
}
