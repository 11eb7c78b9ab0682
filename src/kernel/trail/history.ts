import type { Key } from '../store/keys.ts';
import { collection, type Store, type Transaction } from '../store/store.ts';
import { eachTerm, hasTerm, secondsOf, type LookupKey, type TrailRecord } from './record.ts';

/**
 * The event history: the records of each account and region for 90 days, found again by time and by attribute. Records that were noted
 * within a second are kept together, as a segment. What they can be looked up by is spread over a few buckets, each an entry for each
 * segment: a busy stack writes few entries, and looking something up reads those of one bucket.
 */
export type Noted = { timeMs: number; record: TrailRecord };
type Segment = TrailRecord[];
/** What must be removed with a segment. */
type Head = { count: number; buckets: number[] };
/** Places in a segment by the hash of what is there: hash, how many, places, and so on. Whether it is there the record tells. */
type Places = number[];
export type HistoryCategory = 'management' | 'insight';
export type HistoryQuery = {
  account: string;
  region: string;
  category: HistoryCategory;
  by?: { key: LookupKey; value: string };
  /** Virtual ms, inclusive; compared with records' times to the second. */
  fromMs: number;
  toMs: number;
  after?: HistoryCursor;
  limit: number;
};
/** The last record of a page: its segment, and its place there. */
export type HistoryCursor = { timeMs: number; id: string; at: number };

/** Keys: account, region, category, virtual ms of the first record, id. */
const segments = collection<Segment>('kernel/trail-segment');
const heads = collection<Head>('kernel/trail-head');
/** Keys: account, region, category, bucket, and the segment's time and id. */
const buckets = collection<Places>('kernel/trail-bucket');
const counts = collection<number>('kernel/trail-count');

/** How long the event history keeps a record. Source: CloudTrail User Guide, "Working with CloudTrail event history". */
export const HISTORY_MS = 90 * 86_400_000;
/** Records kept for each account and region; the oldest go first. */
export const RECORDS_MAX = 100_000;
const SEGMENT_RECORDS_MAX = 100;
const BUCKETS = 32;
const SEGMENT_SPAN_MS = 1_000;
/** Entries that a lookup reads at a time. */
const PAGE = 100;
/** Segments that one writing looks at to make room. */
const TRIM_MAX = 4;

export type Place = { account: string; region: string; category: HistoryCategory };

/** Writes records, in the order they were noted, and drops what is too old or too much. */
export async function writeHistory(
  tx: Transaction,
  noted: Noted[],
  options: { now: number; newId: (timeMs: number) => string },
): Promise<void> {
  for (const [place, mine] of byPlace(noted)) {
    const prefix = [place.account, place.region, place.category];
    for (const segment of split(mine)) {
      const id = [segment[0]!.timeMs, options.newId(segment[0]!.timeMs)];
      const byHash = new Map<number, number[]>();
      segment.forEach(({ record }, at) =>
        eachTerm(record, (key, value) => {
          const hash = hashOf(key, value);
          const known = byHash.get(hash);
          if (!known) byHash.set(hash, [at]);
          else if (known.at(-1) !== at) known.push(at);
        }),
      );
      const spread = new Map<number, Places>();
      for (const [hash, at] of byHash) {
        const known = spread.get(hash % BUCKETS);
        if (known) known.push(hash, at.length, ...at);
        else spread.set(hash % BUCKETS, [hash, at.length, ...at]);
      }
      tx.put(
        segments,
        [...prefix, ...id],
        segment.map(({ record }) => record),
      );
      tx.put(heads, [...prefix, ...id], { count: segment.length, buckets: [...spread.keys()] });
      for (const [bucket, places] of spread) tx.put(buckets, [...prefix, bucket, ...id], places);
    }
    await trim(tx, prefix, mine.length, options.now);
  }
}

