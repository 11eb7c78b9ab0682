import type { Call } from './call.ts';
import type { Usage } from './ledger.ts';

/** The operations of a service that bills by the request: each that succeeds is metered as what `usageOf` says of it. */
export function metered<T extends Record<string, (call: Call, input: any) => unknown>>(
  operations: T,
  usageOf: (call: Call, input: any) => Usage,
): T {
  const entries = Object.entries(operations).map(([name, operation]) => [
    name,
    async (call: Call, input: unknown) => {
      const output = await operation(call, input);
      call.meter(usageOf(call, input));
      return output;
    },
  ]);
  return Object.fromEntries(entries) as T;
}
