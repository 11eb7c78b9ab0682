import type { LanguageModel } from '../types.ts';

type Entry = {
  making: Promise<LanguageModel>;
  model?: LanguageModel;
  active: number;
  retired: boolean;
  heavy: boolean;
};

/**
 * Models that have been made, by the text of their backend. Each is made once, on its first use, and closed when it is retired
 * and nobody is in the middle of an answer. Of those that take much memory at most `heavyMax` stay loaded; the one that
 * was used longest ago and is idle goes first.
 */
export class LoadedModels {
  readonly #entries = new Map<string, Entry>();
  readonly #heavyMax: number;

  constructor(heavyMax: number) {
    this.#heavyMax = heavyMax;
  }

  /** The model of a backend. A failure to make it is not kept: the next call tries again. */
  async get(key: string, heavy: boolean, make: () => LanguageModel | Promise<LanguageModel>): Promise<LanguageModel> {
    let entry = this.#entries.get(key);
    if (entry) {
      // A Map keeps its order of insertion: the last used goes to the end.
      this.#entries.delete(key);
      this.#entries.set(key, entry);
      return entry.making;
    }
    if (heavy) await this.#makeRoom();
    // Another call may have made it in the meantime.
    entry = this.#entries.get(key);
    if (entry) return entry.making;
    const made: Entry = { making: undefined as never, active: 0, retired: false, heavy };
    made.making = (async () => {
      const model = await make();
      made.model = model;
      if (made.retired) await this.#closeIdle(made);
      return tracked(model, made, () => void this.#closeIdle(made));
    })();
    this.#entries.set(key, made);
    made.making.catch(() => {
      if (this.#entries.get(key) === made) this.#entries.delete(key);
    });
    return made.making;
  }

  /** Retires every model whose backend is not among `keys`. */
  async keepOnly(keys: ReadonlySet<string>): Promise<void> {
    for (const [key, entry] of this.#entries) if (!keys.has(key)) await this.#retire(key, entry);
  }

  /** Retires one. */
  async drop(key: string): Promise<void> {
    const entry = this.#entries.get(key);
    if (entry) await this.#retire(key, entry);
  }

  /** Closes all, also those that are in use. */
  async close(): Promise<void> {
    const entries = [...this.#entries.values()];
    this.#entries.clear();
    await Promise.all(
      entries.map(async (entry) => {
        entry.retired = true;
        const model = await entry.making.then(
          () => entry.model,
          () => undefined,
        );
        await model?.close?.();
      }),
    );
  }

  async #makeRoom(): Promise<void> {
    const heavy = [...this.#entries].filter(([, entry]) => entry.heavy);
    const idle = heavy.filter(([, entry]) => entry.active === 0 && entry.model);
    for (const [key, entry] of idle.slice(0, Math.max(0, heavy.length + 1 - this.#heavyMax)))
      await this.#retire(key, entry);
  }

  async #retire(key: string, entry: Entry): Promise<void> {
    this.#entries.delete(key);
    entry.retired = true;
    await this.#closeIdle(entry);
  }

  async #closeIdle(entry: Entry): Promise<void> {
    if (entry.retired && entry.active === 0) await entry.model?.close?.();
  }
}

/** The model, counting the calls that are under way. */
function tracked(model: LanguageModel, entry: { active: number }, idle: () => void): LanguageModel {
  const during = async <T>(work: () => Promise<T>): Promise<T> => {
    entry.active++;
    try {
      return await work();
    } finally {
      if (--entry.active === 0) idle();
    }
  };
  return {
    get provenance() {
      return model.provenance;
    },
    capabilities: model.capabilities,
    async *chat(request, signal) {
      entry.active++;
      try {
        yield* model.chat(request, signal);
      } finally {
        if (--entry.active === 0) idle();
      }
    },
    countTokens: (request) => during(() => model.countTokens(request)),
    ...(model.embed ? { embed: (texts, signal) => during(() => model.embed!(texts, signal)) } : {}),
    ...(model.images ? { images: (request, signal) => during(() => model.images!(request, signal)) } : {}),
    ...(model.editImages ? { editImages: (request, signal) => during(() => model.editImages!(request, signal)) } : {}),
  };
}
