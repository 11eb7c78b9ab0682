import { InvalidAuthenticationCodeException } from '@aws-sdk/client-iam';
import { Secret } from 'otpauth';
import { randomBytes } from 'node:crypto';
import type { Call } from '../../kernel/call.ts';
import {
  codesOf,
  mfaDevices,
  mfaDevicesOf,
  SEED_PURPOSE,
  stepAt,
  type MfaDevice,
} from '../../kernel/principals/mfa.ts';
import type { User } from '../../kernel/principals/records.ts';
import { seal } from '../../kernel/seal.ts';
import type { Handlers } from '../../kernel/service.ts';
import type { Reader, Transaction } from '../../kernel/store/store.ts';
import { iamArn } from './arns.ts';
import { MFA_DEVICES_PER_USER_MAX, VIRTUAL_MFA_DEVICES_MAX } from './credential-limits.ts';
import { alreadyExists, deleteConflict, noSuchEntity, overQuota } from './errors.ts';
import { countDown, countUp } from './identities.ts';
import { openOwner, userNameOf, type Owner } from './owner.ts';
import { pageOf, pageOfRecords } from './paging.ts';
import { drawQrCode } from './qr-code.ts';
import { addTags, listTags, removeTags, type Place } from './tagged.ts';
import { tagsMember, withTags } from './tags.ts';

type Iam = Handlers<typeof import('@aws-sdk/client-iam')>;

/** 64 characters of Base32, as AWS's seeds have. */
const SEED_BYTES = 40;
/**
 * How far from now the two codes of EnableMFADevice and ResyncMFADevice may be: AWS accepts codes that have waited, and a device's clock
 * may be off. Ten minutes. Source: IAM API Reference, EnableMFADevice; RFC 6238, section 6.
 */
const SEARCH_STEPS = 20;

const missing = (serial: string) => noSuchEntity(`VirtualMFADevice with serial number ${serial} does not exist.`);

/** Enabled devices of a user or the root, by serial number. */
export async function devicesOf(reader: Reader, owner: Pick<Owner, 'account' | 'id'>): Promise<MfaDevice[]> {
  const serials = await reader.range(mfaDevicesOf, [owner.account, owner.id]);
  const found = await Promise.all(serials.map(({ key }) => reader.get(mfaDevices, [owner.account, key[2] as string])));
  return found.filter((device) => device !== undefined);
}

/** Makes a device with a seed, which is told this once: as text, and as the picture that authenticator apps read. */
export const CreateVirtualMFADevice: Iam['CreateVirtualMFADevice'] = async (call, input) => {
  const { kernel, account } = call;
  const name = input.VirtualMFADeviceName!;
  const serial = iamArn(call, 'mfa', name, input.Path);
  const seed = new Secret({ buffer: new Uint8Array(randomBytes(SEED_BYTES)).buffer }).base32;
  const sealedSeed = await seal(kernel, SEED_PURPOSE, seed);
  const tags = withTags({}, input.Tags);
  // Source: IAM API Reference, VirtualMFADevice, `QRCodePNG`.
  const picture = await drawQrCode(`otpauth://totp/${encodeURIComponent(name)}@${account}?secret=${seed}`, call.signal);
  await kernel.store.transact(async (tx) => {
    if (await tx.get(mfaDevices, [account, serial]))
      throw alreadyExists('MFADevice entity at the same path and name already exists.');
    await countUp(tx, account, 'MFADevicesPerAccount', VIRTUAL_MFA_DEVICES_MAX);
    const createdAtMs = kernel.clock.now();
    tx.put(mfaDevices, [account, serial], { account, serial, sealedSeed, createdAtMs, tags });
  });
  return {
    VirtualMFADevice: {
      SerialNumber: serial,
      Base32StringSeed: Buffer.from(seed),
      QRCodePNG: picture,
      ...tagsMember(tags),
    },
  };
};

/** Gives a device to a user, who shows by two codes in a row that it is there. */
export const EnableMFADevice: Iam['EnableMFADevice'] = async (call, input) => {
  await call.kernel.store.transact(async (tx) => {
    const owner = await openOwner(call, subject(call, input.UserName), tx);
    const device = await open(tx, call, input.SerialNumber!);
    if (device.owner) throw alreadyExists('MFA Device is already in use.');
    if ((await tx.range(mfaDevicesOf, [owner.account, owner.id])).length >= MFA_DEVICES_PER_USER_MAX)
      throw overQuota('MFADevicesPerUser', MFA_DEVICES_PER_USER_MAX);
    const { step } = await pair(call, tx, device, input);
    tx.put(mfaDevices, [device.account, device.serial], {
      ...device,
      owner: { id: owner.id, arn: owner.arn },
      enabledAtMs: call.kernel.clock.now(),
      lastStep: step,
    });
    tx.put(mfaDevicesOf, [owner.account, owner.id, device.serial], true);
  });
  return {};
};

/** Finds by two codes in a row how far the device's clock is off, and goes by that from then on. */
export const ResyncMFADevice: Iam['ResyncMFADevice'] = async (call, input) => {
  await call.kernel.store.transact(async (tx) => {
    const device = await openEnabled(
      tx,
      call,
      await openOwner(call, subject(call, input.UserName), tx),
      input.SerialNumber!,
    );
    const { step } = await pair(call, tx, device, input);
    // The second of the codes is the one that the device shows now.
    const drift = step - stepAt(call.kernel.clock.now());
    tx.put(mfaDevices, [device.account, device.serial], { ...device, lastStep: step, drift });
  });
  return {};
};

