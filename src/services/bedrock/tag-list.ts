import { invalid, tooManyTags } from './errors.ts';

/** Source: API Reference, TagResource. */
export const TAGS_MAX = 200;

type Tag = { key?: string | undefined; value?: string | undefined };

/** The tags of a request as a map. Throws ValidationException, TooManyTagsException. */
export function readTags(tags: readonly Tag[] | undefined, resourceName: string): Record<string, string> {
  const read: Record<string, string> = {};
  for (const { key, value } of tags ?? []) {
    if (key!.toLowerCase().startsWith('aws:'))
      throw invalid(`The tag key ${key} is reserved: keys can't begin with aws:.`);
    if (Object.hasOwn(read, key!)) throw invalid(`The tag key ${key} is given twice.`);
    read[key!] = value!;
  }
  if (Object.keys(read).length > TAGS_MAX) throw tooManyTags(resourceName);
  return read;
}
