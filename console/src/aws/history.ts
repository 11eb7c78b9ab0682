import { useSyncExternalStore } from 'react';

/** A call of an AWS API, as it can be repeated by the CLI or an SDK. */
export type MadeCall = {
  /** As the SDK names the service: `Bedrock Runtime`. */
  serviceId: string;
  /** `ListBuckets` */
  operation: string;
  input: Record<string, unknown>;
};

/** What is typed into a form, and not to be read over a shoulder in its code. */
const SECRET = /^(?:SecretString|SecretBinary|Plaintext|(?:New|Old)?Password)$/;

/** The calls that the page on screen has made, newest last, one of a kind: what "Show code" shows. */
const CALLS_MAX = 20;
let calls: readonly MadeCall[] = [];
const listeners = new Set<() => void>();

export function recordCall({ input, ...made }: MadeCall): void {
  const call = {
    ...made,
    input: Object.fromEntries(
      Object.entries(input).map(([name, value]) => [name, SECRET.test(name) ? `<${name}>` : value]),
    ),
  };
  calls = [
    ...calls.filter(({ serviceId, operation }) => serviceId !== call.serviceId || operation !== call.operation),
    call,
  ].slice(-CALLS_MAX);
  tell();
}

/** Records a call that is made again and again only where it is another than before. */
export function noteCall(call: MadeCall): void {
  const before = calls.find(({ serviceId, operation }) => serviceId === call.serviceId && operation === call.operation);
  if (!before || JSON.stringify(before.input) !== JSON.stringify(call.input)) recordCall(call);
}

/** Another page is on screen. */
export function forgetCalls(): void {
  calls = [];
  tell();
}

// Not while a page renders: what it asks for is recorded then.
const tell = (): void => queueMicrotask(() => listeners.forEach((listener) => listener()));

export const useMadeCalls = (): readonly MadeCall[] =>
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => calls,
  );
