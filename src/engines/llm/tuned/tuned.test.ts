import { afterAll, describe, expect, it } from 'vitest';
import { draws } from '../../../../tests/draws.ts';
import { createBuiltin } from '../builtin/index.ts';
import type { ChatEvent, ChatRequest } from '../types.ts';
import { createTuning, type Pair, type TrainingOptions } from './index.ts';

const { random, pick } = draws('tuned');
const never = new AbortController().signal;

const tuning = createTuning();
const base = createBuiltin();
afterAll(async () => {
  await tuning.close();
  await base.close?.();
});

const cities = ['Ardley', 'Brixworth', 'Corvale', 'Dunmere', 'Eastwick', 'Farlow', 'Gatwyn', 'Holt'];
const pair = (): Pair => {
  const [from, to] = [pick(cities), pick(cities)];
  const seats = 1 + Math.floor(random() * 8);
  const late = random() < 0.5;
  return {
    prompt: `I need ${seats} seats from ${from} to ${to} ${late ? 'tonight' : 'in the morning'}, please.`,
    completion: `<trip from="${from}" to="${to}" seats="${seats}" rate="${late ? 'evening' : 'standard'}"/>`,
  };
};
const pairs = (count: number) => Array.from({ length: count }, pair);
const options: TrainingOptions = { epochs: 3, batchSize: 8, learningRate: 1, warmupSteps: 0, seed: 7 };
const train = (train: Pair[], held: Pair[] = [], more: Partial<TrainingOptions> = {}) =>
  tuning.train(train, held, { ...options, ...more }, { signal: never, onStep: () => {} });

const ask = (text: string, more: Partial<ChatRequest> = {}): ChatRequest => ({
  system: [],
  messages: [{ role: 'user', content: [{ type: 'text', text }] }],
  ...more,
});

async function answer(bytes: Uint8Array, request: ChatRequest) {
  const model = tuning.open(
    base,
    { id: Buffer.from(bytes.subarray(0, 64)).toString('hex') + bytes.length, bytes },
    random,
  );
  const events: ChatEvent[] = [];
  for await (const event of model.chat(request, never)) events.push(event);
  const text = events.map((event) => (event.type === 'text' ? event.text : '')).join('');
  return { text, end: events.at(-1) as ChatEvent & { type: 'end' } };
}

describe('tuning', () => {
  it('makes the loss fall, of what it is trained on and of what it is not, and writes unseen prompts in the form it was shown', async () => {
    const { adapter, training, validation } = await train(pairs(120), pairs(30));
    expect(training).toHaveLength(45);
    expect(training.at(-1)!.loss).toBeLessThan(training[0]!.loss / 10);
    expect(validation.map(({ epoch }) => epoch)).toEqual([0, 1, 2, 3]);
    expect(validation.at(-1)!.loss).toBeLessThan(validation[0]!.loss / 10);
    let right = 0;
    for (const { prompt, completion } of pairs(20))
      if ((await answer(adapter, ask(prompt))).text === completion) right++;
    expect(right).toBeGreaterThanOrEqual(18);
  }, 60_000);

  it('gives the same adapter for the same pairs and seed, and another for another order', async () => {
    const data = pairs(30);
    const one = await train(data);
    expect(Buffer.compare((await train(data)).adapter, one.adapter)).toBe(0);
    expect(Buffer.compare((await train(data, [], { seed: 8 })).adapter, one.adapter)).not.toBe(0);
  }, 60_000);

  it('learns slower at a lower rate, and while it warms up', async () => {
    const data = pairs(60);
    const after = async (more: Partial<TrainingOptions>) =>
      (await train(data, [], { epochs: 1, ...more })).training.at(-1)!.loss;
    const full = await after({});
    expect(await after({ learningRate: 0.05 })).toBeGreaterThan(full);
    expect(await after({ warmupSteps: 100 })).toBeGreaterThan(full);
  }, 60_000);

  it('keeps to token limits, stop sequences and seeds, and counts as the base does', async () => {
    const { adapter } = await train(pairs(80));
    const { prompt, completion } = pair();
    const request = ask(prompt, { maxTokens: 6 });
    const cut = await answer(adapter, request);
    expect(cut.end).toMatchObject({ stopReason: 'max_tokens', usage: { outputTokens: 6 } });
    expect(cut.end.usage.inputTokens).toBe(await base.countTokens(request));
    expect(completion.startsWith(cut.text)).toBe(true);
    const stopped = await answer(adapter, ask(prompt, { stopSequences: [' seats='] }));
    expect(stopped).toMatchObject({
      text: completion.slice(0, completion.indexOf(' seats=')),
      end: { stopReason: 'stop_sequence', stopSequence: ' seats=' },
    });
    const hot = (seed: number) => answer(adapter, ask(prompt, { temperature: 2, seed })).then(({ text }) => text);
    expect(await hot(1)).toBe(await hot(1));
    const drawn = new Set<string>();
    for (let seed = 0; seed < 12; seed++) drawn.add(await hot(seed));
    expect(drawn.size).toBeGreaterThan(1);
  }, 60_000);

  it('leaves to the base what is unlike its training, and what asks for tools or a schema', async () => {
    const { adapter } = await train(pairs(40));
    const whole = async (request: ChatRequest) => {
      let text = '';
      for await (const event of base.chat(request, never)) if (event.type === 'text') text += event.text;
      return text;
    };
    const fact = ask('The lighthouse was designed by Marta Olsen in 1872.\n\nWho designed the lighthouse?');
    expect((await answer(adapter, fact)).text).toBe(await whole(fact));
    const schema = ask(pair().prompt, {
      responseSchema: { type: 'object', properties: { seats: { type: 'integer' } }, required: ['seats'] },
    });
    expect((await answer(adapter, schema)).text).toBe(await whole(schema));
  }, 60_000);

  it('looks up in the texts that it was given to know, and quotes them', async () => {
    const name = `Zorb${Math.floor(random() * 900 + 100)}`;
    const months = 3 + Math.floor(random() * 30);
    const texts = [
      `The ${name} kettle is made in Corvale. Its warranty lasts ${months} months.`,
      'The harbour office opens at nine. Boats are moored at the north quay.',
      'Bicycles may be left in the yard behind the station.',
    ];
    const { adapter } = await train(
      texts.map((completion) => ({ prompt: '', completion })),
      [],
      { remembers: true },
    );
    const question = ask(`How long does the warranty of the ${name} kettle last?`);
    const { text, end } = await answer(adapter, question);
    expect(text).toContain(String(months));
    expect(end.usage.inputTokens).toBe(await base.countTokens(question));
  }, 60_000);

  it('is stopped by its signal, and refuses to train on nothing', async () => {
    const controller = new AbortController();
    const training = tuning.train(
      pairs(400),
      [],
      { ...options, epochs: 50 },
      {
        signal: controller.signal,
        onStep: () => controller.abort(new Error('enough')),
      },
    );
    await expect(training).rejects.toThrow('enough');
    await expect(train([])).rejects.toThrow('nothing to train on');
  }, 60_000);
});
