import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { testSeed } from '../../../../tests/start.ts';
import { readForm } from './form-data.ts';

const seed = testSeed('form data');

/** Bytes in pieces of the given sizes, over and over. */
async function* cut(bytes: Buffer, sizes: number[]): AsyncGenerator<Uint8Array> {
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length]!;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

const part = (name: string, content: string, filename?: string) =>
  `--b\r\nContent-Disposition: form-data; name="${name}"${filename === undefined ? '' : `; filename="${filename}"`}\r\n\r\n${content}\r\n`;

/** Text that is full of what might be taken for a boundary, and has none: RFC 2046 forbids a line that begins like it. */
const tricky = fc
  .array(fc.constantFrom('\r', '\n', '-', '--', 'b', '\r\n', '\r\n--', '\r\n--a', 'x'), { maxLength: 40 })
  .map((parts) => parts.join(''))
  .filter((text) => !text.startsWith('--b') && !text.includes('\r\n--b'));

describe('a multipart form', () => {
  it('is read the same however its bytes are cut, with contents that look like boundaries', async () => {
    await fc.assert(
      fc.asyncProperty(
        tricky,
        tricky,
        fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 5 }),
        async (field, content, sizes) => {
          const body = Buffer.from(
            `${part('Key', field)}${part('file', content, 'a "b".txt'.replaceAll('"', '%22'))}--b--\r\n`,
            'latin1',
          );
          const { fields, file } = await readForm('multipart/form-data; boundary=b', cut(body, sizes));
          const chunks: Uint8Array[] = [];
          for await (const chunk of file.content) chunks.push(chunk);
          expect(Object.fromEntries(fields)).toEqual({ key: field });
          expect(file.name).toBe('a "b".txt');
          expect(Buffer.concat(chunks).toString('latin1')).toBe(content);
        },
      ),
      { seed, numRuns: 500 },
    );
  });

  it('holds no more of its file than a piece and a boundary', async () => {
    const pieces = 2_000;
    async function* endless() {
      yield Buffer.from('--b\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n');
      for (let i = 0; i < pieces; i++) yield Buffer.alloc(1000, 65);
      yield Buffer.from('\r\n--b--');
    }
    const { file } = await readForm('multipart/form-data; boundary=b', endless());
    let size = 0;
    for await (const chunk of file.content) {
      expect(chunk.length).toBeLessThanOrEqual(1010);
      size += chunk.length;
    }
    expect(size).toBe(pieces * 1000);
  });

  it('is refused when its fields are too large or it is no form at all', async () => {
    const read = (body: string, type = 'multipart/form-data; boundary=b') =>
      readForm(type, cut(Buffer.from(body), [1000]));
    await expect(read(part('a', 'x'.repeat(21 * 1024)))).rejects.toMatchObject({
      name: 'MaxPostPreDataLengthExceededError',
    });
    await expect(read('anything', 'multipart/form-data')).rejects.toMatchObject({ name: 'MalformedPOSTRequest' });
    await expect(read('x'.repeat(20_000))).rejects.toMatchObject({ name: 'MalformedPOSTRequest' });
  });
});
