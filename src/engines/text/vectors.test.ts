import { describe, expect, it } from 'vitest';
import { remembering } from './vectors.ts';

const vectorOf = (text: string): Float32Array => Float32Array.of(text.length, text.charCodeAt(0));

/** An encoder that tells what it was asked for, and fails when told to. */
function counted() {
  const encoder = {
    asked: [] as string[],
    fails: false,
    embed: async (texts: string[]): Promise<Float32Array[]> => {
      encoder.asked.push(...texts);
      await new Promise(setImmediate);
      if (encoder.fails) throw new Error('busy');
      return texts.map(vectorOf);
    },
  };
  return encoder;
}

describe('remembering', () => {
  it('gives every text its own vector, and asks for each text once', async () => {
    const encoder = counted();
    const embed = remembering(encoder.embed);
    const texts = Array.from({ length: 200 }, (_, at) => `text ${at % 150}`);
    expect(await embed(texts)).toEqual(texts.map(vectorOf));
    expect(await embed(['text 3', 'new'])).toEqual(['text 3', 'new'].map(vectorOf));
    expect(encoder.asked).toHaveLength(151);
    expect(await embed([])).toEqual([]);
  });

  it('waits for what is being made', async () => {
    const encoder = counted();
    const embed = remembering(encoder.embed);
    const [one, two] = await Promise.all([embed(['a', 'b']), embed(['b', 'c'])]);
    expect([...one, ...two]).toEqual(['a', 'b', 'b', 'c'].map(vectorOf));
    expect(encoder.asked).toEqual(['a', 'b', 'c']);
  });

  it('tries again what failed', async () => {
    const encoder = counted();
    const embed = remembering(encoder.embed);
    encoder.fails = true;
    await expect(embed(['a', 'b'])).rejects.toThrow('busy');
    encoder.fails = false;
    expect(await embed(['a', 'b'])).toEqual(['a', 'b'].map(vectorOf));
  });

  it('forgets first what was not asked for lately, and long texts at once', async () => {
    const encoder = counted();
    const embed = remembering(encoder.embed);
    await embed(['kept', 'lost']);
    for (let at = 0; at < 8_190; at += 90) {
      await embed(Array.from({ length: 90 }, (_, index) => `filler ${at + index}`));
      await embed(['kept']);
    }
    const long = 'x'.repeat(1_000);
    await embed([long]);
    await embed(['one more']);
    encoder.asked = [];
    await embed(['kept', 'lost', long]);
    expect(encoder.asked).toEqual(['lost', long]);
  });
});
