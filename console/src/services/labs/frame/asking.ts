import { factsOf } from '../../../aws/failure.ts';
import type { Finding, LabContext } from './types.ts';

const AT_ONCE = 4;

/** Does something with each of a list, a few at once; results are in the list's order. Rejects with the first failure. */
export async function each<T, R>(
  { signal, progress }: Pick<LabContext, 'signal' | 'progress'>,
  what: string,
  items: readonly T[],
  act: (item: T, at: number) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  let done = 0;
  const worker = async () => {
    for (let at = next++; at < items.length; at = next++) {
      signal.throwIfAborted();
      results[at] = await act(items[at]!, at);
      done += 1;
      progress(`${what}: ${done} of ${items.length}`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return results;
}

/** A finding about what a number should be. */
export const same = (what: string, given: string, right: number, digits = 0): Finding => {
  const number = Number(given.replace(',', '.'));
  const ok = given !== '' && Math.abs(number - right) < 0.5 * 10 ** -digits + 1e-9;
  return {
    what,
    ok,
    found: ok
      ? `${given}, as measured.`
      : `${given === '' ? 'Nothing is filled in' : `You filled in ${given}`}; what was measured is another number.`,
  };
};

/** What comes of a call that may be refused. */
export async function tried<T>(call: Promise<T>): Promise<{ answer: T } | { name: string; message: string }> {
  try {
    return { answer: await call };
  } catch (error) {
    const { name, message, status } = factsOf(error);
    if (status === undefined) throw error;
    return { name, message };
  }
}

/** Whether IAM, a key's or a bucket's policy said no. */
export const isDenied = (outcome: object): boolean =>
  'name' in outcome && /^AccessDenied(?:Exception)?$/.test(String(outcome.name));

export const count = (what: RegExp, text: string): number => text.match(what)?.length ?? 0;
