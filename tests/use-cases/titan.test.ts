import {
  BedrockRuntimeClient,
  CountTokensCommand,
  InvokeModelCommand,
  InvokeModelWithResponseStreamCommand,
} from '@aws-sdk/client-bedrock-runtime';
import jpeg from 'jpeg-js';
import { PNG } from 'pngjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { drawing } from '../../src/engines/pictures/drawings.fixture.ts';
import type { Outcrop } from '../../src/main.ts';
import { draws } from '../draws.ts';
import { drawingServer } from '../image-server.ts';
import { startForTests } from '../start.ts';
import { askWatermark } from '../watermark.ts';

const { random, between, pick, shuffled } = draws('titan');
const { seen, binding } = drawingServer();

let outcrop: Outcrop;
let client: BedrockRuntimeClient;

beforeAll(async () => {
  outcrop = await startForTests({ models: { 'amazon.titan-image-*': binding() } });
  client = new BedrockRuntimeClient(outcrop.clients);
});

const bytesOf = (body: object) => Buffer.from(JSON.stringify(body));
const EMBED = 'amazon.titan-embed-text-v2:0';

async function invoke(modelId: string, body: object): Promise<any> {
  const reply = await client.send(new InvokeModelCommand({ modelId, body: bytesOf(body) }));
  return JSON.parse(Buffer.from(reply.body).toString('utf8'));
}

const cosine = (a: number[], b: number[]) =>
  a.reduce((sum, value, index) => sum + value * b[index]!, 0) / (Math.hypot(...a) * Math.hypot(...b));

/** Two ways of saying one thing; the gaps are filled anew each time. */
const PARAPHRASES: readonly ((n: number) => [string, string])[] = [
  () => ['How do I reset my password?', 'I forgot my password and need a new one.'],
  (n) => [`The train leaves at ${n % 12 || 12} o'clock.`, `Departure of the train is at ${n % 12 || 12}.`],
  (n) => [`The invoice of ${n} euros has not been paid.`, `Payment of the ${n} euro bill is still outstanding.`],
  () => ['The cat is sleeping on the sofa.', 'A kitten naps on the couch.'],
  () => ['It is raining heavily outside.', 'There is a downpour outdoors.'],
  (n) => [`She ran ${n} kilometres this morning.`, `This morning she went for a ${n} km run.`],
  () => [
    'The doctor prescribed an antibiotic for the infection.',
    'The physician gave medicine to treat the infection.',
  ],
  () => ['The company hired new software engineers.', 'The firm recruited additional programmers.'],
  () => ['The recipe needs two eggs and a cup of flour.', 'To bake it you need flour and a pair of eggs.'],
  () => ['The football team won the championship.', 'The soccer club became champions.'],
  () => ['Stock prices fell sharply after the announcement.', 'Shares dropped a lot following the news.'],
  () => ['The children are playing in the garden.', 'Kids play outside in the yard.'],
  () => ['My laptop battery drains too quickly.', 'The computer does not hold its charge for long.'],
  () => ['The museum is closed on Mondays.', 'On Mondays you cannot visit the museum.'],
  () => ['He is learning to play the guitar.', 'He takes guitar lessons.'],
  () => ['The parcel was delivered to the wrong address.', 'The package arrived at an incorrect address.'],
  () => ['The airline cancelled our flight.', 'Our plane trip was called off by the carrier.'],
  () => ['Solar panels turn sunlight into electricity.', 'Photovoltaic cells make electric power from the sun.'],
  () => ['The restaurant serves vegetarian dishes.', 'You can eat meatless meals at the restaurant.'],
  () => ['The bridge is being repaired.', 'Construction workers are fixing the bridge.'],
];

