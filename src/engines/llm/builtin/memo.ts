/**
 * What has been found in texts, kept from one request to the next where a caller says that their beginnings are alike: the worker's prompt
 * cache. Requests under different keys share nothing, not even the time they take; without a key nothing is kept.
 */
type Memo = { values: Map<string, unknown>; characters: number };

/** Keys of which the findings are kept, the latest. */
const KEYS_MAX = 16;
/** Characters of texts under one key; beyond, nothing more is kept. */
const CHARACTERS_MAX = 4_000_000;

const memos = new Map<string, Memo>();
let current: Memo | undefined;

/** Runs `work` with what is kept under `key`. Not to be nested: a worker does one request at a time. */
export function remembering<T>(key: string | undefined, work: () => T): T {
  if (key === undefined) return work();
  const memo = memos.get(key) ?? { values: new Map<string, unknown>(), characters: 0 };
  memos.delete(key);
  memos.set(key, memo);
  for (const oldest of memos.keys()) {
    if (memos.size <= KEYS_MAX) break;
    memos.delete(oldest);
  }
  current = memo;
  try {
    return work();
  } finally {
    current = undefined;
  }
}

/** What `find` makes of a text, which must depend on the text alone; whoever gets it must not change it. */
export function remembered<T>(kind: string, text: string, find: (text: string) => T): T {
  if (!current) return find(text);
  const key = `${kind}\n${text}`;
  if (current.values.has(key)) return current.values.get(key) as T;
  const found = find(text);
  if (current.characters + key.length <= CHARACTERS_MAX) {
    current.values.set(key, found);
    current.characters += key.length;
  }
  return found;
}
