/** What the settings of a bucket make of an object's life: all that the core asks of them. */
export { publicAccess, refusePublicGrants } from './settings/access-block.ts';
export { endDailyWork } from './settings/daily.ts';
export { defaultEncryption } from './settings/default-encryption.ts';
export { objectEvent } from './settings/event.ts';
export { expirationOf, uploadAbort } from './settings/expiration.ts';
export { beginMetering, meterRead, meterWrite } from './settings/metering.ts';
export { isPublicPolicy } from './settings/policy-document.ts';
export { policyFor } from './settings/policy-principals.ts';
export { replicate } from './settings/replica.ts';
export { assertDeletable, initialLock } from './settings/retention.ts';
export { assertReadable } from './settings/storage-class.ts';
export { readSetting } from './settings/stored.ts';
