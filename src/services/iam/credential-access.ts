import type { Call } from '../../kernel/call.ts';
import type { Access } from '../../kernel/access.ts';
import { onKeyOwner } from './access-keys.ts';
import { iamArn } from './arns.ts';
import { oidcArn } from './oidc-providers.ts';
import { onEntityPath } from './organizations-access.ts';
import { onOwner } from './owner.ts';
import { onCertificate, onRenamedCertificate } from './server-certificates.ts';
import { onServiceCredential } from './service-credentials.ts';

type Input = {
  UserName?: string | undefined;
  SerialNumber?: string | undefined;
  SAMLProviderArn?: string | undefined;
  OpenIDConnectProviderArn?: string | undefined;
};

const on =
  <I extends Input>(resource: (call: Call, input: I) => string) =>
  (call: Call, input: I): Access[] => [
    {
      action: `iam:${call.operation}`,
      resource: resource(call, input),
    },
  ];

const onUser = (call: Call, input: { UserName?: string | undefined }) => onOwner(call, input);
const onSubject = on<Input & { Arn: string | undefined }>((_call, input) => input.Arn!);
const onDevice = on((call, { SerialNumber: serial }) =>
  serial!.startsWith('arn:') ? serial! : iamArn(call, 'mfa', serial!),
);
const onSaml = on((_call, input) => input.SAMLProviderArn!);
const onOidc = on((_call, input) => input.OpenIDConnectProviderArn!);

/**
 * IAM actions and resources of `credentialOperations`; those that are not here are on `*`. Source: Service Authorization Reference,
 * "Actions, resources, and condition keys for AWS Identity and Access Management".
 */
export const credentialAccess = {
  ChangePassword: (call: Call) => onOwner(call, {}),
  CreateAccessKey: onUser,
  CreateLoginProfile: onUser,
  DeactivateMFADevice: onUser,
  DeleteAccessKey: onUser,
  DeleteLoginProfile: onUser,
  DeleteSSHPublicKey: onUser,
  DeleteSigningCertificate: onUser,
  EnableMFADevice: onUser,
  GenerateOrganizationsAccessReport: onEntityPath,
  GenerateServiceLastAccessedDetails: onSubject,
  GetAccessKeyLastUsed: onKeyOwner,
  GetLoginProfile: onUser,
  GetMFADevice: onUser,
  GetSSHPublicKey: onUser,
  ListAccessKeys: onUser,
  ListMFADevices: onUser,
  ListPoliciesGrantingServiceAccess: onSubject,
  ListSSHPublicKeys: onUser,
  ListSigningCertificates: onUser,
  ResyncMFADevice: onUser,
  UpdateAccessKey: onUser,
  UpdateLoginProfile: onUser,
  UpdateSSHPublicKey: onUser,
  UpdateSigningCertificate: onUser,
  UploadSSHPublicKey: onUser,
  UploadSigningCertificate: onUser,

  CreateServiceSpecificCredential: onServiceCredential,
  DeleteServiceSpecificCredential: onServiceCredential,
  ListServiceSpecificCredentials: onServiceCredential,
  ResetServiceSpecificCredential: onServiceCredential,
  UpdateServiceSpecificCredential: onServiceCredential,

  CreateVirtualMFADevice: on<Input & { VirtualMFADeviceName: string | undefined; Path?: string | undefined }>(
    (call, input) => iamArn(call, 'mfa', input.VirtualMFADeviceName!, input.Path),
  ),
  DeleteVirtualMFADevice: onDevice,
  ListMFADeviceTags: onDevice,
  TagMFADevice: onDevice,
  UntagMFADevice: onDevice,

  CreateSAMLProvider: on<Input & { Name: string | undefined }>((call, input) =>
    iamArn(call, 'saml-provider', input.Name!),
  ),
  DeleteSAMLProvider: onSaml,
  GetSAMLProvider: onSaml,
  ListSAMLProviderTags: onSaml,
  TagSAMLProvider: onSaml,
  UntagSAMLProvider: onSaml,
  UpdateSAMLProvider: onSaml,

  AddClientIDToOpenIDConnectProvider: onOidc,
  CreateOpenIDConnectProvider: on<Input & { Url: string | undefined }>((call, input) => oidcArn(call, input.Url)),
  DeleteOpenIDConnectProvider: onOidc,
  GetOpenIDConnectProvider: onOidc,
  ListOpenIDConnectProviderTags: onOidc,
  RemoveClientIDFromOpenIDConnectProvider: onOidc,
  TagOpenIDConnectProvider: onOidc,
  UntagOpenIDConnectProvider: onOidc,
  UpdateOpenIDConnectProviderThumbprint: onOidc,

  DeleteServerCertificate: onCertificate,
  GetServerCertificate: onCertificate,
  ListServerCertificateTags: onCertificate,
  TagServerCertificate: onCertificate,
  UntagServerCertificate: onCertificate,
  UpdateServerCertificate: onRenamedCertificate,
  UploadServerCertificate: on<Input & { ServerCertificateName: string | undefined; Path?: string | undefined }>(
    (call, input) => iamArn(call, 'server-certificate', input.ServerCertificateName!, input.Path),
  ),
};
