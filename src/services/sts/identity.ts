import { InvalidAuthorizationMessageException } from '@aws-sdk/client-sts';
import type { Call } from '../../kernel/call.ts';
import { AwsError } from '../../kernel/errors.ts';
import { authorizationPurpose, unseal } from '../../kernel/seal.ts';
import type { Handlers } from '../../kernel/service.ts';
import { withSession } from './errors.ts';

type Sts = Handlers<typeof import('@aws-sdk/client-sts')>;

/** Who the credentials of this call belong to. */
export const GetCallerIdentity: Sts['GetCallerIdentity'] = (call) => {
  if (call.principal.type === 'anonymous')
    throw new AwsError('MissingAuthenticationToken', 'Request is missing Authentication Token', 403);
  return { UserId: call.principal.id, Account: call.principal.account, Arn: call.principal.arn };
};

/** The account that an access key belongs to; works for keys of any account of the stack. */
export const GetAccessKeyInfo: Sts['GetAccessKeyInfo'] = async (call, input) => {
  refuseSession(call);
  const credential = await call.kernel.principals.credential(input.AccessKeyId!);
  if (!credential)
    throw new AwsError('InvalidClientTokenId', 'The security token included in the request is invalid.', 403);
  return { Account: credential.principal.account };
};

/** Opens the encoded message of a denied call; only the account whose resource it was about can. */
export const DecodeAuthorizationMessage: Sts['DecodeAuthorizationMessage'] = async (call, input) => {
  refuseSession(call);
  const DecodedMessage = await unseal(call.kernel, authorizationPurpose(call.account), input.EncodedMessage!);
  if (DecodedMessage === undefined)
    throw new InvalidAuthorizationMessageException({ message: 'Message is not valid', $metadata: {} });
  return { DecodedMessage };
};

/**
 * Sessions of users, and federated users, call nothing of STS but who they are (and users, how to become a role).
 * Source: STS API Reference, GetSessionToken and GetFederationToken, "Permissions".
 */
function refuseSession({ principal, operation }: Call): void {
  if (principal.session && principal.type !== 'assumed-role') throw withSession(operation);
}
