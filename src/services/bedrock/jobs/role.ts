import type { Call } from '../../../kernel/call.ts';
import type { Kernel } from '../../../kernel/kernel.ts';
import type { Principal } from '../../../kernel/principals/principal.ts';
import { parseArn } from '../../../kernel/resources.ts';
import { invalid } from '../errors.ts';

export const SERVICE = 'bedrock.amazonaws.com';

/** Asks whether the caller may hand the role of a job to Bedrock. */
export const askPassRole = (call: Call, { roleArn }: { roleArn: string | undefined }): Promise<void> =>
  call.require({ action: 'iam:PassRole', resource: roleArn!, keys: { 'iam:passedtoservice': SERVICE } });

/** The caller may hand this role to Bedrock. Throws AccessDeniedException, and ValidationException for a role of another account. */
export async function requirePassRole(call: Call, roleArn: string): Promise<void> {
  if (parseArn(roleArn)?.account !== call.account) throw invalid('Cross-account pass role is not allowed.');
  await askPassRole(call, { roleArn });
}

/** A session of the role that a job was given. Rejects with STS's AccessDenied where the role does not trust Bedrock for it. */
export function assumeJobRole(
  kernel: Kernel,
  job: { arn: string; account: string; region: string; roleArn: string },
): Promise<Principal> {
  return kernel.calls.assumeRole({
    roleArn: job.roleArn,
    service: SERVICE,
    sessionName: `Bedrock-${job.arn.slice(job.arn.lastIndexOf('/') + 1)}`,
    sourceArn: job.arn,
    sourceAccount: job.account,
    region: job.region,
  });
}
