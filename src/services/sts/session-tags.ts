import type { Tag } from '@aws-sdk/client-sts';
import type { Principal } from '../../kernel/principals/principal.ts';
import { requestTagKeys, type ConditionKeys } from '../../kernel/access.ts';
import { invalidIdentityToken, invalidParameter, validation } from './errors.ts';
import { SESSION_TAGS_MAX, TAG_KEY_MAX, TAG_VALUE_MAX } from './limits.ts';

/** Tags of a session to be: what was asked for, and what it inherits from the session that asks. Source: IAM User Guide, "Pass session tags". */
export type SessionTags = {
  /** All of them. */
  tags: Record<string, string>;
  /** Keys of those that a session made with this one inherits in turn. */
  transitiveTagKeys: string[];
  /** Condition keys: `aws:RequestTag/…`, `aws:TagKeys`, `sts:TransitiveTagKeys`. */
  keys: ConditionKeys;
  /** Whether the session has any: `sts:TagSession` must then be allowed. */
  any: boolean;
};

/** The transitive tags of a role session, which every session made with it has too. */
export function transitiveTagsOf({ type, session }: Principal): Record<string, string> {
  if (type !== 'assumed-role' || !session?.tags || !session.transitiveTagKeys) return {};
  const kept = new Set(session.transitiveTagKeys.map((key) => key.toLowerCase()));
  return Object.fromEntries(Object.entries(session.tags).filter(([key]) => kept.has(key.toLowerCase())));
}

/** Joins asked and inherited tags. Keys are unique whatever their case. Rejects what AWS does. */
export function sessionTags(
  asked: readonly Tag[] | undefined,
  transitiveKeys: readonly string[] | undefined,
  inherited: Record<string, string> = {},
): SessionTags {
  const held = new Set(Object.keys(inherited).map((key) => key.toLowerCase()));
  const seen = new Set<string>();
  for (const { Key } of asked ?? []) {
    const key = Key!.toLowerCase();
    if (key.startsWith('aws:')) throw invalidParameter(`Tag keys may not start with the reserved prefix aws: ${Key}`);
    if (seen.has(key))
      throw invalidParameter('Duplicate tag keys found. Please note that Tag keys are case insensitive.');
    if (held.has(key))
      throw invalidParameter(
        "One of the specified tag keys can't be set because it conflicts with a transitive tag key from the calling session.",
      );
    seen.add(key);
  }
  for (const key of transitiveKeys ?? []) {
    if (held.has(key.toLowerCase()))
      throw invalidParameter(
        "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.",
      );
    if (!seen.has(key.toLowerCase()))
      throw validation('The specified transitive tag key must be included in the requested tags.');
  }
  const tags = { ...inherited, ...Object.fromEntries((asked ?? []).map(({ Key, Value }) => [Key!, Value!])) };
  if (Object.keys(tags).length > SESSION_TAGS_MAX)
    throw invalidParameter(`The number of session tags exceeds the maximum of ${SESSION_TAGS_MAX}.`);
  const all = Object.entries(tags);
  return {
    tags,
    transitiveTagKeys: [...Object.keys(inherited), ...(transitiveKeys ?? [])],
    any: all.length > 0,
    keys: {
      ...requestTagKeys(all),
      ...(transitiveKeys?.length ? { 'sts:transitivetagkeys': [...transitiveKeys] } : {}),
    },
  };
}

const TAG_TEXT = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

/** Tags that an assertion or a token brings: held to what the model holds a request's to. */
export function federatedTags(
  tags: readonly { Key: string; Value: string }[],
  transitiveKeys: readonly string[] | undefined,
): SessionTags {
  for (const { Key, Value } of tags) {
    const fits = Key.length >= 1 && Key.length <= TAG_KEY_MAX && Value.length <= TAG_VALUE_MAX;
    if (!fits || !TAG_TEXT.test(Key) || !TAG_TEXT.test(Value))
      throw invalidIdentityToken(`The session tag ${Key.slice(0, TAG_KEY_MAX)} is not valid`);
  }
  return sessionTags(tags, transitiveKeys);
}
