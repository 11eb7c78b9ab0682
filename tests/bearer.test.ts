import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { BedrockClient, ListFoundationModelsCommand } from '@aws-sdk/client-bedrock';
import { BedrockRuntimeClient, ConverseCommand } from '@aws-sdk/client-bedrock-runtime';
import { CreateServiceSpecificCredentialCommand, UpdateServiceSpecificCredentialCommand } from '@aws-sdk/client-iam';
import { beforeAll, describe, expect, it } from 'vitest';
import { shortTermKey } from './api-key.ts';
import { allow, identities, policy, refusal } from './identities.ts';
import { startForTests } from './start.ts';

let outcrop: Awaited<ReturnType<typeof startForTests>>;
let people: ReturnType<typeof identities>;
const MODEL = 'anthropic.claude-3-haiku-20240307-v1:0';
const ask = new ConverseCommand({ modelId: MODEL, messages: [{ role: 'user', content: [{ text: 'Hello' }] }] });

beforeAll(async () => {
  outcrop = await startForTests();
  people = identities(outcrop);
});

const runtime = (token: string) =>
  new BedrockRuntimeClient({
    endpoint: outcrop.endpoint,
    region: outcrop.region,
    token: { token },
    authSchemePreference: ['httpBearerAuth'],
    maxAttempts: 1,
  });

async function longTermKey(name: string, document: string) {
  const user = await people.user(name, document);
  const { ServiceSpecificCredential: made } = await people.iam.send(
    new CreateServiceSpecificCredentialCommand({
      UserName: name,
      ServiceName: 'bedrock.amazonaws.com',
      CredentialAgeDays: 30,
    }),
  );
  return { user, token: made!.ServiceCredentialSecret!, id: made!.ServiceSpecificCredentialId! };
}

