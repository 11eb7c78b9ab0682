import { DuplicateCertificateException } from '@aws-sdk/client-iam';
import type { Call } from '../../kernel/call.ts';
import type { User } from '../../kernel/principals/records.ts';
import type { Handlers } from '../../kernel/service.ts';
import { collection, type Reader, type Transaction } from '../../kernel/store/store.ts';
import { readCertificate } from './certificates.ts';
import { SIGNING_CERTIFICATES_PER_USER_MAX } from './credential-limits.ts';
import { noSuchEntity, overQuota } from './errors.ts';
import { openOwner, userNameOf, type Owner } from './owner.ts';
import { pageOf } from './paging.ts';
import { isInactive, statusOf } from './status.ts';

type Iam = Handlers<typeof import('@aws-sdk/client-iam')>;

/** An X.509 certificate whose key signs requests; keyed by account, the owner's id and its own. */
type SigningCertificate = {
  id: string;
  body: string;
  /** SHA-256, to know it again. */
  fingerprint: string;
  uploadedAtMs: number;
  inactive?: boolean;
};

const certificates = collection<SigningCertificate>('iam/signing-certificate');

export async function signingCertificatesOf(
  reader: Reader,
  { account, id }: Pick<Owner, 'account' | 'id'>,
): Promise<SigningCertificate[]> {
  const found = (await reader.range(certificates, [account, id])).map(({ value }) => value);
  return found.sort((a, b) => a.uploadedAtMs - b.uploadedAtMs);
}

const answer = (owner: Owner, certificate: SigningCertificate) => ({
  UserName: userNameOf(owner),
  CertificateId: certificate.id,
  CertificateBody: certificate.body,
  Status: statusOf(certificate),
  UploadDate: new Date(certificate.uploadedAtMs),
});

export const UploadSigningCertificate: Iam['UploadSigningCertificate'] = async (call, input) => {
  const { kernel } = call;
  const body = input.CertificateBody!;
  const fingerprint = readCertificate(body).fingerprint256;
  const id = kernel.ids.text(32, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567');
  const certificate: SigningCertificate = { id, body, fingerprint, uploadedAtMs: kernel.clock.now() };
  const owner = await kernel.store.transact(async (tx) => {
    const found = await openOwner(call, input.UserName, tx);
    const standing = await signingCertificatesOf(tx, found);
    if (standing.some((other) => other.fingerprint === fingerprint))
      throw new DuplicateCertificateException({ message: 'Certificate already exists.', $metadata: {} });
    if (standing.length >= SIGNING_CERTIFICATES_PER_USER_MAX)
      throw overQuota('SigningCertificatesPerUser', SIGNING_CERTIFICATES_PER_USER_MAX);
    tx.put(certificates, [found.account, found.id, id], certificate);
    return found;
  });
  return { Certificate: answer(owner, certificate) };
};

export const ListSigningCertificates: Iam['ListSigningCertificates'] = async (call, input) => {
  const owner = await openOwner(call, input.UserName);
  const { items, paging } = pageOf(await signingCertificatesOf(call.kernel.store, owner), input);
  return { Certificates: items.map((certificate) => answer(owner, certificate)), ...paging };
};

export const UpdateSigningCertificate: Iam['UpdateSigningCertificate'] = async (call, input) => {
  const inactive = isInactive(input.Status);
  await change(call, input, (tx, key, { inactive: _inactive, ...certificate }) =>
    tx.put(certificates, key, inactive ? { ...certificate, inactive } : certificate),
  );
  return {};
};

export const DeleteSigningCertificate: Iam['DeleteSigningCertificate'] = async (call, input) => {
  await change(call, input, (tx, key) => tx.delete(certificates, key));
  return {};
};

async function change(
  call: Call,
  input: { UserName?: string | undefined; CertificateId: string | undefined },
  next: (tx: Transaction, key: string[], certificate: SigningCertificate) => void,
): Promise<void> {
  await call.kernel.store.transact(async (tx) => {
    const owner = await openOwner(call, input.UserName, tx);
    const key = [owner.account, owner.id, input.CertificateId!];
    const certificate = await tx.get(certificates, key);
    if (!certificate) throw noSuchEntity(`The Certificate with id ${input.CertificateId} cannot be found.`);
    next(tx, key, certificate);
  });
}

export const hasSigningCertificates = async (reader: Reader, user: User): Promise<boolean> =>
  (await reader.range(certificates, [user.account, user.id], { limit: 1 })).length > 0;
