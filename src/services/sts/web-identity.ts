import type { AssumeRoleWithWebIdentityRequest } from '@aws-sdk/client-sts';
import { oidcProviders, type OidcProvider } from '../../kernel/principals/federation.ts';
import { parseArn } from '../../kernel/resources.ts';
import type { Call } from '../../kernel/call.ts';
import type { Handlers } from '../../kernel/service.ts';
import { invalidIdentityToken, notBuilt } from './errors.ts';
import { admitFederated } from './federation.ts';
import { claimedIssuer, readIdentityToken, type Claims } from './identity-token.ts';
import { SESSION_NAME } from './limits.ts';
import { checkRoleArn, roleSeconds, roleSession } from './role-session.ts';
import { sessionPolicies } from './session-policy.ts';
import { federatedTags, type SessionTags } from './session-tags.ts';
import { claimKeys } from './web-identity-keys.ts';

type Sts = Handlers<typeof import('@aws-sdk/client-sts')>;

/** Claims that are for AWS. Source: IAM User Guide, "Passing session tags using AssumeRoleWithWebIdentity". */
const TAGS = 'https://aws.amazon.com/tags';
const SOURCE_IDENTITY = 'https://aws.amazon.com/source_identity';

/**
 * Temporary credentials for somebody whom an OpenID Connect provider vouches for.
 * Source: STS API Reference, AssumeRoleWithWebIdentity; IAM User Guide, "OIDC federation".
 */
export const AssumeRoleWithWebIdentity: Sts['AssumeRoleWithWebIdentity'] = async (call, input) => {
  const { role, provider, claims, audience, sourceIdentity, tags, lasting } = await admit(call, input);
  const sessionName = input.RoleSessionName!;
  const seconds = roleSeconds(role, input.DurationSeconds);
  const { PackedPolicySize, ...policies } = await sessionPolicies(call, input, {
    account: role.account,
    tags: tags.tags,
  });
  const issued = await roleSession(call, role, {
    sessionName,
    seconds,
    tokenBytesMin: input.MinimumSessionTokenSize,
    session: {
      issuedAtMs: call.kernel.clock.now(),
      ...policies,
      ...(tags.any ? { tags: tags.tags } : {}),
      ...(tags.transitiveTagKeys.length > 0 ? { transitiveTagKeys: tags.transitiveTagKeys } : {}),
      ...(sourceIdentity === undefined ? {} : { sourceIdentity }),
      federatedProvider: provider.arn,
      keys: lasting,
    },
  });
  return {
    ...issued,
    ...(PackedPolicySize === undefined ? {} : { PackedPolicySize }),
    SubjectFromWebIdentityToken: claims.sub,
    Audience: audience.join(','),
    Provider: provider.arn,
    ...(sourceIdentity === undefined ? {} : { SourceIdentity: sourceIdentity }),
  };
};

/** Checks the token, and that the role lets in whom it is of. */
async function admit(call: Call, input: AssumeRoleWithWebIdentityRequest) {
  if (input.ProviderId !== undefined)
    throw notBuilt(`AssumeRoleWithWebIdentity with the OAuth 2.0 access tokens of ${input.ProviderId}`);
  checkRoleArn(input.RoleArn!);
  const token = input.WebIdentityToken!;
  const provider = await providerOf(call, input.RoleArn!, claimedIssuer(token));
  const claims = await readIdentityToken(call, token, provider);
  const audience = audienceOf(claims, provider);
  const sourceIdentity = sourceIdentityOf(claims);
  const tags = tagsOf(claims);
  const prefix = provider.url.toLowerCase();
  const lasting = {
    [`${prefix}:aud`]: audience,
    [`${prefix}:sub`]: claims.sub,
    ...(claims.amr ? { [`${prefix}:amr`]: claims.amr } : {}),
  };
  const role = await admitFederated(call, {
    operation: 'AssumeRoleWithWebIdentity',
    roleArn: input.RoleArn!,
    provider: provider.arn,
    account: provider.account,
    keys: {
      ...claimKeys(provider.url, claims.all),
      ...lasting,
      ...(claims.azp === undefined ? {} : { [`${prefix}:oaud`]: claims.aud }),
    },
    sessionName: input.RoleSessionName!,
    sourceIdentity,
    tags,
  });
  return { role, provider, claims, audience, sourceIdentity, tags, lasting };
}

/** Asks what `AssumeRoleWithWebIdentity` asks as it works, of a role that is here. */
export async function askOfWebIdentity(call: Call, input: AssumeRoleWithWebIdentityRequest): Promise<void> {
  if (await call.kernel.principals.roleByArn(input.RoleArn!)) await admit(call, input);
}

/** The provider of the role's account that the token's issuer is. */
async function providerOf({ kernel }: Call, roleArn: string, issuer: string): Promise<OidcProvider> {
  const account = parseArn(roleArn)?.account ?? '';
  // An issuer on this machine may do without TLS where that is allowed; the fetch decides.
  const url = /^https:\/\/(.+)$/.exec(issuer)?.[1] ?? /^http:\/\/(.+)$/.exec(issuer)?.[1];
  const plain = issuer.startsWith('http:') && !kernel.outbound.allowsPrivate;
  const provider = url === undefined || plain ? undefined : await kernel.store.get(oidcProviders, [account, url]);
  if (!provider) throw invalidIdentityToken(`No OpenIDConnect provider found in your account for ${issuer}`);
  return provider;
}

/** The clients the token is for that are among the provider's: `azp` where the token has one. */
function audienceOf({ aud, azp }: Claims, provider: OidcProvider): string[] {
  const audience = (azp === undefined ? aud : [azp]).filter((one) => provider.clientIds.includes(one));
  if (audience.length === 0) throw invalidIdentityToken('Incorrect token audience');
  return audience;
}

function sourceIdentityOf({ all }: Claims): string | undefined {
  const value = all[SOURCE_IDENTITY];
  if (value === undefined) return undefined;
  if (typeof value !== 'string' || !SESSION_NAME.test(value))
    throw invalidIdentityToken('Source Identity must match [a-zA-Z_0-9+=,.@-]{2,64} and not begin with "aws:"');
  return value;
}

/** Tags are one claim with everything in it, or claims of their own whose names go on after a slash. */
function tagsOf({ all }: Claims): SessionTags {
  const invalid = () => invalidIdentityToken(`The claim ${TAGS} is not valid`);
  const nested = all[TAGS] ?? {};
  if (typeof nested !== 'object' || Array.isArray(nested) || nested === null) throw invalid();
  const { principal_tags: principalTags = {}, transitive_tag_keys: nestedKeys } = nested as Record<string, unknown>;
  if (typeof principalTags !== 'object' || Array.isArray(principalTags) || principalTags === null) throw invalid();
  const flat = `${TAGS}/principal_tags/`;
  const given = [
    ...Object.entries(principalTags),
    ...Object.entries(all).flatMap(([name, value]) =>
      name.startsWith(flat) ? [[name.slice(flat.length), value] as const] : [],
    ),
  ];
  const tags = given.map(([Key, value]) => {
    const Value: unknown = Array.isArray(value) && value.length === 1 ? value[0] : value;
    if (typeof Value !== 'string') throw invalid();
    return { Key, Value };
  });
  const keys: unknown = nestedKeys ?? all[`${TAGS}/transitive_tag_keys`];
  const list = keys === undefined ? [] : typeof keys === 'string' ? [keys] : keys;
  if (!Array.isArray(list) || list.some((one) => typeof one !== 'string')) throw invalid();
  return federatedTags(tags, list as string[]);
}
