import type { Handlers } from '../../kernel/service.ts';
import { invalid, limitExceeded, missing } from './errors.ts';
import { TAG_KEY_LENGTH_MAX, TAG_VALUE_LENGTH_MAX, TAGS_MAX } from './limits.ts';
import { changeVault, openVault } from './vaults.ts';

type Glacier = Handlers<typeof import('@aws-sdk/client-glacier')>;

/** Letters, digits, spaces and `_ . : / = + - @`. */
const TEXT = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

function checkTag(key: string, value: string): void {
  if (key === '' || key.length > TAG_KEY_LENGTH_MAX || !TEXT.test(key) || key.toLowerCase().startsWith('aws:'))
    throw invalid(`Invalid tag key: ${key}`);
  if (value.length > TAG_VALUE_LENGTH_MAX || !TEXT.test(value)) throw invalid(`Invalid tag value: ${value}`);
}

/** Adds tags; the value of a key that is there is replaced. */
export const AddTagsToVault: Glacier['AddTagsToVault'] = async (call, input) => {
  const added = Object.entries(input.Tags ?? {});
  if (added.length === 0) throw missing('Tags');
  for (const [key, value] of added) checkTag(key, value);
  await changeVault(call, input, (vault) => {
    const tags = { ...vault.tags, ...Object.fromEntries(added) };
    if (Object.keys(tags).length > TAGS_MAX) throw limitExceeded(`A vault has at most ${TAGS_MAX} tags`);
    return { ...vault, tags };
  });
  return {};
};

export const ListTagsForVault: Glacier['ListTagsForVault'] = async (call, input) => ({
  Tags: (await openVault(call, input)).tags,
});

/** Removes tags; keys that are not there are no error. */
export const RemoveTagsFromVault: Glacier['RemoveTagsFromVault'] = async (call, input) => {
  const keys = new Set(input.TagKeys);
  if (keys.size === 0) throw missing('TagKeys');
  await changeVault(call, input, (vault) => ({
    ...vault,
    tags: Object.fromEntries(Object.entries(vault.tags).filter(([key]) => !keys.has(key))),
  }));
  return {};
};
