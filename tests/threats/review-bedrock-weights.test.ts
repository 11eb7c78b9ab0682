import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTensors } from '../../src/engines/llm/safetensors/tensors.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weights-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const tensor = (more: object) => ({ w: { dtype: 'F32', shape: [2], data_offsets: [0, 8], ...more } });

describe('a safetensors file', () => {
  it.each<[string, unknown]>([
    ['whose head is null', null],
    ['whose head is a list', [1]],
    ['whose head is a number', 7],
    ['with a tensor that is null', { w: null }],
    ['with a tensor that is a text', { w: 'F32' }],
    ['with a shape that is a text', tensor({ shape: '2' })],
    ['with a shape that is a number', tensor({ shape: 2 })],
    ['with a negative shape', tensor({ shape: [-1, -2] })],
    ['with half a dimension', tensor({ shape: [0.5, 4] })],
    ['with an absurd shape', tensor({ shape: [2 ** 52, 2 ** 52] })],
    ['with places before its data', tensor({ data_offsets: [-8, 0] })],
    ['with places that are texts', tensor({ data_offsets: ['0', '8'] })],
    ['with places behind its end', tensor({ data_offsets: [8, 16] })],
  ])('%s is refused as damaged, by name', async (what, head) => {
    const path = join(folder, `${what.replaceAll(' ', '-')}.safetensors`);
    const text = Buffer.from(JSON.stringify(head));
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(text.length));
    await writeFile(path, Buffer.concat([length, text, Buffer.alloc(8)]));
    await expect(openTensors([path])).rejects.toMatchObject({
      name: 'ConversionError',
      message: expect.stringMatching(/damaged|not a safetensors file|has the type/),
    });
  });

  it.each([0n, 100_000_001n, 2n ** 63n, 2n ** 64n - 1n])('that says its head has %s bytes is none', async (size) => {
    const path = join(folder, `head-${size}.safetensors`);
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(size);
    await writeFile(path, Buffer.concat([length, Buffer.from('{}')]));
    await expect(openTensors([path])).rejects.toMatchObject({ name: 'ConversionError' });
  });
});
