import type { AssumeRoleWithSAMLRequest } from '@aws-sdk/client-sts';
import { createHash } from 'node:crypto';
import { samlProviders, type SamlProvider } from '../../kernel/principals/federation.ts';
import { parseArn } from '../../kernel/resources.ts';
import type { Call } from '../../kernel/call.ts';
import type { ConditionKeys } from '../../kernel/access.ts';
import type { Handlers } from '../../kernel/service.ts';
import { accessDenied, expiredToken, invalidIdentityToken } from './errors.ts';
import { admitFederated } from './federation.ts';
import { ROLE_SESSION_SECONDS_MAX, ROLE_SESSION_SECONDS_MIN, SESSION_NAME } from './limits.ts';
import { checkRoleArn, roleSeconds, roleSession } from './role-session.ts';
import { attributeKeys } from './saml-attributes.ts';
import { readAssertion, type Assertion } from './saml-assertion.ts';
import { sessionPolicies } from './session-policy.ts';
import { federatedTags, type SessionTags } from './session-tags.ts';

type Sts = Handlers<typeof import('@aws-sdk/client-sts')>;

/** Names of the attributes that are for AWS. Source: IAM User Guide, "Configure SAML assertions for the authentication response". */
const ATTRIBUTES = 'https://aws.amazon.com/SAML/Attributes/';
const TAG = `${ATTRIBUTES}PrincipalTag:`;
const FORMAT = 'urn:oasis:names:tc:SAML:2.0:nameid-format:';
/** Where browsers bring responses: the sign-in endpoint, of all or of one region. */
const SIGN_IN = /^https:\/\/([a-z0-9-]+\.)?signin\.aws\.amazon\.com\/saml(\/acs\/[A-Za-z0-9]+)?$/;
const SERVICE_NAME = 'urn:amazon:webservices';

/** Source: the answer `Token must be redeemed within 5 minutes of issuance`. */
const REDEEM_MS_MAX = 300_000;
/** An identity provider's clock may be a little ahead. */
const SKEW_MS_MAX = 60_000;

/**
 * Temporary credentials for somebody whom a SAML identity provider vouches for. A response may be used more than once while it is valid,
 * as on AWS. Source: STS API Reference, AssumeRoleWithSAML; IAM User Guide, "SAML 2.0 federation".
 */
