import {
  CreateAccessKeyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  IAMClient,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam';
import type { Credentials } from '@aws-sdk/client-sts';
import type { Outcrop } from '../src/main.ts';

/** Users, roles and sessions, as tests of who may do what need them. */
export const ACCOUNT = '000000000000';

type Statement = Record<string, unknown>;

export const policy = (...Statement: Statement[]) => JSON.stringify({ Version: '2012-10-17', Statement });
export const allow = (Action: string | string[], Resource: string | string[] = '*', more: Statement = {}) =>
  policy({ Effect: 'Allow', Action, Resource, ...more });
/** A trust policy. */
export const trust = (Principal: unknown, more: Statement = {}) =>
  policy({ Effect: 'Allow', Action: 'sts:AssumeRole', Principal, ...more });

export function identities(outcrop: Outcrop) {
  const iam = new IAMClient(outcrop.clients);
  /** Settings of clients that sign with a session's credentials. */
  const as = (credentials: Credentials | undefined) => ({
    ...outcrop.clients,
    maxAttempts: 1,
    credentials: {
      accessKeyId: credentials!.AccessKeyId!,
      secretAccessKey: credentials!.SecretAccessKey!,
      sessionToken: credentials!.SessionToken!,
    },
  });
  return {
    iam,
    as,
    /** A user with a key of its own. */
    async user(UserName: string, PolicyDocument?: string) {
      const { User } = await iam.send(new CreateUserCommand({ UserName }));
      if (PolicyDocument !== undefined)
        await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'own', PolicyDocument }));
      const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
      const credentials = { accessKeyId: AccessKey!.AccessKeyId!, secretAccessKey: AccessKey!.SecretAccessKey! };
      return {
        name: UserName,
        arn: User!.Arn!,
        id: User!.UserId!,
        clients: { ...outcrop.clients, maxAttempts: 1, credentials },
      };
    },
    async role(
      RoleName: string,
      AssumeRolePolicyDocument: string,
      PolicyDocument?: string,
      more: { Path?: string; MaxSessionDuration?: number; Tags?: { Key: string; Value: string }[] } = {},
    ) {
      const { Role } = await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument, ...more }));
      if (PolicyDocument !== undefined)
        await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'own', PolicyDocument }));
      return { name: RoleName, arn: Role!.Arn!, id: Role!.RoleId! };
    },
  };
}

/** The error that a call is answered with. */
export async function refusal(call: Promise<unknown>): Promise<{ name: string; message: string; status: number }> {
  try {
    await call;
  } catch (thrown) {
    const error = thrown as Error & { $metadata?: { httpStatusCode: number } };
    if (!error.$metadata) throw thrown;
    return { name: error.name, message: error.message, status: error.$metadata.httpStatusCode };
  }
  throw new Error('the call succeeded');
}
