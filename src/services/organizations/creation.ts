import {
  CreateAccountStatusNotFoundException,
  type CreateAccountFailureReason,
  type CreateAccountStatus,
} from '@aws-sdk/client-organizations';
import type { Kernel } from '../../kernel/kernel.ts';
import { touch } from '../../kernel/principals/principals.ts';
import { accounts } from '../../kernel/principals/records.ts';
import type { Handlers, ServiceJob } from '../../kernel/service.ts';
import type { Reader, Transaction } from '../../kernel/store/store.ts';
import { openOrganization } from './callers.ts';
import { constraint, invalidInput, text } from './errors.ts';
import { eventTime, publish } from './events.ts';
import { newAccountId, newCreationId } from './ids.ts';
import { ACCOUNTS_MAX, CREATION_SHOWN_DAYS, CREATIONS_IN_PROGRESS_MAX, DAY_MS } from './limits.ts';
import { join } from './membership.ts';
import { pageOf, pageOfList } from './paging.ts';
import { accountOfEmail } from './profiles.ts';
import { creations, creationsInProgress, emails, states, type Creation } from './records.ts';
import { makeAccessRole } from './roles.ts';
import { withTags } from './tags.ts';

type Organizations = Handlers<typeof import('@aws-sdk/client-organizations')>;

const ROLE_NAME_DEFAULT = 'OrganizationAccountAccessRole';
const CREATIONS_LISTED_MAX = 5_000;