describe('titan', () => {
  it(
    'titan.1: texts become vectors of the asked length, unit long, near when the texts mean the same',
    { timeout: 60_000 },
    async () => {
      const text = `Order ${between(1_000, 9_999)} was shipped to ${pick(['Oslo', 'Porto', 'Galway', 'Turin'])}.`;
      for (const dimensions of [256, 512, 1_024]) {
        const { embedding, embeddingsByType, inputTextTokenCount } = await invoke(EMBED, {
          inputText: text,
          dimensions,
          normalize: true,
        });
        expect(embedding).toHaveLength(dimensions);
        expect(Math.hypot(...embedding)).toBeCloseTo(1, 4);
        expect(embeddingsByType.float).toEqual(embedding);
        expect(inputTextTokenCount).toBeGreaterThan(4);
      }
      expect((await invoke(EMBED, { inputText: text })).embedding).toHaveLength(1_024);
      expect((await invoke('amazon.titan-embed-text-v1', { inputText: text })).embedding).toHaveLength(1_536);
      const { embedding: plain, embeddingsByType: both } = await invoke(EMBED, {
        inputText: text,
        dimensions: 256,
        embeddingTypes: ['float', 'binary'],
      });
      expect(both.binary).toEqual(plain.map((value: number) => (value > 0 ? 1 : 0)));

      const pairs = PARAPHRASES.map((make) => shuffled(make(between(3, 90))) as [string, string]);
      const dimensionsOf = pairs.map((_, index) => [256, 512, 1_024][index % 3]!);
      const vectors: [number[], number[]][] = [];
      for (const [index, [one, other]] of pairs.entries()) {
        const dimensions = dimensionsOf[index]!;
        const [a, b] = await Promise.all([one, other].map((inputText) => invoke(EMBED, { inputText, dimensions })));
        vectors.push([a.embedding, b.embedding]);
      }
      // Each pair against a text of another, of vectors of the same length.
      const nearer = vectors.filter(([a, b], index) => {
        const others = vectors.filter((_, at) => at !== index && dimensionsOf[at] === dimensionsOf[index]);
        return others.every(([c, d]) => cosine(a, b) > cosine(a, pick([c, d])));
      }).length;
      const compared = vectors.length;
      console.log(`paraphrases nearer than strangers: ${nearer} of ${compared}`);
      expect(nearer / compared).toBeGreaterThanOrEqual(0.9);

      await expect(invoke(EMBED, { inputText: text, dimensions: 300 })).rejects.toMatchObject({
        name: 'ValidationException',
      });
      await expect(invoke(EMBED, { inputText: '' })).rejects.toMatchObject({ name: 'ValidationException' });
    },
  );

  it('titan.3: pictures are drawn of words and painted into by a bound server: outside the mask no bit changes, a seed repeats, the detector finds the mark in them and not in a plain picture; removing a background is refused by name', async () => {
    const modelId = 'amazon.titan-image-generator-v2:0';
    const seed = between(0, 2_147_483_646);
    const words = `${pick(['A lighthouse', 'A red boat', 'A stone bridge'])} ${pick(['at dusk', 'in the rain'])}`;
    const drawn = (config: object) =>
      invoke(modelId, {
        taskType: 'TEXT_IMAGE',
        textToImageParams: { text: words },
        imageGenerationConfig: { width: 512, height: 512, ...config },
      });
    const bytes = (base64: string) => Buffer.from(base64, 'base64');
    const first = await drawn({ seed, numberOfImages: 2, cfgScale: 8 });
    expect(first).toEqual({ images: [expect.any(String), expect.any(String)], error: null });
    expect(seen.at(-1)).toMatchObject({ prompt: words, seed, n: 2, size: '512x512', guidance_scale: 8 });
    expect(await drawn({ seed, numberOfImages: 2, cfgScale: 8 })).toEqual(first);
    expect((await drawn({ seed: (seed + 1) % 2_147_483_647 })).images[0]).not.toBe(first.images[0]);

    // There is no photograph here: a scene with the grain of a sensor, as JPEG, stands for one.
    const plain = drawing('scene', 512, 512, random);
    const photo = jpeg.encode({ ...plain, data: Buffer.from(plain.data) }, 90).data;
    const [left, top] = [between(0, 200), between(0, 200)];
    const inside = (i: number) => i % 512 >= left && i % 512 < left + 300 && i >= top * 512 && i < (top + 300) * 512;
    const mask = new PNG({ width: 512, height: 512, fill: true });
    for (let i = 0; i < 512 * 512; i++) mask.data.fill(inside(i) ? 0 : 255, i * 4, i * 4 + 3);
    for (let at = 3; at < mask.data.length; at += 4) mask.data[at] = 255;
    const painted = (config: object) =>
      invoke(modelId, {
        taskType: 'INPAINTING',
        inPaintingParams: {
          image: photo.toString('base64'),
          maskImage: PNG.sync.write(mask).toString('base64'),
          text: words,
        },
        imageGenerationConfig: config,
      });
    const edited = await painted({ seed });
    const before = jpeg.decode(photo).data;
    const after = PNG.sync.read(bytes(edited.images[0])).data;
    let [disturbed, changed] = [0, 0];
    for (let i = 0; i < 512 * 512; i++) {
      if (before.readUInt32BE(i * 4) === after.readUInt32BE(i * 4)) continue;
      if (inside(i)) changed += 1;
      else disturbed += 1;
    }
    expect(disturbed).toBe(0);
    expect(changed / (300 * 300)).toBeGreaterThan(0.99);
    expect(await painted({ seed })).toEqual(edited);

    for (const picture of [first.images[0], first.images[1], edited.images[0]])
      expect(await askWatermark(outcrop, bytes(picture))).toMatchObject({ status: 200, found: true });
    expect(await askWatermark(outcrop, photo)).toMatchObject({ status: 200, found: false });

    await expect(
      invoke(modelId, {
        taskType: 'BACKGROUND_REMOVAL',
        backgroundRemovalParams: { image: photo.toString('base64') },
      }),
    ).rejects.toMatchObject({
      name: 'NotImplemented',
      message: expect.stringContaining('BACKGROUND_REMOVAL'),
      $metadata: { httpStatusCode: 501 },
    });
  });

  it('titan.4: text is generated in Titan’s own form, counted, cut at the limit, and keeps the facts of a memo', async () => {
    const modelId = 'amazon.titan-text-express-v1';
    const { memo, facts } = makeMemo();
    const body = {
      inputText: `${memo}\n\nSummarize the memo above in five sentences. Keep its dates, names and figures.`,
      textGenerationConfig: { maxTokenCount: 400, temperature: 0, topP: 1, stopSequences: [] },
    };
    const reply = await client.send(
      new InvokeModelCommand({
        modelId,
        body: bytesOf(body),
        contentType: 'application/json',
        accept: 'application/json',
      }),
    );
    const parsed = JSON.parse(Buffer.from(reply.body).toString('utf8'));
    expect(Object.keys(parsed).sort()).toEqual(['inputTextTokenCount', 'results']);
    expect(parsed.results).toHaveLength(1);
    const [result] = parsed.results;
    expect(Object.keys(result).sort()).toEqual(['completionReason', 'outputText', 'tokenCount']);
    expect(result.completionReason).toBe('FINISH');
    const missing = facts.filter((fact) => !result.outputText.includes(fact));
    expect({ memo, summary: result.outputText, missing }).toMatchObject({ missing: [] });
    expect(result.outputText.length).toBeLessThan(memo.length);

    const count = async (inputText: string) =>
      (await client.send(new CountTokensCommand({ modelId, input: { invokeModel: { body: bytesOf({ inputText }) } } })))
        .inputTokens!;
    expect(parsed.inputTextTokenCount).toBe(await count(body.inputText));
    // A prompt is framed by a fixed number of tokens; without them, the answer's text counts as the answer told.
    const frame = (await count('a')) - 1;
    expect((await count(result.outputText)) - frame).toBe(result.tokenCount);

    const limit = between(3, result.tokenCount - 1);
    const cut = await invoke(modelId, {
      ...body,
      textGenerationConfig: { ...body.textGenerationConfig, maxTokenCount: limit },
    });
    expect(cut.results[0]).toMatchObject({ completionReason: 'LENGTH', tokenCount: limit });
    expect(result.outputText.startsWith(cut.results[0].outputText)).toBe(true);

    const stream = await client.send(new InvokeModelWithResponseStreamCommand({ modelId, body: bytesOf(body) }));
    const chunks: any[] = [];
    for await (const event of stream.body!) chunks.push(JSON.parse(Buffer.from(event.chunk!.bytes!).toString('utf8')));
    expect(chunks.map((chunk) => chunk.outputText).join('')).toBe(result.outputText);
    expect(chunks.every((chunk) => chunk.index === 0)).toBe(true);
    expect(chunks[0].inputTextTokenCount).toBe(parsed.inputTextTokenCount);
    expect(chunks.at(-1)).toMatchObject({
      completionReason: 'FINISH',
      totalOutputTextTokenCount: result.tokenCount,
      'amazon-bedrock-invocationMetrics': {
        inputTokenCount: parsed.inputTextTokenCount,
        outputTokenCount: result.tokenCount,
      },
    });

    await expect(invoke(modelId, { inputText: 'Hello', textGenerationConfig: { maxTokens: 5 } })).rejects.toThrow(
      'Malformed input request: #/textGenerationConfig: extraneous key [maxTokens] is not permitted, please reformat your input and try again.',
    );
  });
});

