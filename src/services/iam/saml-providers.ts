import type { Call } from '../../kernel/call.ts';
import { AwsError } from '../../kernel/errors.ts';
import { samlProviders, type SamlProvider } from '../../kernel/principals/federation.ts';
import { touch } from '../../kernel/principals/principals.ts';
import type { Handlers } from '../../kernel/service.ts';
import { iamArn, readIamArn } from './arns.ts';
import { SAML_PROVIDERS_MAX } from './credential-limits.ts';
import { alreadyExists, noSuchEntity, overQuota } from './errors.ts';
import { readSamlMetadata } from './saml-metadata.ts';
import { addTags, listTags, removeTags, type Place } from './tagged.ts';
import { tagsMember, withTags } from './tags.ts';

type Iam = Handlers<typeof import('@aws-sdk/client-iam')>;

/** Of a document that does not say until when it is valid. AWS answers with a hundred years from then. */
const VALID_YEARS = 100;

function validUntil(givenMs: number | undefined, nowMs: number): number {
  const at = new Date(nowMs);
  return givenMs ?? at.setUTCFullYear(at.getUTCFullYear() + VALID_YEARS);
}

/** Encrypted assertions are not read, so what has to do with their keys is refused. */
function refuseEncryption(input: Readonly<Record<string, unknown>>): void {
  for (const name of ['AssertionEncryptionMode', 'AddPrivateKey', 'RemovePrivateKey'])
    if (input[name] !== undefined)
      throw new AwsError('NotImplemented', `${name} is not supported: encrypted SAML assertions are not read.`, 501);
}

const placeOf = (call: Call, arn: string | undefined): Place<SamlProvider> => {
  const { name = '' } = readIamArn(arn!) ?? {};
  const missing = () => noSuchEntity(`Manifest not found for arn ${arn}`);
  // Permissions were asked for on the ARN as it was given: no other spelling of it may lead to the provider.
  if (iamArn(call, 'saml-provider', name) !== arn) throw missing();
  return { collection: samlProviders, key: [call.account, name], missing };
};

/** Trusts an identity provider by its metadata document. */
export const CreateSAMLProvider: Iam['CreateSAMLProvider'] = async (call, input) => {
  refuseEncryption(input);
  const { account, kernel } = call;
  const { issuer, certificates, validUntilMs } = await readSamlMetadata(input.SAMLMetadataDocument!, call.signal);
  const tags = withTags({}, input.Tags);
  const name = input.Name!;
  const createdAtMs = kernel.clock.now();
  const provider: SamlProvider = {
    account,
    name,
    arn: iamArn(call, 'saml-provider', name),
    metadata: input.SAMLMetadataDocument!,
    issuer,
    certificates,
    validUntilMs: validUntil(validUntilMs, createdAtMs),
    createdAtMs,
    tags,
    uuid: `SAMLSP${kernel.ids.text(16, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789')}`,
  };
  await kernel.store.transact(async (tx) => {
    if (await tx.get(samlProviders, [account, name]))
      throw alreadyExists(`SAMLProvider with name ${name} already exists.`);
    if ((await tx.range(samlProviders, [account])).length >= SAML_PROVIDERS_MAX)
      throw overQuota('SAMLProvidersPerAccount', SAML_PROVIDERS_MAX);
    tx.put(samlProviders, [account, name], provider);
    await touch(tx);
  });
  return { SAMLProviderArn: provider.arn, ...tagsMember(tags) };
};

/** Replaces the metadata document. */
export const UpdateSAMLProvider: Iam['UpdateSAMLProvider'] = async (call, input) => {
  refuseEncryption(input);
  const { collection, key, missing } = placeOf(call, input.SAMLProviderArn);
  const metadata = input.SAMLMetadataDocument;
  const read = metadata === undefined ? undefined : await readSamlMetadata(metadata, call.signal);
  const arn = await call.kernel.store.transact(async (tx) => {
    const provider = await tx.get(collection, key);
    if (!provider) throw missing();
    if (read) {
      const validUntilMs = validUntil(read.validUntilMs, call.kernel.clock.now());
      tx.put(collection, key, { ...provider, ...read, metadata: metadata!, validUntilMs });
      await touch(tx);
    }
    return provider.arn;
  });
  return { SAMLProviderArn: arn };
};

export const GetSAMLProvider: Iam['GetSAMLProvider'] = async (call, input) => {
  const { collection, key, missing } = placeOf(call, input.SAMLProviderArn);
  const provider = await call.kernel.store.get(collection, key);
  if (!provider) throw missing();
  return {
    SAMLProviderUUID: provider.uuid,
    SAMLMetadataDocument: provider.metadata,
    CreateDate: new Date(provider.createdAtMs),
    ValidUntil: new Date(provider.validUntilMs),
    ...tagsMember(provider.tags),
  };
};

export const ListSAMLProviders: Iam['ListSAMLProviders'] = async (call) => ({
  SAMLProviderList: (await call.kernel.store.range(samlProviders, [call.account])).map(({ value }) => ({
    Arn: value.arn,
    ValidUntil: new Date(value.validUntilMs),
    CreateDate: new Date(value.createdAtMs),
  })),
});

export const DeleteSAMLProvider: Iam['DeleteSAMLProvider'] = async (call, input) => {
  const { collection, key, missing } = placeOf(call, input.SAMLProviderArn);
  await call.kernel.store.transact(async (tx) => {
    if (!(await tx.get(collection, key))) throw missing();
    tx.delete(collection, key);
    await touch(tx);
  });
  return {};
};

export const TagSAMLProvider: Iam['TagSAMLProvider'] = (call, input) =>
  addTags(call, placeOf(call, input.SAMLProviderArn), input.Tags);

export const UntagSAMLProvider: Iam['UntagSAMLProvider'] = (call, input) =>
  removeTags(call, placeOf(call, input.SAMLProviderArn), input.TagKeys);

export const ListSAMLProviderTags: Iam['ListSAMLProviderTags'] = (call, input) =>
  listTags(call, placeOf(call, input.SAMLProviderArn), input);
