import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  DeleteAccessKeyCommand,
  DeleteUserCommand,
  DeleteUserPolicyCommand,
  IAMClient,
  ListAccessKeysCommand,
  ListUserPoliciesCommand,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { isMissing } from '../../../aws/failure.ts';
import type { Credentials } from '../../../aws/session.ts';
import type { LabContext, Made } from '../frame/types.ts';

export const policyOf = (...Statement: Record<string, unknown>[]): string =>
  JSON.stringify({ Version: '2012-10-17', Statement });

/**
 * Does something as a user of the lab's own, who has these permissions alone. The user's key lives no longer than that, and is kept
 * nowhere.
 */
export async function asUser<T>(
  { send }: LabContext,
  UserName: string,
  PolicyDocument: string,
  act: (credentials: Credentials) => Promise<T>,
): Promise<T> {
  try {
    await send(IAMClient, CreateUserCommand, { UserName });
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'EntityAlreadyExistsException') throw error;
  }
  await send(IAMClient, PutUserPolicyCommand, { UserName, PolicyName: 'labs', PolicyDocument });
  const { AccessKey } = await send(IAMClient, CreateAccessKeyCommand, { UserName });
  const { AccessKeyId = '', SecretAccessKey = '' } = AccessKey ?? {};
  try {
    return await act({ accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey });
  } finally {
    await send(IAMClient, DeleteAccessKeyCommand, { UserName, AccessKeyId });
  }
}

/** Who takes on the learner's role: the account's root cannot, on AWS as here. */
export const CALLER = 'labs-caller';

/** Credentials of a session of a role, narrowed by `Policy` where there is one. Rejects with STS's error. */
export async function sessionOf(
  context: LabContext,
  role: string,
  credentials: Credentials,
  Policy?: string,
): Promise<Credentials> {
  const { Credentials: given } = await context.client(STSClient, credentials).send(
    new AssumeRoleCommand({
      RoleArn: `arn:aws:iam::${context.session.account}:role/${role}`,
      RoleSessionName: 'labs-check',
      ...(Policy === undefined ? {} : { Policy }),
    }),
  );
  return {
    accessKeyId: given!.AccessKeyId!,
    secretAccessKey: given!.SecretAccessKey!,
    sessionToken: given!.SessionToken!,
  };
}

/** Does something as a user who may take on roles of the lab and nothing else. */
export const asCaller = <T>(context: LabContext, role: string, act: (credentials: Credentials) => Promise<T>) =>
  asUser(
    context,
    CALLER,
    policyOf({
      Effect: 'Allow',
      Action: 'sts:AssumeRole',
      Resource: `arn:aws:iam::${context.session.account}:role/${role}`,
    }),
    act,
  );

/** What an operation answers, or undefined where there is no such thing. */
export async function found<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** A user of the lab, with policies and keys. */
export async function madeUser({ send }: LabContext, UserName: string): Promise<Made[]> {
  const policies = await found(send(IAMClient, ListUserPoliciesCommand, { UserName }));
  if (!policies) return [];
  return [
    {
      type: 'User',
      name: UserName,
      async remove() {
        const { AccessKeyMetadata = [] } = await send(IAMClient, ListAccessKeysCommand, { UserName });
        for (const { AccessKeyId } of AccessKeyMetadata)
          await send(IAMClient, DeleteAccessKeyCommand, { UserName, AccessKeyId: AccessKeyId! });
        for (const PolicyName of policies.PolicyNames ?? [])
          await send(IAMClient, DeleteUserPolicyCommand, { UserName, PolicyName });
        await send(IAMClient, DeleteUserCommand, { UserName });
      },
    },
  ];
}
