import type { Principal } from '../kernel/principals/principal.ts';

/**
 * Whether a service takes the credentials at all, whatever policies say: sessions that showed no second factor, and federated users, call
 * nothing of IAM. Source: STS API Reference, GetSessionToken and GetFederationToken, "Permissions".
 *
 * @param service SDK client name
 */
export function servesSession({ type, session }: Principal, service: string): boolean {
  if (service !== 'iam' || !session) return true;
  return type !== 'federated-user' && (type === 'assumed-role' || session.mfaAtMs !== undefined);
}
