import { InvalidResourceId, TooManyTagsError, type Tag } from '@aws-sdk/client-ssm';
import type { Call } from '../../kernel/call.ts';
import type { Handlers } from '../../kernel/service.ts';
import type { Transaction } from '../../kernel/store/store.ts';
import { invalid, notHonoured, said } from './errors.ts';
import { TAGS_MAX } from './limits.ts';
import { keyOf } from './names.ts';
import { parameters, type Parameter } from './records.ts';

type Ssm = Handlers<typeof import('@aws-sdk/client-ssm')>;
type Tags = Record<string, string>;

/** The tags of a request. Throws ValidationException, TooManyTagsError. */
export function readTags(given: readonly Tag[] | undefined): Tags {
  const tags: Tags = {};
  for (const { Key: key, Value: value } of given ?? []) {
    if (/^aws:/i.test(key!)) throw invalid(`Tag keys can't begin with aws: because it is reserved for AWS use: ${key}`);
    if (Object.hasOwn(tags, key!)) throw invalid(`Duplicate tag key: ${key}`);
    tags[key!] = value!;
  }
  return checkCount(tags);
}

function checkCount(tags: Tags): Tags {
  if (Object.keys(tags).length > TAGS_MAX)
    throw new TooManyTagsError(said(`A parameter can have at most ${TAGS_MAX} tags.`));
  return tags;
}

type Target = { ResourceType?: string | undefined; ResourceId?: string | undefined };

/** The parameter of a request, by its name. Throws InvalidResourceId, NotImplemented. */
async function target(call: Call, { ResourceType: type, ResourceId: id }: Target, reader: Pick<Transaction, 'get'>) {
  if (type !== 'Parameter')
    throw notHonoured(`The resource type ${type}`, 'of Systems Manager there is Parameter Store.');
  const parameter = await reader.get(parameters, keyOf(call, id!));
  if (!parameter)
    throw new InvalidResourceId(
      said('The resource ID is not valid. Verify that you entered the correct ID and try again.'),
    );
  return parameter;
}

const change = (call: Call, input: Target, alter: (tags: Tags) => Tags) =>
  call.kernel.store.transact(async (tx) => {
    const parameter: Parameter = await target(call, input, tx);
    tx.put(parameters, keyOf(call, parameter.name), { ...parameter, tags: checkCount(alter(parameter.tags)) });
    return {};
  });

/** Adds tags; the value of a key that is there is replaced. */
export const AddTagsToResource: Ssm['AddTagsToResource'] = (call, input) => {
  const added = readTags(input.Tags);
  return change(call, input, (tags) => ({ ...tags, ...added }));
};

/** Removes tags; keys that are not there are no error. */
export const RemoveTagsFromResource: Ssm['RemoveTagsFromResource'] = (call, input) => {
  const keys = new Set(input.TagKeys);
  return change(call, input, (tags) => Object.fromEntries(Object.entries(tags).filter(([key]) => !keys.has(key))));
};

export const ListTagsForResource: Ssm['ListTagsForResource'] = async (call, input) => {
  const { tags } = await target(call, input, call.kernel.store);
  return { TagList: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) };
};
