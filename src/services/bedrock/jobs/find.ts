import type { Call } from '../../../kernel/call.ts';
import { valuesOf, type Collection, type Reader } from '../../../kernel/store/store.ts';

/** One of the caller's records by id, or else by name; `id` is undefined where the identifier cannot be one. */
export async function findNamed<T extends { name: string }>(
  { account, region }: Pick<Call, 'account' | 'region'>,
  reader: Reader,
  records: Collection<T>,
  identifier: string,
  id: string | undefined,
): Promise<T | undefined> {
  const found = id === undefined ? undefined : await reader.get(records, [account, region, id]);
  if (found || identifier.startsWith('arn:')) return found;
  return (await valuesOf(reader, records, [account, region])).find(({ name }) => name === identifier);
}
