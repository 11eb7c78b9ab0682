import { setImmediate } from 'node:timers/promises';
import type { Entry, RangeOptions, Reader } from '../../kernel/store/store.ts';
import { objects, versionIndex, versions, type ObjectVersion } from './records.ts';
import { compareKeys } from './versions.ts';
import { firstRead, READ_MAX, type Cursor, type Start } from './walk.ts';

export type ListedVersion = { version: ObjectVersion; isLatest: boolean };

/**
 * A cursor over all versions and delete markers of a bucket: keys in order, newest first. `afterVersion` starts behind that version of the
 * key `after`. A version that is gone gives no place to start: then its whole key is walked again, so that deleting page by page misses none.
 */
export async function versionsCursor(
  reader: Reader,
  bucket: string,
  start: Omit<Start, 'afterKey'> & { afterVersion?: string },
): Promise<Cursor<ListedVersion>> {
  const { prefix, past, after, afterVersion } = start;
  const places =
    after === undefined ? { live: {}, shelved: {} } : await placesAfter(reader, bucket, after, afterVersion);
  const beyond = past === undefined ? {} : { past };
  let live: RangeOptions = { ...beyond, ...places.live };
  let shelved: RangeOptions = { ...beyond, ...places.shelved };
  /** The key of which something has been listed: what follows of it is not its latest. */
  let passed = places.within;
  let limit = firstRead(start);
  let ahead: ListedVersion[] = [];
  let at = 0;
  let ended = false;

  const fill = async () => {
    const shape = { startsWith: prefix, limit };
    const { current, older } = await readBoth(reader, bucket, { ...shape, ...live }, { ...shape, ...shelved });
    const bound = boundOf(current, older, limit);
    const within = ({ value }: Entry<ObjectVersion>) => bound === undefined || compareKeys(value.key, bound) <= 0;
    const merged = [...current.filter(within), ...older.filter(within)];
    // Stable: of one key the current version stands first, the others in their own order.
    merged.sort((a, b) => compareKeys(a.value.key, b.value.key));
    ahead = merged.map(({ value }) => {
      const isLatest = value.key !== passed;
      passed = value.key;
      return { version: value, isLatest };
    });
    at = 0;
    ended = bound === undefined;
    if (bound === undefined) return;
    live = { after: [bucket, bound] };
    const last = older.at(-1);
    // Where the page of older versions was cut within a key, the rest of that key comes next.
    shelved = { after: last?.value.key === bound ? last.key : [bucket, bound, Infinity] };
    limit = Math.min(limit * 2, READ_MAX);
  };

  return {
    async peek() {
      for (let first = true; at >= ahead.length; first = false) {
        if (ended) return undefined;
        // Others have their turn between reads.
        if (!first || ahead.length > 0) await setImmediate();
        await fill();
      }
      const next = ahead[at]!;
      return { key: next.version.key, value: next };
    },
    take() {
      at++;
    },
    skip(common) {
      const from = at;
      while (at < ahead.length && ahead[at]!.version.key.startsWith(common)) at++;
      if (at < ahead.length || ended) return;
      if (at - from > 1) limit = Math.max(2, limit >> 2);
      live = { past: common };
      shelved = { past: common };
    },
  };
}

/** The key up to which both reads are complete; undefined when they are to the end. */
function boundOf(current: Entry<ObjectVersion>[], older: Entry<ObjectVersion>[], limit: number): string | undefined {
  const ends = [current, older].flatMap((read) => (read.length < limit ? [] : [read.at(-1)!.value.key]));
  return ends.sort(compareKeys)[0];
}

const READS_MAX = 10;

/**
 * Reads current and older versions so that one that moves between the collections meanwhile is not missed: a move changes the record of the
 * current version, which is read before and after.
 */
async function readBoth(reader: Reader, bucket: string, live: RangeOptions, shelved: RangeOptions) {
  let current = await reader.range(objects, [bucket], live);
  for (let reads = 1; ; reads++) {
    const older = await reader.range(versions, [bucket], shelved);
    const again = await reader.range(objects, [bucket], live);
    const unmoved = again.length === current.length && again.every(({ version }, i) => version === current[i]!.version);
    if (unmoved || reads >= READS_MAX) return { current: again, older };
    current = again;
  }
}

type Places = {
  live: RangeOptions;
  shelved: RangeOptions;
  /** The key in whose versions the walk begins. */ within?: string;
};

async function placesAfter(
  reader: Reader,
  bucket: string,
  key: string,
  versionId: string | undefined,
): Promise<Places> {
  const live = { after: [bucket, key] };
  if (versionId === undefined) return { live, shelved: { after: [bucket, key, Infinity] } };
  const sequence = await reader.get(versionIndex, [bucket, key, versionId]);
  if (sequence !== undefined) return { live, shelved: { after: [bucket, key, -sequence] }, within: key };
  const current = await reader.get(objects, [bucket, key]);
  if (current?.versionId === versionId) return { live, shelved: { from: [bucket, key] }, within: key };
  return { live: { from: [bucket, key] }, shelved: { from: [bucket, key] } };
}
