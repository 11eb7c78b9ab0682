import { defineService } from '../../kernel/service.ts';

/** AWS Organizations: accounts in one tree, and the policies over them. */
export const service = defineService<typeof import('@aws-sdk/client-organizations')>({
  sdk: 'organizations',
  operations: {},
});
