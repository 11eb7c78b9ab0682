import { randomBytes } from 'node:crypto';
import type { Call } from '../../kernel/call.ts';
import { AwsError } from '../../kernel/errors.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { rootOf, type Principal } from '../../kernel/principals/principal.ts';
import { credentials, touch, type Credential } from '../../kernel/principals/principals.ts';
import type { User } from '../../kernel/principals/records.ts';
import type { Access } from '../../kernel/access.ts';
import type { Handlers } from '../../kernel/service.ts';
import { collection, type Reader, type Transaction } from '../../kernel/store/store.ts';
import { iamArn, newId } from './arns.ts';
import { ACCESS_KEYS_PER_USER_MAX } from './credential-limits.ts';
import { noSuchEntity, overQuota, unmodifiable } from './errors.ts';
import { openOwner, userNameOf, type Owner } from './owner.ts';
import { pageOf } from './paging.ts';
import { isInactive, statusOf } from './status.ts';

type Iam = Handlers<typeof import('@aws-sdk/client-iam')>;

/** Long-term keys of an owner: [account, owner's id, access key id]. */
const accessKeysOf = collection<true>('iam/access-key-of');

const principalOf = (call: Call, owner: Owner): Principal =>
  owner.user
    ? { type: 'user', account: owner.account, arn: owner.arn, id: owner.id, name: owner.user.name }
    : rootOf(owner.account, call.partition);

/** An owner's keys, oldest first; of the root, the one that the stack was started with too. */
export async function keysOf(
  { store, principals }: Pick<Kernel, 'store' | 'principals'>,
  owner: Owner,
  reader: Reader = store,
): Promise<Credential[]> {
  const { root } = principals;
  const configured = owner.user === undefined && root.principal.account === owner.account ? [root] : [];
  const ids = await reader.range(accessKeysOf, [owner.account, owner.id]);
  const found = await Promise.all(ids.map(({ key }) => reader.get(credentials, [key[2] as string])));
  const made = found.filter((credential) => credential !== undefined);
  return [...configured, ...made.sort((a, b) => (a.createdAtMs ?? 0) - (b.createdAtMs ?? 0))];
}

/** Makes a key; its secret is told this once. */
export const CreateAccessKey: Iam['CreateAccessKey'] = async (call, input) => {
  const accessKeyId = newId(call.kernel, 'AKIA');
  const secretAccessKey = randomBytes(30).toString('base64');
  const createdAtMs = call.kernel.clock.now();
  const owner = await call.kernel.store.transact(async (tx) => {
    const found = await openOwner(call, input.UserName, tx);
    if ((await keysOf(call.kernel, found, tx)).length >= ACCESS_KEYS_PER_USER_MAX)
      throw overQuota('AccessKeysPerUser', ACCESS_KEYS_PER_USER_MAX);
    const principal = principalOf(call, found);
    tx.put(credentials, [accessKeyId], { accessKeyId, secretAccessKey, principal, createdAtMs });
    tx.put(accessKeysOf, [found.account, found.id, accessKeyId], true);
    await touch(tx);
    return found;
  });
  return {
    AccessKey: {
      UserName: userNameOf(owner),
      AccessKeyId: accessKeyId,
      Status: 'Active',
      SecretAccessKey: secretAccessKey,
      CreateDate: new Date(createdAtMs),
    },
  };
};

/** Activates or deactivates a key: an inactive one is refused at once. */
export const UpdateAccessKey: Iam['UpdateAccessKey'] = async (call, input) => {
  const inactive = isInactive(input.Status);
  await changeKey(call, input, (tx, _owner, { inactive: _inactive, ...credential }) =>
    tx.put(credentials, [credential.accessKeyId], inactive ? { ...credential, inactive } : credential),
  );
  return {};
};

export const DeleteAccessKey: Iam['DeleteAccessKey'] = async (call, input) => {
  await changeKey(call, input, (tx, owner, { accessKeyId }) => {
    tx.delete(credentials, [accessKeyId]);
    tx.delete(accessKeysOf, [owner.account, owner.id, accessKeyId]);
  });
  return {};
};