export const DeactivateMFADevice: Iam['DeactivateMFADevice'] = async (call, input) => {
  await call.kernel.store.transact(async (tx) => {
    const owner = await openOwner(call, input.UserName, tx);
    const {
      owner: _owner,
      enabledAtMs: _at,
      drift: _drift,
      ...device
    } = await openEnabled(tx, call, owner, input.SerialNumber!);
    tx.put(mfaDevices, [device.account, device.serial], device);
    tx.delete(mfaDevicesOf, [owner.account, owner.id, device.serial]);
  });
  return {};
};

export const DeleteVirtualMFADevice: Iam['DeleteVirtualMFADevice'] = async (call, input) => {
  await call.kernel.store.transact(async (tx) => {
    const device = await open(tx, call, input.SerialNumber!);
    if (device.owner) throw deleteConflict('MFA VirtualDevice in use. Must deactivate first.');
    tx.delete(mfaDevices, [device.account, device.serial]);
    await countDown(tx, device.account, 'MFADevicesPerAccount');
  });
  return {};
};

export const ListMFADevices: Iam['ListMFADevices'] = async (call, input) => {
  const owner = await openOwner(call, input.UserName);
  const { items, paging } = pageOf(await devicesOf(call.kernel.store, owner), input);
  return {
    MFADevices: items.map(({ serial, enabledAtMs }) => ({
      UserName: userNameOf(owner),
      SerialNumber: serial,
      EnableDate: new Date(enabledAtMs!),
    })),
    ...paging,
  };
};

export const GetMFADevice: Iam['GetMFADevice'] = async (call, input) => {
  const owner = await openOwner(call, input.UserName);
  const device = await openEnabled(call.kernel.store, call, owner, input.SerialNumber!);
  return { UserName: userNameOf(owner), SerialNumber: device.serial, EnableDate: new Date(device.enabledAtMs!) };
};

export const ListVirtualMFADevices: Iam['ListVirtualMFADevices'] = async (call, input) => {
  const { AssignmentStatus: status = 'Any' } = input;
  const wanted = (device: MfaDevice) => status === 'Any' || (status === 'Assigned') === (device.owner !== undefined);
  const { items, paging } = await pageOfRecords(call, mfaDevices, input, wanted);
  return {
    VirtualMFADevices: await Promise.all(
      items.map(async ({ serial, owner, enabledAtMs }) => ({
        SerialNumber: serial,
        ...(owner ? { User: await ownerMember(call, owner), EnableDate: new Date(enabledAtMs!) } : {}),
      })),
    ),
    ...paging,
  };
};

/** The `User` of a device; of the root's, with what it has. */
async function ownerMember(call: Call, { id, arn }: NonNullable<MfaDevice['owner']>) {
  const user = await call.kernel.principals.userByArn(arn);
  if (!user)
    return { UserId: id, Arn: arn } as {
      Path: string;
      UserName: string;
      UserId: string;
      Arn: string;
      CreateDate: Date;
    };
  return { Path: user.path, UserName: user.name, UserId: id, Arn: arn, CreateDate: new Date(user.createdAtMs) };
}

const placeOf = (call: Call, serial: string | undefined): Place<MfaDevice> => ({
  collection: mfaDevices,
  key: [call.account, serial!],
  missing: () => missing(serial!),
});

export const TagMFADevice: Iam['TagMFADevice'] = (call, input) =>
  addTags(call, placeOf(call, input.SerialNumber), input.Tags);

export const UntagMFADevice: Iam['UntagMFADevice'] = (call, input) =>
  removeTags(call, placeOf(call, input.SerialNumber), input.TagKeys);

export const ListMFADeviceTags: Iam['ListMFADeviceTags'] = (call, input) =>
  listTags(call, placeOf(call, input.SerialNumber), input);

/** Devices of a user whose name or path has changed. */
export async function moveMfaDevices(tx: Transaction, before: User, after: User): Promise<void> {
  for (const device of await devicesOf(tx, before))
    tx.put(mfaDevices, [device.account, device.serial], { ...device, owner: { id: after.id, arn: after.arn } });
}

/** The API asks for a name where the root has none: it gives the id of its account. */
const subject = (call: Call, userName: string | undefined) =>
  call.principal.type === 'root' && userName === call.account ? undefined : userName;

async function open(reader: Reader, call: Call, serial: string): Promise<MfaDevice> {
  const device = await reader.get(mfaDevices, [call.account, serial]);
  if (!device) throw missing(serial);
  return device;
}

async function openEnabled(reader: Reader, call: Call, owner: Owner, serial: string): Promise<MfaDevice> {
  const device = await reader.get(mfaDevices, [call.account, serial]);
  if (!device || device.owner?.id !== owner.id)
    throw noSuchEntity(`MFA Device with serial number ${serial} does not exist.`);
  return device;
}

/** The step of the second of two codes in a row, neither used before. Nearest to now first. Rejects with InvalidAuthenticationCode. */
async function pair(
  call: Call,
  reader: Reader,
  device: MfaDevice,
  input: { AuthenticationCode1: string | undefined; AuthenticationCode2: string | undefined },
): Promise<{ step: number }> {
  const codeAt = await codesOf({ store: reader, keys: call.kernel.keys }, device);
  const now = stepAt(call.kernel.clock.now());
  const codes = Array.from({ length: 2 * SEARCH_STEPS + 2 }, (_, at) => codeAt(now - SEARCH_STEPS - 1 + at));
  for (let away = 0; away <= 2 * SEARCH_STEPS; away++) {
    const offset = away % 2 === 0 ? -away / 2 : (away + 1) / 2;
    const at = offset + SEARCH_STEPS + 1;
    const step = now + offset;
    if (step - 1 <= (device.lastStep ?? -1)) continue;
    if (codes[at - 1] === input.AuthenticationCode1 && codes[at] === input.AuthenticationCode2) return { step };
  }
  throw new InvalidAuthenticationCodeException({
    message: 'Authentication code for device is not valid.',
    $metadata: {},
  });
}
