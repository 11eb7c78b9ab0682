import type { Key } from '../store/keys.ts';
import { collection, type Store, type Transaction } from '../store/store.ts';
import { secondsOf, term, termsOf, type LookupKey, type TrailRecord } from './record.ts';

/**
 * The event history: the records of each account and region for 90 days, found again by time and by attribute. Records that were noted
 * within a second are kept together, as a segment; so are the places of an attribute's value in it: a busy stack writes few entries.
 */
export type Noted = { timeMs: number; record: TrailRecord };
type Segment = TrailRecord[];
/** What must be removed with a segment. */
type Head = { count: number; terms: string[] };
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
/** Places in a segment, by what is there. Keys: account, region, category, term, and the segment's time and id. */
const postings = collection<number[]>('kernel/trail-posting');
const counts = collection<number>('kernel/trail-count');

/** How long the event history keeps a record. Source: CloudTrail User Guide, "Working with CloudTrail event history". */
export const HISTORY_MS = 90 * 86_400_000;
/** Records kept for each account and region; the oldest go first. */
export const RECORDS_MAX = 100_000;
const SEGMENT_RECORDS_MAX = 100;
const SEGMENT_SPAN_MS = 1_000;
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
      const places = new Map<string, number[]>();
      segment.forEach(({ record }, at) => {
        for (const each of termsOf(record)) {
          const known = places.get(each);
          if (known) known.push(at);
          else places.set(each, [at]);
        }
      });
      tx.put(
        segments,
        [...prefix, ...id],
        segment.map(({ record }) => record),
      );
      tx.put(heads, [...prefix, ...id], { count: segment.length, terms: [...places.keys()] });
      for (const [each, at] of places) tx.put(postings, [...prefix, each, ...id], at);
    }
    await trim(tx, prefix, mine.length, options.now);
  }
}

async function trim(tx: Transaction, prefix: string[], added: number, now: number): Promise<void> {
  let count = ((await tx.get(counts, prefix)) ?? 0) + added;
  for (const { key, value } of await tx.range(heads, prefix, { limit: TRIM_MAX })) {
    const [timeMs, id] = key.slice(3) as [number, string];
    if (count <= RECORDS_MAX && timeMs >= now - HISTORY_MS) break;
    count -= value.count;
    tx.delete(heads, key);
    tx.delete(segments, key);
    for (const each of value.terms) tx.delete(postings, [...prefix, each, timeMs, id]);
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
  const prefix = by ? [...base, term(by.key, by.value)] : base;
  const from = secondsOf(query.fromMs);
  const to = secondsOf(query.toMs);
  const records: TrailRecord[] = [];
  let last: HistoryCursor | undefined;

  /** Takes from one segment what comes before `end`; true when the page is full. */
  const take = async (timeMs: number, id: string, end: number): Promise<boolean> => {
    const segment = await store.get(segments, [...base, timeMs, id]);
    if (!segment) return false;
    const places = by ? ((await store.get(postings, [...prefix, timeMs, id])) ?? []) : [...segment.keys()];
    for (const at of places.toReversed()) {
      const record = segment[at]!;
      if (at >= end || record.eventTime < from || record.eventTime > to) continue;
      if (records.length === limit) return true;
      records.push(record);
      last = { timeMs, id, at };
    }
    return false;
  };

  if (after && (await take(after.timeMs, after.id, after.at))) return { records, next: last! };
  // A record's own time is cut to the second: segments of up to a second later may hold what is asked for.
  let bound: Key = after ? [...prefix, after.timeMs, after.id] : [...prefix, query.toMs + SEGMENT_SPAN_MS + 1];
  for (;;) {
    const found = by
      ? await store.range(postings, prefix, { reverse: true, limit: limit + 1, after: bound })
      : await store.range(heads, prefix, { reverse: true, limit: limit + 1, after: bound });
    for (const { key } of found) {
      const [timeMs, id] = key.slice(-2) as [number, string];
      if (timeMs < query.fromMs - SEGMENT_SPAN_MS) return { records };
      if (await take(timeMs, id, Number.POSITIVE_INFINITY)) return { records, next: last! };
    }
    if (found.length <= limit) return { records };
    bound = found.at(-1)!.key;
  }
}
