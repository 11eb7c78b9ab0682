import {
  DuplicateSSHPublicKeyException,
  InvalidPublicKeyException,
  UnrecognizedPublicKeyEncodingException,
} from '@aws-sdk/client-iam';
import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import type { Call } from '../../kernel/call.ts';
import type { User } from '../../kernel/principals/records.ts';
import type { Handlers } from '../../kernel/service.ts';
import { collection, type Reader, type Transaction } from '../../kernel/store/store.ts';
import { newId } from './arns.ts';
import { SSH_PUBLIC_KEYS_PER_USER_MAX } from './credential-limits.ts';
import { noSuchEntity, overQuota } from './errors.ts';
import { openUserOwner } from './owner.ts';
import { pageOf } from './paging.ts';
import { isInactive, statusOf } from './status.ts';

type Iam = Handlers<typeof import('@aws-sdk/client-iam')>;

/** Keyed by account, the user's id and its own. */
type SshPublicKey = {
  id: string;
  /** `ssh-rsa AAAA… comment` */
  body: string;
  /** MD5 of the key's SSH encoding, in pairs of digits with colons. */
  fingerprint: string;
  uploadedAtMs: number;
  inactive?: boolean;
};

const keys = collection<SshPublicKey>('iam/ssh-public-key');

/** Source: IAM API Reference, UploadSSHPublicKey. */
const BITS_MIN = 2_048;
const TYPE = 'ssh-rsa';

const unrecognized = () =>
  new UnrecognizedPublicKeyEncodingException({ message: 'Invalid public key uploaded.', $metadata: {} });
const invalid = (message: string) => new InvalidPublicKeyException({ message, $metadata: {} });

/** One length-prefixed string of RFC 4251, section 5. */
const sshString = (bytes: Uint8Array): Buffer => {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
};

/** Numbers are signed there: one with its highest bit set gets a zero before it. */
const sshNumber = (base64url: string): Buffer => {
  const bytes = Buffer.from(base64url, 'base64url');
  return sshString(bytes[0]! & 0x80 ? Buffer.concat([Buffer.of(0), bytes]) : bytes);
};

/** Reads `ssh-rsa …` or PEM. Throws UnrecognizedPublicKeyEncoding or InvalidPublicKey. */
function readPublicKey(text: string): { body: string; fingerprint: string } {
  const [, base64, comment] = /^ssh-rsa\s+([A-Za-z0-9+/]+=*)(?:\s+(\S.*))?$/s.exec(text.trim()) ?? [];
  const key = base64 === undefined ? fromPem(text) : fromSsh(Buffer.from(base64, 'base64'));
  if (key.asymmetricKeyType !== 'rsa') throw invalid('The public key is not an RSA key.');
  if ((key.asymmetricKeyDetails?.modulusLength ?? 0) < BITS_MIN)
    throw invalid(`The public key must have at least ${BITS_MIN} bits.`);
  const { n, e } = key.export({ format: 'jwk' }) as { n: string; e: string };
  const blob = Buffer.concat([sshString(Buffer.from(TYPE)), sshNumber(e), sshNumber(n)]);
  const digest = createHash('md5').update(blob).digest('hex');
  return {
    body: [TYPE, blob.toString('base64'), ...(comment ? [comment.trim()] : [])].join(' '),
    fingerprint: digest.match(/../g)!.join(':'),
  };
}

function fromPem(text: string): KeyObject {
  if (!text.includes('-----BEGIN')) throw unrecognized();
  // What is private is not to be taken for public: node would derive the one from the other.
  if (text.includes('PRIVATE KEY')) throw invalid('The key is a private key.');
  try {
    return createPublicKey(text);
  } catch {
    throw unrecognized();
  }
}

