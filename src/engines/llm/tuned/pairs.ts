import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Pair } from './types.ts';

/** Characters that are encoded in one turn of the event loop. */
const TURN_CHARACTERS = 256 * 1024;

/** Pairs as bytes in shared memory, a part at a time: a thread is handed them without holding up the event loop. */
export async function encodePairs(pairs: readonly Pair[]): Promise<Uint8Array[]> {
  const parts: Uint8Array[] = [];
  let part: Pair[] = [];
  let characters = 0;
  const close = async () => {
    const bytes = Buffer.from(JSON.stringify(part));
    const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
    shared.set(bytes);
    parts.push(shared);
    part = [];
    characters = 0;
    await nextTurn();
  };
  for (const pair of pairs) {
    part.push(pair);
    characters += pair.prompt.length + pair.completion.length;
    if (characters >= TURN_CHARACTERS) await close();
  }
  if (part.length > 0) await close();
  return parts;
}

export const decodePairs = (parts: readonly Uint8Array[]): Pair[] =>
  parts.flatMap((part) => JSON.parse(Buffer.from(part).toString('utf8')) as Pair[]);