/** What an address may be beside the form that every one has. Source: API Reference, CreateAccount. */
function isEmail(email: string): boolean {
  const [local = '', domain = '', ...rest] = email.split('@');
  return (
    rest.length === 0 &&
    /^[\x21-\x7e]+$/.test(email) &&
    !/[\s"'()<>[\]:;,\\|%&]/.test(local) &&
    !local.startsWith('.') &&
    /^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/.test(domain) &&
    domain.includes('.')
  );
}

function describe(creation: Creation): CreateAccountStatus {
  return {
    Id: creation.id,
    AccountName: creation.name,
    State: creation.state,
    RequestedTimestamp: new Date(creation.requestedAtMs),
    ...(creation.completedAtMs === undefined ? {} : { CompletedTimestamp: new Date(creation.completedAtMs) }),
    ...(creation.account === undefined ? {} : { AccountId: creation.account }),
    ...(creation.failure === undefined ? {} : { FailureReason: creation.failure }),
  };
}

/** Begins to make an account that is a member from the start; a job does it. */
export const CreateAccount: Organizations['CreateAccount'] = async (call, input) => {
  const { kernel } = call;
  const roleName = input.RoleName ?? ROLE_NAME_DEFAULT;
  if (roleName.startsWith('AWSServiceRoleFor'))
    throw invalidInput('INVALID_ROLE_NAME', "A role name can't begin with the reserved prefix AWSServiceRoleFor.");
  const tags = withTags({}, input.Tags);
  return kernel.store.transact(async (tx) => {
    const organization = await openOrganization(call, tx);
    const inProgress = await tx.range(creationsInProgress, [organization.id], { limit: CREATIONS_IN_PROGRESS_MAX });
    if (inProgress.length >= CREATIONS_IN_PROGRESS_MAX)
      throw constraint(
        'ACCOUNT_CREATION_RATE_LIMIT_EXCEEDED',
        'You attempted to exceed the number of accounts that can be in progress at a time.',
      );
    if (organization.accounts + inProgress.length >= ACCOUNTS_MAX)
      throw constraint('ACCOUNT_NUMBER_LIMIT_EXCEEDED', 'You have exceeded the allowed number of AWS accounts.');
    const creation: Creation = {
      id: newCreationId(kernel.ids),
      organization: organization.id,
      name: input.AccountName!,
      email: input.Email!,
      roleName,
      tags,
      state: 'IN_PROGRESS',
      requestedAtMs: kernel.clock.now(),
    };
    tx.put(creations, [organization.id, creation.id], creation);
    tx.put(creationsInProgress, [organization.id, creation.id], true);
    await kernel.jobs.submit(tx, {
      kind: 'organizations/account-creation',
      id: creation.id,
      input: { organization: organization.id, creation: creation.id },
    });
    return { CreateAccountStatus: describe(creation) };
  });
};

type CreationInput = { organization: string; creation: string };

/** Makes the account, its place in the tree and its roles in one go; runs again harmlessly. */
export const accountCreationJob: ServiceJob<CreationInput> = {
  async run({ job, kernel }) {
    const { organization, creation } = job.input;
    await kernel.store.transact(async (tx) => {
      const asked = await tx.get(creations, [organization, creation]);
      if (!asked || asked.state !== 'IN_PROGRESS') return;
      const failure = await reasonAgainst(tx, asked);
      if (failure) return conclude(kernel, tx, { ...asked, state: 'FAILED', failure });
      const account = await make(kernel, tx, asked);
      await conclude(kernel, tx, { ...asked, state: 'SUCCEEDED', account });
    });
  },
  async ended(tx, { input, state, endedAtMs }) {
    if (state === 'completed') return;
    const asked = await tx.get(creations, [input.organization, input.creation]);
    if (asked?.state !== 'IN_PROGRESS') return;
    tx.put(creations, [asked.organization, asked.id], {
      ...asked,
      state: 'FAILED',
      failure: 'INTERNAL_FAILURE',
      completedAtMs: endedAtMs ?? asked.requestedAtMs,
    });
    tx.delete(creationsInProgress, [asked.organization, asked.id]);
  },
};

async function reasonAgainst(tx: Transaction, asked: Creation): Promise<CreateAccountFailureReason | undefined> {
  const organization = await tx.get(states, [asked.organization]);
  if (!organization) return 'INTERNAL_FAILURE';
  if (!isEmail(asked.email)) return 'INVALID_EMAIL';
  if (await accountOfEmail(tx, asked.email)) return 'EMAIL_ALREADY_EXISTS';
  return organization.accounts >= ACCOUNTS_MAX ? 'ACCOUNT_LIMIT_EXCEEDED' : undefined;
}

async function make(kernel: Kernel, tx: Transaction, asked: Creation): Promise<string> {
  const organization = (await tx.get(states, [asked.organization]))!;
  const nowMs = kernel.clock.now();
  const id = await freeAccountId(kernel, tx);
  tx.put(accounts, [id], { id, name: asked.name, email: asked.email, createdAtMs: nowMs });
  tx.put(emails, [asked.email.toLowerCase()], id);
  await join(kernel, tx, organization, id, 'CREATED', asked.tags);
  const where = { tx, ids: kernel.ids, nowMs, partition: organization.partition };
  await makeAccessRole(where, id, asked.roleName, organization.managementAccount);
  await touch(tx);
  return id;
}

async function freeAccountId(kernel: Kernel, tx: Transaction): Promise<string> {
  for (;;) {
    const id = newAccountId(kernel.ids);
    if (id !== kernel.principals.root.principal.account && !(await tx.get(accounts, [id]))) return id;
  }
}

async function conclude(kernel: Kernel, tx: Transaction, outcome: Creation): Promise<void> {
  const creation = { ...outcome, completedAtMs: kernel.clock.now() };
  tx.put(creations, [creation.organization, creation.id], creation);
  tx.delete(creationsInProgress, [creation.organization, creation.id]);
  await kernel.jobs.submit(tx, {
    kind: 'organizations/creation-removal',
    id: creation.id,
    input: { organization: creation.organization, creation: creation.id },
    runAtMs: creation.completedAtMs + CREATION_SHOWN_DAYS * DAY_MS,
  });
  const organization = await tx.get(states, [creation.organization]);
  if (!organization) return;
  await publish(kernel, tx, organization.managementAccount, 'CreateAccountResult', {
    createAccountStatus: {
      id: creation.id,
      state: creation.state,
      accountName: '****',
      ...(creation.account === undefined ? {} : { accountId: creation.account }),
      ...(creation.failure === undefined ? {} : { failureReason: creation.failure }),
      requestedTimestamp: eventTime(creation.requestedAtMs),
      completedTimestamp: eventTime(creation.completedAtMs),
    },
  });
}

/** A request that ended long ago is shown no more. */
export const creationRemovalJob: ServiceJob<CreationInput> = {
  async run({ job, kernel }) {
    const { organization, creation } = job.input;
    await kernel.store.transact((tx) => tx.delete(creations, [organization, creation]));
  },
};

export const DescribeCreateAccountStatus: Organizations['DescribeCreateAccountStatus'] = async (call, input) => {
  const organization = await openOrganization(call);
  const creation = await call.kernel.store.get(creations, [organization.id, input.CreateAccountRequestId!]);
  if (!creation)
    throw new CreateAccountStatusNotFoundException(
      text("You specified an account creation request that doesn't exist."),
    );
  return { CreateAccountStatus: describe(creation) };
};

/** Requests in the states asked for, or all. */
export const ListCreateAccountStatus: Organizations['ListCreateAccountStatus'] = async (call, input) => {
  const { store } = call.kernel;
  const organization = await openOrganization(call);
  if (!input.States?.length) {
    const { entries, next } = await pageOf(store, creations, [organization.id], input);
    return { CreateAccountStatuses: entries.map(({ value }) => describe(value)), ...next };
  }
  const found = await all(store, organization.id);
  const { items, next } = pageOfList(
    found.filter(({ state }) => input.States!.includes(state)),
    input,
  );
  return { CreateAccountStatuses: items.map(describe), ...next };
};

const all = async (reader: Reader, organization: string) =>
  (await reader.range(creations, [organization], { limit: CREATIONS_LISTED_MAX })).map(({ value }) => value);