async function changeKey(
  call: Call,
  input: { UserName?: string | undefined; AccessKeyId: string | undefined },
  change: (tx: Transaction, owner: Owner, credential: Credential) => void,
): Promise<void> {
  const accessKeyId = input.AccessKeyId!;
  await call.kernel.store.transact(async (tx) => {
    const owner = await openOwner(call, input.UserName, tx);
    if (owner.user === undefined && accessKeyId === call.kernel.principals.root.accessKeyId)
      throw unmodifiable(`The Access Key with id ${accessKeyId} is set by the configuration: OUTCROP_ROOT_KEY.`);
    const mine = await tx.get(accessKeysOf, [owner.account, owner.id, accessKeyId]);
    const credential = mine && (await tx.get(credentials, [accessKeyId]));
    if (!credential) throw noSuchEntity(`The Access Key with id ${accessKeyId} cannot be found.`);
    change(tx, owner, credential);
    await touch(tx);
  });
}

export const ListAccessKeys: Iam['ListAccessKeys'] = async (call, input) => {
  const owner = await openOwner(call, input.UserName);
  const { items, paging } = pageOf(await keysOf(call.kernel, owner), input);
  return {
    AccessKeyMetadata: items.map((credential) => ({
      UserName: userNameOf(owner),
      AccessKeyId: credential.accessKeyId,
      Status: statusOf(credential),
      ...(credential.createdAtMs === undefined ? {} : { CreateDate: new Date(credential.createdAtMs) }),
    })),
    ...paging,
  };
};

/** When, for which service and in which region a key was last used, out of the trail. */
export const GetAccessKeyLastUsed: Iam['GetAccessKeyLastUsed'] = async (call, input) => {
  const credential = await longTermKey(call, input.AccessKeyId!);
  // AWS does not tell whether a key that is not this account's exists.
  if (!credential)
    throw new AwsError(
      'AccessDenied',
      `User: ${call.principal.arn} is not authorized to perform: iam:GetAccessKeyLastUsed on resource: access key ${input.AccessKeyId}`,
      403,
    );
  const used = await call.kernel.trail.keyUsed(credential.accessKeyId);
  const { principal } = credential;
  return {
    ...(principal.type === 'user' ? { UserName: principal.name } : {}),
    AccessKeyLastUsed: used
      ? { LastUsedDate: new Date(used.timeMs), ServiceName: used.service, Region: used.region }
      : { ServiceName: 'N/A', Region: 'N/A' },
  };
};

async function longTermKey(call: Call, accessKeyId: string): Promise<Credential | undefined> {
  const credential = await call.kernel.principals.credential(accessKeyId);
  if (!credential || credential.sessionToken !== undefined) return undefined;
  return credential.principal.account === call.account ? credential : undefined;
}

/** It is asked for on the user whose key it is. */
export async function onKeyOwner(call: Call, input: { AccessKeyId?: string | undefined }): Promise<Access[]> {
  const credential = await longTermKey(call, input.AccessKeyId!);
  const principal = credential?.principal;
  const resource = principal?.type === 'user' ? principal.arn : iamArn(call, 'user', '*');
  return [{ action: 'iam:GetAccessKeyLastUsed', resource }];
}

/** The keys of a user whose name or path has changed. */
export async function moveAccessKeys(tx: Transaction, before: User, after: User): Promise<void> {
  for (const { key } of await tx.range(accessKeysOf, [before.account, before.id])) {
    const credential = await tx.get(credentials, [key[2] as string]);
    if (credential?.principal.type !== 'user') continue;
    const principal = { ...credential.principal, arn: after.arn, name: after.name };
    tx.put(credentials, [credential.accessKeyId], { ...credential, principal });
  }
}

export const hasAccessKeys = async (reader: Reader, user: User): Promise<boolean> =>
  (await reader.range(accessKeysOf, [user.account, user.id], { limit: 1 })).length > 0;
