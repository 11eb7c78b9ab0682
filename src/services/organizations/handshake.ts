import {
  HandshakeAlreadyInStateException,
  InvalidHandshakeTransitionException,
  type Handshake,
  type HandshakeState,
} from '@aws-sdk/client-organizations';
import type { Kernel } from '../../kernel/kernel.ts';
import type { ServiceJob } from '../../kernel/service.ts';
import type { Reader, Transaction } from '../../kernel/store/store.ts';
import { handshakeArn } from './arns.ts';
import { text } from './errors.ts';
import { newHandshakeId } from './ids.ts';
import { DAY_MS, HANDSHAKE_SHOWN_DAYS } from './limits.ts';
import {
  handshakes,
  handshakesReceived,
  handshakesSent,
  type HandshakeRecord,
  type OrganizationState,
} from './records.ts';

const LIST_MAX = 5_000;

/** The state a handshake is in by now. */
export function stateOf(handshake: HandshakeRecord, nowMs: number): HandshakeState {
  return isOpen(handshake.state) && nowMs >= handshake.expiresAtMs ? 'EXPIRED' : handshake.state;
}

/** Still waiting for an answer. */
export const isOpen = (state: HandshakeState) => state === 'REQUESTED' || state === 'OPEN';

/** One that ended long ago is shown no more. */
export function isShown(handshake: HandshakeRecord, nowMs: number): boolean {
  const state = stateOf(handshake, nowMs);
  const endedAtMs = handshake.endedAtMs ?? (state === 'EXPIRED' ? handshake.expiresAtMs : undefined);
  return endedAtMs === undefined || nowMs < endedAtMs + HANDSHAKE_SHOWN_DAYS * DAY_MS;
}

export function describeHandshake(handshake: HandshakeRecord, nowMs: number): Handshake {
  const owner = { id: handshake.organization, partition: handshake.partition, managementAccount: handshake.sender };
  return {
    Id: handshake.id,
    Arn: handshakeArn(owner, handshake.action, handshake.id),
    Parties: handshake.parties,
    State: stateOf(handshake, nowMs),
    RequestedTimestamp: new Date(handshake.requestedAtMs),
    ExpirationTimestamp: new Date(handshake.expiresAtMs),
    Action: handshake.action,
    Resources: handshake.resources,
  };
}

/** Keeps a new handshake, which goes by itself once nobody can see it any more. */
export async function sendHandshake(kernel: Kernel, tx: Transaction, handshake: HandshakeRecord): Promise<void> {
  tx.put(handshakes, [handshake.id], handshake);
  tx.put(handshakesSent, [handshake.organization, handshake.id], true);
  if (handshake.target !== undefined) tx.put(handshakesReceived, [handshake.target, handshake.id], true);
  await kernel.jobs.submit(tx, {
    kind: 'organizations/handshake-removal',
    id: handshake.id,
    input: { handshake: handshake.id },
    runAtMs: handshake.expiresAtMs + HANDSHAKE_SHOWN_DAYS * DAY_MS,
  });
}

export const handshakeRemovalJob: ServiceJob<{ handshake: string }> = {
  async run({ job, kernel }) {
    await kernel.store.transact(async (tx) => {
      const handshake = await tx.get(handshakes, [job.input.handshake]);
      if (!handshake) return;
      tx.delete(handshakes, [handshake.id]);
      tx.delete(handshakesSent, [handshake.organization, handshake.id]);
      if (handshake.target !== undefined) tx.delete(handshakesReceived, [handshake.target, handshake.id]);
    });
  },
};

/** What all new handshakes have. */
export function newHandshake(kernel: Kernel, organization: OrganizationState, days: number) {
  const nowMs = kernel.clock.now();
  return {
    id: newHandshakeId(kernel.ids),
    organization: organization.id,
    partition: organization.partition,
    sender: organization.managementAccount,
    requestedAtMs: nowMs,
    expiresAtMs: nowMs + days * DAY_MS,
  };
}

/** Ends a handshake. Throws when it is in that state already, or in one from which there is no way there. */
export function endHandshake(
  tx: Transaction,
  handshake: HandshakeRecord,
  state: 'CANCELED' | 'ACCEPTED' | 'DECLINED',
  nowMs: number,
): HandshakeRecord {
  const now = stateOf(handshake, nowMs);
  if (now === state)
    throw new HandshakeAlreadyInStateException(text('The specified handshake is already in the requested state.'));
  if (!isOpen(now))
    throw new InvalidHandshakeTransitionException(
      text(`You can't change the handshake to ${state} because it is in the ${now} state.`),
    );
  const ended: HandshakeRecord = { ...handshake, state, endedAtMs: nowMs };
  tx.put(handshakes, [handshake.id], ended);
  return ended;
}

/** Calls off what an organization has sent and nobody has answered. */
export async function cancelAll(kernel: Kernel, tx: Transaction, organization: string): Promise<void> {
  const nowMs = kernel.clock.now();
  for (const { key } of await tx.range(handshakesSent, [organization], { limit: LIST_MAX })) {
    const handshake = (await tx.get(handshakes, [key[1]!]))!;
    if (isOpen(stateOf(handshake, nowMs))) endHandshake(tx, handshake, 'CANCELED', nowMs);
  }
}

/** The handshakes of an index, sent by an organization or received under an address. */
export async function listHandshakes(
  reader: Reader,
  index: typeof handshakesSent,
  of: string,
): Promise<HandshakeRecord[]> {
  const keys = await reader.range(index, [of], { limit: LIST_MAX });
  const found = await Promise.all(keys.map(({ key }) => reader.get(handshakes, [key[1]!])));
  return found.filter((one) => one !== undefined);
}
