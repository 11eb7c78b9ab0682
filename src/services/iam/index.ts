import { defineService } from '../../kernel/service.ts';

/** AWS Identity and Access Management: users, groups, roles and what they may do. */
export const service = defineService<typeof import('@aws-sdk/client-iam')>({
  sdk: 'iam',
  operations: {},
});
