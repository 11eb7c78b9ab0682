import type { Call } from '../../kernel/call.ts';
import { AwsError } from '../../kernel/errors.ts';
import type { Role } from '../../kernel/principals/records.ts';
import type { ConditionKeys } from '../../kernel/access.ts';
import { accessDenied } from './errors.ts';
import type { SessionTags } from './session-tags.ts';

/**
 * Asks a role's trust policy whether it lets in somebody whom an identity provider vouches for.
 *
 * @param request.provider ARN of the provider, as trust policies name it
 * @param request.account of the provider
 * @returns the role; rejects in AWS's words when it is not there or does not trust the provider
 */
export async function admitFederated(
  call: Call,
  request: {
    operation: 'AssumeRoleWithSAML' | 'AssumeRoleWithWebIdentity';
    roleArn: string;
    provider: string;
    account: string;
    keys: ConditionKeys;
    sessionName: string;
    sourceIdentity: string | undefined;
    tags: SessionTags;
  },
): Promise<Role> {
  const { operation, roleArn: resource, provider, account, sourceIdentity, tags } = request;
  const keys: ConditionKeys = {
    ...request.keys,
    ...tags.keys,
    'sts:rolesessionname': request.sessionName,
    'sts:sourceidentity': sourceIdentity,
    'aws:federatedprovider': provider,
  };
  const actions = [
    operation,
    ...(tags.any ? ['TagSession'] : []),
    ...(sourceIdentity === undefined ? [] : ['SetSourceIdentity']),
  ];
  for (const action of actions) {
    await call.require({ action: `sts:${action}`, resource, keys }, { account, provider }).catch((error: unknown) => {
      if (error instanceof AwsError && error.name === 'AccessDenied')
        throw accessDenied(`Not authorized to perform sts:${action}`);
      throw error;
    });
  }
  const role = await call.kernel.principals.roleByArn(resource);
  if (!role) throw accessDenied(`Not authorized to perform sts:${operation}`);
  return role;
}
