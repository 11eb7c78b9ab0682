import { afterAll, describe, expect, it } from 'vitest';
import { createEmbedder, EmbedError } from './embedder.ts';
import { splitText } from './pieces.ts';
import { projection, unit } from './project.ts';

const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000);
console.log(`embed: SEED=${seed}`);

function seeded(start: number) {
  let state = start >>> 0;
  const next = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 4_294_967_296;
  };
  const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)]!;
  return { next, pick };
}

const { next, pick } = seeded(seed);
const cosine = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  let [ab, aa, bb] = [0, 0, 0];
  for (let index = 0; index < a.length; index++) {
    ab += a[index]! * b[index]!;
    aa += a[index]! ** 2;
    bb += b[index]! ** 2;
  }
  return ab / Math.sqrt(aa * bb);
};
const length = (vector: ArrayLike<number>): number => Math.hypot(...Array.from(vector));

const embedder = createEmbedder();
afterAll(() => embedder.close());

const pairs: [string, string][] = [
  ['How old are you?', 'What is your age?'],
  ['The invoice was paid late.', 'Payment of the bill was overdue.'],
  ['My laptop will not turn on.', 'The computer does not start.'],
  ['Heavy rain is expected tomorrow.', 'It will pour down the next day.'],
  ['The chef cooked a wonderful meal.', 'Dinner prepared by the cook was delicious.'],
  ['Our flight was cancelled.', 'The airline called off the plane trip.'],
];

describe('createEmbedder', () => {
  it('puts the paraphrase of a sentence nearer than any other sentence', async () => {
    const { vectors, inputTokens } = await embedder.embed(pairs.flat());
    expect(inputTokens.every((count) => count > 2 && count < 20)).toBe(true);
    for (const [index] of pairs.entries()) {
      const near = cosine(vectors[2 * index]!, vectors[2 * index + 1]!);
      for (const [other] of pairs.entries()) {
        if (other !== index) expect(near).toBeGreaterThan(cosine(vectors[2 * index]!, vectors[2 * other + 1]!));
      }
    }
  });

  it.each([64, 256, 384, 512, 768, 1024])(
    'makes unit vectors of %i dimensions that keep the cosines',
    async (dimensions) => {
      const texts = pairs.flat();
      const own = await embedder.embed(texts);
      const { vectors, inputTokens } = await embedder.embed(texts, { dimensions });
      expect(inputTokens).toEqual(own.inputTokens);
      const bound = dimensions >= 512 ? 1e-6 : 5 / Math.sqrt(dimensions);
      for (const [index, vector] of vectors.entries()) {
        expect(vector).toBeInstanceOf(Float32Array);
        expect(vector.length).toBe(dimensions);
        expect(length(vector)).toBeCloseTo(1, 5);
        expect(Math.abs(cosine(vector, vectors[0]!) - cosine(own.vectors[index]!, own.vectors[0]!))).toBeLessThan(
          bound,
        );
      }
    },
  );

  it('gives a text the same vector whatever it is embedded with, bit for bit', async () => {
    const words = ['river', 'contract', 'engine', 'piano', 'tax', 'garden', 'kernel', 'bread'];
    const text = `The ${pick(words)} and the ${pick(words)} number ${Math.floor(next() * 1000)}.`;
    const alone = await embedder.embed([text]);
    const among = await embedder.embed([pairs[0]![0], text, `${text} ${text} ${text}`, ...pairs.flat(), text]);
    expect(among.vectors[1]).toEqual(alone.vectors[0]);
    expect(among.vectors.at(-1)).toEqual(alone.vectors[0]);
    expect(among.inputTokens[1]).toBe(alone.inputTokens[0]);
  });

  it('leaves lengths as they are without normalize', async () => {
    const { vectors } = await embedder.embed([pairs[0]![0]], { dimensions: 128, normalize: false });
    const scaled = await embedder.embed([pairs[0]![0]], { dimensions: 128 });
    expect(Math.abs(length(vectors[0]!) - 1)).toBeGreaterThan(1e-6);
    expect(cosine(vectors[0]!, scaled.vectors[0]!)).toBeCloseTo(1, 6);
  });

  it('pools a long text from its pieces and counts all of its tokens', async () => {
    const sentence = pick(pairs)[0];
    const single = await embedder.embed([sentence]);
    const many = 60;
    const long = await embedder.embed([Array.from({ length: many }, () => sentence).join(' ')]);
    expect(long.inputTokens[0]).toBe(many * single.inputTokens[0]!);
    expect(cosine(long.vectors[0]!, single.vectors[0]!)).toBeGreaterThan(0.7);
    expect(length(long.vectors[0]!)).toBeCloseTo(1, 5);
  });

  it('refuses empty input, empty texts, impossible dimensions and texts over the bound', async () => {
    const cases: [string[], number, string][] = [
      [[], 512, 'invalid'],
      [['ok', ' \n'], 512, 'invalid'],
      [['ok'], 0, 'invalid'],
      [['ok'], 4097, 'invalid'],
      [['ok'], 1.5, 'invalid'],
      [['x'.repeat(1_000_001)], 512, 'too_large'],
      [Array.from({ length: 2049 }, () => 'x'), 512, 'too_large'],
    ];
    for (const [texts, dimensions, code] of cases) {
      const error = await embedder.embed(texts, { dimensions }).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(EmbedError);
      expect(error).toMatchObject({ code });
    }
  });

  it('stops when the caller aborts, with the reason the caller gave, and works on afterwards', async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    const running = embedder.embed(
      Array.from({ length: 500 }, (_, index) => `${pick(pairs)[0]} ${index}`),
      {
        signal: controller.signal,
      },
    );
    setTimeout(() => controller.abort(reason), 100);
    await expect(running).rejects.toBe(reason);
    await expect(embedder.embed(['x'], { signal: controller.signal })).rejects.toBe(reason);
    expect((await embedder.embed(['after'])).vectors).toHaveLength(1);
  });

  it('refuses to work after it was closed', async () => {
    const other = createEmbedder();
    await other.close();
    await expect(other.embed(['x'])).rejects.toMatchObject({ code: 'closed' });
  });
});

