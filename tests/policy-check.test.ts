import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { manage, type Outcrop } from '../src/main.ts';
import { identities } from './identities.ts';
import { startForTests } from './start.ts';

let outcrop: Outcrop;
beforeAll(async () => {
  outcrop = await startForTests();
});

afterEach(() => {
  vi.unstubAllEnvs();
});

describe("AWS's list of actions", () => {
  it('is told to whoever has credentials, service by service, and policies are held against it', async () => {
    const ann = await identities(outcrop).user('ann');
    vi.stubEnv('AWS_ENDPOINT_URL', outcrop.endpoint);
    vi.stubEnv('AWS_ACCESS_KEY_ID', ann.clients.credentials.accessKeyId);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', ann.clients.credentials.secretAccessKey);
    const all = (await manage('GET', 'actions')) as any;
    expect(all.services).toContainEqual({ prefix: 'bedrock', name: 'Amazon Bedrock' });
    expect(all.conditionKeys).toContain('aws:SourceIp');
    const bedrock = (await manage('GET', 'actions?service=bedrock')) as any;
    expect(bedrock.actions).toContainEqual({ name: 'ListFoundationModels', level: 'List', resources: [] });
    expect(bedrock.actions.find(({ name }: { name: string }) => name === 'InvokeModel').resources).toContain(
      'foundation-model',
    );
    expect(bedrock.resources.guardrail).toMatch(/^arn:/);
    expect(bedrock.conditionKeys).toContain('bedrock:GuardrailIdentifier');
    await expect(manage('GET', 'actions?service=constructor')).rejects.toThrow('AWS has no service constructor');

    const document = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:GetObjekt","Resource":"*"}}';
    const { findings } = (await manage('POST', 'policy/check', { document })) as any;
    expect(findings).toEqual([
      {
        severity: 'warning',
        message: 'Amazon S3 has no action s3:GetObjekt; did you mean s3:GetObject?',
        from: document.indexOf('"s3:GetObjekt"'),
        to: document.indexOf(',"Resource"'),
        line: 1,
        column: document.indexOf('"s3:GetObjekt"') + 1,
      },
    ]);
    await expect(manage('POST', 'policy/check', { document: ' '.repeat(200_000) })).rejects.toThrow(/Too big/);
  });
});
