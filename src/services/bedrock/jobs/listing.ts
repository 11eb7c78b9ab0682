import { page } from '../../../kernel/resources.ts';
import { invalid } from '../errors.ts';

/** Entries of a page when the caller does not say. Source: API Reference, the List operations of Bedrock: 1 to 1,000. */
const PAGE_DEFAULT = 100;

type Asked = {
  after?: Date | undefined;
  before?: Date | undefined;
  nameContains?: string | undefined;
  maxResults?: number | undefined;
  nextToken?: string | undefined;
  sortOrder?: 'Ascending' | 'Descending' | undefined;
};

/** One page of records, newest first unless asked otherwise. Throws ValidationException for a token that was never given. */
export function listed<T extends { name: string; createdAtMs: number }>(
  records: T[],
  asked: Asked,
  wanted: (record: T) => boolean,
): { items: T[]; nextToken?: string } {
  const { after, before, nameContains, maxResults = PAGE_DEFAULT, nextToken, sortOrder = 'Descending' } = asked;
  const sign = sortOrder === 'Ascending' ? 1 : -1;
  const found = records
    .filter(
      (record) =>
        (after === undefined || record.createdAtMs > after.getTime()) &&
        (before === undefined || record.createdAtMs < before.getTime()) &&
        (nameContains === undefined || record.name.includes(nameContains)) &&
        wanted(record),
    )
    .sort((a, b) => sign * (a.createdAtMs - b.createdAtMs) || (a.name < b.name ? -1 : 1));
  const result = page(found, nextToken, maxResults, () => invalid('The provided pagination token is invalid.'));
  return result.nextToken === undefined
    ? { items: result.items }
    : { items: result.items, nextToken: result.nextToken };
}
