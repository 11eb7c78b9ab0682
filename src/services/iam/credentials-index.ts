import type { Call } from '../../kernel/call.ts';
import { mfaDevices } from '../../kernel/principals/mfa.ts';
import { oidcProviders, samlProviders } from '../../kernel/principals/federation.ts';
import { nameKey, type Tags, type User } from '../../kernel/principals/records.ts';
import type { Access, Resource } from '../../kernel/access.ts';
import type { Collection, Reader, Transaction } from '../../kernel/store/store.ts';
import {
  CreateAccessKey,
  DeleteAccessKey,
  GetAccessKeyLastUsed,
  hasAccessKeys,
  keysOf,
  ListAccessKeys,
  moveAccessKeys,
  UpdateAccessKey,
} from './access-keys.ts';
import { readIamArn } from './arns.ts';
import {
  ACCESS_KEYS_PER_USER_MAX,
  SERVER_CERTIFICATES_MAX,
  SIGNING_CERTIFICATES_PER_USER_MAX,
} from './credential-limits.ts';
import { credentialReportJob, GenerateCredentialReport, GetCredentialReport } from './credential-report.ts';
import {
  GenerateServiceLastAccessedDetails,
  GetServiceLastAccessedDetails,
  GetServiceLastAccessedDetailsWithEntities,
  lastAccessedJobs,
  ListPoliciesGrantingServiceAccess,
} from './last-accessed.ts';
import {
  ChangePassword,
  CreateLoginProfile,
  DeleteLoginProfile,
  GetLoginProfile,
  loginProfileOf,
  UpdateLoginProfile,
} from './login-profiles.ts';
import {
  CreateVirtualMFADevice,
  DeactivateMFADevice,
  DeleteVirtualMFADevice,
  devicesOf,
  EnableMFADevice,
  GetMFADevice,
  ListMFADevices,
  ListMFADeviceTags,
  ListVirtualMFADevices,
  moveMfaDevices,
  ResyncMFADevice,
  TagMFADevice,
  UntagMFADevice,
} from './mfa-devices.ts';
import {
  AddClientIDToOpenIDConnectProvider,
  CreateOpenIDConnectProvider,
  DeleteOpenIDConnectProvider,
  GetOpenIDConnectProvider,
  ListOpenIDConnectProviders,
  ListOpenIDConnectProviderTags,
  readOidcArn,
  RemoveClientIDFromOpenIDConnectProvider,
  TagOpenIDConnectProvider,
  UntagOpenIDConnectProvider,
  UpdateOpenIDConnectProviderThumbprint,
} from './oidc-providers.ts';
import {
  GenerateOrganizationsAccessReport,
  GetOrganizationsAccessReport,
  organizationsAccessJobs,
} from './organizations-access.ts';
import { rootOwner } from './owner.ts';
import {
  DeleteAccountPasswordPolicy,
  GetAccountPasswordPolicy,
  passwordGrants,
  UpdateAccountPasswordPolicy,
} from './password-policy.ts';
import {
  CreateSAMLProvider,
  DeleteSAMLProvider,
  GetSAMLProvider,
  ListSAMLProviders,
  ListSAMLProviderTags,
  TagSAMLProvider,
  UntagSAMLProvider,
  UpdateSAMLProvider,
} from './saml-providers.ts';
import {
  DeleteServerCertificate,
  GetServerCertificate,
  ListServerCertificates,
  ListServerCertificateTags,
  serverCertificates,
  TagServerCertificate,
  UntagServerCertificate,
  UpdateServerCertificate,
  UploadServerCertificate,
} from './server-certificates.ts';
import {
  CreateServiceSpecificCredential,
  DeleteServiceSpecificCredential,
  hasServiceCredentials,
  ListServiceSpecificCredentials,
  ResetServiceSpecificCredential,
  UpdateServiceSpecificCredential,
} from './service-credentials.ts';
import {
  DeleteSigningCertificate,
  hasSigningCertificates,
  ListSigningCertificates,
  signingCertificatesOf,
  UpdateSigningCertificate,
  UploadSigningCertificate,
} from './signing-certificates.ts';
import {
  DeleteSSHPublicKey,
  GetSSHPublicKey,
  hasSshPublicKeys,
  ListSSHPublicKeys,
  UpdateSSHPublicKey,
  UploadSSHPublicKey,
} from './ssh-public-keys.ts';
import { SetSecurityTokenServicePreferences, tokenVersionOf } from './token-preferences.ts';

