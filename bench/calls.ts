import { callKeeper } from '../src/main/calls.ts';

/**
 * What it costs to keep what a call asked and answered for `/_outcrop/calls/<id>`, warm: microseconds, and as a ratio to `JSON.parse` and
 * `JSON.stringify` of the same bodies in the same run, which evens out machines. Run: `npx tsx bench/calls.ts`.
 */
const ROUNDS = 100_000;
const usage = { inputTokens: 120, outputTokens: 80, totalTokens: 200 };

const calls = {
  'STS GetCallerIdentity': {
    service: 'sts',
    operation: 'GetCallerIdentity',
    input: {},
    output: { Account: '000000000000', Arn: 'arn:aws:iam::000000000000:user/ann', UserId: 'AIDAEXAMPLE' },
  },
  'KMS Encrypt': {
    service: 'kms',
    operation: 'Encrypt',
    input: { KeyId: 'alias/x', Plaintext: Buffer.alloc(32, 1), EncryptionContext: { a: 'b' } },
    output: { CiphertextBlob: Buffer.alloc(180, 2), KeyId: 'arn:aws:kms:us-east-1:000000000000:key/1' },
  },
  'Bedrock Converse': {
    service: 'bedrock-runtime',
    operation: 'Converse',
    input: {
      modelId: 'us.anthropic.claude-sonnet-4-5-20250929-v1:0',
      messages: [
        { role: 'user', content: [{ text: 'What is the weather in Berlin? '.repeat(8) }] },
        { role: 'assistant', content: [{ toolUse: { toolUseId: 'a', name: 'weather', input: { city: 'Berlin' } } }] },
        { role: 'user', content: [{ toolResult: { toolUseId: 'a', content: [{ text: 'Seven degrees and rain.' }] } }] },
      ],
      inferenceConfig: { maxTokens: 500, temperature: 0 },
    },
    output: {
      output: {
        message: { role: 'assistant', content: [{ text: 'In Berlin it rains at seven degrees. '.repeat(8) }] },
      },
      stopReason: 'end_turn',
      usage,
      metrics: { latencyMs: 400 },
    },
  },
  'S3 ListObjectsV2, 1,000 keys': {
    service: 's3',
    operation: 'ListObjectsV2',
    input: { Bucket: 'bench' },
    output: {
      Contents: Array.from({ length: 1_000 }, (_, index) => ({
        Key: `folder/object-${index}`,
        LastModified: new Date(),
        ETag: '"d41d8cd98f00b204e9800998ecf8427e"',
        Size: index,
      })),
      KeyCount: 1_000,
    },
  },
};

function measure(run: () => unknown, rounds: number): number {
  for (let round = 0; round < rounds / 10; round++) run();
  const started = performance.now();
  for (let round = 0; round < rounds; round++) run();
  return ((performance.now() - started) * 1000) / rounds;
}

console.log(
  `Node ${process.version}, ${new Date().toISOString().slice(0, 10)}\n\n| call | µs to keep it | ÷ JSON of its bodies |\n|---|---|---|`,
);
for (const [name, call] of Object.entries(calls)) {
  const [asked, answered] = [JSON.stringify(call.input), JSON.stringify(call.output)];
  const rounds = answered.length > 10_000 ? ROUNDS / 100 : ROUNDS;
  const keep = await callKeeper({ ...call, body: Buffer.from(answered) });
  const yardstick = measure(() => [JSON.parse(asked), JSON.stringify(call.output)], rounds);
  const cost = measure(keep, rounds);
  console.log(`| ${name} | ${cost.toFixed(1)} | ${(cost / yardstick).toFixed(2)} |`);
}
