import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam';
import { startForTests, testSeed } from '../../../tests/start.ts';
import { generator } from '../../kernel/ids.ts';

/** A stack with a frozen clock, and what the tests of this service do over and over. */
export const ACCOUNT = '000000000000';

export type Statement = Record<string, unknown>;

/** A policy document. */
export const documentOf = (...Statement: Statement[]) => JSON.stringify({ Version: '2012-10-17', Statement });
export const allow = (Action: string | string[], Resource: string | string[] = '*', more: Statement = {}) =>
  documentOf({ Effect: 'Allow', Action, Resource, ...more });
export const trustOf = (Principal: unknown, more: Statement = {}) =>
  documentOf({ Effect: 'Allow', Action: 'sts:AssumeRole', Principal, ...more });

export async function openIam(name: string, frozenAt = '2031-05-05T12:00:00Z') {
  const random = generator(testSeed(`iam ${name}`));
  const outcrop = await startForTests({ clock: { frozenAt: new Date(frozenAt) } });
  const iam = new IAMClient({ ...outcrop.clients, maxAttempts: 1 });
  const integer = (min: number, max: number) => min + Math.floor(random() * (max - min + 1));
  let serial = 0;
  return {
    random,
    outcrop,
    iam,
    integer,
    pick: <T>(list: readonly T[]): T => list[integer(0, list.length - 1)]!,
    /** A name that no other test has. */
    fresh: (prefix: string) => `${prefix}-${serial++}-${integer(1, 1e9)}`,
    nowMs: () => outcrop.clock.now().getTime(),
    /** A user with keys of its own, what it may, and the settings of clients that sign as it. */
    async actor(UserName: string, PolicyDocument?: string) {
      const { User } = await iam.send(new CreateUserCommand({ UserName }));
      if (PolicyDocument !== undefined)
        await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'own', PolicyDocument }));
      const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
      const credentials = { accessKeyId: AccessKey!.AccessKeyId!, secretAccessKey: AccessKey!.SecretAccessKey! };
      return { user: User!, clients: { ...outcrop.clients, credentials } };
    },
  };
}

/** The error that a call is answered with. */
export async function refusal(call: Promise<unknown>): Promise<{ name: string; message: string; status: number }> {
  try {
    await call;
  } catch (thrown) {
    const error = thrown as Error & { $metadata?: { httpStatusCode: number } };
    return { name: error.name, message: error.message, status: error.$metadata!.httpStatusCode };
  }
  throw new Error('the call succeeded');
}