/** Operations on what identities prove themselves with: keys, passwords, second factors, providers, certificates. */
export const credentialOperations = {
  AddClientIDToOpenIDConnectProvider,
  ChangePassword,
  CreateAccessKey,
  CreateLoginProfile,
  CreateOpenIDConnectProvider,
  CreateSAMLProvider,
  CreateServiceSpecificCredential,
  CreateVirtualMFADevice,
  DeactivateMFADevice,
  DeleteAccessKey,
  DeleteAccountPasswordPolicy,
  DeleteLoginProfile,
  DeleteOpenIDConnectProvider,
  DeleteSAMLProvider,
  DeleteSSHPublicKey,
  DeleteServerCertificate,
  DeleteServiceSpecificCredential,
  DeleteSigningCertificate,
  DeleteVirtualMFADevice,
  EnableMFADevice,
  GenerateCredentialReport,
  GenerateOrganizationsAccessReport,
  GenerateServiceLastAccessedDetails,
  GetAccessKeyLastUsed,
  GetAccountPasswordPolicy,
  GetCredentialReport,
  GetLoginProfile,
  GetMFADevice,
  GetOpenIDConnectProvider,
  GetOrganizationsAccessReport,
  GetSAMLProvider,
  GetSSHPublicKey,
  GetServerCertificate,
  GetServiceLastAccessedDetails,
  GetServiceLastAccessedDetailsWithEntities,
  ListAccessKeys,
  ListMFADeviceTags,
  ListMFADevices,
  ListOpenIDConnectProviderTags,
  ListOpenIDConnectProviders,
  ListPoliciesGrantingServiceAccess,
  ListSAMLProviderTags,
  ListSAMLProviders,
  ListSSHPublicKeys,
  ListServerCertificateTags,
  ListServerCertificates,
  ListServiceSpecificCredentials,
  ListSigningCertificates,
  ListVirtualMFADevices,
  RemoveClientIDFromOpenIDConnectProvider,
  ResetServiceSpecificCredential,
  ResyncMFADevice,
  SetSecurityTokenServicePreferences,
  TagMFADevice,
  TagOpenIDConnectProvider,
  TagSAMLProvider,
  TagServerCertificate,
  UntagMFADevice,
  UntagOpenIDConnectProvider,
  UntagSAMLProvider,
  UntagServerCertificate,
  UpdateAccessKey,
  UpdateAccountPasswordPolicy,
  UpdateLoginProfile,
  UpdateOpenIDConnectProviderThumbprint,
  UpdateSAMLProvider,
  UpdateSSHPublicKey,
  UpdateServerCertificate,
  UpdateServiceSpecificCredential,
  UpdateSigningCertificate,
  UploadSSHPublicKey,
  UploadServerCertificate,
  UploadSigningCertificate,
};

export const credentialJobs = {
  'iam/credential-report': credentialReportJob,
  ...lastAccessedJobs,
  ...organizationsAccessJobs,
};

export { credentialAccess } from './credential-access.ts';

/** What stands on a provider, device or certificate; undefined when there is none of that ARN. */
export async function credentialResource(call: Call, asked: Access): Promise<Resource | undefined> {
  const { resource } = asked;
  const grants = await passwordGrants(call, asked);
  if (grants.policies) return { owner: call.account, ...grants };
  const { store } = call.kernel;
  const oidc = readOidcArn(resource);
  if (oidc) return tagged(store, oidcProviders, [oidc.account, oidc.url]);
  const parts = readIamArn(resource);
  if (!parts) return undefined;
  const { account, kind, name } = parts;
  if (kind === 'mfa') return tagged(store, mfaDevices, [account, resource]);
  if (kind === 'saml-provider') return tagged(store, samlProviders, [account, name]);
  if (kind === 'server-certificate') return tagged(store, serverCertificates, [account, nameKey(name)]);
  return undefined;
}

async function tagged<T extends { account: string; tags: Tags }>(
  reader: Reader,
  collection: Collection<T>,
  key: string[],
) {
  const found = await reader.get(collection, key);
  return found && { owner: found.account, tags: () => found.tags };
}

/** What of a user's credentials is in the way of its deletion, in AWS's words: `must delete access keys first`. */
export async function credentialConflict(reader: Reader, user: User): Promise<string | undefined> {
  if (await loginProfileOf(reader, user)) return 'must delete login profile first';
  if (await hasAccessKeys(reader, user)) return 'must delete access keys first';
  if ((await devicesOf(reader, user)).length > 0) return 'must delete MFA device first';
  if (await hasSigningCertificates(reader, user)) return 'must delete signing certificates first';
  if (await hasSshPublicKeys(reader, user)) return 'must delete SSH public keys first';
  if (await hasServiceCredentials(reader, user)) return 'must delete service specific credentials first';
  return undefined;
}

/** Credentials follow a user whose name or path has changed; its id stays. */
export async function moveCredentials(tx: Transaction, before: User, after: User): Promise<void> {
  await moveAccessKeys(tx, before, after);
  await moveMfaDevices(tx, before, after);
}

/** Entries of `GetAccountSummary`: `{AccessKeysPerUserQuota: 2, MFADevices: 3, …}`. */
export async function credentialSummary(call: Call): Promise<Record<string, number>> {
  const { store } = call.kernel;
  const { account } = call;
  const root = rootOwner(call);
  const count = async <T>(collection: Collection<T>, wanted: (record: T) => boolean = () => true) => {
    let found = 0;
    for await (const { value } of store.all(collection, [account])) if (wanted(value)) found++;
    return found;
  };
  return {
    AccessKeysPerUserQuota: ACCESS_KEYS_PER_USER_MAX,
    AccountAccessKeysPresent: (await keysOf(call.kernel, root)).length > 0 ? 1 : 0,
    AccountMFAEnabled: (await devicesOf(store, root)).length > 0 ? 1 : 0,
    // The root signs in with its keys alone: there is no console that asks for a password.
    AccountPasswordPresent: 0,
    AccountSigningCertificatesPresent: (await signingCertificatesOf(store, root)).length > 0 ? 1 : 0,
    GlobalEndpointTokenVersion: await tokenVersionOf(store, account),
    MFADevices: await count(mfaDevices),
    MFADevicesInUse: await count(mfaDevices, ({ owner }) => owner !== undefined),
    Providers: (await count(samlProviders)) + (await count(oidcProviders)),
    ServerCertificates: await count(serverCertificates),
    ServerCertificatesQuota: SERVER_CERTIFICATES_MAX,
    SigningCertificatesPerUserQuota: SIGNING_CERTIFICATES_PER_USER_MAX,
  };
}
