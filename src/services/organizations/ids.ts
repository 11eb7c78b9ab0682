import type { Ids } from '../../kernel/ids.ts';

const LOWER = 'abcdefghijklmnopqrstuvwxyz0123456789';

/** Ids of Organizations, as long as on AWS. */
export const newOrganizationId = (ids: Ids) => `o-${ids.text(10, LOWER)}`;
export const newRootId = (ids: Ids) => `r-${ids.text(4, LOWER)}`;
/** A unit's id carries that of its root. */
export const newUnitId = (ids: Ids, rootId: string) => `ou-${rootId.slice(2)}-${ids.text(8, LOWER)}`;
export const newPolicyId = (ids: Ids) => `p-${ids.text(8, LOWER)}`;
export const newResourcePolicyId = (ids: Ids) => `rp-${ids.text(8, LOWER)}`;
export const newHandshakeId = (ids: Ids) => `h-${ids.hex(32)}`;
export const newCreationId = (ids: Ids) => `car-${ids.hex(32)}`;
export const newAccountId = (ids: Ids) => ids.text(12, '0123456789');
