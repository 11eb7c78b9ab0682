import type { Filter } from '@aws-sdk/client-secrets-manager';
import type { Call } from '../../kernel/call.ts';
import { pageToken, readPageToken } from '../../kernel/resources.ts';
import type { Handlers } from '../../kernel/service.ts';
import { readVersions } from './history.ts';
import { invalidParameter, invalidToken } from './errors.ts';
import { PAGE_DEFAULT } from './limits.ts';
import { secrets, type Secret } from './records.ts';
import { describe, stagesOf } from './secrets.ts';

type SecretsManager = Handlers<typeof import('@aws-sdk/client-secrets-manager')>;

/** Names of services before the `!` in the names of secrets that they own. */
const owningService = ({ name }: Secret) => /^([a-z0-9-]+)!/.exec(name)?.[1];

/** The texts of a secret that a filter looks at. Source: API Reference, Filter. */
const TEXTS: Record<string, (secret: Secret) => (string | undefined)[]> = {
  description: ({ description }) => [description],
  name: ({ name }) => [name],
  'tag-key': ({ tags }) => Object.keys(tags),
  'tag-value': ({ tags }) => Object.values(tags),
  'primary-region': ({ primaryRegion, replicas, region }) => [primaryRegion ?? (replicas ? region : undefined)],
  'owning-service': (secret) => [owningService(secret)],
};
const textsOf = (secret: Secret) =>
  Object.values(TEXTS).flatMap((texts) => texts(secret).filter((text): text is string => text !== undefined));

type Test = (secret: Secret) => boolean;

/** `!` before a value turns it round: none of those may hold, and of the others one must. */
function compile({ Key: key, Values: values }: Filter): Test {
  if (key === undefined || values === undefined)
    throw invalidParameter('You must provide a Key and Values for each filter.');
  const tests = values.map((value) => ({ not: value.startsWith('!'), test: one(key, value.replace(/^!/, '')) }));
  const wanted = tests.filter(({ not }) => !not);
  return (secret) =>
    tests.every(({ not, test }) => !not || !test(secret)) &&
    (wanted.length === 0 || wanted.some(({ test }) => test(secret)));
}

function one(key: string, value: string): Test {
  if (key === 'all') {
    const words = value.toLowerCase().split(/\s+/).filter(Boolean);
    return (secret) => {
      const texts = textsOf(secret).map((text) => text.toLowerCase());
      return words.every((word) => texts.some((text) => text.includes(word)));
    };
  }
  // Only descriptions are compared whatever their case.
  const fold = (text: string) => (key === 'description' ? text.toLowerCase() : text);
  const start = fold(value);
  return (secret) => TEXTS[key]!(secret).some((text) => text !== undefined && fold(text).startsWith(start));
}

const SORTS: Record<string, (secret: Secret) => number | string> = {
  'created-date': ({ createdAtMs }) => createdAtMs,
  'last-accessed-date': ({ accessedDayMs }) => accessedDayMs ?? 0,
  'last-changed-date': ({ changedAtMs }) => changedAtMs,
  name: ({ name }) => name,
};

const compare = (a: number | string, b: number | string) => (a < b ? -1 : a > b ? 1 : 0);

type Query = {
  filters?: Filter[] | undefined;
  planned?: boolean | undefined;
  sortBy?: string | undefined;
  order?: string | undefined;
  size: number;
  token?: string | undefined;
};

/** One page of the account's secrets in the region. The token holds where the last page ended, by its order. */
export async function listPage(call: Call, query: Query): Promise<{ page: Secret[]; NextToken?: string }> {
  const tests = (query.filters ?? []).map(compile);
  const sort = SORTS[query.sortBy ?? 'created-date']!;
  const sign = query.order === 'desc' ? -1 : 1;
  const after = readPageToken<[number | string, string]>(query.token, invalidToken);
  const order = (a: [number | string, string], b: [number | string, string]) =>
    sign * (compare(a[0], b[0]) || compare(a[1], b[1]));
  const found: { at: [number | string, string]; secret: Secret }[] = [];
  for await (const { value: secret } of call.kernel.store.all(secrets, [call.account, call.region])) {
    if (secret.deletion && !query.planned) continue;
    const at: [number | string, string] = [sort(secret), secret.name];
    if ((after && order(at, after) <= 0) || !tests.every((test) => test(secret))) continue;
    found.push({ at, secret });
  }
  found.sort((a, b) => order(a.at, b.at));
  const page = found.slice(0, query.size);
  return {
    page: page.map(({ secret }) => secret),
    ...(found.length > query.size ? { NextToken: pageToken(page.at(-1)!.at) } : {}),
  };
}

/** The account's secrets in the region. Source: API Reference, ListSecrets. */
export const ListSecrets: SecretsManager['ListSecrets'] = async (call, input) => {
  const { page, ...next } = await listPage(call, {
    filters: input.Filters,
    planned: input.IncludePlannedDeletion,
    sortBy: input.SortBy,
    order: input.SortOrder,
    size: input.MaxResults ?? PAGE_DEFAULT,
    token: input.NextToken,
  });
  const SecretList = [];
  for (const secret of page) {
    const stages = stagesOf(await readVersions(call.kernel.store, secret.arn));
    const owner = owningService(secret);
    SecretList.push({
      ...describe(secret),
      ...(secret.deletion ? { DeletedDate: new Date(secret.deletion.deletedAtMs) } : {}),
      ...(stages ? { SecretVersionsToStages: stages } : {}),
      ...(owner === undefined ? {} : { OwningService: owner }),
    });
  }
  return { SecretList, ...next };
};
