import type { Call } from '../call.ts';

/** The ARN of a customer's key by id, alias or ARN, as the caller may see it; undefined for one that is not enabled. Rejects with KMS's errors. */
export async function enabledKeyArn(call: Call, keyId: string): Promise<string | undefined> {
  const { KeyMetadata } = await call.kernel.calls.send<{ KeyMetadata?: { Arn?: string; Enabled?: boolean } }>({
    service: 'kms',
    operation: 'DescribeKey',
    input: { KeyId: keyId },
    principal: call.principal,
    region: call.region,
    invokedBy: 'bedrock.amazonaws.com',
    via: call.via,
  });
  return KeyMetadata?.Enabled ? KeyMetadata.Arn : undefined;
}
