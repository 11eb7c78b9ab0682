import type { Completion, CompletionContext, CompletionResult } from '@codemirror/autocomplete';
import { policyPlace, type PolicyPlace } from './policy-place.ts';

/** AWS's list of services, and what the service of a prefix has: as the stack tells them. */
type Catalog = {
  services: { prefix: string; name: string }[];
  conditionKeys: string[];
  conditionOperators: string[];
};
export type ServiceActions = {
  prefix: string;
  name: string;
  actions: { name: string; level: string; resources: string[] }[];
  resources: Record<string, string>;
  conditionKeys: string[];
};

/** Asks the stack's own API. */
export type Ask = <T>(method: string, path: string, body?: unknown) => Promise<T>;

// The list is AWS's, the same for everybody.
const known = new Map<string, Promise<unknown>>();
function once<T>(ask: Ask, path: string): Promise<T> {
  let found = known.get(path);
  if (!found) {
    known.set(path, (found = ask<T>('GET', path)));
    found.catch(() => known.delete(path));
  }
  return found as Promise<T>;
}

const catalog = (ask: Ask) => once<Catalog>(ask, 'actions');

/** Rejects where AWS has no such service. */
export const serviceActions = (ask: Ask, prefix: string) =>
  once<ServiceActions>(ask, `actions?service=${encodeURIComponent(prefix)}`);

/** Actions that begin as a text does: services until there is a colon, then the actions of the service. */
export async function actionOptions(ask: Ask, text: string): Promise<{ label: string; detail: string }[]> {
  const [prefix = '', name] = text.split(':');
  const { services } = await catalog(ask);
  if (name === undefined) return services.map((one) => ({ label: `${one.prefix}:`, detail: one.name }));
  if (!services.some((one) => one.prefix === prefix.toLowerCase())) return [];
  const { actions } = await serviceActions(ask, prefix.toLowerCase());
  return actions.map((one) => ({
    label: `${prefix}:${one.name}`,
    detail: one.level,
  }));
}

const STATEMENT = [
  'Sid',
  'Effect',
  'Principal',
  'NotPrincipal',
  'Action',
  'NotAction',
  'Resource',
  'NotResource',
  'Condition',
];
const plain = (labels: string[], type: string): Completion[] => labels.map((label) => ({ label, type }));

/** What may come next in a policy: elements, effects, actions, forms of resources, operators, condition keys. */
export const policyCompletion =
  (ask: Ask) =>
  async (context: CompletionContext): Promise<CompletionResult | null> => {
    const text = context.state.doc.toString();
    const place = policyPlace(text, context.pos);
    const from = place.stringFrom ?? context.pos;
    if (place.stringFrom === undefined && !context.explicit) return null;
    const options = await optionsAt(ask, place, text, text.slice(from, context.pos)).catch(() => []);
    if (options.length === 0) return null;
    if (place.stringFrom !== undefined) return { from, options, validFor: /^[\w./-]*$|^[\w-]+:[\w./-]*$/ };
    return { from, options: options.map((one) => ({ ...one, apply: JSON.stringify(one.apply ?? one.label) })) };
  };

async function optionsAt(ask: Ask, { path, expects }: PolicyPlace, text: string, typed: string): Promise<Completion[]> {
  const [top, element, inner] = path;
  if (expects === 'name') {
    if (path.length === 0) return plain(['Version', 'Id', 'Statement'], 'property');
    if (top !== 'Statement') return [];
    if (path.length === 1) return plain(STATEMENT, 'property');
    if (path.length === 2 && (element === 'Principal' || element === 'NotPrincipal'))
      return plain(['AWS', 'Service', 'Federated', 'CanonicalUser'], 'property');
    if (element !== 'Condition') return [];
    if (path.length === 2) return plain((await catalog(ask)).conditionOperators, 'function');
    return path.length === 3 ? conditionKeys(ask, text) : [];
  }
  if (path.length === 1 && top === 'Version') return plain(['2012-10-17', '2008-10-17'], 'constant');
  if (top !== 'Statement') return [];
  if (element === 'Effect') return plain(['Allow', 'Deny'], 'constant');
  if (element === 'Action' || element === 'NotAction')
    return (await actionOptions(ask, typed)).map((one) => ({ ...one, type: 'function' }));
  if (element === 'Resource' || element === 'NotResource') return resources(ask, text);
  return element === 'Condition' && inner === 'Bool' ? plain(['true', 'false'], 'constant') : [];
}

/** Services that the document names in its actions. */
const prefixesOf = (text: string): string[] => [
  ...new Set(Array.from(text.matchAll(/"([a-z0-9-]+):[A-Za-z*?]+"/g), ([, prefix]) => prefix!)),
];

async function services(ask: Ask, text: string): Promise<ServiceActions[]> {
  const { services: all } = await catalog(ask);
  const named = prefixesOf(text).filter((prefix) => all.some((one) => one.prefix === prefix));
  return Promise.all(named.map((prefix) => serviceActions(ask, prefix)));
}

async function conditionKeys(ask: Ask, text: string): Promise<Completion[]> {
  const own = await services(ask, text);
  return plain([...own.flatMap((one) => one.conditionKeys), ...(await catalog(ask)).conditionKeys], 'variable');
}

async function resources(ask: Ask, text: string): Promise<Completion[]> {
  const own = await services(ask, text);
  return [
    { label: '*', type: 'constant' },
    ...own.flatMap((one) =>
      Object.entries(one.resources).map(([type, arn]) => ({
        label: arn.replaceAll('${Partition}', 'aws').replaceAll(/\$\{[^}]*\}/g, '*'),
        detail: `${one.prefix} ${type}`,
        type: 'constant',
      })),
    ),
  ];
}
