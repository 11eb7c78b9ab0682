import { InvalidObjectState } from '@aws-sdk/client-s3';
import type { Kernel } from '../../../kernel/kernel.ts';
import type { ObjectVersion, StorageClass } from '../records.ts';

/** From warm to cold: lifecycle rules move objects down only. Source: S3 User Guide, "Transitioning objects using Amazon S3 Lifecycle". */
const WATERFALL: StorageClass[] = [
  'STANDARD',
  'REDUCED_REDUNDANCY',
  'STANDARD_IA',
  'INTELLIGENT_TIERING',
  'ONEZONE_IA',
  'GLACIER_IR',
  'GLACIER',
  'DEEP_ARCHIVE',
];

export const isStorageClass = (text: string): text is StorageClass => (WATERFALL as string[]).includes(text);

/** Greater is colder, and cheaper. */
export const coldness = (storageClass: StorageClass) => WATERFALL.indexOf(storageClass);

/** Whether S3 lets a lifecycle rule move an object from one class to the other. */
export function canSink(from: StorageClass, to: StorageClass): boolean {
  if (to === 'STANDARD' || to === 'REDUCED_REDUNDANCY') return false;
  if (from === 'ONEZONE_IA' && to === 'GLACIER_IR') return false;
  return coldness(to) > coldness(from);
}

/** Classes whose objects must be restored before they can be read. */
export const isArchived = ({ storageClass }: Pick<ObjectVersion, 'storageClass'>) =>
  storageClass === 'GLACIER' || storageClass === 'DEEP_ARCHIVE';

const archived = (version: ObjectVersion) =>
  Object.assign(
    new InvalidObjectState({ message: "The operation is not valid for the object's storage class", $metadata: {} }),
    { StorageClass: version.storageClass },
  );

/** Throws InvalidObjectState for an archived object that is not back now. */
export function assertReadable(call: { kernel: Kernel }, version: ObjectVersion): void {
  if (isArchived(version) && !isBack(version, call.kernel.clock.now())) throw archived(version);
}

/** Whether the temporary copy of an archived object stands. */
export function isBack({ restore }: ObjectVersion, nowMs: number): boolean {
  return restore !== undefined && !restore.ongoing && (restore.expiresAtMs ?? 0) > nowMs;
}
