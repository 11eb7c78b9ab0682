import { createHash } from 'node:crypto';

/**
 * The canonical user id of an account: 64 hex digits that S3 names owners and grantees by. AWS's is a secret function of the account; ours
 * is a digest, so that every process answers the same. Display names are gone from S3's answers since November 2025.
 */
export function canonicalId(account: string): string {
  return createHash('sha256').update(`outcrop/canonical-user/${account}`).digest('hex');
}

export const ownerOf = (account: string) => ({ ID: canonicalId(account) });

/** The groups that access control lists may name instead of accounts. */
export const ALL_USERS = 'http://acs.amazonaws.com/groups/global/AllUsers';
export const AUTHENTICATED_USERS = 'http://acs.amazonaws.com/groups/global/AuthenticatedUsers';
