import { KeyPairMismatchException } from '@aws-sdk/client-iam';
import { createPrivateKey, type KeyObject } from 'node:crypto';
import type { Call } from '../../kernel/call.ts';
import { nameKey, type Tags } from '../../kernel/principals/records.ts';
import { seal } from '../../kernel/seal.ts';
import type { Access } from '../../kernel/access.ts';
import type { Handlers } from '../../kernel/service.ts';
import { collection, type Reader } from '../../kernel/store/store.ts';
import { iamArn, newId } from './arns.ts';
import { checkChain, malformed, readCertificate } from './certificates.ts';
import { SERVER_CERTIFICATES_MAX } from './credential-limits.ts';
import { alreadyExists, noSuchEntity, overQuota } from './errors.ts';
import { pageOfRecords } from './paging.ts';
import { addTags, listTags, removeTags, type Place } from './tagged.ts';
import { tagsMember, withTags } from './tags.ts';

type Iam = Handlers<typeof import('@aws-sdk/client-iam')>;

export type ServerCertificate = {
  account: string;
  name: string;
  path: string;
  id: string;
  arn: string;
  /** PEM as given. */
  body: string;
  chain?: string;
  /** PEM, sealed for `KEY_PURPOSE`; no operation tells it. */
  sealedKey: string;
  uploadedAtMs: number;
  expiresAtMs: number;
  tags: Tags;
};

/** Keyed by account and name. */
export const serverCertificates = collection<ServerCertificate>('iam/server-certificate');
const KEY_PURPOSE = 'server-certificate';

const placeOf = (call: Call, name: string | undefined): Place<ServerCertificate> => ({
  collection: serverCertificates,
  key: [call.account, nameKey(name!)],
  missing: () => noSuchEntity(`The Server Certificate with name ${name} cannot be found.`),
});

async function open(call: Call, name: string | undefined, reader: Reader): Promise<ServerCertificate> {
  const { collection: all, key, missing } = placeOf(call, name);
  const found = await reader.get(all, key);
  if (!found) throw missing();
  return found;
}

const metadata = (certificate: ServerCertificate) => ({
  Path: certificate.path,
  ServerCertificateName: certificate.name,
  ServerCertificateId: certificate.id,
  Arn: certificate.arn,
  UploadDate: new Date(certificate.uploadedAtMs),
  Expiration: new Date(certificate.expiresAtMs),
});

function readKey(pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch {
    throw malformed('Unable to parse key; the body must contain a valid, unencrypted private key in PEM format.');
  }
}

/** Keeps a certificate with its private key and chain. */
export const UploadServerCertificate: Iam['UploadServerCertificate'] = async (call, input) => {
  const { account, kernel } = call;
  const certificate = readCertificate(input.CertificateBody!);
  if (!certificate.checkPrivateKey(readKey(input.PrivateKey!)))
    throw new KeyPairMismatchException({
      message: 'The private key does not match the public key in the certificate.',
      $metadata: {},
    });
  if (input.CertificateChain !== undefined) checkChain(certificate, input.CertificateChain);
  const name = input.ServerCertificateName!;
  const path = input.Path ?? '/';
  const record: ServerCertificate = {
    account,
    name,
    path,
    id: newId(kernel, 'ASCA'),
    arn: iamArn(call, 'server-certificate', name, path),
    body: input.CertificateBody!,
    ...(input.CertificateChain === undefined ? {} : { chain: input.CertificateChain }),
    sealedKey: await seal(kernel, KEY_PURPOSE, input.PrivateKey!),
    uploadedAtMs: kernel.clock.now(),
    expiresAtMs: Date.parse(certificate.validTo),
    tags: withTags({}, input.Tags),
  };
  await kernel.store.transact(async (tx) => {
    if (await tx.get(serverCertificates, [account, nameKey(name)])) throw exists(name);
    if ((await tx.range(serverCertificates, [account])).length >= SERVER_CERTIFICATES_MAX)
      throw overQuota('ServerCertificatesPerAccount', SERVER_CERTIFICATES_MAX);
    tx.put(serverCertificates, [account, nameKey(name)], record);
  });
  return { ServerCertificateMetadata: metadata(record), ...tagsMember(record.tags) };
};

