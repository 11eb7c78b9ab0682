import { createHash } from 'node:crypto';

/**
 * The canonical user id of an account: 64 hex digits that S3 names owners and grantees by. AWS's is a secret function of the account; ours
 * is a digest, so that every process answers the same. Display names are gone from S3's answers since November 2025.
 */
export function canonicalId(account: string): string {
  if (account === ANONYMOUS_ACCOUNT) return ANONYMOUS_ID;
  return createHash('sha256').update(`outcrop/canonical-user/${account}`).digest('hex');
}

/** Stands for the account of objects that were written without a signature. */
export const ANONYMOUS_ACCOUNT = 'anonymous';
/** Source: S3 User Guide, "Access control list (ACL) overview": the owner of what anonymous requests upload. */
const ANONYMOUS_ID = '65a011a29cdf8ec533ec3d1ccaae921c';

export const ownerOf = (account: string) => ({ ID: canonicalId(account) });

/** The groups that access control lists may name instead of accounts. */
export const ALL_USERS = 'http://acs.amazonaws.com/groups/global/AllUsers';
export const AUTHENTICATED_USERS = 'http://acs.amazonaws.com/groups/global/AuthenticatedUsers';
export const LOG_DELIVERY = 'http://acs.amazonaws.com/groups/s3/LogDelivery';
