import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Outcrop } from '../../src/main.ts';
import { startForTests, testSeed } from '../start.ts';
import { serveWith, stockClient, type Hand } from './every-client.ts';
import { rngFrom } from './random.ts';

const hand: Hand = { answer: () => ({}) };
const rng = rngFrom(testSeed('presigned'));
const word = () => Math.floor(rng() * 36 ** 6).toString(36);
let outcrop: Outcrop;

beforeAll(async () => {
  outcrop = await startForTests({}, { extraServices: [serveWith('s3', hand).entry] });
});

describe('a presigned URL', () => {
  it('brings the headers that the client moved into it to the operation', async () => {
    let received: any;
    hand.answer = async (_operation, input) => {
      received = { ...input, Body: (await input.Body.toArray()).map(String).join('') };
      return {};
    };
    const given = {
      Bucket: 'b',
      Key: word(),
      Metadata: { colour: word() },
      StorageClass: 'GLACIER',
      Tagging: `a=${word()}`,
    } as const;
    const { client } = stockClient('s3', outcrop.clients);
    const url = await getSignedUrl(client, new PutObjectCommand(given));
    expect(url).toContain('x-amz-meta-colour=');
    const body = word();
    const put = (to: string, headers = {}) => fetch(to, { method: 'PUT', body, headers });
    expect((await put(url)).status).toBe(200);
    expect(received).toMatchObject({ ...given, Body: body });
    const changed = await put(url.replace(given.Metadata.colour, `${given.Metadata.colour}x`));
    expect(changed.status).toBe(403);
    expect(await changed.text()).toContain('<Code>SignatureDoesNotMatch</Code>');
    client.destroy();
  });
});