function fromSsh(blob: Buffer): KeyObject {
  const fields: Buffer[] = [];
  for (let at = 0; at < blob.length;) {
    if (at + 4 > blob.length) throw unrecognized();
    const length = blob.readUInt32BE(at);
    if (at + 4 + length > blob.length) throw unrecognized();
    fields.push(blob.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  const [type, e, n] = fields;
  if (fields.length !== 3 || type!.toString() !== TYPE) throw unrecognized();
  try {
    return createPublicKey({
      key: { kty: 'RSA', e: e!.toString('base64url'), n: withoutZeros(n!).toString('base64url') },
      format: 'jwk',
    });
  } catch {
    throw unrecognized();
  }
}

const withoutZeros = (bytes: Buffer) =>
  bytes.subarray(
    Math.max(
      0,
      bytes.findIndex((byte) => byte !== 0),
    ),
  );

export const UploadSSHPublicKey: Iam['UploadSSHPublicKey'] = async (call, input) => {
  const { body, fingerprint } = readPublicKey(input.SSHPublicKeyBody!);
  const id = newId(call.kernel, 'APKA');
  const key: SshPublicKey = { id, body, fingerprint, uploadedAtMs: call.kernel.clock.now() };
  const user = await call.kernel.store.transact(async (tx) => {
    const owner = await openUserOwner(call, input.UserName, tx);
    const standing = await ofUser(tx, owner);
    if (standing.some((other) => other.fingerprint === fingerprint))
      throw new DuplicateSSHPublicKeyException({
        message: 'The SSH public key is already associated with the specified IAM user.',
        $metadata: {},
      });
    if (standing.length >= SSH_PUBLIC_KEYS_PER_USER_MAX)
      throw overQuota('SSHPublicKeysPerUser', SSH_PUBLIC_KEYS_PER_USER_MAX);
    tx.put(keys, [owner.account, owner.id, id], key);
    return owner;
  });
  return { SSHPublicKey: answer(user, key, key.body) };
};

/** The key as SSH writes it, or as PEM. */
export const GetSSHPublicKey: Iam['GetSSHPublicKey'] = async (call, input) => {
  const user = await openUserOwner(call, input.UserName, call.kernel.store);
  const key = await call.kernel.store.get(keys, [user.account, user.id, input.SSHPublicKeyId!]);
  if (!key) throw missing(input.SSHPublicKeyId);
  const pem = () => fromSsh(Buffer.from(key.body.split(' ')[1]!, 'base64')).export({ type: 'spki', format: 'pem' });
  return { SSHPublicKey: answer(user, key, input.Encoding === 'SSH' ? key.body : (pem() as string)) };
};

export const ListSSHPublicKeys: Iam['ListSSHPublicKeys'] = async (call, input) => {
  const user = await openUserOwner(call, input.UserName, call.kernel.store);
  const { items, paging } = pageOf(await ofUser(call.kernel.store, user), input);
  return {
    SSHPublicKeys: items.map((key) => ({
      UserName: user.name,
      SSHPublicKeyId: key.id,
      Status: statusOf(key),
      UploadDate: new Date(key.uploadedAtMs),
    })),
    ...paging,
  };
};

export const UpdateSSHPublicKey: Iam['UpdateSSHPublicKey'] = async (call, input) => {
  const inactive = isInactive(input.Status);
  await change(call, input, (tx, at, { inactive: _inactive, ...key }) =>
    tx.put(keys, at, inactive ? { ...key, inactive } : key),
  );
  return {};
};

export const DeleteSSHPublicKey: Iam['DeleteSSHPublicKey'] = async (call, input) => {
  await change(call, input, (tx, at) => tx.delete(keys, at));
  return {};
};

const missing = (id: string | undefined) => noSuchEntity(`The Public Key with id ${id} cannot be found.`);

const answer = (user: User, key: SshPublicKey, body: string) => ({
  UserName: user.name,
  SSHPublicKeyId: key.id,
  Fingerprint: key.fingerprint,
  SSHPublicKeyBody: body,
  Status: statusOf(key),
  UploadDate: new Date(key.uploadedAtMs),
});

async function ofUser(reader: Reader, { account, id }: User): Promise<SshPublicKey[]> {
  const found = (await reader.range(keys, [account, id])).map(({ value }) => value);
  return found.sort((a, b) => a.uploadedAtMs - b.uploadedAtMs);
}

async function change(
  call: Call,
  input: { UserName: string | undefined; SSHPublicKeyId: string | undefined },
  next: (tx: Transaction, at: string[], key: SshPublicKey) => void,
): Promise<void> {
  await call.kernel.store.transact(async (tx) => {
    const user = await openUserOwner(call, input.UserName, tx);
    const at = [user.account, user.id, input.SSHPublicKeyId!];
    const key = await tx.get(keys, at);
    if (!key) throw missing(input.SSHPublicKeyId);
    next(tx, at, key);
  });
}

export const hasSshPublicKeys = async (reader: Reader, user: User): Promise<boolean> =>
  (await reader.range(keys, [user.account, user.id], { limit: 1 })).length > 0;
