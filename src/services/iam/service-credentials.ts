import { IAMServiceException, ServiceNotSupportedException } from '@aws-sdk/client-iam';
import { randomBytes } from 'node:crypto';
import type { Call } from '../../kernel/call.ts';
import { AwsError } from '../../kernel/errors.ts';
import { users, type User } from '../../kernel/principals/records.ts';
import {
  secretHash,
  serviceCredentials,
  serviceCredentialSecrets,
  type ServiceCredential,
} from '../../kernel/principals/service-credentials.ts';
import type { Access } from '../../kernel/access.ts';
import type { Handlers } from '../../kernel/service.ts';
import type { Reader, Transaction } from '../../kernel/store/store.ts';
import { iamArn, newId } from './arns.ts';
import { SERVICE_CREDENTIALS_PER_USER_MAX } from './credential-limits.ts';
import { invalidInput, noSuchEntity, overQuota } from './errors.ts';
import { onOwner, openOwner, openUserOwner } from './owner.ts';
import { pageOf } from './paging.ts';
import { isInactive, statusOf } from './status.ts';

type Iam = Handlers<typeof import('@aws-sdk/client-iam')>;

/** What a service's credentials are. Source: IAM User Guide, "Service-specific credentials" and "API keys for AWS services". */
const SERVICES: Readonly<Record<string, 'password' | { keyPrefix: string }>> = {
  'codecommit.amazonaws.com': 'password',
  'cassandra.amazonaws.com': 'password',
  // An Amazon Bedrock API key is `ABSK` and Base64 of `<alias>:<secret>`.
  'bedrock.amazonaws.com': { keyPrefix: 'ABSK' },
};

const DAY_MS = 86_400_000;

const ofUser = async (reader: Reader, { account, id }: Pick<User, 'account' | 'id'>): Promise<ServiceCredential[]> =>
  (await reader.range(serviceCredentials, [account, id])).map(({ value }) => value);

const expired = (call: Call, { expiresAtMs }: ServiceCredential) =>
  expiresAtMs !== undefined && expiresAtMs <= call.kernel.clock.now();

const metadata = (call: Call, user: User, credential: ServiceCredential) => ({
  UserName: user.name,
  Status: expired(call, credential) ? ('Expired' as const) : statusOf(credential),
  [SERVICES[credential.service] === 'password' ? 'ServiceUserName' : 'ServiceCredentialAlias']: credential.alias,
  CreateDate: new Date(credential.createdAtMs),
  ...(credential.expiresAtMs === undefined ? {} : { ExpirationDate: new Date(credential.expiresAtMs) }),
  ServiceSpecificCredentialId: credential.id,
  ServiceName: credential.service,
});

/** A new secret of the kind that the service uses; told this once. */
function newSecret(
  service: string,
  alias: string,
): { secret: string; member: { ServicePassword: string } | { ServiceCredentialSecret: string } } {
  const kind = SERVICES[service]!;
  const secret = randomBytes(32).toString('base64');
  if (kind === 'password') return { secret, member: { ServicePassword: secret } };
  const key = kind.keyPrefix + Buffer.from(`${alias}:${secret}`).toString('base64');
  return { secret: key, member: { ServiceCredentialSecret: key } };
}

/** Makes a credential for one service: `jane-at-123456789012`, the next `jane+1-at-123456789012`. */
export const CreateServiceSpecificCredential: Iam['CreateServiceSpecificCredential'] = async (call, input) => {
  const service = input.ServiceName!;
  if (!Object.hasOwn(SERVICES, service))
    throw new ServiceNotSupportedException({
      message: `No such service ${service} is supported for Service Specific Credentials`,
      $metadata: {},
    });
  const days = input.CredentialAgeDays;
  if (days !== undefined && SERVICES[service] === 'password')
    throw invalidInput(`CredentialAgeDays is not supported for ${service}.`);
  const id = newId(call.kernel, 'ACCA');
  const now = call.kernel.clock.now();
  return call.kernel.store.transact(async (tx) => {
    const user = await openUserOwner(call, input.UserName, tx);
    const standing = (await ofUser(tx, user)).filter((credential) => credential.service === service);
    if (standing.length >= SERVICE_CREDENTIALS_PER_USER_MAX)
      throw overQuota('ServiceSpecificCredentialsPerUser', SERVICE_CREDENTIALS_PER_USER_MAX);
    const aliases = new Set(standing.map(({ alias }) => alias));
    const alias = ['', '+1', '+2']
      .map((suffix) => `${user.name}${suffix}-at-${call.account}`)
      .find((name) => !aliases.has(name))!;
    const { secret, member } = newSecret(service, alias);
    const credential: ServiceCredential = {
      account: call.account,
      id,
      userId: user.id,
      service,
      alias,
      secretHash: secretHash(secret),
      createdAtMs: now,
      ...(days === undefined ? {} : { expiresAtMs: now + days * DAY_MS }),
    };
    put(tx, credential);
    return { ServiceSpecificCredential: { ...metadata(call, user, credential), ...member } };
  });
};

