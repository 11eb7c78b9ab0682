import { defineService } from '../../kernel/service.ts';
import { DecodeAuthorizationMessage, GetAccessKeyInfo, GetCallerIdentity } from './identity.ts';
import { askOfAssumeRole, AssumeRole, roleResource } from './roles.ts';
import { askOfSaml, AssumeRoleWithSAML } from './saml.ts';
import { sessionTags } from './session-tags.ts';
import { federatedUserArn, GetFederationToken, GetSessionToken } from './sessions.ts';
import { askOfWebIdentity, AssumeRoleWithWebIdentity } from './web-identity.ts';

/** AWS Security Token Service: who is calling, and temporary credentials. */
export const service = defineService<typeof import('@aws-sdk/client-sts')>({
  sdk: 'sts',
  operations: {
    AssumeRole,
    AssumeRoleWithSAML,
    AssumeRoleWithWebIdentity,
    DecodeAuthorizationMessage,
    GetAccessKeyInfo,
    GetCallerIdentity,
    GetFederationToken,
    GetSessionToken,
  },
  // AWS never denies a caller the knowledge of who it is, and no policy governs the showing of a second factor.
  neverDenied: new Set(['GetCallerIdentity', 'GetSessionToken']),
  access: {
    // Asked for in the operation, once the second factor has been checked: what trust policies look at.
    AssumeRole: () => [],
    GetFederationToken: (call, input) => {
      const resource = federatedUserArn(call, input.Name!);
      const { keys, any } = sessionTags(input.Tags, undefined);
      return [
        { action: 'sts:GetFederationToken', resource, keys },
        ...(any ? [{ action: 'sts:TagSession', resource, keys }] : []),
      ];
    },
  },
  asks: {
    AssumeRole: askOfAssumeRole,
    AssumeRoleWithSAML: askOfSaml,
    AssumeRoleWithWebIdentity: askOfWebIdentity,
  },
  resource: roleResource,
  // They change nothing, and yet the credentials that they gave are on the record (without what is secret of them).
  trail: {
    AssumeRole: { response: ['Credentials', 'AssumedRoleUser', 'SourceIdentity', 'PackedPolicySize'] },
    AssumeRoleWithSAML: {
      request: ['RoleArn', 'PrincipalArn', 'DurationSeconds'],
      response: ['Credentials', 'AssumedRoleUser', 'Subject', 'SubjectType', 'Issuer', 'Audience', 'NameQualifier'],
    },
    AssumeRoleWithWebIdentity: {
      request: ['RoleArn', 'RoleSessionName', 'ProviderId', 'DurationSeconds'],
      response: ['Credentials', 'AssumedRoleUser', 'SubjectFromWebIdentityToken', 'Provider', 'Audience'],
    },
    GetFederationToken: { response: ['Credentials', 'FederatedUser', 'PackedPolicySize'] },
    GetSessionToken: { response: ['Credentials'] },
  },
});