/** FNV-1a. */
function hashOf(key: LookupKey, value: string): number {
  let hash = SEEDS[key];
  for (let at = 0; at < value.length; at++) hash = Math.imul(hash ^ value.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}

/** Keeps the kinds of values apart. */
const SEEDS: Readonly<Record<LookupKey, number>> = {
  EventId: 0x811c9dc5,
  EventName: 0x811c9dc6,
  EventSource: 0x811c9dc7,
  ReadOnly: 0x811c9dc8,
  AccessKeyId: 0x811c9dc9,
  Username: 0x811c9dca,
  ResourceName: 0x811c9dcb,
  ResourceType: 0x811c9dcc,
};

function placesOf(places: Places, wanted: number): number[] | undefined {
  for (let at = 0; at < places.length; at += places[at + 1]! + 2)
    if (places[at] === wanted) return places.slice(at + 2, at + 2 + places[at + 1]!);
  return undefined;
}

async function trim(tx: Transaction, prefix: string[], added: number, now: number): Promise<void> {
  let count = ((await tx.get(counts, prefix)) ?? 0) + added;
  for (const { key, value } of await tx.range(heads, prefix, { limit: TRIM_MAX })) {
    const [timeMs, id] = key.slice(3) as [number, string];
    if (count <= RECORDS_MAX && timeMs >= now - HISTORY_MS) break;
    count -= value.count;
    tx.delete(heads, key);
    tx.delete(segments, key);
    for (const bucket of value.buckets) tx.delete(buckets, [...prefix, bucket, timeMs, id]);
  }
  tx.put(counts, prefix, count);
}

function byPlace(noted: Noted[]): [Place, Noted[]][] {
  const places = new Map<string, [Place, Noted[]]>();
  for (const each of noted) {
    const { recipientAccountId: account, awsRegion: region, eventCategory } = each.record;
    const category = eventCategory === 'Insight' ? 'insight' : 'management';
    const key = `${account} ${region} ${category}`;
    const known = places.get(key);
    if (known) known[1].push(each);
    else places.set(key, [{ account, region, category }, [each]]);
  }
  return [...places.values()];
}

function split(noted: Noted[]): Noted[][] {
  const found: Noted[][] = [];
  for (const each of noted) {
    const last = found.at(-1);
    const apart = last && Math.abs(each.timeMs - last[0]!.timeMs) > SEGMENT_SPAN_MS;
    if (!last || apart || last.length === SEGMENT_RECORDS_MAX) found.push([each]);
    else last.push(each);
  }
  return found;
}

/** One page of records, newest first; `next` when there may be more. */
export async function readHistory(
  store: Store,
  query: HistoryQuery,
): Promise<{ records: TrailRecord[]; next?: HistoryCursor }> {
  const { account, region, category, by, after, limit } = query;
  const base = [account, region, category];
  const wanted = by && hashOf(by.key, by.value);
  const prefix = wanted === undefined ? base : [...base, wanted % BUCKETS];
  const from = secondsOf(query.fromMs);
  const to = secondsOf(query.toMs);
  const records: TrailRecord[] = [];
  let last: HistoryCursor | undefined;

  /** Takes from one segment what comes before `end`; true when the page is full. */
  const take = async (timeMs: number, id: string, places: number[] | undefined, end: number): Promise<boolean> => {
    if (wanted !== undefined && !places) return false;
    const segment = await store.get(segments, [...base, timeMs, id]);
    if (!segment) return false;
    for (const at of (places ?? [...segment.keys()]).toReversed()) {
      const record = segment[at]!;
      if (at >= end || record.eventTime < from || record.eventTime > to || (by && !hasTerm(record, by))) continue;
      if (records.length === limit) return true;
      records.push(record);
      last = { timeMs, id, at };
    }
    return false;
  };

  if (after) {
    const bucket = wanted === undefined ? undefined : await store.get(buckets, [...prefix, after.timeMs, after.id]);
    const places = bucket && placesOf(bucket, wanted!);
    if (await take(after.timeMs, after.id, places, after.at)) return { records, next: last! };
  }
  // A record's own time is cut to the second: segments of up to a second later may hold what is asked for.
  let bound: Key = after ? [...prefix, after.timeMs, after.id] : [...prefix, query.toMs + SEGMENT_SPAN_MS + 1];
  for (;;) {
    const range = { reverse: true, limit: PAGE, after: bound };
    const found: { key: Key; places?: number[] | undefined }[] =
      wanted === undefined
        ? await store.range(heads, prefix, range)
        : (await store.range(buckets, prefix, range)).map(({ key, value }) => ({
            key,
            places: placesOf(value, wanted),
          }));
    for (const { key, places } of found) {
      const [timeMs, id] = key.slice(-2) as [number, string];
      if (timeMs < query.fromMs - SEGMENT_SPAN_MS) return { records };
      if (await take(timeMs, id, places, Number.POSITIVE_INFINITY)) return { records, next: last! };
    }
    if (found.length < PAGE) return { records };
    bound = found.at(-1)!.key;
  }
}
