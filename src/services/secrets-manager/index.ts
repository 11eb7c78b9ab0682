import { defineService } from '../../kernel/service.ts';

/** AWS Secrets Manager: secrets with versions, stages and rotation. */
export const service = defineService<typeof import('@aws-sdk/client-secrets-manager')>({
  sdk: 'secrets-manager',
  operations: {},
});
