import type { Verifier } from '../identity/sigv4.ts';
import type { Access } from '../kernel/access.ts';
import type { Engines } from '../kernel/engines.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { Script } from '../kernel/call.ts';

/** What every step of the pipeline works in. */
export type House = {
  kernel: Kernel;
  engines: Engines;
  verifier: Verifier;
  /** Anybody knows a key that opens the stack: pages of other sites are kept out; see browser.ts. */
  guarded: boolean;
  /** A model that says what a rule has it say. */
  scripted: (script: Script) => Awaited<ReturnType<Engines['llm']['resolve']>>;
  /** Told of each permission that was decided on. */
  decided?: (access: Access) => void;
};
