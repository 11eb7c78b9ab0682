import { OpenIdIdpCommunicationErrorException } from '@aws-sdk/client-iam';
import type { Call } from '../../kernel/call.ts';
import { oidcProviders, type OidcProvider } from '../../kernel/principals/federation.ts';
import { touch } from '../../kernel/principals/principals.ts';
import { OutboundError } from '../../kernel/outbound.ts';
import { parseArn } from '../../kernel/resources.ts';
import type { Handlers } from '../../kernel/service.ts';
import { iamArn } from './arns.ts';
import { CLIENT_IDS_MAX, OIDC_PROVIDERS_MAX, THUMBPRINTS_MAX } from './credential-limits.ts';
import { alreadyExists, invalidInput, noSuchEntity, overQuota } from './errors.ts';
import { addTags, listTags, removeTags, type Place } from './tagged.ts';
import { tagsMember, withTags } from './tags.ts';

type Iam = Handlers<typeof import('@aws-sdk/client-iam')>;

const PREFIX = 'oidc-provider/';

/** The provider that an ARN is of. */
export function readOidcArn(arn: string): { account: string; url: string } | undefined {
  const parts = parseArn(arn);
  if (parts?.service !== 'iam' || !parts.resource.startsWith(PREFIX)) return undefined;
  return { account: parts.account, url: parts.resource.slice(PREFIX.length) };
}

const placeOf = (call: Call, arn: string | undefined): Place<OidcProvider> => {
  const parts = readOidcArn(arn!);
  if (!parts) throw invalidInput(`Invalid ARN: ${arn}`);
  const missing = () => noSuchEntity(`OpenIDConnect Provider not found for arn ${arn}`);
  // Permissions were asked for on the ARN as it was given: no other spelling of it may lead to the provider.
  if (iamArn(call, 'oidc-provider', parts.url) !== arn) throw missing();
  return { collection: oidcProviders, key: [call.account, parts.url], missing };
};

/** Without its scheme: as the ARN has it and as tokens' issuers are compared. Throws InvalidInput. */
function readUrl(text: string): { url: URL; bare: string } {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || url.protocol !== 'https:' || url.username || url.password)
    throw invalidInput(`Invalid Open ID Connect Provider URL: ${text}. The URL must begin with https://.`);
  if (url.search || url.hash || text.includes('?') || text.includes('#'))
    throw invalidInput(`Invalid Open ID Connect Provider URL: ${text}. Query parameters are not allowed.`);
  return { url, bare: text.slice('https://'.length) };
}