/** Credentials of a user, of the caller, or of all users for one service. */
export const ListServiceSpecificCredentials: Iam['ListServiceSpecificCredentials'] = async (call, input) => {
  const { store } = call.kernel;
  const wanted = ({ service }: ServiceCredential) => input.ServiceName === undefined || service === input.ServiceName;
  const found: { user: User; credential: ServiceCredential }[] = [];
  const add = (user: User, credentials: ServiceCredential[]) =>
    found.push(...credentials.filter(wanted).map((credential) => ({ user, credential })));
  if (input.AllUsers) {
    if (input.UserName !== undefined) throw invalidInput('AllUsers cannot be specified together with UserName.');
    const byId = new Map<string, User>();
    for await (const { value } of store.all(users, [call.account])) byId.set(value.id, value);
    for await (const { value } of store.all(serviceCredentials, [call.account])) {
      const user = byId.get(value.userId);
      if (user) add(user, [value]);
    }
  } else {
    const user = await openUserOwner(call, input.UserName);
    add(user, await ofUser(store, user));
  }
  const { items, paging } = pageOf(found, input);
  return {
    ServiceSpecificCredentials: items.map(({ user, credential }) => metadata(call, user, credential)),
    ...paging,
  };
};

export const UpdateServiceSpecificCredential: Iam['UpdateServiceSpecificCredential'] = async (call, input) => {
  const inactive = isInactive(input.Status);
  await change(call, input, (tx, _user, { inactive: _inactive, ...credential }) =>
    put(tx, inactive ? { ...credential, inactive } : credential),
  );
  return {};
};

/** Gives the credential another secret; the former is worth nothing at once. */
export const ResetServiceSpecificCredential: Iam['ResetServiceSpecificCredential'] = (call, input) =>
  change(call, input, (tx, user, credential) => {
    const { secret, member } = newSecret(credential.service, credential.alias);
    tx.delete(serviceCredentialSecrets, [credential.secretHash]);
    const next = { ...credential, secretHash: secretHash(secret) };
    put(tx, next);
    return { ServiceSpecificCredential: { ...metadata(call, user, next), ...member } };
  });

export const DeleteServiceSpecificCredential: Iam['DeleteServiceSpecificCredential'] = async (call, input) => {
  await change(call, input, (tx, user, credential) => {
    tx.delete(serviceCredentials, [call.account, user.id, credential.id]);
    tx.delete(serviceCredentialSecrets, [credential.secretHash]);
  });
  return {};
};

function put(tx: Transaction, credential: ServiceCredential): void {
  const key: [string, string, string] = [credential.account, credential.userId, credential.id];
  tx.put(serviceCredentials, key, credential);
  tx.put(serviceCredentialSecrets, [credential.secretHash], key);
}

async function change<R>(
  call: Call,
  input: { UserName?: string | undefined; ServiceSpecificCredentialId: string | undefined },
  next: (tx: Transaction, user: User, credential: ServiceCredential) => R,
): Promise<R> {
  const id = input.ServiceSpecificCredentialId!;
  return call.kernel.store.transact(async (tx) => {
    const user = await openUserOwner(call, input.UserName, tx);
    const credential = await tx.get(serviceCredentials, [call.account, user.id, id]);
    if (!credential) throw noSuchEntity(`No such credential ${id} exists`);
    return next(tx, user, credential);
  });
}

/** On the user, with the service that the credential is for. */
export async function onServiceCredential(
  call: Call,
  input: {
    UserName?: string | undefined;
    ServiceName?: string | undefined;
    CredentialAgeDays?: number | undefined;
    ServiceSpecificCredentialId?: string | undefined;
    AllUsers?: boolean | undefined;
  },
): Promise<Access[]> {
  // Those of all users are not for who may see its own.
  if (input.AllUsers) return [{ action: `iam:${call.operation}`, resource: iamArn(call, 'user', '*') }];
  let service = input.ServiceName;
  if (input.ServiceSpecificCredentialId !== undefined) {
    // Of whom there is not, the operation says so once the permission is given.
    const owner = await openOwner(call, input.UserName).catch((error: unknown) => {
      if (error instanceof IAMServiceException || error instanceof AwsError) return undefined;
      throw error;
    });
    const key = owner && [call.account, owner.id, input.ServiceSpecificCredentialId];
    service = key && (await call.kernel.store.get(serviceCredentials, key))?.service;
  }
  return onOwner(call, input, {
    'iam:servicespecificcredentialservicename': service,
    'iam:servicespecificcredentialagedays': input.CredentialAgeDays,
  });
}

export const hasServiceCredentials = async (reader: Reader, user: User): Promise<boolean> =>
  (await reader.range(serviceCredentials, [user.account, user.id], { limit: 1 })).length > 0;
