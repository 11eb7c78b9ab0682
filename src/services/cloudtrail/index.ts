import { defineService } from '../../kernel/service.ts';

/** AWS CloudTrail: who did what, when and from where. */
export const service = defineService<typeof import('@aws-sdk/client-cloudtrail')>({
  sdk: 'cloudtrail',
  operations: {},
});
