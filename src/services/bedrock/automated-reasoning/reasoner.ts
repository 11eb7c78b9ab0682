import { createReasoner, type Reasoner } from '../../../engines/reason/reason.ts';
import type { Engines } from '../../../kernel/engines.ts';

const reasoners = new WeakMap<Engines, Reasoner>();

/** The reasoner of a stack. Its process ends by itself when idle, and with the stack's. */
export function reasonerOf(engines: Engines): Reasoner {
  let reasoner = reasoners.get(engines);
  if (!reasoner) reasoners.set(engines, (reasoner = createReasoner()));
  return reasoner;
}
