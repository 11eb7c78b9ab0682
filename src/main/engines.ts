import type { Engines } from '../kernel/engines.ts';

/** Wires the engines. Each loads on first use. */
export function openEngines(_options: { directory: string }): Engines {
  return {
    async close() {},
  };
}
