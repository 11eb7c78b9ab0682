import OpenAI from 'openai';
import { beforeAll, describe, expect, it } from 'vitest';
import { shortTermKey } from '../../../../tests/api-key.ts';
import { startForTests } from '../../../../tests/start.ts';
import type { Call } from '../../../kernel/call.ts';
import { afterThisTest, silent } from '../../../kernel/kernel.fixture.ts';
import { openKernel } from '../../../kernel/kernel.ts';
import { deleteResponse, findResponse, itemsUpTo, keepResponse, responseJobs } from './kept.ts';

const DAY_MS = 86_400_000;
const MODEL = 'openai.gpt-oss-20b-1:0';

describe('Responses that are kept', () => {
  let outcrop: Awaited<ReturnType<typeof startForTests>>;
  const client = () =>
    new OpenAI({ baseURL: `${outcrop.endpoint}/openai/v1`, apiKey: shortTermKey(outcrop), maxRetries: 0 });
  beforeAll(async () => {
    outcrop = await startForTests();
  });

  it('are gone after 30 days, and what went on from them goes on', async () => {
    const openai = client();
    const first = await openai.responses.create({
      model: MODEL,
      input: 'The ferry to Ardmore leaves at 07:40 on weekdays. On Sundays it leaves at 09:15.\n\nWhen on Sundays?',
    });
    await outcrop.clock.advance(20 * DAY_MS);
    const second = await client().responses.create({
      model: MODEL,
      input: 'And on weekdays?',
      previous_response_id: first.id,
    });
    await outcrop.clock.advance(11 * DAY_MS);
    await expect(client().responses.retrieve(first.id)).rejects.toMatchObject({ status: 404 });
    await expect(
      client().responses.create({ model: MODEL, input: 'And?', previous_response_id: first.id }),
    ).rejects.toMatchObject({ status: 404 });
    const third = await client().responses.create({
      model: MODEL,
      input: 'When does the ferry leave on Sundays?',
      previous_response_id: second.id,
    });
    expect(third.output_text).toContain('09:15');
    await client().responses.delete(second.id);
    await expect(client().responses.retrieve(second.id)).rejects.toMatchObject({ status: 404 });
    const fourth = await client().responses.create({
      model: MODEL,
      input: 'When does the ferry leave on weekdays?',
      previous_response_id: third.id,
    });
    expect(fourth.output_text).toContain('07:40');
  });
});

describe('The store of responses', () => {
  /** A kernel by itself: its records are counted. */
  async function house() {
    const kernel = await openKernel({
      directory: '',
      ephemeral: true,
      accountId: '000000000000',
      region: 'us-east-1',
      rootKey: 'test',
      rootSecret: 'test',
      shared: false,
      log: silent,
      jobHandler: async (kind) => {
        const job = responseJobs[kind as keyof typeof responseJobs];
        return job && { ...job, run: (context) => job.run({ ...context, kernel, engines: {} as never }) };
      },
    });
    kernel.start();
    afterThisTest(() => kernel.stop());
    const call = { account: '000000000000', region: 'us-east-1', kernel } as unknown as Call;
    const item = (text: string) => ({ type: 'message', role: 'user', content: text });
    /** Goes on from another with a message of its own. */
    const say = async (id: string, text: string, previous?: string) => {
      const before = previous === undefined ? [] : await itemsUpTo(call, (await findResponse(call, previous))!);
      await keepResponse(
        call,
        { id, output: [item(`answer to ${text}`)] },
        { said: [...before, item(text)], isNew: 1, previous },
      );
    };
    const count = async (name: string) => (await kernel.store.range({ name }, [])).length;
    const counts = async () => [
      await count('bedrock-runtime/openai-response'),
      await count('bedrock-runtime/openai-response-expiry'),
    ];
    const saidUpTo = async (id: string) =>
      (await itemsUpTo(call, (await findResponse(call, id))!)).map(({ content }) => content);
    return { kernel, call, say, counts, saidUpTo };
  }

  it('has what is new of each alone, and nothing once all that went on from it has expired', async () => {
    const { kernel, call, say, counts, saidUpTo } = await house();
    await say('one', 'x'.repeat(100_000));
    for (const [id, previous] of [
      ['two', 'one'],
      ['three', 'two'],
      ['other', 'one'],
    ] as const) {
      await kernel.jobs.advance(DAY_MS);
      await say(id, id, previous);
    }
    const records = await kernel.store.range<object>({ name: 'bedrock-runtime/openai-response' }, []);
    expect(records.filter(({ value }) => JSON.stringify(value).length > 200_000)).toHaveLength(1);
    expect(records.reduce((sum, { value }) => sum + JSON.stringify(value).length, 0)).toBeLessThan(202_000);
    expect(await saidUpTo('three')).toEqual([
      'x'.repeat(100_000),
      `answer to ${'x'.repeat(100_000)}`,
      'two',
      'answer to two',
      'three',
      'answer to three',
    ]);
    await kernel.jobs.advance(28 * DAY_MS + DAY_MS);
    // The first two are told no more, and stand for those after them.
    expect(await findResponse(call, 'one')).toBeUndefined();
    expect(await saidUpTo('other')).toHaveLength(4);
    expect((await counts())[0]).toBe(4);
    await deleteResponse(call, 'three');
    expect((await counts())[0]).toBe(2);
    await kernel.jobs.advance(5 * DAY_MS);
    expect(await counts()).toEqual([0, 0]);
  });

  it('keeps all that was said where the response before went meanwhile', async () => {
    const { call, say, counts, saidUpTo } = await house();
    await say('one', 'first');
    const before = await itemsUpTo(call, (await findResponse(call, 'one'))!);
    await deleteResponse(call, 'one');
    const last = { type: 'message', role: 'user', content: 'second' };
    await keepResponse(call, { id: 'two', output: [] }, { said: [...before, last], isNew: 1, previous: 'one' });
    expect(await saidUpTo('two')).toEqual(['first', 'answer to first', 'second']);
    expect(await counts()).toEqual([1, 1]);
  });
});
