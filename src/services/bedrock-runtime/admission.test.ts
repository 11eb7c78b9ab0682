import { expect, it } from 'vitest';
import { draws } from '../../../tests/draws.ts';
import type { LanguageModel } from '../../engines/llm/types.ts';
import type { Call } from '../../kernel/call.ts';
import { foundationModel } from '../../kernel/foundation-models/catalog.ts';
import { changeInferenceSettings, type QuotaRule } from '../../kernel/inference/settings.ts';
import { openHouse, openStore } from '../../kernel/kernel.fixture.ts';
import { admit } from './admission.ts';
import type { Target } from './target.ts';

const { random, between } = draws('admission');
const MINUTE_MS = 60_000;

const target = { model: foundationModel('amazon.nova-micro-v1:0')!, servedFrom: 'us-east-1' } as Target;
/** A conversation of so many tokens, as its backend counts. */
const work = (tokens: number, maxTokens: number) => ({
  chat: { system: [], messages: [], maxTokens },
  backend: { countTokens: async () => tokens } as unknown as LanguageModel,
  cache: undefined,
});

async function house(quota: QuotaRule) {
  const { store, clock } = await openHouse(await openStore());
  await clock.freeze(Date.UTC(2030, 0, 1));
  await changeInferenceSettings(store, { quotas: [quota] });
  const call = { kernel: { store, clock }, account: '000000000000', region: 'us-east-1' } as unknown as Call;
  return { clock, call };
}

const refusedAs = (error: unknown) => (error as Error).message;
const TOKENS = 'Too many tokens, please wait before trying again.';
const REQUESTS = 'Too many requests, please wait before trying again.';

it('Whatever is asked and used, no more tokens are used in a time than gathered before it and flowed in during it', async () => {
  const perMinute = between(1_000, 5_000);
  const { clock, call } = await house({ tokensPerMinute: perMinute });
  const running: { settle: () => Promise<void> | void; used: number }[] = [];
  const start = clock.now();
  let used = 0;
  let let_in = 0;
  for (let step = 0; step < 600; step++) {
    const dice = random();
    if (dice < 0.5) {
      const [input, most] = [between(1, 400), between(1, 400)];
      const answer = between(0, most);
      try {
        const admission = await admit(call, target, work(input, most));
        let_in++;
        running.push({
          settle: () => admission.settle({ inputTokens: input, outputTokens: answer }),
          used: input + answer,
        });
      } catch (error) {
        expect(refusedAs(error)).toBe(TOKENS);
      }
    } else if (dice < 0.8 && running.length > 0) {
      const [ended] = running.splice(between(0, running.length - 1), 1);
      await ended!.settle();
      used += ended!.used;
    } else await clock.set(clock.now() + between(0, 4_000));
    const minutes = (clock.now() - start) / MINUTE_MS;
    expect(used).toBeLessThanOrEqual(perMinute * (1 + minutes) + 1e-6);
  }
  expect(let_in).toBeGreaterThan(20);
});

it('What nothing came of is given back, and a burst ends at a minute’s worth', async () => {
  const { clock, call } = await house({ tokensPerMinute: 1_000 });
  const first = await admit(call, target, work(600, 400));
  await expect(admit(call, target, work(1, 0))).rejects.toThrow(TOKENS);
  await first.settle(undefined);
  const second = await admit(call, target, work(600, 400));
  // Much less was used than might have been.
  await second.settle({ inputTokens: 600, outputTokens: 10 });
  await (await admit(call, target, work(300, 90))).settle({ inputTokens: 300, outputTokens: 90 });
  await expect(admit(call, target, work(1, 1))).rejects.toThrow(TOKENS);
  await clock.set(clock.now() + 30_000);
  await expect(admit(call, target, work(501, 0))).rejects.toThrow(TOKENS);
  await clock.set(clock.now() + 10 * MINUTE_MS);
  await expect(admit(call, target, work(1_001, 0))).rejects.toThrow(TOKENS);
  await admit(call, target, work(1_000, 0));
});

it('Of work that is refused for its tokens no request is counted', async () => {
  const { call } = await house({ tokensPerMinute: 100, requestsPerMinute: 2 });
  for (let count = 0; count < 5; count++) await expect(admit(call, target, work(200, 0))).rejects.toThrow(TOKENS);
  await admit(call, target, work(10, 0));
  await admit(call, target, work(10, 0));
  await expect(admit(call, target, work(10, 0))).rejects.toThrow(REQUESTS);
});

it('Hundreds at a time are let in one by one, to the last that there is room for', async () => {
  const { call } = await house({ requestsPerMinute: 250 });
  const results = await Promise.allSettled(Array.from({ length: 400 }, () => admit(call, target, work(1, 1))));
  const refused = results.filter((result) => result.status === 'rejected');
  expect(new Set(refused.map(({ reason }) => refusedAs(reason)))).toEqual(new Set([REQUESTS]));
  expect(refused).toHaveLength(150);
});

it('An answer stands though its reservation cannot be settled', async () => {
  const { clock, call } = await house({ tokensPerMinute: 100 });
  const warned: string[] = [];
  const broken = { transact: () => Promise.reject(new Error('the disk is full')) };
  const admission = await admit(call, target, work(80, 20));
  Object.assign(call, { log: { warn: (_: unknown, message: string) => warned.push(message) } });
  const { kernel } = call as { kernel: object };
  Object.assign(call, { kernel: { ...kernel, store: broken } });
  await admission.settle({ inputTokens: 80, outputTokens: 1 });
  expect(warned).toEqual(['a reservation of tokens could not be settled']);
  Object.assign(call, { kernel });
  await clock.set(clock.now() + MINUTE_MS);
  await admit(call, target, work(80, 20));
});
