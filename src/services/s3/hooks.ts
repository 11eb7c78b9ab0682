import type { Call } from '../../kernel/call.ts';
import type { Reader, Transaction } from '../../kernel/store/store.ts';
import { notImplemented } from './errors.ts';
import type { Bucket, ObjectLock, ObjectVersion } from './records.ts';

/** What the settings of a bucket make of an object's life. */
export async function initialLock(
  _call: Call,
  _reader: Reader,
  _bucket: Bucket,
  input: object,
): Promise<ObjectLock | undefined> {
  const given = Object.entries(input).find(([name, value]) => name.startsWith('ObjectLock') && value !== undefined);
  if (given) throw notImplemented(given[0]);
  return undefined;
}
export function assertDeletable(
  _call: Call,
  _bucket: Bucket,
  _version: ObjectVersion,
  _bypassGovernance: boolean,
): void {}
export function assertReadable(_call: Call, _version: ObjectVersion): void {}
export async function objectEvent(
  _call: Call,
  _tx: Transaction,
  _bucket: Bucket,
  _name: string,
  _version: ObjectVersion,
): Promise<void> {}
export async function replicate(
  _call: Call,
  _tx: Transaction,
  _bucket: Bucket,
  _version: ObjectVersion,
): Promise<void> {}
export async function defaultEncryption(_reader: Reader, _bucket: Bucket): Promise<ObjectVersion['encryption']> {
  return { algorithm: 'AES256' };
}
