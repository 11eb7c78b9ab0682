/**
 * The engines a handler may call. Each room adds itself by declaration merging in the wiring's types, so that the kernel stays a leaf:
 *
 * ```ts
 * declare module '../kernel/engines.ts' { interface Engines { llm: ModelRegistry } }
 * ```
 */
// eslint-disable-next-line typescript/no-empty-interface
export interface Engines {
  /** Frees threads and memory. */
  close(): Promise<void>;
}