describe('projection', () => {
  it('keeps all cosines exactly to more dimensions, and lengths on average to fewer', () => {
    const vectors = Array.from({ length: 40 }, () => unit(Float64Array.from({ length: 512 }, () => next() - 0.5)));
    for (const to of [513, 1024, 1536]) {
      const projected = vectors.map(projection(512, to));
      for (const [index, vector] of projected.entries()) {
        expect(cosine(vector, projected[0]!)).toBeCloseTo(cosine(vectors[index]!, vectors[0]!), 10);
        expect(length(vector)).toBeCloseTo(1, 10);
      }
    }
    const lengths = vectors.map((vector) => length(projection(512, 256)(vector)));
    const mean = lengths.reduce((sum, value) => sum + value, 0) / lengths.length;
    expect(mean).toBeGreaterThan(0.95);
    expect(mean).toBeLessThan(1.05);
  });
});

describe('splitText', () => {
  const count = (part: string): number => part.split(' ').length;

  it('cuts at sentence ends, loses nothing and keeps every piece within the bound', () => {
    const sentences = Array.from(
      { length: 80 },
      (_, index) => `S${index} ${Array.from({ length: 1 + Math.floor(next() * 40) }, () => 'word').join(' ')}.`,
    );
    const pieces = splitText(sentences.join(' '), count);
    expect(pieces.map((piece) => piece.text).join(' ')).toBe(sentences.join(' '));
    for (const piece of pieces) {
      expect(piece.tokens).toBeLessThanOrEqual(128);
      expect(piece.tokens).toBe(count(piece.text));
      expect(piece.text.endsWith('.')).toBe(true);
    }
  });

  it('cuts a text without any space, and never inside a character', () => {
    const text = '😀'.repeat(1000);
    const pieces = splitText(text, (part) => part.length);
    expect(pieces.map((piece) => piece.text).join('')).toBe(text);
    for (const piece of pieces) expect(piece.text).not.toMatch(/^[\udc00-\udfff]/);
  });
});
