/** Values by request id, of the latest calls: as many, and as many bytes, as they may be; the oldest go. */
export class KeptCalls {
  readonly #countMax: number;
  readonly #bytesMax: number;
  readonly #kept = new Map<string, { value: unknown; bytes: number }>();
  #bytes = 0;

  constructor(countMax: number, bytesMax: number) {
    this.#countMax = countMax;
    this.#bytesMax = bytesMax;
  }

  /** @param bytes what the value takes, at most */
  keep(requestId: string, value: unknown, bytes: number): void {
    this.#kept.set(requestId, { value, bytes });
    this.#bytes += bytes;
    while (this.#kept.size > this.#countMax || this.#bytes > this.#bytesMax) {
      const [oldest, { bytes: freed }] = this.#kept.entries().next().value!;
      this.#kept.delete(oldest);
      this.#bytes -= freed;
    }
  }

  get(requestId: string): unknown {
    return this.#kept.get(requestId)?.value;
  }

  get size(): { calls: number; bytes: number } {
    return { calls: this.#kept.size, bytes: this.#bytes };
  }

  clear(): void {
    this.#kept.clear();
    this.#bytes = 0;
  }
}
