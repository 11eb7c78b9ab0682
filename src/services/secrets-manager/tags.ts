import type { Call } from '../../kernel/call.ts';
import type { Handlers } from '../../kernel/service.ts';
import { requireStill } from './access.ts';
import { changeSecret } from './change.ts';
import { invalidParameter } from './errors.ts';
import { TAGS_MAX } from './limits.ts';
import { openPrimary } from './lookup.ts';

type SecretsManager = Handlers<typeof import('@aws-sdk/client-secrets-manager')>;
type Tags = Record<string, string>;

/** The tags of a request. Throws InvalidParameterException. */
export function readTags(given: readonly { Key?: string | undefined; Value?: string | undefined }[] | undefined): Tags {
  const tags: Tags = {};
  for (const { Key: key, Value: value } of given ?? []) {
    if (key === undefined) throw invalidParameter('You must provide a Key for each tag.');
    if (key.toLowerCase().startsWith('aws:'))
      throw invalidParameter(
        `Invalid tag key ${key}. Tag keys can't begin with aws: because it is reserved for AWS use.`,
      );
    if (Object.hasOwn(tags, key)) throw invalidParameter(`Duplicate tag key ${key}.`);
    tags[key] = value ?? '';
  }
  return checkCount(tags);
}

function checkCount(tags: Tags): Tags {
  if (Object.keys(tags).length > TAGS_MAX) throw invalidParameter(`A secret can have at most ${TAGS_MAX} tags.`);
  return tags;
}

export const listTags = (tags: Tags) => Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));

async function changeTags(call: Call, secretId: string, alter: (tags: Tags) => Tags): Promise<object> {
  const { arn, tags } = await openPrimary(call, secretId);
  await requireStill(call, secretId, arn, checkCount(alter(tags)));
  return changeSecret(call, arn, (secret) => {
    secret.tags = checkCount(alter(secret.tags));
    return {};
  });
}

/** Adds tags; the value of a key that is there is replaced. */
export const TagResource: SecretsManager['TagResource'] = (call, input) => {
  const added = readTags(input.Tags);
  return changeTags(call, input.SecretId!, (tags) => ({ ...tags, ...added }));
};

/** Removes tags; keys that are not there are no error. */
export const UntagResource: SecretsManager['UntagResource'] = (call, input) => {
  const keys = new Set(input.TagKeys);
  return changeTags(call, input.SecretId!, (tags) =>
    Object.fromEntries(Object.entries(tags).filter(([key]) => !keys.has(key))),
  );
};
