import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { generator } from '../../kernel/ids.ts';
import type { ServiceDefinition } from '../../kernel/service.ts';
import { startForTests, testSeed } from '../../../tests/start.ts';
import { serveWith } from '../../../tests/wire/every-client.ts';

/** A stack with a frozen clock, and what the tests of this service do over and over. */
export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;
type Extra = NonNullable<NonNullable<Parameters<typeof startForTests>[1]>['extraServices']>;
const CHARACTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789äß漢🔑 {}":,';

export async function openSecrets(name: string, extraServices?: Extra, frozenAt = '2031-05-05T12:00:00Z') {
  const random = generator(testSeed(`secrets-manager ${name}`));
  const outcrop = await startForTests(
    { clock: { frozenAt: new Date(frozenAt) } },
    extraServices ? { extraServices } : {},
  );
  const secrets = new SecretsManagerClient({ ...outcrop.clients, maxAttempts: 1 });
  const integer = (min: number, max: number) => min + Math.floor(random() * (max - min + 1));
  let serial = 0;
  const text = (length = integer(1, 60)) =>
    Array.from({ length }, () => Array.from(CHARACTERS)[integer(0, Array.from(CHARACTERS).length - 1)]).join('');
  return {
    outcrop,
    secrets,
    random,
    integer,
    text,
    /** A client in another region. */
    inRegion: (region: string) => new SecretsManagerClient({ ...outcrop.clients, region, maxAttempts: 1 }),
    newName: (prefix = 'app') => `${prefix}/${serial++}/${integer(1, 1e9)}`,
    async make(more: { value?: string; name?: string; tags?: Record<string, string>; description?: string } = {}) {
      const { value = text(), name: Name = `app/${serial++}/${integer(1, 1e9)}`, tags, description } = more;
      const made = await secrets.send(
        new CreateSecretCommand({
          Name,
          SecretString: value,
          ...(description === undefined ? {} : { Description: description }),
          ...(tags ? { Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) } : {}),
        }),
      );
      return { arn: made.ARN!, name: Name, value, versionId: made.VersionId! };
    },
    nowMs: () => outcrop.clock.now().getTime(),
  };
}

export type Step = { Step: string; SecretId: string; ClientRequestToken: string; RotationToken: string };
/** A function of the test's: what it throws is its failure. */
export type LambdaFunction = (event: Step) => Promise<unknown>;

/**
 * AWS Lambda, as far as Secrets Manager needs it: functions that run in this process, each with a policy that lets Secrets Manager in for
 * secrets of the account. Everything else of it is as unbuilt as ever.
 */
export function lambdaWith(functions: Map<string, LambdaFunction>, grants = true): Extra[number] {
  const { entry } = serveWith('lambda', { answer: () => undefined });
  const definition: ServiceDefinition = {
    sdk: 'lambda',
    operations: {
      async Invoke(_call: unknown, input: { FunctionName: string; InvocationType: string; Payload?: Uint8Array }) {
        const run = functions.get(input.FunctionName)!;
        if (input.InvocationType === 'DryRun') return { StatusCode: 204 };
        try {
          const result = await run(JSON.parse(Buffer.from(input.Payload!).toString()) as Step);
          return { StatusCode: 200, Payload: Buffer.from(JSON.stringify(result ?? null)) };
        } catch (error) {
          const { name, message } = error as Error;
          const payload = JSON.stringify({ errorMessage: message, errorType: name });
          return { StatusCode: 200, FunctionError: 'Unhandled', Payload: Buffer.from(payload) };
        }
      },
    },
    access: {
      Invoke: (_call: unknown, input: { FunctionName: string }) => [
        { action: 'lambda:InvokeFunction', resource: input.FunctionName },
      ],
    },
    resource: async (_call, { resource }) =>
      functions.has(resource)
        ? {
            owner: '000000000000',
            policies: grants ? [{ id: 'function', from: 'function', document: functionPolicy(resource) }] : [],
          }
        : undefined,
  };
  return { ...entry, service: async () => ({ service: definition }) };
}

const functionPolicy = (Resource: string) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: {
      Effect: 'Allow',
      Principal: { Service: 'secretsmanager.amazonaws.com' },
      Action: 'lambda:InvokeFunction',
      Resource,
      Condition: {
        StringEquals: { 'aws:SourceAccount': '000000000000' },
        ArnLike: { 'aws:SourceArn': 'arn:aws:secretsmanager:*:000000000000:secret:*' },
      },
    },
  });

export const functionArn = (name: string) => `arn:aws:lambda:us-east-1:000000000000:function:${name}`;
