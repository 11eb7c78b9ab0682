import { Readable } from 'node:stream';
import { beforeAll, describe, expect, it } from 'vitest';
import { requiredMembers } from '../../src/protocol/catalog.ts';
import { startForTests, testSeed } from '../start.ts';
import type { Outcrop } from '../../src/main.ts';
import { installedClients, serveWith, stockClient, type Hand } from './every-client.ts';
import { hasEventStream, randomValue, rngFrom, sameValue } from './random.ts';

/** Operations whose wire form cannot hold every value of their schema, each with its reason. */
const EXCEPTIONS: Record<string, string> = {
  's3.GetBucketLocation':
    'an empty constraint, which a random answer may have, and none are the same bare element; boto3 judges it',
  'glacier.UploadMultipartPart': 'the client computes the tree hash (checksum) itself',
  'glacier.UploadArchive': 'the client computes the tree hash (checksum) itself',
  's3.CompleteMultipartUpload': 'an empty body, which a random answer may have, means failure to the client',
  's3.CopyObject': 'an empty body, which a random answer may have, means failure to the client',
  's3.UploadPartCopy': 'an empty body, which a random answer may have, means failure to the client',
  'glacier.GetJobOutput': 'a member is the HTTP status, which an answer always has',
  'ec2.CopySnapshot': 'the client adds a presigned URL',
  'sqs.SendMessage': 'the client checks the MD5 of the message, which random answers lack',
  'sqs.ReceiveMessage': 'the client checks the MD5 of the message, which random answers lack',
  's3.WriteGetObjectResponse':
    'its host is prefixed with a random label, which no resolver knows; the prefix is tested by itself',
  ...Object.fromEntries(
    ['ListTagsForResource', 'TagResource', 'UntagResource'].map((operation) => [
      `bedrock-agent-runtime.${operation}`,
      'bedrock-agent has the same operation on the same path, which AWS tells apart by the host: it answers for both',
    ]),
  ),
};

/** S3 members that the client itself computes, or that the wire does not carry as given. */
const S3_OWN = new Set([
  'ContentLength',
  'ContentEncoding',
  'ContentMD5',
  'ChecksumAlgorithm',
  'ChecksumMode',
  'ChecksumType',
  'ChecksumCRC32',
  'ChecksumCRC32C',
  'ChecksumCRC64NVME',
  'ChecksumSHA1',
  'ChecksumSHA256',
  'ChecksumSHA512',
  'ChecksumMD5',
  'ChecksumXXHASH64',
  'ChecksumXXHASH3',
  'ChecksumXXHASH128',
  'Expires',
  'ExpiresString',
  'ContentRange',
  'ContentType',
  'SSECustomerKey',
  'SSECustomerKeyMD5',
  'CopySourceSSECustomerKey',
  'CopySourceSSECustomerKeyMD5',
]);

const seed = testSeed('wire fuzz');
const hands = new Map<string, Hand>(installedClients.map((sdk) => [sdk, { answer: () => ({}) }]));
const served = installedClients.map((sdk) => ({ sdk, ...serveWith(sdk, hands.get(sdk)!) }));
let outcrop: Outcrop;

beforeAll(async () => {
  outcrop = await startForTests({}, { extraServices: served.map(({ entry }) => entry) });
});

for (const { sdk, model } of served) {
  describe(`@aws-sdk/client-${sdk} (${model.protocol})`, () => {
    it(
      `carries random inputs and outputs of its ${model.operations.size} operations both ways`,
      { timeout: 240_000 },
      async () => {
        const rng = rngFrom(seed);
        const { client, command } = stockClient(sdk, outcrop.clients);
        const differences: string[] = [];
        const isForm = model.protocol === 'query' || model.protocol === 'ec2';
        for (const [name, operation] of model.operations) {
          if (EXCEPTIONS[`${sdk}.${name}`] || hasEventStream(operation.input) || hasEventStream(operation.output))
            continue;
          const input = prepare(sdk, randomValue(operation.input, rng));
          if (isForm && requiredMembers(operation.input).some((member) => (prune(input) ?? {})[member] === undefined))
            continue; // Nothing of it would reach the form.
          const output = prepare(sdk, randomValue(operation.output, rng));
          let received: any;
          hands.get(sdk)!.answer = async (asked, value) => {
            received = { asked, value: await settle(value, operation.inputStream) };
            return output;
          };
          try {
            const answer = await settle(
              await client.send(command(name, structuredClone(input))),
              operation.outputStream,
            );
            delete answer.$metadata;
            if (received?.asked !== name) differences.push(`${name}: routed to ${received?.asked}`);
            const sent = isForm ? prune(input) : strip(sdk, input);
            const there = sameValue(sent, isForm ? prune(received?.value) : strip(sdk, received?.value));
            const back = sameValue(strip(sdk, output), strip(sdk, answer));
            if (there) differences.push(`${name} input: ${there}`);
            if (back) differences.push(`${name} output: ${back}`);
          } catch (error) {
            differences.push(`${name}: ${(error as Error).name}: ${(error as Error).message.slice(0, 300)}`);
          }
        }
        client.destroy();
        expect(differences).toEqual([]);
      },
    );
  });
}

/** Streams become bytes, so that they can be compared. */
async function settle(value: any, stream: string | undefined): Promise<any> {
  if (!stream || !value || value[stream] === undefined) return value;
  const body = value[stream];
  if (body instanceof Uint8Array) return value;
  const chunks: Uint8Array[] = [];
  for await (const chunk of body instanceof Readable ? body : body.transformToWebStream())
    chunks.push(chunk as Uint8Array);
  return { ...value, [stream]: new Uint8Array(Buffer.concat(chunks)) };
}

/** A form has no way to write an empty structure, nor an empty list in EC2's dialect. */
function prune(value: any): any {
  if (Array.isArray(value)) {
    const items = value.map(prune).filter((item) => item !== undefined);
    return items.length > 0 ? items : undefined;
  }
  if (value === null || typeof value !== 'object' || value instanceof Date || value instanceof Uint8Array) return value;
  if (Object.getPrototypeOf(value) !== Object.prototype && Object.getPrototypeOf(value) !== null) return value;
  const entries = Object.entries(value)
    .map(([key, member]) => [key, prune(member)] as const)
    .filter(([, member]) => member !== undefined);
  return entries.length > 0 ? Object.fromEntries(entries) : undefined;
}

function prepare(sdk: string, value: any): any {
  return sdk === 's3' ? strip(sdk, value) : (value ?? {});
}

/** Takes out what the client computes; an empty body and none are the same on the wire, and every body has a content type there. */
function strip(sdk: string, value: any): any {
  if (!value || typeof value !== 'object' || Array.isArray(value)) return value;
  const own = (name: string, member: unknown) =>
    (sdk === 's3' && S3_OWN.has(name)) ||
    name.toLowerCase() === 'contenttype' ||
    (member instanceof Uint8Array && member.length === 0);
  return Object.fromEntries(Object.entries(value).filter(([name, member]) => !own(name, member)));
}
