import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PNG } from 'pngjs';
import { afterAll, beforeAll } from 'vitest';

/** What the server was asked: the members of a JSON body, or the fields of a form with its files. */
export type Seen = { url: string; files: { name: string; type: string; bytes: Buffer }[]; [member: string]: any };

/**
 * A server of OpenAI's images API that draws, edits and varies: plain pictures of the asked size in a colour that follows from the words and
 * the seed. An edit is painted all over what is transparent in the mask, and the rest is disturbed, as models do that see and draw all of it.
 */
export function drawingServer() {
  const seen: Seen[] = [];
  /** What the next answers are instead. */
  const instead: ({ status: number } | { picture: Buffer })[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      void answer(request.url!, request.headers['content-type']!, Buffer.concat(chunks)).then(({ status, body }) => {
        response.writeHead(status, { 'content-type': 'application/json' });
        response.end(JSON.stringify(body));
      });
    });
  });
  const answer = async (url: string, type: string, bytes: Buffer) => {
    const asked = type.startsWith('multipart/') ? await readForm(url, type, bytes) : readJson(url, bytes);
    seen.push(asked);
    const other = instead.shift();
    if (other && 'status' in other) return { status: other.status, body: { error: { message: 'Not Found' } } };
    const b64_json = (other?.picture ?? made(asked)).toString('base64');
    return {
      status: 200,
      body: { created: 1, data: Array.from({ length: Number(asked['n']) }, () => ({ b64_json })) },
    };
  };
  let binding = '';
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    binding = `openai:http://127.0.0.1:${(server.address() as AddressInfo).port}/v1#draw`;
  });
  afterAll(() => server.close());
  return { seen, instead, binding: () => binding };
}

/** The colour of words and a seed. */
export const colourOf = (prompt: string, seed: unknown): number[] => [
  ...createHash('sha256').update(`${prompt} ${seed}`).digest().subarray(0, 3),
];

const readJson = (url: string, bytes: Buffer): Seen => ({ ...JSON.parse(bytes.toString('utf8')), url, files: [] });

async function readForm(url: string, type: string, bytes: Buffer): Promise<Seen> {
  const seen: Seen = { url, files: [] };
  const form = await new Response(new Uint8Array(bytes), { headers: { 'content-type': type } }).formData();
  for (const [name, value] of form.entries()) {
    if (typeof value === 'string') seen[name] = value;
    else seen.files.push({ name, type: value.type, bytes: Buffer.from(await value.arrayBuffer()) });
  }
  return seen;
}

function made({ url, prompt, seed, size, files }: Seen): Buffer {
  const [width, height] = (size as string).split('x').map(Number) as [number, number];
  const png = new PNG({ width, height });
  const mask = files.find(({ name }) => name === 'mask');
  const below = mask && PNG.sync.read(files[0]!.bytes);
  const shape = mask && PNG.sync.read(mask.bytes);
  const paint = colourOf(prompt ?? url, seed);
  for (let at = 0; at < png.data.length; at += 4) {
    const keeps = shape !== undefined && shape.data[at + 3] !== 0;
    // One off everywhere: what is laid over the original unmasked would tell.
    for (let i = 0; i < 3; i++) png.data[at + i] = keeps ? below!.data[at + i]! ^ 1 : paint[i]!;
    png.data[at + 3] = 255;
  }
  return PNG.sync.write(png);
}
