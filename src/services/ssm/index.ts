import { defineService } from '../../kernel/service.ts';

/** AWS Systems Manager, as far as Parameter Store. */
export const service = defineService<typeof import('@aws-sdk/client-ssm')>({
  sdk: 'ssm',
  operations: {},
});
