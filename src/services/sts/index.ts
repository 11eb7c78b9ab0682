import { defineService } from '../../kernel/service.ts';
import { DecodeAuthorizationMessage, GetAccessKeyInfo, GetCallerIdentity } from './identity.ts';
import { AssumeRole, GetSessionToken } from './sessions.ts';

/** AWS Security Token Service: who is calling, and temporary credentials. */
export const service = defineService<typeof import('@aws-sdk/client-sts')>({
  sdk: 'sts',
  operations: { AssumeRole, DecodeAuthorizationMessage, GetAccessKeyInfo, GetCallerIdentity, GetSessionToken },
  // AWS never denies a caller the knowledge of who it is.
  neverDenied: new Set(['GetCallerIdentity']),
  access: { AssumeRole: (_call, input) => [{ action: 'sts:AssumeRole', resource: input.RoleArn ?? '*' }] },
});
