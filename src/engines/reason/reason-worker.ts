/**
 * Entry of the process that reads and reasons: it may take its time, and a search that does not end is ended with it. The event loop of
 * the program is never held up.
 */
import { ReasonError } from './error.ts';
import { methodsOf, type Ask, type Reply } from './methods.ts';
import { createZ3 } from './z3.ts';

const methods = methodsOf(createZ3());
const reply = (message: Reply) => process.send!(message);

process.on('message', (message) => {
  const { id, method, args } = message as Ask;
  const run = methods[method] as (...args: unknown[]) => unknown;
  Promise.resolve()
    .then(() => run(...args))
    .then((result) => reply({ id, result }))
    .catch((error: unknown) => {
      const known = error instanceof ReasonError;
      const message = known
        ? error.message
        : `Reasoning failed: ${error instanceof Error ? error.message : String(error)}`;
      reply({ id, code: known ? error.code : 'failed', message });
    });
});
process.on('disconnect', () => process.exit(0));
