import { describe, expect, it } from 'vitest';
import { codeOf } from './code.ts';

const endpoint = 'http://127.0.0.1:4566';
const create = {
  serviceId: 'S3',
  operation: 'CreateBucket',
  input: {
    Bucket: "it's",
    CreateBucketConfiguration: { Tags: [{ Key: 'true', Value: 'a' }] },
    ObjectLockEnabledForBucket: true,
  },
};

describe('the code of a call', () => {
  it('is a line of the CLI, quoted for a shell', () => {
    expect(codeOf('cli', [create], endpoint, 'us-east-1')).toBe(
      [
        'aws s3api create-bucket',
        String.raw`--bucket 'it'\''s'`,
        `--create-bucket-configuration '{"Tags":[{"Key":"true","Value":"a"}]}'`,
        '--object-lock-enabled-for-bucket',
        '--endpoint-url http://127.0.0.1:4566 --region us-east-1',
      ].join(' \\\n  '),
    );
  });

  it('is a program for the SDK for JavaScript', () => {
    const code = codeOf(
      'javascript',
      [create, { serviceId: 'Bedrock Runtime', operation: 'Converse', input: { modelId: 'm' } }],
      endpoint,
      'eu-west-1',
    );
    expect(code).toContain(`import { S3Client, CreateBucketCommand } from '@aws-sdk/client-s3';`);
    expect(code).toContain(`import { BedrockRuntimeClient, ConverseCommand } from '@aws-sdk/client-bedrock-runtime';`);
    expect(code).toContain('const bedrockRuntime = new BedrockRuntimeClient(stack);');
    expect(code).toContain('await s3.send(new CreateBucketCommand({\n  Bucket: "it\'s",');
  });

  it('is a program for boto3, whose words for true are its own outside of texts', () => {
    const code = codeOf('python', [create], endpoint, 'us-east-1');
    expect(code).toContain("s3 = boto3.client('s3', **stack)");
    expect(code).toContain('ObjectLockEnabledForBucket=True,');
    expect(code).toContain('"Key": "true"');
  });

  it('names a file where the CLI takes no text', () => {
    const put = { serviceId: 'S3', operation: 'PutObject', input: { Bucket: 'b', Key: 'k', Body: 'Hello' } };
    expect(codeOf('cli', [put], endpoint, 'us-east-1')).toContain('--body body.bin');
    expect(codeOf('python', [put], endpoint, 'us-east-1')).toContain('Body="Hello"');
  });

  it('says where the CLI has no command for it', () => {
    expect(
      codeOf('cli', [{ serviceId: 'Bedrock Runtime', operation: 'ConverseStream', input: {} }], endpoint, 'us-east-1'),
    ).toMatch(/^# aws bedrock-runtime converse-stream/);
  });
});
