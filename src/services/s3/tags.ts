import type { Tag } from '@aws-sdk/client-s3';
import { AwsError } from '../../kernel/errors.ts';
import { invalidArgument, malformedXml } from './errors.ts';
import { TAG_KEY_LENGTH_MAX, TAG_VALUE_LENGTH_MAX, TAGS_MAX } from './limits.ts';

/** Source: S3 User Guide, "Categorizing your objects using tags". */
const TAG_TEXT = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

/** A tag set as a record. Throws BadRequest, InvalidTag or MalformedXML as S3 does. */
export function readTagSet(tagSet: Tag[] | undefined, max: number): Record<string, string> {
  const tags: Record<string, string> = {};
  for (const { Key, Value } of tagSet ?? []) {
    if (Key === undefined || Value === undefined) throw malformedXml();
    if (Object.hasOwn(tags, Key))
      throw new AwsError('InvalidTag', 'Cannot provide multiple Tags with the same key', 400, { TagKey: Key });
    checkTag(Key, Value);
    tags[Key] = Value;
  }
  if (Object.keys(tags).length > max) {
    throw new AwsError(
      'BadRequest',
      max === TAGS_MAX ? `Object tags cannot be greater than ${max}` : `Bucket tag count cannot be greater than ${max}`,
      400,
    );
  }
  return tags;
}

function checkTag(key: string, value: string): void {
  if (key.length < 1 || key.length > TAG_KEY_LENGTH_MAX || !TAG_TEXT.test(key)) {
    throw new AwsError('InvalidTag', 'The TagKey you have provided is invalid', 400, { TagKey: key });
  }
  if (/^aws:/i.test(key))
    throw new AwsError('InvalidTag', 'System tags cannot be added/updated by requester', 400, { TagKey: key });
  if (value.length > TAG_VALUE_LENGTH_MAX || !TAG_TEXT.test(value)) {
    throw new AwsError('InvalidTag', 'The TagValue you have provided is invalid', 400, {
      TagKey: key,
      TagValue: value,
    });
  }
}

/** The `x-amz-tagging` header: `a=1&b=2`, URL-encoded. */
export function readTaggingHeader(header: string | undefined): Record<string, string> {
  if (header === undefined || header === '') return {};
  const pairs = [...new URLSearchParams(header)];
  if (new Set(pairs.map(([key]) => key)).size < pairs.length) {
    throw invalidArgument(
      "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.",
      'x-amz-tagging',
      header,
    );
  }
  return readTagSet(
    pairs.map(([Key, Value]) => ({ Key, Value })),
    TAGS_MAX,
  );
}
