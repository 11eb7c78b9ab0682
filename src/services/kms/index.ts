import { defineService } from '../../kernel/service.ts';

/** AWS Key Management Service: keys that never leave it, and what is done with them. */
export const service = defineService<typeof import('@aws-sdk/client-kms')>({
  sdk: 'kms',
  operations: {},
});
