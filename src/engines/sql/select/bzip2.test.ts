import { describe, expect, it } from 'vitest';
import { seeded } from '../random.ts';
import { bunzip2 } from './bzip2.ts';
import { SelectError } from './error.ts';

const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000);
console.log(`bzip2: SEED=${seed}`);
const random = seeded(seed);

/** Written by `bzip2 -1`: 30,000 lines, which are three blocks. */
const THREE_BLOCKS = Buffer.from(
  [
    'QlpoMTFBWSZTWYHjAAUAUV1ZgAAQQAR/AAAAkIAwAZgAEA0AEA0ABSqepH6oyae6JHqiR7okZRIwkjKJGUSMokYSRlEjKJGUSMokZRIyiRlEjKJGUSMokZRIyiR5CUF3RI',
    '5JI5okeqJH2iR1RI7okbRI2iRpJG0SNokbRI2iRtEjaJG0SNokbRI2iRtEjnpQgfeoqpYoQOEqpcSEDhVKQ8RKC/IlBeIlBfzFBWSZTWbSXoRAALVVZgAAQQAR/AAAAkIA',
    'wAZhoAgGgATVUGjIApU1RvVDQ6okeaJHVEjKJGUSMokZRIyiRlEjCSMokZRIyiRhJGEkZRIyiRlEjKJGUSNykr6ohS62UCa8KSsBI6okbRI+Ekd0SNokbRI2iRtEjaJG0S',
    'NJI2iRtEjaJG0SNokbRI2iRtEjtQgdxVS4oQORVS4oQOAqQ/QlBfYSgv0JQX8xQVkmU1krm1v/AEP02YAAEEAEfwAAAJCAMAFYAEA0AEA0ACaqapp+qT0np7hHQR7hGQjI',
    'RgRgRkIyEZCMCMhGQjIRgRkIyEZCMCMhGQjPEVCvoR1COoR0Ef0I7hH2EbCNCNhGwjQjYRsI2EbCNCNhGwjYRsI53SqTslFylUnCUXEqk5ECeIqFf6FJWcCPEVCvwu5Ipw',
    'oSCKcDOQA=',
  ].join(''),
  'base64',
);
const LINES = Array.from({ length: 30_000 }, (_, index) => `${index % 7},row ${index % 3}\n`).join('');
/** Two streams one after the other, as parallel compressors write them. */
const TWO_STREAMS = Buffer.from(
  'QlpoOTFBWSZTWXP4wB8AAAhZFAAQAAQwADIDgCAIACAAIhMnknlMQNA0KvwOYOMtNG1+tF3JFOFCQc/jAHxCWmg5MUFZJlNZ96AfrAAAldmAABAABAgACAAAICAAIKVGBmg+i1F4ixFiLUXC7kinChIe9AP1gA==',
  'base64',
);

async function unpack(packed: Uint8Array, cut: () => number = () => 1000): Promise<string> {
  async function* pieces(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < packed.length;) {
      const size = cut();
      yield packed.subarray(at, at + size);
      at += size;
    }
  }
  const parts: Uint8Array[] = [];
  for await (const part of bunzip2(pieces())) parts.push(part);
  return Buffer.concat(parts).toString();
}

describe('bunzip2', () => {
  it('unpacks several blocks and several streams, wherever the pieces are cut', async () => {
    expect(await unpack(THREE_BLOCKS, () => random.integer(1, 50))).toBe(LINES);
    expect(await unpack(TWO_STREAMS, () => random.integer(1, 5))).toBe(
      `name,n\néa,1\nbob,22\n${'cy,333\n'.repeat(50)}`,
    );
  });

  it('names what is damaged, cut short or no bzip2 at all', async () => {
    const bad: Uint8Array[] = [
      Buffer.from(''),
      Buffer.from('name,age\n'),
      THREE_BLOCKS.subarray(0, random.integer(5, THREE_BLOCKS.length - 1)),
      Buffer.concat([THREE_BLOCKS, Buffer.from('rest')]),
    ];
    for (let round = 0; round < 40; round++) {
      const changed = Buffer.from(THREE_BLOCKS);
      changed[random.integer(0, changed.length - 3)]! ^= 1 << random.integer(0, 7);
      bad.push(changed);
    }
    for (const packed of bad) {
      const result = await unpack(packed).catch((error: unknown) => error);
      // A flipped bit may lie where the format has no meaning (an unused code); what comes out must then be right.
      if (result === LINES) continue;
      expect(result).toBeInstanceOf(SelectError);
      expect(result).toMatchObject({ code: 'TruncatedInput' });
    }
  });
});
