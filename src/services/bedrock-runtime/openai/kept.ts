import type { Call } from '../../../kernel/call.ts';
import type { ServiceJob } from '../../../kernel/service.ts';
import { collection, type Transaction } from '../../../kernel/store/store.ts';
import type { JsonObject } from '../families/family.ts';

/**
 * A response that is kept, with what was new of its input: what came before is that of the response it went on from. One that is gone, by time
 * or by its owner's will, is told to nobody; what was said in it stands for as long as a response that went on from it is kept.
 */
export type Kept = {
  response: JsonObject;
  input: JsonObject[];
  /** The response before it, whose `following` counts this one. */
  previous?: string;
  /** Responses that went on from it. */
  following: number;
  expiresAtMs: number;
  gone?: true;
};

type Place = [account: string, region: string, id: string];

const responses = collection<Kept>('bedrock-runtime/openai-response');
/** [day, account, region, id]: by the day at whose end they are removed. */
const expiring = collection<true>('bedrock-runtime/openai-response-expiry');

const DAY_MS = 86_400_000;
/** Source: OpenAI API Reference: responses are kept for 30 days. */
const KEPT_MS = 30 * DAY_MS;
const REMOVAL = 'bedrock-runtime/response-removal';

const dayOf = ({ expiresAtMs }: Kept) => Math.ceil(expiresAtMs / DAY_MS);
const placeOf = ({ account, region }: Call, id: string): Place => [account, region, id];

/** A response that may still be told. */
export async function findResponse(call: Call, id: string): Promise<Kept | undefined> {
  const kept = await call.kernel.store.get(responses, placeOf(call, id));
  return kept && !kept.gone && kept.expiresAtMs > call.kernel.clock.now() ? kept : undefined;
}

/** What was said up to a response, and by it. */
export async function itemsUpTo(call: Call, last: Kept): Promise<JsonObject[]> {
  const turns: JsonObject[][] = [];
  let kept: Kept | undefined = last;
  while (kept) {
    turns.push([...kept.input, ...(kept.response['output'] as JsonObject[])]);
    kept =
      kept.previous === undefined ? undefined : await call.kernel.store.get(responses, placeOf(call, kept.previous));
  }
  return turns.reverse().flat();
}

/**
 * Keeps a response for 30 days.
 * @param said what came before it, the last of it new
 */
export async function keepResponse(
  call: Call,
  response: JsonObject,
  { said, isNew, previous }: { said: JsonObject[]; isNew: number; previous: string | undefined },
): Promise<void> {
  const { store, clock, jobs } = call.kernel;
  const place = placeOf(call, response['id'] as string);
  const expiresAtMs = clock.now() + KEPT_MS;
  await store.transact(async (tx) => {
    const before = previous === undefined ? undefined : await tx.get(responses, placeOf(call, previous));
    const kept: Kept = before
      ? { response, input: said.slice(said.length - isNew), previous: previous!, following: 0, expiresAtMs }
      : // It went while this was made: nothing stands for what it held but this.
        { response, input: said, following: 0, expiresAtMs };
    if (before) tx.put(responses, placeOf(call, previous!), { ...before, following: before.following + 1 });
    tx.put(responses, place, kept);
    const day = dayOf(kept);
    tx.put(expiring, [day, ...place], true);
    await jobs.submit(tx, { kind: REMOVAL, id: String(day), input: { day }, runAtMs: day * DAY_MS });
  });
}

/** Forgets a response. */
export const deleteResponse = (call: Call, id: string): Promise<void> =>
  call.kernel.store.transact((tx) => forget(tx, placeOf(call, id)));

/** Ends what is told of a response; and what stood for it alone, with those before it that are gone. */
async function forget(tx: Transaction, place: Place): Promise<void> {
  const kept = await tx.get(responses, place);
  if (!kept || kept.gone) return;
  tx.delete(expiring, [dayOf(kept), ...place]);
  if (kept.following > 0) {
    tx.put(responses, place, { ...kept, response: { output: kept.response['output']! }, gone: true });
    return;
  }
  const [account, region] = place;
  let { previous } = kept;
  tx.delete(responses, place);
  while (previous !== undefined) {
    const at: Place = [account, region, previous];
    const before: Kept | undefined = await tx.get(responses, at);
    if (!before) return;
    const following = before.following - 1;
    if (following > 0 || !before.gone) {
      tx.put(responses, at, { ...before, following });
      return;
    }
    tx.delete(responses, at);
    previous = before.previous;
  }
}

/** Removes what has expired by the end of a day. */
const removal: ServiceJob<{ day: number }> = {
  async run({ job, kernel, signal }) {
    let removed = 0;
    for await (const { key } of kernel.store.all(expiring, [job.input.day])) {
      signal.throwIfAborted();
      const [, account, region, id] = key as [number, ...Place];
      await kernel.store.transact((tx) => forget(tx, [account, region, id]));
      removed++;
    }
    return { removed };
  },
};

export const responseJobs = { [REMOVAL]: removal };