export const AssumeRoleWithSAML: Sts['AssumeRoleWithSAML'] = async (call, input) => {
  const { role, provider, assertion, nowMs, sessionName, sourceIdentity, tags, lasting, nameQualifier, subjectType } =
    await admit(call, input);
  const seconds = secondsOf(assertion, roleSeconds(role, input.DurationSeconds), nowMs);
  const { PackedPolicySize, ...policies } = await sessionPolicies(call, input, {
    account: role.account,
    tags: tags.tags,
  });
  const issued = await roleSession(call, role, {
    sessionName,
    seconds,
    tokenBytesMin: input.MinimumSessionTokenSize,
    session: {
      issuedAtMs: nowMs,
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
    Subject: assertion.subject,
    ...(subjectType === undefined ? {} : { SubjectType: subjectType }),
    Issuer: assertion.issuer,
    Audience: assertion.recipient,
    NameQualifier: nameQualifier,
    ...(sourceIdentity === undefined ? {} : { SourceIdentity: sourceIdentity }),
  };
};

/** Checks the assertion, and that the role lets in whom it is of. */
async function admit(call: Call, input: AssumeRoleWithSAMLRequest) {
  checkRoleArn(input.RoleArn!);
  const provider = await providerOf(call, input.PrincipalArn!);
  const assertion = await readAssertion(input.SAMLAssertion!, provider.certificates, call.signal);
  const { attributes } = assertion;
  const nowMs = call.kernel.clock.now();
  checkValid(assertion, provider, nowMs);
  if (!namesRole(attributes.get(`${ATTRIBUTES}Role`) ?? [], input.RoleArn!, provider.arn))
    throw accessDenied("SAML Assertion doesn't contain the requested Role and Metadata in the attributes");
  const sessionName = sessionNameOf(attributes);
  const sourceIdentity = sourceIdentityOf(attributes);
  const tags = tagsOf(attributes);
  const nameQualifier = createHash('sha1')
    .update(`${assertion.issuer}${provider.account}/${provider.name}`)
    .digest('base64');
  const subjectType = assertion.subjectFormat?.startsWith(FORMAT)
    ? assertion.subjectFormat.slice(FORMAT.length)
    : assertion.subjectFormat;
  // These stay with the session; the others are there for the trust policy alone.
  const lasting = {
    'saml:namequalifier': nameQualifier,
    'saml:sub': assertion.subject,
    ...(subjectType === undefined ? {} : { 'saml:sub_type': subjectType }),
  };
  const keys: ConditionKeys = {
    ...attributeKeys(attributes),
    ...lasting,
    'saml:aud': assertion.recipient,
    'saml:iss': assertion.issuer,
    'saml:doc': `${provider.account}/${provider.name}`,
  };
  const role = await admitFederated(call, {
    operation: 'AssumeRoleWithSAML',
    roleArn: input.RoleArn!,
    provider: provider.arn,
    account: provider.account,
    keys,
    sessionName,
    sourceIdentity,
    tags,
  });
  return {
    role,
    provider,
    assertion,
    nowMs,
    sessionName,
    sourceIdentity,
    tags,
    lasting,
    nameQualifier,
    subjectType,
  };
}

/** Asks what `AssumeRoleWithSAML` asks as it works, of a role that is here. */
export async function askOfSaml(call: Call, input: AssumeRoleWithSAMLRequest): Promise<void> {
  if (await call.kernel.principals.roleByArn(input.RoleArn!)) await admit(call, input);
}

async function providerOf({ kernel }: Call, arn: string): Promise<SamlProvider> {
  const parts = parseArn(arn);
  const name = /^saml-provider\/([^/]+)$/.exec(parts?.resource ?? '')?.[1];
  if (parts?.service !== 'iam' || name === undefined) throw invalidIdentityToken(`Invalid SAML provider ARN: ${arn}`);
  const provider = await kernel.store.get(samlProviders, [parts.account, name]);
  if (provider?.arn !== arn) throw invalidIdentityToken("Specified provider doesn't exist");
  if (provider.validUntilMs <= kernel.clock.now())
    throw invalidIdentityToken('The metadata of the specified provider has expired');
  return provider;
}

function checkValid(assertion: Assertion, provider: SamlProvider, nowMs: number): void {
  if (assertion.issuer !== provider.issuer) throw invalidIdentityToken('Issuer not present in specified provider');
  if (!assertion.audiences.some((audience) => audience === SERVICE_NAME || SIGN_IN.test(audience)))
    throw invalidIdentityToken('Response does not contain the required audience.');
  if (!SIGN_IN.test(assertion.recipient))
    throw invalidIdentityToken('Recipient in AuthnResponse must be the AWS sign-in endpoint');
  const startMs = Math.max(assertion.issuedAtMs, assertion.notBeforeMs ?? -Infinity);
  if (startMs > nowMs + SKEW_MS_MAX) throw invalidIdentityToken('AuthnResponse is not valid yet');
  if (nowMs >= assertion.issuedAtMs + REDEEM_MS_MAX)
    throw expiredToken('Token must be redeemed within 5 minutes of issuance');
  const endMs = Math.min(
    assertion.confirmedUntilMs,
    assertion.notOnOrAfterMs ?? Infinity,
    assertion.sessionNotOnOrAfterMs ?? Infinity,
  );
  if (nowMs >= endMs) throw expiredToken('The SAML assertion has expired');
}

/** Each value is a role and a provider, in either order. */
function namesRole(values: readonly string[], roleArn: string, providerArn: string): boolean {
  return values.some((value) => {
    const pair = value.split(',').map((arn) => arn.trim());
    return pair.length === 2 && pair.includes(roleArn) && pair.includes(providerArn);
  });
}

function sessionNameOf(attributes: Assertion['attributes']): string {
  const values = attributes.get(`${ATTRIBUTES}RoleSessionName`) ?? [];
  if (values.length === 0) throw invalidIdentityToken('RoleSessionName is required in AuthnResponse');
  if (values.length > 1 || !SESSION_NAME.test(values[0]!))
    throw invalidIdentityToken('RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}');
  return values[0]!;
}

function sourceIdentityOf(attributes: Assertion['attributes']): string | undefined {
  const values = attributes.get(`${ATTRIBUTES}SourceIdentity`) ?? [];
  if (values.length > 1 || values.some((value) => !SESSION_NAME.test(value)))
    throw invalidIdentityToken('Source Identity must match [a-zA-Z_0-9+=,.@-]{2,64} and not begin with "aws:"');
  return values[0];
}

function tagsOf(attributes: Assertion['attributes']): SessionTags {
  const tags = [...attributes]
    .filter(([name]) => name.startsWith(TAG))
    .map(([name, values]) => {
      if (values.length !== 1) throw invalidIdentityToken(`${name} must have one AttributeValue in AuthnResponse`);
      return { Key: name.slice(TAG.length), Value: values[0]! };
    });
  return federatedTags(tags, attributes.get(`${ATTRIBUTES}TransitiveTagKeys`));
}

/** What was asked for, the assertion's SessionDuration or its SessionNotOnOrAfter: whichever is shorter. */
function secondsOf({ attributes, sessionNotOnOrAfterMs }: Assertion, asked: number, nowMs: number): number {
  const values = attributes.get(`${ATTRIBUTES}SessionDuration`) ?? [];
  const given = values.map((value) => (/^\d+$/.test(value) ? Number(value) : Number.NaN));
  const valid = given.every((one) => one >= ROLE_SESSION_SECONDS_MIN && one <= ROLE_SESSION_SECONDS_MAX);
  if (given.length > 1 || !valid)
    throw invalidIdentityToken(
      `SessionDuration in AuthnResponse must be between ${ROLE_SESSION_SECONDS_MIN} and ${ROLE_SESSION_SECONDS_MAX}`,
    );
  const left = sessionNotOnOrAfterMs === undefined ? Infinity : Math.floor((sessionNotOnOrAfterMs - nowMs) / 1000);
  return Math.min(asked, left, ...given);
}
