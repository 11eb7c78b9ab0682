import type { Clock } from './clock.ts';
import { collection, type Store } from './store/store.ts';

/** Who is calling. */
export type Principal =
  | { type: 'root'; account: string; arn: string; id: string }
  | { type: 'user'; account: string; arn: string; id: string; name: string }
  | { type: 'assumed-role'; account: string; arn: string; id: string; roleArn: string; sessionName: string }
  | { type: 'federated-user'; account: string; arn: string; id: string; name: string }
  | { type: 'service'; account: string; arn: string; id: string; service: string }
  | { type: 'anonymous'; account: string; arn: string; id: string };

/** A long-term key, or a session's. */
export type Credential = {
  accessKeyId: string;
  secretAccessKey: string;
  principal: Principal;
  /** Present exactly on a session's credentials. */
  sessionToken?: string;
  /** Virtual ms. */
  expiresAtMs?: number;
  mfa?: boolean;
  issuedAtMs?: number;
};

const credentials = collection<Credential>('kernel/credential');

/** Accounts, and the credentials that lead to principals. Written by the IAM, STS and Organizations faces, read by identity. */
export class Principals {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #root: Credential;

  constructor(parts: { store: Store; clock: Clock; account: string; rootKey: string; rootSecret: string }) {
    this.#store = parts.store;
    this.#clock = parts.clock;
    this.#root = { accessKeyId: parts.rootKey, secretAccessKey: parts.rootSecret, principal: rootOf(parts.account) };
  }

  /** The stack's own account and root credential. */
  get root(): Credential {
    return this.#root;
  }

  /** The credential of an access key id; the caller checks secret, token and expiry. */
  async credential(accessKeyId: string): Promise<Credential | undefined> {
    if (accessKeyId === this.#root.accessKeyId) return this.#root;
    return this.#store.get(credentials, [accessKeyId]);
  }

  expired(credential: Credential): boolean {
    return credential.expiresAtMs !== undefined && credential.expiresAtMs <= this.#clock.now();
  }

  async save(credential: Credential): Promise<void> {
    await this.#store.transact((tx) => tx.put(credentials, [credential.accessKeyId], credential));
  }
}

export function rootOf(account: string): Principal {
  return { type: 'root', account, arn: `arn:aws:iam::${account}:root`, id: account };
}

export const ANONYMOUS: Principal = { type: 'anonymous', account: 'anonymous', arn: '*', id: 'anonymous' };