describe('an Amazon Bedrock API key', () => {
  it('of a user, made by IAM, calls Bedrock as that user may', async () => {
    const { token, user } = await longTermKey('jane', allow(['bedrock:InvokeModel', 'bedrock:CallWithBearerToken']));
    const { output } = await runtime(token).send(ask);
    expect(output?.message?.role).toBe('assistant');
    expect(outcrop.calls(1)[0]?.principal).toBe(user.arn);
    const control = new BedrockClient({
      endpoint: outcrop.endpoint,
      region: outcrop.region,
      token: { token },
      authSchemePreference: ['httpBearerAuth'],
    });
    expect(await refusal(control.send(new ListFoundationModelsCommand({})))).toMatchObject({
      name: 'AccessDeniedException',
      message: expect.stringContaining('is not authorized to perform: bedrock:ListFoundationModels'),
    });
  });

  it('needs bedrock:CallWithBearerToken beside the permission on the model', async () => {
    const { token } = await longTermKey('joe', allow('bedrock:InvokeModel'));
    expect(await refusal(runtime(token).send(ask))).toMatchObject({
      name: 'AccessDeniedException',
      message: expect.stringContaining('bedrock:CallWithBearerToken'),
    });
  });

  it('can be told from another kind of key by bedrock:BearerTokenType', async () => {
    const { token, user } = await longTermKey(
      'jill',
      policy(
        { Effect: 'Allow', Action: 'bedrock:*', Resource: '*' },
        {
          Effect: 'Deny',
          Action: 'bedrock:CallWithBearerToken',
          Resource: '*',
          Condition: { StringEquals: { 'bedrock:BearerTokenType': 'LONG_TERM' } },
        },
      ),
    );
    expect((await refusal(runtime(token).send(ask))).name).toBe('AccessDeniedException');
    const short = shortTermKey(user.clients);
    expect((await runtime(short).send(ask)).output?.message?.role).toBe('assistant');
  });

  it('is refused once it is inactive, deleted with its user, or over', async () => {
    const { token, id } = await longTermKey('jack', allow('bedrock:*'));
    await runtime(token).send(ask);
    const set = (Status: 'Active' | 'Inactive') =>
      people.iam.send(
        new UpdateServiceSpecificCredentialCommand({ UserName: 'jack', ServiceSpecificCredentialId: id, Status }),
      );
    await set('Inactive');
    expect(await refusal(runtime(token).send(ask))).toMatchObject({ name: 'AccessDeniedException', status: 403 });
    await set('Active');
    await runtime(token).send(ask);
    await outcrop.clock.advance(31 * 86_400_000);
    expect(await refusal(runtime(token).send(ask))).toMatchObject({
      name: 'AccessDeniedException',
      message: expect.stringContaining('expired'),
    });
    await outcrop.clock.freeze();
    await outcrop.clock.run();
  });

  it('that was made up, cut, or signed for another host or by another secret is refused', async () => {
    const { credentials } = outcrop.clients;
    const good = shortTermKey(outcrop.clients);
    expect((await runtime(good).send(ask)).output).toBeDefined();
    const forged = shortTermKey({ ...outcrop.clients, credentials: { ...credentials, secretAccessKey: 'other' } });
    for (const token of [
      'ABSKmadeup',
      'bedrock-api-key-',
      'bedrock-api-key-%%%%',
      good.slice(0, -9),
      forged,
      shortTermKey(outcrop.clients, { host: 'sts.amazonaws.com' }),
      shortTermKey(outcrop.clients, { expiresIn: 13 * 3_600 }),
    ])
      expect(await refusal(runtime(token).send(ask)), token).toMatchObject({
        name: expect.stringMatching(/AccessDeniedException|UnrecognizedClientException|InvalidSignatureException/),
        status: 403,
      });
  });

  it('is printed by `outcrop api-key`, for a user or a session, for as long and for the region that it is told', async () => {
    const printed = async (credentials: Partial<Record<string, string | undefined>>, ...args: string[]) => {
      const env = {
        ...process.env,
        AWS_ACCESS_KEY_ID: credentials['accessKeyId'],
        AWS_SECRET_ACCESS_KEY: credentials['secretAccessKey'],
        AWS_SESSION_TOKEN: credentials['sessionToken'],
      };
      const run = await promisify(execFile)(
        process.execPath,
        ['--import', 'tsx', 'cli/outcrop.ts', 'api-key', ...args],
        {
          env,
        },
      );
      return run.stdout.trim();
    };
    const { credentials } = (await people.user('jules', allow('bedrock:*'))).clients;
    const token = await printed(credentials, '--region', outcrop.region);
    expect((await runtime(token).send(ask)).output?.message?.role).toBe('assistant');
    const url = Buffer.from(token.replace('bedrock-api-key-', ''), 'base64').toString();
    expect(url).toContain('X-Amz-Expires=43200&');
    const hour = await printed(credentials, '--region', 'eu-west-1', '--hours', '1');
    expect(Buffer.from(hour.replace('bedrock-api-key-', ''), 'base64').toString()).toMatch(
      /eu-west-1%2Fbedrock.*X-Amz-Expires=3600&/,
    );
    await expect(printed(credentials, '--hours', '13')).rejects.toThrow('from 1 second to 12 hours');
    await expect(printed(credentials, '--hours', 'long')).rejects.toThrow('--hours takes a number');
  });

  it('may be anything on a stack that is open', async () => {
    const open = await startForTests({ auth: 'open' });
    const client = new BedrockRuntimeClient({
      endpoint: open.endpoint,
      region: open.region,
      token: { token: 'whatever' },
      authSchemePreference: ['httpBearerAuth'],
    });
    expect((await client.send(ask)).output?.message?.role).toBe('assistant');
  });

  it('opens nothing but Bedrock', async () => {
    const { token } = await longTermKey('june', allow('*'));
    const response = await fetch(`${outcrop.endpoint}/`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'x-amz-target': 'TrentService.ListKeys',
        'content-type': 'application/x-amz-json-1.1',
      },
      body: '{}',
    });
    expect(response.status).toBe(400);
    expect(await response.text()).toContain('API keys are for Amazon Bedrock');
  });
});