const exists = (name: string) => alreadyExists(`The Server Certificate with name ${name} already exists.`);

export const GetServerCertificate: Iam['GetServerCertificate'] = async (call, input) => {
  const found = await open(call, input.ServerCertificateName, call.kernel.store);
  return {
    ServerCertificate: {
      ServerCertificateMetadata: metadata(found),
      CertificateBody: found.body,
      ...(found.chain === undefined ? {} : { CertificateChain: found.chain }),
      ...tagsMember(found.tags),
    },
  };
};

export const ListServerCertificates: Iam['ListServerCertificates'] = async (call, input) => {
  const { PathPrefix = '/' } = input;
  const wanted = ({ path }: ServerCertificate) => path.startsWith(PathPrefix);
  const { items, paging } = await pageOfRecords(call, serverCertificates, input, wanted);
  return { ServerCertificateMetadataList: items.map(metadata), ...paging };
};

/** Gives the certificate another name or path, or both. */
export const UpdateServerCertificate: Iam['UpdateServerCertificate'] = async (call, input) => {
  await call.kernel.store.transact(async (tx) => {
    const found = await open(call, input.ServerCertificateName, tx);
    const { name = found.name, path = found.path } = {
      ...(input.NewServerCertificateName === undefined ? {} : { name: input.NewServerCertificateName }),
      ...(input.NewPath === undefined ? {} : { path: input.NewPath }),
    };
    if (nameKey(name) !== nameKey(found.name)) {
      if (await tx.get(serverCertificates, [call.account, nameKey(name)])) throw exists(name);
      tx.delete(serverCertificates, [call.account, nameKey(found.name)]);
    }
    const arn = iamArn(call, 'server-certificate', name, path);
    tx.put(serverCertificates, [call.account, nameKey(name)], { ...found, name, path, arn });
  });
  return {};
};

export const DeleteServerCertificate: Iam['DeleteServerCertificate'] = async (call, input) => {
  await call.kernel.store.transact(async (tx) => {
    const { name } = await open(call, input.ServerCertificateName, tx);
    tx.delete(serverCertificates, [call.account, nameKey(name)]);
  });
  return {};
};

export const TagServerCertificate: Iam['TagServerCertificate'] = (call, input) =>
  addTags(call, placeOf(call, input.ServerCertificateName), input.Tags);

export const UntagServerCertificate: Iam['UntagServerCertificate'] = (call, input) =>
  removeTags(call, placeOf(call, input.ServerCertificateName), input.TagKeys);

export const ListServerCertificateTags: Iam['ListServerCertificateTags'] = (call, input) =>
  listTags(call, placeOf(call, input.ServerCertificateName), input);

const arnOf = async (call: Call, name: string | undefined) => {
  const found = await call.kernel.store.get(serverCertificates, [call.account, nameKey(name!)]);
  return { found, arn: found?.arn ?? iamArn(call, 'server-certificate', name!) };
};

export async function onCertificate(
  call: Call,
  input: { ServerCertificateName?: string | undefined },
): Promise<Access[]> {
  return [{ action: `iam:${call.operation}`, resource: (await arnOf(call, input.ServerCertificateName)).arn }];
}

/** On the certificate under its old name and under its new one. Source: IAM API Reference, UpdateServerCertificate. */
export async function onRenamedCertificate(
  call: Call,
  input: {
    ServerCertificateName?: string | undefined;
    NewServerCertificateName?: string | undefined;
    NewPath?: string | undefined;
  },
): Promise<Access[]> {
  const { found, arn } = await arnOf(call, input.ServerCertificateName);
  const name = input.NewServerCertificateName ?? input.ServerCertificateName!;
  const next = iamArn(call, 'server-certificate', name, input.NewPath ?? found?.path);
  return [...new Set([arn, next])].map((resource) => ({ action: 'iam:UpdateServerCertificate', resource }));
}
