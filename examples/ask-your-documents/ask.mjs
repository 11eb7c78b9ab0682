// Uploads a folder of documents to S3, then asks a model five questions about them, and prints the answers as they come.
// The same code runs against AWS; AWS_ENDPOINT_URL=http://127.0.0.1:4566 points it at Outcrop.
import { readdir, readFile } from 'node:fs/promises';
import { parse } from 'node:path';
import { BedrockRuntimeClient, ConverseStreamCommand } from '@aws-sdk/client-bedrock-runtime';
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';

const region = process.env.AWS_REGION ?? 'us-east-1';
const modelId = process.env.MODEL_ID ?? 'amazon.nova-lite-v1:0';
const bucket = process.env.BUCKET ?? `ask-your-documents-${Date.now()}`;
const folder = new URL('documents/', import.meta.url);

const questions = [
  'How many days of paid annual leave do full-time employees have?',
  'Who approves expense claims above 500 euros?',
  'What is the maximum flow rate of the Station 300?',
  'What does the error code E07 mean?',
  'How much does a care contract for the Station 300 cost a month?',
];

const s3 = new S3Client({ region });
const bedrock = new BedrockRuntimeClient({ region });

await s3.send(new CreateBucketCommand({ Bucket: bucket }));
for (const name of await readdir(folder)) {
  await s3.send(new PutObjectCommand({ Bucket: bucket, Key: name, Body: await readFile(new URL(name, folder)) }));
  console.log(`uploaded s3://${bucket}/${name}`);
}

const { Contents: objects = [] } = await s3.send(new ListObjectsV2Command({ Bucket: bucket }));
const documents = await Promise.all(
  objects.map(async ({ Key }) => {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key }));
    const { name, ext } = parse(Key);
    return { document: { name, format: ext.slice(1), source: { bytes: await Body.transformToByteArray() } } };
  }),
);

const system = [
  { text: 'Answer from the documents only, in one or two sentences, and quote the sentence that says so.' },
];
for (const question of questions) {
  console.log(`\n? ${question}`);
  const { stream } = await bedrock.send(
    new ConverseStreamCommand({
      modelId,
      system,
      messages: [{ role: 'user', content: [...documents, { text: question }] }],
      inferenceConfig: { maxTokens: 300, temperature: 0 },
    }),
  );
  for await (const { contentBlockDelta, metadata } of stream) {
    process.stdout.write(contentBlockDelta?.delta?.text ?? '');
    if (metadata) console.log(`\n  (${metadata.usage.inputTokens} tokens in, ${metadata.usage.outputTokens} out)`);
  }
}
