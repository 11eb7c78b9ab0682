import type { Events } from '../events.ts';
import type { Jobs } from '../jobs.ts';
import { organizationNodes } from '../principals/records.ts';
import { collection, type Reader, type Store, type Transaction } from '../store/store.ts';
import type { Noted } from './history.ts';
import type { TrailRecord } from './record.ts';

/**
 * Records on their way to where an account keeps them: written in the transaction that puts them on the record, taken out by the job
 * that delivers them. Nothing is written for an account that asks for nothing.
 */
export type Interest = {
  /** Management records go to the outbox. */
  management: boolean;
  /** Data records are made, and go to the outbox. */
  data: boolean;
  /** Regions in which calls that change something are published as events; `*`: all. */
  eventsIn: string[];
  /** The job that takes the records out, and the service it works for: records of that service's own calls alone begin none. */
  jobKind: string;
  service: string;
};

/** By account; by organization, for all of its accounts. */
const interests = collection<Interest>('kernel/trail-interest');
/** Keys: account, virtual ms, id. */
const outbox = collection<Noted[]>('kernel/trail-outbox');

/** A delivery begins at multiples of this, when there is something to deliver. Source: CloudTrail User Guide: "about every 5 minutes". */
export const DELIVERY_MS = 5 * 60_000;

/** What an account and its organization ask for together. */
async function readInterest(reader: Reader, account: string): Promise<Interest | undefined> {
  const own = await reader.get(interests, [account]);
  const node = await reader.get(organizationNodes, [account]);
  const common = node && (await reader.get(interests, [node.organization]));
  if (!own || !common) return own ?? common;
  return {
    management: own.management || common.management,
    data: own.data || common.data,
    eventsIn: [...own.eventsIn, ...common.eventsIn],
    jobKind: own.jobKind,
    service: own.service,
  };
}

export function writeInterest(tx: Transaction, of: string, interest: Interest | undefined): void {
  if (interest) tx.put(interests, [of], interest);
  else tx.delete(interests, [of]);
}

export async function readInterests(store: Store): Promise<Map<string, Interest>> {
  const found = new Map<string, Interest>();
  for await (const { key, value } of store.all(interests)) found.set(key[0] as string, value);
  return found;
}

/** Puts out what the accounts ask for: records, the job that takes them out, and events. */
export async function writeOutbox(
  tx: Transaction,
  noted: Noted[],
  parts: { jobs: Jobs; events: Events; now: number; newId: (timeMs: number) => string },
): Promise<void> {
  for (const account of new Set(noted.map(({ record }) => record.recipientAccountId))) {
    const interest = await readInterest(tx, account);
    if (!interest) continue;
    const wanted = noted.filter(
      ({ record }) =>
        record.recipientAccountId === account &&
        (record.eventCategory === 'Data' ? interest.data : interest.management),
    );
    if (wanted.length === 0) continue;
    tx.put(outbox, [account, wanted[0]!.timeMs, parts.newId(wanted[0]!.timeMs)], wanted);
    // What a delivery leaves on the record would make one delivery follow the other for ever.
    if (wanted.some(({ record }) => record.userIdentity?.['invokedBy'] !== interest.service))
      await submitDelivery(tx, { ...parts, account, kind: interest.jobKind });
    for (const { record } of wanted) {
      const heard = interest.eventsIn.includes('*') || interest.eventsIn.includes(record.awsRegion);
      if (heard && record.readOnly === false && record.eventType === 'AwsApiCall') publish(parts.events, tx, record);
    }
  }
}

/** The next delivery of an account; one at each of its times. */
export async function submitDelivery(
  tx: Transaction,
  { jobs, now, account, kind }: { jobs: Jobs; now: number; account: string; kind: string },
): Promise<void> {
  const runAtMs = Math.floor(now / DELIVERY_MS + 1) * DELIVERY_MS;
  await jobs.submit(tx, { kind, id: `${account}/${runAtMs}`, input: { account }, runAtMs });
}

function publish(events: Events, tx: Transaction, record: TrailRecord): void {
  events.publish(tx, {
    source: `aws.${record.eventSource.split('.')[0]}`,
    detailType: 'AWS API Call via CloudTrail',
    account: record.recipientAccountId,
    region: record.awsRegion,
    resources: [],
    detail: record,
  });
}

/** What waits for an account, oldest first, up to `limit` segments; `take` removes it in the transaction that passes it on. */
export async function readOutbox(
  tx: Transaction,
  account: string,
  limit: number,
): Promise<{ noted: Noted[]; take: () => void }> {
  const found = await tx.range(outbox, [account], { limit });
  return {
    noted: found.flatMap(({ value }) => value),
    take: () => found.forEach(({ key }) => tx.delete(outbox, key)),
  };
}
