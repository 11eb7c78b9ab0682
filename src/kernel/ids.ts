import { randomBytes, randomUUID } from 'node:crypto';

const ALPHANUMERIC = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** What 12 hexadecimal digits hold: the year 10889. */
const SORTABLE_MS_MAX = 2 ** 48 - 1;

/** Every id and random number of the stack comes from here, so that a seed makes a run repeatable. Without a seed: from the system's generator. */
export class Ids {
  readonly #next: (() => number) | undefined;
  #serial = 0;
  /** Tells this process's sortable ids from another's; drawn once, since drawing costs more than the rest of an id. */
  #process: string | undefined;
  #lastMs = 0;

  constructor(seed?: number | string) {
    this.#next = seed === undefined ? undefined : generator(seed);
  }

  /** Whether ids repeat from run to run; secrets must not then be taken for secret. */
  get seeded(): boolean {
    return this.#next !== undefined;
  }

  bytes(count: number): Buffer {
    if (!this.#next) return randomBytes(count);
    const out = Buffer.alloc(count);
    for (let i = 0; i < count; i++) out[i] = Math.floor(this.#next() * 256);
    return out;
  }

  /** Uniform in [0, 1). */
  random(): number {
    return this.#next ? this.#next() : randomBytes(6).readUIntBE(0, 6) / 2 ** 48;
  }

  /** RFC 9562 version 4. */
  uuid(): string {
    if (!this.#next) return randomUUID();
    const b = this.bytes(16);
    b[6] = (b[6]! & 0x0f) | 0x40;
    b[8] = (b[8]! & 0x3f) | 0x80;
    const h = b.toString('hex');
    return `${h.slice(0, 8)}-${h.slice(8, 12)}-${h.slice(12, 16)}-${h.slice(16, 20)}-${h.slice(20)}`;
  }

  /** `length` characters out of `alphabet`, of 1 to 256 characters. */
  text(length: number, alphabet: string = ALPHANUMERIC): string {
    if (alphabet.length < 1 || alphabet.length > 256) throw new RangeError('an alphabet has 1 to 256 characters');
    let out = '';
    while (out.length < length) {
      for (const byte of this.bytes(length)) {
        // Take only whole multiples of the alphabet, so that every character is equally likely.
        if (byte < 256 - (256 % alphabet.length) && out.length < length) out += alphabet[byte % alphabet.length];
      }
    }
    return out;
  }

  hex(length: number): string {
    return this.bytes(Math.ceil(length / 2))
      .toString('hex')
      .slice(0, length);
  }

  /** An id that sorts by `now` (ms), then by order of making in this process; unique across processes. */
  sortable(now: number): string {
    // While the clock stands still, or is set back, the serial alone tells the order.
    this.#serial = now > this.#lastMs ? 0 : this.#serial + 1;
    this.#lastMs = Math.max(now, this.#lastMs);
    const timeMs = Math.min(Math.max(0, Math.floor(now)), SORTABLE_MS_MAX);
    return `${timeMs.toString(16).padStart(12, '0')}${this.#serial.toString(16).padStart(7, '0')}${(this.#process ??= this.hex(8))}`;
  }
}

/** A seeded generator of numbers in [0, 1) (xoshiro128**, seeded by FNV-1a and splitmix32). */
export function generator(seed: number | string): () => number {
  let h = 0x811c9dc5;
  for (const char of String(seed)) h = Math.imul(h ^ char.codePointAt(0)!, 0x01000193);
  const state = Array.from({ length: 4 }, () => {
    h = (h + 0x9e3779b9) | 0;
    let t = h ^ (h >>> 16);
    t = Math.imul(t, 0x21f0aaad);
    t ^= t >>> 15;
    t = Math.imul(t, 0x735a2d97);
    return (t ^ (t >>> 15)) >>> 0;
  }) as [number, number, number, number];
  const rotate = (x: number, k: number) => (x << k) | (x >>> (32 - k));
  return () => {
    const result = Math.imul(rotate(Math.imul(state[1], 5), 7), 9) >>> 0;
    const t = state[1] << 9;
    state[2] ^= state[0];
    state[3] ^= state[1];
    state[1] ^= state[2];
    state[0] ^= state[3];
    state[2] ^= t;
    state[3] = rotate(state[3], 11);
    return result / 2 ** 32;
  };
}
