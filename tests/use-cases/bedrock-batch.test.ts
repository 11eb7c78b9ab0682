import {
  BedrockClient,
  CreateModelInvocationJobCommand,
  GetModelInvocationJobCommand,
  ListModelInvocationJobsCommand,
} from '@aws-sdk/client-bedrock';
import { BedrockRuntimeClient, InvokeModelCommand } from '@aws-sdk/client-bedrock-runtime';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Outcrop } from '../../src/main.ts';
import { draws } from '../draws.ts';
import { jobBucket } from '../job-bucket.ts';
import { startForTests } from '../start.ts';

const { between, pick } = draws('bedrock-batch');

const MODEL = 'anthropic.claude-3-haiku-20240307-v1:0';

let outcrop: Outcrop;
let bedrock: BedrockClient;
let runtime: BedrockRuntimeClient;
let bucket: Awaited<ReturnType<typeof jobBucket>>;

beforeAll(async () => {
  outcrop = await startForTests();
  bedrock = new BedrockClient(outcrop.clients);
  runtime = new BedrockRuntimeClient(outcrop.clients);
  bucket = await jobBucket(outcrop, 'prompts', {
    Effect: 'Allow',
    Action: 'bedrock:InvokeModel',
    Resource: `arn:aws:bedrock:*::foundation-model/${MODEL}`,
  });
});

/** A request with made-up facts and a question about one of them. */
function request() {
  const name = `${pick(['Ada', 'Bo', 'Cleo', 'Dev', 'Eun'])} ${pick(['Marsh', 'Quill', 'Reyes', 'Stone'])}`;
  const price = between(10, 999);
  const city = pick(['Ardley', 'Corvale', 'Dunmere', 'Eastwick']);
  return {
    anthropic_version: 'bedrock-2023-05-31',
    max_tokens: 200,
    temperature: 0,
    messages: [
      {
        role: 'user',
        content: `${name} lives in ${city} and paid ${price} euros for a bicycle.\n\n${pick([`How much did ${name} pay?`, `Where does ${name} live?`])}`,
      },
    ],
  };
}

describe('bedrock-batch', () => {
  it('bedrock-converse.5: every record of a batch is answered once, as online; a bad line counts as an error', async () => {
    const inputs = Array.from({ length: 500 }, request);
    const badAt = between(0, 499);
    const records = inputs.map((modelInput, at) =>
      at === badAt ? `{"recordId": "R${at}", "modelInput": {` : { recordId: `R${at}`, modelInput },
    );
    await bucket.put('in/questions.jsonl', records);
    const { jobArn } = await bedrock.send(
      new CreateModelInvocationJobCommand({
        jobName: 'five-hundred',
        roleArn: bucket.roleArn,
        modelId: MODEL,
        inputDataConfig: { s3InputDataConfig: { s3Uri: 's3://prompts/in/' } },
        outputDataConfig: { s3OutputDataConfig: { s3Uri: 's3://prompts/out/' } },
      }),
    );
    await outcrop.clock.advance(60_000);
    const job = await bedrock.send(new GetModelInvocationJobCommand({ jobIdentifier: jobArn }));
    expect(job.message).toBeUndefined();
    expect(job).toMatchObject({
      status: 'Completed',
      totalRecordCount: 500,
      processedRecordCount: 500,
      successRecordCount: 499,
      errorRecordCount: 1,
    });
    const id = jobArn!.split('/')[1]!;
    const answers = await bucket.lines(`out/${id}/questions.jsonl.out`);
    expect(answers).toHaveLength(500);
    const byId = new Map(answers.map((line) => [line['recordId'] as string, line]));
    expect(byId.size).toBe(500);
    const bad = answers.find((line) => line['error'])!;
    expect(bad['error']).toEqual({ errorCode: 400, errorMessage: expect.stringContaining('not valid JSON') });
    let tokens = 0;
    for (const [at, modelInput] of inputs.entries()) {
      if (at === badAt) continue;
      const line = byId.get(`R${at}`)!;
      expect(line['modelInput']).toEqual(modelInput);
      tokens += line['modelOutput'].usage.output_tokens as number;
      if (at % 20 !== 0) continue;
      const { body: online } = await runtime.send(
        new InvokeModelCommand({ modelId: MODEL, body: JSON.stringify(modelInput) }),
      );
      const { id: _id, ...expected } = JSON.parse(Buffer.from(online).toString()) as Record<string, unknown>;
      expect(line['modelOutput']).toMatchObject(expected);
    }
    const manifest = JSON.parse(await bucket.text(`out/${id}/manifest.json.out`)) as Record<string, number>;
    expect(manifest).toMatchObject({
      totalRecordCount: 500,
      processedRecordCount: 500,
      successRecordCount: 499,
      errorRecordCount: 1,
      outputTokenCount: tokens,
    });
    const { lines: bill } = await outcrop.cost();
    expect(bill.find(({ type }) => type === 'OutputTokens-batch')?.quantity).toBe(tokens);
    const { invocationJobSummaries } = await bedrock.send(
      new ListModelInvocationJobsCommand({ statusEquals: 'Completed', nameContains: 'five' }),
    );
    expect(invocationJobSummaries?.map((each) => each.jobArn)).toEqual([jobArn]);
  });
});
