import type { Principal } from '../principals/principal.ts';
import { parseArn } from '../resources.ts';
import { secondsOf } from './record.ts';

/**
 * The `userIdentity` element of a record in the caller's own account. Source: CloudTrail User Guide, "CloudTrail userIdentity element".
 *
 * @param invokedBy the service that made the call for the caller, or by itself
 */
export function userIdentity(
  principal: Principal,
  options: { accessKeyId?: string; invokedBy?: string } = {},
): Record<string, unknown> {
  const { accessKeyId, invokedBy } = options;
  const { id: principalId, arn, account: accountId } = principal;
  if (principal.type === 'service') return { type: 'AWSService', invokedBy: principal.service };
  if (principal.type === 'anonymous') return { type: 'AWSAccount', principalId: '', accountId: 'ANONYMOUS_PRINCIPAL' };
  const context = sessionContext(principal);
  return {
    type: TYPES[principal.type],
    principalId,
    arn,
    accountId,
    ...(accessKeyId === undefined ? {} : { accessKeyId }),
    ...(principal.type === 'user' ? { userName: principal.name } : {}),
    ...(Object.keys(context).length === 0 ? {} : { sessionContext: context }),
    ...(invokedBy === undefined ? {} : { invokedBy }),
  };
}

const TYPES = {
  root: 'Root',
  user: 'IAMUser',
  'federated-user': 'FederatedUser',
  'assumed-role': 'AssumedRole',
} as const;

/** Of temporary credentials: who gave them, and how. */
function sessionContext(principal: Principal): Record<string, unknown> {
  const { session, account } = principal;
  return {
    ...(principal.type === 'assumed-role'
      ? {
          sessionIssuer: {
            type: 'Role',
            principalId: principal.id.split(':')[0],
            arn: principal.roleArn,
            accountId: account,
            userName: lastPart(principal.roleArn),
          },
        }
      : principal.type === 'federated-user'
        ? { sessionIssuer: issuerOf(principal.issuer, account) }
        : {}),
    // Of SAML sessions CloudTrail shows nothing here.
    ...(session?.federatedProvider === undefined || session.federatedProvider.includes(':saml-provider/')
      ? {}
      : { webIdFederationData: { federatedProvider: session.federatedProvider, attributes: session.keys ?? {} } }),
    ...(session === undefined
      ? {}
      : {
          attributes: {
            creationDate: secondsOf(session.issuedAtMs),
            mfaAuthenticated: String(session.mfaAtMs !== undefined),
          },
        }),
    ...(session?.sourceIdentity === undefined ? {} : { sourceIdentity: session.sourceIdentity }),
  };
}

/** The `userIdentity` element of a record in another account than the caller's: no more of them than who they are. */
export function foreignIdentity(principal: Principal, invokedBy?: string): Record<string, unknown> {
  if (principal.type === 'service' || principal.type === 'anonymous') return userIdentity(principal);
  return {
    type: 'AWSAccount',
    principalId: principal.id,
    accountId: principal.account,
    ...(invokedBy === undefined ? {} : { invokedBy }),
  };
}

function issuerOf(arn: string, accountId: string): Record<string, unknown> {
  const isRoot = parseArn(arn)?.resource === 'root';
  return isRoot
    ? { type: 'Root', principalId: accountId, arn, accountId }
    : { type: 'IAMUser', arn, accountId, userName: lastPart(arn) };
}

const lastPart = (arn: string) => arn.slice(arn.lastIndexOf('/') + 1);
