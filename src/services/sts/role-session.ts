import type { AssumedRoleUser } from '@aws-sdk/client-sts';
import type { Call } from '../../kernel/call.ts';
import type { Principal, Session } from '../../kernel/principals/principal.ts';
import type { Role } from '../../kernel/principals/records.ts';
import { parseArn } from '../../kernel/resources.ts';
import { issue, type Issued } from './credentials.ts';
import { validation } from './errors.ts';
import { CHAINED_SESSION_SECONDS_MAX, ROLE_SESSION_SECONDS_DEFAULT } from './limits.ts';

/** A session of a role that may be assumed, with its credentials. */
export async function roleSession(
  call: Call,
  role: Role,
  {
    sessionName,
    session,
    seconds,
    tokenBytesMin,
  }: { sessionName: string; session: Session; seconds: number; tokenBytesMin?: number | undefined },
): Promise<Issued & { AssumedRoleUser: AssumedRoleUser }> {
  const { partition } = parseArn(role.arn)!;
  const principal: Principal & { session: Session } = {
    type: 'assumed-role',
    account: role.account,
    // The role's path is not in the ARN of its sessions.
    arn: `arn:${partition}:sts::${role.account}:assumed-role/${role.name}/${sessionName}`,
    id: `${role.id}:${sessionName}`,
    roleArn: role.arn,
    sessionName,
    session,
  };
  const issued = await issue(call, { principal, seconds, tokenBytesMin });
  return { ...issued, AssumedRoleUser: { AssumedRoleId: principal.id, Arn: principal.arn } };
}

/** How long a role session lasts; rejects what is longer than the role, or a chain of roles, allows. */
export function roleSeconds(role: Role, asked: number | undefined, chained = false): number {
  if (chained && asked !== undefined && asked > CHAINED_SESSION_SECONDS_MAX)
    throw validation(
      'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining',
    );
  const seconds = asked ?? ROLE_SESSION_SECONDS_DEFAULT;
  if (seconds > role.maxSessionSeconds)
    throw validation('The requested DurationSeconds exceeds the MaxSessionDuration set for this role.');
  return seconds;
}

const ROLE_ARN = /^arn:[a-z-]+:iam::\d{12}:role\/.+$/s;

/** Rejects what is no ARN of a role, before anybody is asked whether it may be assumed. */
export function checkRoleArn(arn: string): void {
  if (!ROLE_ARN.test(arn)) throw validation(`${arn} is invalid`);
}
