import { createHash } from 'node:crypto';
import { collection } from '../store/store.ts';

/** A user's credential for one service alone: a user name and password, or an API key. Written by IAM. */
export type ServiceCredential = {
  account: string;
  id: string;
  userId: string;
  /** `bedrock.amazonaws.com` */
  service: string;
  /** Its user name, or the alias of an API key: `jane+1-at-123456789012`. */
  alias: string;
  /** The secret's `secretHash`; the secret itself is kept nowhere. */
  secretHash: string;
  createdAtMs: number;
  /** Virtual ms. */
  expiresAtMs?: number;
  inactive?: boolean;
};

/** Keyed by account, the user's id and the credential's. */
export const serviceCredentials = collection<ServiceCredential>('kernel/service-credential');
/** Where the credential of a secret stands: `secretHash` → its key. */
export const serviceCredentialSecrets = collection<[account: string, userId: string, id: string]>(
  'kernel/service-credential-secret',
);

/** Secrets are 256 random bits: a plain digest gives nothing away, and finds them. */
export const secretHash = (secret: string) => createHash('sha256').update(secret).digest('hex');
