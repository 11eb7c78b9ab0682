import type { Document, DocumentFormat, ReadDocumentOptions } from '../engines/documents/document.ts';
import type { EmbedOptions, Embedder, Embeddings } from '../engines/embed/embedder.ts';
import { createTextEngine, type TextEngine } from '../engines/text/text.ts';
import type { ModelRegistry } from '../engines/llm/registry/index.ts';
import { createPictures, type Pictures } from '../engines/pictures/pictures.ts';
import type { Reasoner } from '../engines/reason/reason.ts';
import type { Tuning } from '../engines/llm/tuned/index.ts';
import type { LanguageModel } from '../engines/llm/types.ts';
import type { SqlDatabase, SqlOptions } from '../engines/sql/database.ts';
import type { SelectEvent, SelectRequest } from '../engines/sql/select/object.ts';
import type { Engines } from '../kernel/engines.ts';
import { bindConfigured } from './bindings.ts';
import { modelsDirectory, runtimeDirectory } from './models.ts';

declare module '../kernel/engines.ts' {
  interface Engines {
    /** Language models, by model id. */
    readonly llm: {
      /** The backend that answers for a model id; resolve anew for each call. Throws `LlmError`. */
      resolve(modelId: string): Promise<LanguageModel>;
      /** What is bound to what, and the model files that are kept. */
      registry(): Promise<ModelRegistry>;
      /** Training on the builtin worker, and what answers with what it made. */
      tuning(): Promise<Omit<Tuning, 'close'>>;
    };
    /** The built-in sentence encoder. Throws `EmbedError`. */
    readonly embed: {
      embed(texts: string[], options?: EmbedOptions): Promise<Embeddings & { provenance: Embedder['provenance'] }>;
    };
    /** Finds harm, attacks, personal data, words, topics and support in texts. */
    readonly text: TextEngine;
    /** Holds what a text says against a policy. Throws `ReasonError`. */
    readonly reason: { get(): Promise<Reasoner> };
    readonly documents: {
      /** Reads a document to plain text. Throws `DocumentError`. */
      read(bytes: Uint8Array, format: DocumentFormat, options?: ReadDocumentOptions): Promise<Document>;
    };
    /** Reads, composes and marks pictures. */
    readonly pictures: Omit<Pictures, 'close'>;
    readonly sql: {
      /** Opens a database, which its opener closes. Throws `SqlError`. */
      open(options?: SqlOptions): Promise<SqlDatabase>;
      /** Runs one query of S3 Select over one object, in a worker thread. Throws `SelectError`. */
      select(request: SelectRequest): AsyncIterable<SelectEvent>;
    };
  }
}

/**
 * Tokens that the builtin worker takes at most. It stands above every model's own window, since each model is held to its own by the face that
 * serves it.
 */
const BUILTIN_WINDOW_TOKENS = 10_000_000;

export type EngineOptions = {
  /** The stack's directory; model files and bindings lie in `models` below it. */
  directory: string;
  /** Patterns of model ids and the backends that answer for them; over what is bound in the directory. */
  models?: Record<string, string>;
  /** Numbers in [0, 1). */
  random: () => number;
};

/** Wires the engines. Each loads on first use. */
export function openEngines({ directory, models = {}, random }: EngineOptions): Engines {
  const folder = modelsDirectory(directory);
  const registry = once(async () => {
    const [{ ModelRegistry }, { createBuiltin }] = await Promise.all([
      import('../engines/llm/registry/index.ts'),
      import('../engines/llm/builtin/index.ts'),
    ]);
    const opened = new ModelRegistry({
      directory: folder,
      runtimeDir: runtimeDirectory(directory),
      factories: { builtin: () => createBuiltin({ random, contextWindow: BUILTIN_WINDOW_TOKENS }) },
    });
    await bindConfigured(opened, folder, models);
    return opened;
  });
  const tuning = once(async () => (await import('../engines/llm/tuned/index.ts')).createTuning());
  const embedder = once(async () => (await import('../engines/embed/embedder.ts')).createEmbedder());
  const text = createTextEngine({ embed: async (texts) => (await (await embedder.get()).embed(texts)).vectors });
  const reasoner = once(async () => (await import('../engines/reason/reason.ts')).createReasoner());
  const pictures = createPictures();
  const documents = once(() => import('../engines/documents/document.ts'));
  const select = once(() => import('../engines/sql/select/object.ts'));
  return {
    llm: {
      resolve: async (modelId) => (await registry.get()).resolve(modelId),
      registry: registry.get,
      tuning: tuning.get,
    },
    embed: {
      async embed(texts, options) {
        const opened = await embedder.get();
        return { ...(await opened.embed(texts, options)), provenance: opened.provenance };
      },
    },
    text,
    reason: reasoner,
    pictures,
    documents: {
      read: async (bytes, format, options) => (await documents.get()).readDocument(bytes, format, options),
    },
    sql: {
      open: async (options) => (await import('../engines/sql/database.ts')).openSql(options),
      async *select(request) {
        yield* (await select.get()).selectObject(request);
      },
    },
    async close() {
      await Promise.all([
        registry.ifMade((opened) => opened.close()),
        tuning.ifMade((opened) => opened.close()),
        embedder.ifMade((opened) => opened.close()),
        text.close(),
        pictures.close(),
        reasoner.ifMade((opened) => opened.close()),
        documents.ifMade((opened) => opened.closeDocuments()),
        select.ifMade((opened) => opened.closeSelect()),
      ]);
    },
  };
}

/** Makes a thing when it is first asked for; a failure is not kept, so that the next asker tries anew. */
function once<T>(make: () => Promise<T>): {
  get: () => Promise<T>;
  ifMade: (then: (made: T) => unknown) => Promise<void>;
} {
  let making: Promise<T> | undefined;
  return {
    get() {
      if (!making) {
        const attempt = make();
        making = attempt;
        attempt.catch(() => {
          if (making === attempt) making = undefined;
        });
      }
      return making;
    },
    async ifMade(then) {
      const made = await making?.catch(() => undefined);
      if (made !== undefined) await then(made);
    },
  };
}
