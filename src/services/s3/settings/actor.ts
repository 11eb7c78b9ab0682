import type { Kernel } from '../../../kernel/kernel.ts';
import type { Actor } from './event.ts';

/** S3 itself, where a job and not a call makes something happen. */
export function jobActor(kernel: Kernel, reference: number | string): Actor {
  const service = 's3.amazonaws.com';
  return {
    kernel,
    requestId: `s3-${reference}`,
    principal: { type: 'service', account: kernel.accountId, arn: service, id: service, service },
    source: { ip: service },
  };
}