/** The ARN that a URL makes; of one that is no URL, what would be asked for. */
export const oidcArn = (call: Call, url: string | undefined) =>
  iamArn(call, 'oidc-provider', (url ?? '').replace(/^https:\/\//i, ''));

function checkThumbprints(thumbprints: readonly string[]): string[] {
  if (thumbprints.length > THUMBPRINTS_MAX)
    throw invalidInput(`Thumbprint list must contain fewer than ${THUMBPRINTS_MAX + 1} entries.`);
  for (const thumbprint of thumbprints)
    if (!/^[0-9a-f]{40}$/i.test(thumbprint)) throw invalidInput(`Invalid thumbprint: ${thumbprint}`);
  return [...new Set(thumbprints)];
}

const withClientIds = (clientIds: readonly string[]): string[] => {
  const next = [...new Set(clientIds)];
  if (next.length > CLIENT_IDS_MAX) throw overQuota('ClientIdsPerOpenIdConnectProvider', CLIENT_IDS_MAX);
  return next;
};

const CONNECT_MS_MAX = 5_000;

/** As AWS finds it. Source: IAM User Guide, "Obtain the thumbprint for an OpenID Connect identity provider". */
async function readThumbprint({ kernel, signal }: Call, url: URL): Promise<string> {
  try {
    return await kernel.outbound.thumbprint(url, { timeoutMs: CONNECT_MS_MAX, signal });
  } catch (error) {
    if (!(error instanceof OutboundError)) throw error;
    throw new OpenIdIdpCommunicationErrorException({ message: error.message, $metadata: {} });
  }
}

/** Trusts an OpenID Connect provider. Without a thumbprint, the provider's server is asked for its certificates. */
export const CreateOpenIDConnectProvider: Iam['CreateOpenIDConnectProvider'] = async (call, input) => {
  const { account, kernel } = call;
  const { url, bare } = readUrl(input.Url!);
  const clientIds = withClientIds(input.ClientIDList ?? []);
  const given = checkThumbprints(input.ThumbprintList ?? []);
  const tags = withTags({}, input.Tags);
  const exists = () => alreadyExists(`Provider with url ${input.Url} already exists.`);
  if (await kernel.store.get(oidcProviders, [account, bare])) throw exists();
  const thumbprints = given.length > 0 ? given : [await readThumbprint(call, url)];
  const arn = iamArn(call, 'oidc-provider', bare);
  await kernel.store.transact(async (tx) => {
    if (await tx.get(oidcProviders, [account, bare])) throw exists();
    if ((await tx.range(oidcProviders, [account])).length >= OIDC_PROVIDERS_MAX)
      throw overQuota('OpenIdConnectProvidersPerAccount', OIDC_PROVIDERS_MAX);
    const createdAtMs = kernel.clock.now();
    tx.put(oidcProviders, [account, bare], { account, url: bare, arn, clientIds, thumbprints, createdAtMs, tags });
    await touch(tx);
  });
  return { OpenIDConnectProviderArn: arn, ...tagsMember(tags) };
};

export const GetOpenIDConnectProvider: Iam['GetOpenIDConnectProvider'] = async (call, input) => {
  const { collection, key, missing } = placeOf(call, input.OpenIDConnectProviderArn);
  const provider = await call.kernel.store.get(collection, key);
  if (!provider) throw missing();
  return {
    Url: provider.url,
    ClientIDList: provider.clientIds,
    ThumbprintList: provider.thumbprints,
    CreateDate: new Date(provider.createdAtMs),
    ...tagsMember(provider.tags),
  };
};

export const ListOpenIDConnectProviders: Iam['ListOpenIDConnectProviders'] = async (call) => ({
  OpenIDConnectProviderList: (await call.kernel.store.range(oidcProviders, [call.account])).map(({ value }) => ({
    Arn: value.arn,
  })),
});

/** A provider that does not exist is no error. Source: IAM API Reference, DeleteOpenIDConnectProvider. */
export const DeleteOpenIDConnectProvider: Iam['DeleteOpenIDConnectProvider'] = async (call, input) => {
  const { collection, key } = placeOf(call, input.OpenIDConnectProviderArn);
  await call.kernel.store.transact(async (tx) => {
    tx.delete(collection, key);
    await touch(tx);
  });
  return {};
};

/** An audience that is there already is no error. */
export const AddClientIDToOpenIDConnectProvider: Iam['AddClientIDToOpenIDConnectProvider'] = (call, input) =>
  change(call, input.OpenIDConnectProviderArn, (provider) => {
    return { ...provider, clientIds: withClientIds([...provider.clientIds, input.ClientID!]) };
  });

/** An audience that is not there is no error. Source: IAM API Reference, RemoveClientIDFromOpenIDConnectProvider. */
export const RemoveClientIDFromOpenIDConnectProvider: Iam['RemoveClientIDFromOpenIDConnectProvider'] = (call, input) =>
  change(call, input.OpenIDConnectProviderArn, (provider) => {
    return { ...provider, clientIds: provider.clientIds.filter((clientId) => clientId !== input.ClientID) };
  });

export const UpdateOpenIDConnectProviderThumbprint: Iam['UpdateOpenIDConnectProviderThumbprint'] = (call, input) => {
  const thumbprints = checkThumbprints(input.ThumbprintList!);
  if (thumbprints.length === 0) throw invalidInput('Thumbprint list must contain at least one entry.');
  return change(call, input.OpenIDConnectProviderArn, (provider) => ({ ...provider, thumbprints }));
};

async function change(call: Call, arn: string | undefined, next: (provider: OidcProvider) => OidcProvider) {
  const { collection, key, missing } = placeOf(call, arn);
  await call.kernel.store.transact(async (tx) => {
    const provider = await tx.get(collection, key);
    if (!provider) throw missing();
    tx.put(collection, key, next(provider));
    await touch(tx);
  });
  return {};
}

export const TagOpenIDConnectProvider: Iam['TagOpenIDConnectProvider'] = (call, input) =>
  addTags(call, placeOf(call, input.OpenIDConnectProviderArn), input.Tags);

export const UntagOpenIDConnectProvider: Iam['UntagOpenIDConnectProvider'] = (call, input) =>
  removeTags(call, placeOf(call, input.OpenIDConnectProviderArn), input.TagKeys);

export const ListOpenIDConnectProviderTags: Iam['ListOpenIDConnectProviderTags'] = (call, input) =>
  listTags(call, placeOf(call, input.OpenIDConnectProviderArn), input);
