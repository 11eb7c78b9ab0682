import { deflateRawSync } from 'node:zlib';
import type { PolicyDescriptorType } from '@aws-sdk/client-sts';
import { parsePolicy, PolicyError } from '../../engines/policy/policy.ts';
import type { Call } from '../../kernel/call.ts';
import type { Session } from '../../kernel/principals/principal.ts';
import { parseArn } from '../../kernel/resources.ts';
import { malformedPolicy, packedPolicyTooLarge, validation } from './errors.ts';
import { PACKED_POLICIES_BYTES_MAX, PACKED_TAGS_BYTES_MAX, POLICIES_PLAIN_MAX, POLICY_ARNS_MAX } from './limits.ts';

/** The session policies of a request, and how much of a session token they and its tags take. */
export type SessionPolicies = Pick<Session, 'policy' | 'policyArns'> & {
  /** Percent; absent when there are neither policies nor tags. */
  PackedPolicySize?: number;
};

/**
 * Checks session policies and measures them with the session's tags.
 *
 * @param account of the role or user: customer managed policies must be of it
 */
export async function sessionPolicies(
  call: Call,
  input: { Policy?: string | undefined; PolicyArns?: PolicyDescriptorType[] | undefined },
  { account, tags }: { account: string; tags: Record<string, string> },
): Promise<SessionPolicies> {
  const policy = input.Policy;
  const arns = (input.PolicyArns ?? []).map(({ arn }) => {
    if (arn === undefined) throw validation('A policy ARN is missing in policyArns.');
    return arn;
  });
  if (arns.length > POLICY_ARNS_MAX)
    throw validation(
      `1 validation error detected: Value at 'policyArns' failed to satisfy constraint: Member must have length less than or equal to ${POLICY_ARNS_MAX}`,
    );
  if (new Set(arns).size < arns.length) throw validation('Duplicate policy ARNs in policyArns.');
  for (const arn of arns) {
    const owner = parseArn(arn)?.account;
    const known = owner === 'aws' || owner === account ? await call.kernel.principals.managedPolicy(arn) : undefined;
    if (!known) throw validation(`Policy ${arn} does not exist or is not attachable.`);
  }
  const plain = (policy?.length ?? 0) + arns.reduce((sum, arn) => sum + arn.length, 0);
  const tagged = Object.entries(tags).reduce((sum, [key, value]) => sum + Buffer.byteLength(key + value), 0);
  const packed = plain === 0 ? 0 : deflateRawSync([policy ?? '', ...arns].join('\n')).length;
  const percent = Math.floor(100 * (packed / PACKED_POLICIES_BYTES_MAX + tagged / PACKED_TAGS_BYTES_MAX));
  if (plain > POLICIES_PLAIN_MAX || (packed > 0 && percent > 100)) {
    const size = Math.max(percent, Math.floor((100 * plain) / POLICIES_PLAIN_MAX));
    throw packedPolicyTooLarge(`Packed policy consumes ${size}% of allotted space, please use smaller policy.`);
  }
  if (policy !== undefined) checkDocument(policy);
  if (percent > 100) throw packedPolicyTooLarge(`Packed size of session tags consumes ${percent}% of allotted space.`);
  return {
    ...(policy === undefined ? {} : { policy }),
    ...(arns.length === 0 ? {} : { policyArns: arns }),
    ...(plain + tagged === 0 ? {} : { PackedPolicySize: Math.max(1, percent) }),
  };
}

function checkDocument(text: string): void {
  try {
    parsePolicy(text, 'session');
  } catch (error) {
    if (error instanceof PolicyError) throw malformedPolicy(error.message);
    throw error;
  }
}
