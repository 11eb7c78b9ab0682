import {
  BedrockClient,
  CreateModelCustomizationJobCommand,
  CreateModelImportJobCommand,
  GetModelCustomizationJobCommand,
  GetModelImportJobCommand,
} from '@aws-sdk/client-bedrock';
import { beforeAll, describe, expect, it } from 'vitest';
import { allow, identities, policy, refusal, trust } from '../identities.ts';
import { startForTests } from '../start.ts';

let bedrock: BedrockClient;
let limited: BedrockClient;
let roleArn: string;
const tags = [{ key: 'team', value: 'secret' }];

beforeAll(async () => {
  const outcrop = await startForTests();
  const people = identities(outcrop);
  bedrock = new BedrockClient({ ...outcrop.clients, maxAttempts: 1 });
  roleArn = (await people.role('jobs', trust({ Service: 'bedrock.amazonaws.com' }), allow('s3:*'))).arn;
  const { clients } = await people.user(
    'nora',
    policy(
      { Effect: 'Allow', Action: 'bedrock:*', Resource: '*' },
      {
        Effect: 'Deny',
        Action: 'bedrock:*',
        Resource: '*',
        Condition: { StringEquals: { 'aws:ResourceTag/team': 'secret' } },
      },
    ),
  );
  limited = new BedrockClient(clients);
});

describe('a policy on a job holds for it', () => {
  it('by the name of an import as by its ARN', async () => {
    const { jobArn } = await bedrock.send(
      new CreateModelImportJobCommand({
        jobName: 'mine',
        importedModelName: 'mine',
        roleArn,
        modelDataSource: { s3DataSource: { s3Uri: 's3://no-such-bucket-here/model/' } },
        jobTags: tags,
      }),
    );
    const get = (client: BedrockClient, jobIdentifier: string) =>
      client.send(new GetModelImportJobCommand({ jobIdentifier }));
    for (const name of [jobArn!, jobArn!.slice(-12), 'mine']) {
      expect((await get(bedrock, name)).jobArn).toBe(jobArn);
      expect((await refusal(get(limited, name))).name, name).toBe('AccessDeniedException');
    }
    expect((await refusal(get(limited, 'none'))).name).toBe('ResourceNotFoundException');
  });

  it('by the name of a customization, and by no other ARN that ends as its own does', async () => {
    const { jobArn } = await bedrock.send(
      new CreateModelCustomizationJobCommand({
        jobName: 'tuning',
        customModelName: 'tuned',
        roleArn,
        baseModelIdentifier: 'meta.llama3-1-8b-instruct-v1:0',
        trainingDataConfig: { s3Uri: 's3://no-such-bucket-here/train.jsonl' },
        outputDataConfig: { s3Uri: 's3://no-such-bucket-here/out/' },
        jobTags: tags,
      }),
    );
    const get = (client: BedrockClient, jobIdentifier: string) =>
      client.send(new GetModelCustomizationJobCommand({ jobIdentifier }));
    for (const name of [jobArn!, 'tuning']) {
      expect((await get(bedrock, name)).jobArn).toBe(jobArn);
      expect((await refusal(get(limited, name))).name, name).toBe('AccessDeniedException');
    }
    const other = jobArn!.replace(/job\/[^/]+\//, 'job/amazon.other-v1:0/');
    expect((await refusal(get(limited, other))).name).toBe('ResourceNotFoundException');
  });
});
