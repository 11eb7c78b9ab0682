import { pageToken, readPageToken } from '../../kernel/resources.ts';
import { invalidGrantToken } from './errors.ts';
import type { Key } from './records.ts';

/** What a grant token stands for. It carries no rights: who retires by it must be allowed to. */
export type GrantName = { account: string; region: string; keyId: string; grantId: string };

export const grantToken = ({ account, region, id }: Key, grantId: string): string =>
  pageToken({ account, region, keyId: id, grantId } satisfies GrantName);

/** Throws InvalidGrantTokenException for a token that was never given out. */
export function readGrantToken(token: string): GrantName {
  return readPageToken<GrantName>(token, () => invalidGrantToken('The grant token is not valid.'))!;
}

/**
 * Refuses tokens that were never given out. They are of no further use here: a grant holds for every process at once, while on AWS it takes
 * up to five minutes to, and its token bridges them.
 */
export function checkGrantTokens(tokens: readonly string[] | undefined): void {
  for (const token of tokens ?? []) readGrantToken(token);
}
