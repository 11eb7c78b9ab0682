import type { KeyUsageType } from '@aws-sdk/client-kms';
import type { Call } from '../../kernel/call.ts';
import { AwsError } from '../../kernel/errors.ts';
import { arn, parseArn } from '../../kernel/resources.ts';
import type { Reader, Transaction } from '../../kernel/store/store.ts';
import { disabled, invalidArn, invalidKeyUsage, invalidState, notFound, validation } from './errors.ts';
import { ensureManagedKey, managedServiceOf } from './managed.ts';
import { noteKey } from './metering.ts';
import { aliases, keys, type Key } from './records.ts';

const KEY_ID = /^([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|mrk-[0-9a-f]{32})$/;

export const keyArn = (call: { partition: string; region: string }, account: string, id: string) =>
  arn({ partition: call.partition, service: 'kms', region: call.region, account, resource: `key/${id}` });

export const aliasArn = (call: { partition: string; region: string }, account: string, name: string) =>
  arn({ partition: call.partition, service: 'kms', region: call.region, account, resource: name });

/** All keys of an account in the region. */
export const anyKeyArn = (call: Call, account = call.account) => keyArn(call, account, '*');

/** What a KeyId names: permission is asked for `arn`, whether a key is there or not. */
export type Named = {
  arn: string;
  /** Absent: there is none, and `problem` is the answer. */
  key?: Key;
  problem?: Error;
  /** When the request named an alias: `alias/name`. */
  alias?: string;
};

/**
 * What a `KeyId` names: an id, a key ARN, and, where the operation takes them, an alias or its ARN. An AWS managed key that the service
 * in between asks for is made at its first use.
 */
export async function identify(call: Call, keyId: string, aliasesToo = true): Promise<Named> {
  const parsed = parse(call, keyId, aliasesToo);
  if (parsed instanceof Error) return { arn: anyKeyArn(call), problem: parsed };
  const { account, id, alias } = parsed;
  if (id !== undefined) return withKey(call, account, id);
  const target = await targetOf(call, account, alias!);
  if (target === undefined) {
    const problem = notFound(`Alias ${aliasArn(call, account, alias!)} is not found.`);
    return { arn: anyKeyArn(call, account), alias: alias!, problem };
  }
  return { ...(await withKey(call, account, target)), alias: alias! };
}

async function targetOf(call: Call, account: string, alias: string): Promise<string | undefined> {
  const standing = await call.kernel.store.get(aliases, [account, call.region, alias]);
  if (standing) return standing.target;
  const service = managedServiceOf(alias);
  if (service === undefined || account !== call.account || !isThrough(call, service)) return undefined;
  return ensureManagedKey(call, service);
}

/** Whether the call comes from that service, for a caller or by itself. */
function isThrough(call: Call, service: string): boolean {
  const host = call.via.at(-1) ?? (call.principal.type === 'service' ? call.principal.service : undefined);
  return host === `${service}.amazonaws.com`;
}

async function withKey(call: Call, account: string, id: string): Promise<Named> {
  const key = await call.kernel.store.get(keys, [account, call.region, id]);
  const named = keyArn(call, account, id);
  return key ? { arn: named, key } : { arn: named, problem: notFound(`Key '${named}' does not exist`) };
}

function parse(
  call: Call,
  keyId: string,
  aliasesToo: boolean,
): { account: string; id?: string; alias?: string } | Error {
  if (keyId.startsWith('arn:')) {
    const parts = parseArn(keyId);
    if (!parts || parts.service !== 'kms' || parts.partition !== call.partition)
      return invalidArn(`Invalid arn ${keyId}`);
    if (parts.region !== call.region) return notFound(`Invalid arn ${parts.region}`);
    const { account, resource } = parts;
    if (resource.startsWith('key/')) return { account, id: resource.slice('key/'.length) };
    if (resource.startsWith('alias/') && aliasesToo) return { account, alias: resource };
    return invalidArn(`Invalid arn ${keyId}`);
  }
  if (keyId.startsWith('alias/') && aliasesToo) return { account: call.account, alias: keyId };
  if (KEY_ID.test(keyId)) return { account: call.account, id: keyId };
  return notFound(`Invalid keyId '${keyId}'`);
}

/** The key of a KeyId. Throws what AWS answers when there is none. */
export async function openKey(call: Call, keyId: string, aliasesToo = true): Promise<Key> {
  const { key, problem } = await identify(call, keyId, aliasesToo);
  if (!key) throw problem!;
  return key;
}

/** A key that an operation manages: by id or key ARN, in the caller's own account. */
export async function openOwnKey(call: Call, keyId: string): Promise<Key> {
  const key = await openKey(call, keyId, false);
  if (key.account === call.account) return key;
  throw new AwsError(
    'AccessDeniedException',
    `User: ${call.principal.arn} is not authorized to perform: kms:${call.operation} on resource: ${key.arn} because the resource is in another account`,
    400,
  );
}

/** The key for a cryptographic operation: there, usable, and of the right usage. */
export async function openUsable(
  call: Call,
  keyId: string,
  usage: KeyUsageType,
  operation: string = call.operation,
): Promise<Key> {
  const key = await openKey(call, keyId);
  requireUsable(key);
  requireUsage(key, usage, operation);
  noteKey(call, key);
  return key;
}

export function requireUsage(key: Key, usage: KeyUsageType, operation: string): void {
  if (key.usage !== usage)
    throw invalidKeyUsage(`${key.arn} key usage is ${key.usage} which is not valid for ${operation}.`);
}

/** That an algorithm is one of the key's. */
export function requireAlgorithm(key: Key, algorithm: string, of: readonly string[] | undefined): void {
  if (!of?.includes(algorithm))
    throw invalidKeyUsage(`Algorithm ${algorithm} and key spec ${key.spec} are incompatible.`);
}

const STATE_TEXT: Partial<Record<Key['state'], string>> = {
  PendingDeletion: 'pending deletion',
  PendingReplicaDeletion: 'pending replica deletion',
  PendingImport: 'pending import',
  Creating: 'creating',
  Updating: 'updating',
};

/** Throws DisabledException or KMSInvalidStateException unless the key is enabled. */
export function requireUsable(key: Key): void {
  if (key.state === 'Disabled') throw disabled(key.arn);
  requireState(key, 'Enabled');
}

/** Throws KMSInvalidStateException unless the key is in one of the states. Source: Developer Guide, "Key states". */
export function requireState(key: Key, ...states: Key['state'][]): void {
  if (!states.includes(key.state)) throw invalidState(`${key.arn} is ${STATE_TEXT[key.state] ?? key.state}.`);
}

export const LIVING = ['Enabled', 'Disabled', 'PendingImport'] as const;

/** Reads a key anew in a transaction and writes what `change` makes of it. */
export async function changeKey(
  call: Call,
  key: Key,
  change: (key: Key, tx: Transaction) => Key | undefined | Promise<Key | undefined>,
): Promise<void> {
  await call.kernel.store.transact(async (tx) => {
    const changed = await change(await reread(tx, key), tx);
    if (changed) tx.put(keys, [key.account, key.region, key.id], changed);
  });
}

/** The key as it stands in a transaction. */
export async function reread(reader: Reader, key: Key): Promise<Key> {
  const standing = await reader.get(keys, [key.account, key.region, key.id]);
  if (!standing) throw notFound(`Key '${key.arn}' does not exist`);
  return standing;
}

/** A page size within what AWS takes. */
export function readLimit(given: number | undefined, { default: standard, max }: { default: number; max: number }) {
  if (given === undefined) return standard;
  if (given > max)
    throw validation(
      `1 validation error detected: Value '${given}' at 'limit' failed to satisfy constraint: Member must have value less than or equal to ${max}`,
    );
  return given;
}
