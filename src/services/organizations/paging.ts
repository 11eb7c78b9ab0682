import { pageToken, readPageToken } from '../../kernel/resources.ts';
import type { Collection, Reader } from '../../kernel/store/store.ts';
import type { KeyPart } from '../../kernel/store/keys.ts';
import { invalidInput } from './errors.ts';
import { PAGE_MAX } from './limits.ts';

type Paged = { NextToken?: string | undefined; MaxResults?: number | undefined };

const badToken = () => invalidInput('INVALID_NEXT_TOKEN', 'You provided an invalid pagination token.');

/**
 * One page of what is under `prefix`, in key order. Throws InvalidInputException for a token of another list.
 * @param taken entries of the page that the caller has from elsewhere
 */
export async function pageOf<T>(
  reader: Reader,
  kind: Collection<T>,
  prefix: readonly KeyPart[],
  input: Paged,
  taken = 0,
) {
  const limit = (input.MaxResults ?? PAGE_MAX) - taken;
  const token = readPageToken<{ after: KeyPart[] }>(input.NextToken, badToken);
  if (token && !(Array.isArray(token.after) && prefix.every((part, i) => token.after[i] === part))) throw badToken();
  const found = await reader.range(kind, prefix, { limit: limit + 1, ...(token ? { after: token.after } : {}) });
  const entries = found.slice(0, limit);
  return {
    entries,
    next: found.length > limit ? { NextToken: pageToken({ after: entries.at(-1)?.key ?? prefix }) } : {},
  };
}

/** One page of a list that is in memory whole. */
export function pageOfList<T>(items: readonly T[], input: Paged) {
  const limit = input.MaxResults ?? PAGE_MAX;
  const at = readPageToken<{ at: number }>(input.NextToken, badToken)?.at ?? 0;
  if (!Number.isInteger(at) || at < 0) throw badToken();
  return {
    items: items.slice(at, at + limit),
    next: at + limit < items.length ? { NextToken: pageToken({ at: at + limit }) } : {},
  };
}