/** A memo of an office, with five facts planted among the pleasantries. */
function makeMemo(): { memo: string; facts: string[] } {
  const day = `${between(2, 28)} ${pick(['March', 'May', 'June', 'September', 'November'])}`;
  const sum = `${between(12, 98)},${between(100, 999)} euros`;
  const person = `${pick(['Ingrid', 'Marcus', 'Leila', 'Tomas'])} ${pick(['Halvorsen', 'Okafor', 'Brandt', 'Sorensen'])}`;
  const room = `room ${pick(['B', 'C', 'D'])}${between(100, 499)}`;
  const share = `${between(11, 89)} percent`;
  const sentences = shuffled([
    `The office moves to the new building on ${day}.`,
    `The budget for the move is ${sum}.`,
    `${person} is in charge of the move.`,
    `Keys can be collected in ${room}.`,
    `So far ${share} of the desks have been packed.`,
  ]);
  const filler = shuffled([
    'We hope that everyone had a pleasant weekend and is feeling rested.',
    'As always, thank you for your patience and your good humour.',
    'It has been a busy season for all of us, and the coffee machine knows it.',
    'Some colleagues have asked about plants, and we love plants as well.',
    'There will be cake at some point, because there is always cake.',
    'Please remember to be kind to one another in these busy days.',
    'The weather has been lovely, which makes it all a little easier.',
  ]);
  const memo = [
    'Memo to all staff.',
    filler[0]!,
    sentences[0]!,
    filler[1]!,
    sentences[1]!,
    filler[2]!,
    sentences[2]!,
    filler[3]!,
    sentences[3]!,
    filler[4]!,
    sentences[4]!,
    filler[5]!,
    filler[6]!,
  ].join(' ');
  return { memo, facts: [day, sum, person, room, share] };
}
