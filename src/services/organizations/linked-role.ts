import { AccessDeniedForDependencyException } from '@aws-sdk/client-organizations';
import type { Call } from '../../kernel/call.ts';
import { text } from './errors.ts';
import { linkedRoleArn } from './roles.ts';

/** Throws AccessDeniedForDependencyException unless the caller may make the service-linked role of Organizations in its account. */
export async function allowLinkedRole(call: Call): Promise<void> {
  try {
    await call.require({
      action: 'iam:CreateServiceLinkedRole',
      resource: linkedRoleArn(call.partition, call.account),
      keys: { 'iam:awsservicename': 'organizations.amazonaws.com' },
    });
  } catch {
    throw new AccessDeniedForDependencyException({
      ...text(
        'The request failed because your credentials do not have permission to create the service-linked role required by AWS Organizations.',
      ),
      Reason: 'ACCESS_DENIED_DURING_CREATE_SERVICE_LINKED_ROLE',
    });
  }
}
