import { AccountAlreadyClosedException, ConflictException } from '@aws-sdk/client-organizations';
import { touch } from '../../kernel/principals/principals.ts';
import { accounts } from '../../kernel/principals/records.ts';
import type { Handlers, ServiceJob } from '../../kernel/service.ts';
import { findMember } from './accounts.ts';
import { openOrganization } from './callers.ts';
import { constraint, text } from './errors.ts';
import { eventTime, publish } from './events.ts';
import { CLOSURE_DAYS, CLOSURE_WINDOW_DAYS, CLOSURES_MAX, CLOSURES_MIN, CLOSURES_SHARE, DAY_MS } from './limits.ts';
import { depart } from './membership.ts';
import { closures, delegations, members, states } from './records.ts';
import { needAllFeatures } from './organization.ts';

type Organizations = Handlers<typeof import('@aws-sdk/client-organizations')>;
type Closure = { organization: string; account: string };

/** Closures out of the window that one call forgets. */
const FORGOTTEN_MAX = 10;

/** Begins to close a member: a job suspends it, and 90 days later it is gone. */
export const CloseAccount: Organizations['CloseAccount'] = async (call, input) => {
  const { kernel } = call;
  await kernel.store.transact(async (tx) => {
    const organization = await openOrganization(call, tx);
    needAllFeatures(organization);
    const member = await findMember(tx, organization, input.AccountId!);
    if (member.account === organization.managementAccount)
      throw constraint('CANNOT_CLOSE_MANAGEMENT_ACCOUNT', 'You attempted to close the management account.');
    if (member.closing === 'PENDING_CLOSURE')
      throw new ConflictException(
        text('The request failed because it conflicts with the current state of the specified resource.'),
      );
    if (member.closing !== undefined)
      throw new AccountAlreadyClosedException(text('You attempted to close an account that is already closed.'));
    if ((await tx.range(delegations, [organization.id, member.account], { limit: 1 })).length > 0)
      throw constraint(
        'CANNOT_REMOVE_DELEGATED_ADMINISTRATOR_FROM_ORG',
        'You cannot close an account that is registered as a delegated administrator for a service integrated with your organization.',
      );
    const nowMs = kernel.clock.now();
    const share = Math.floor((organization.accounts - 1) * CLOSURES_SHARE);
    const quota = Math.min(Math.max(CLOSURES_MIN, share), CLOSURES_MAX);
    const since = nowMs - CLOSURE_WINDOW_DAYS * DAY_MS;
    for (const { key } of await tx.range(closures, [organization.id], { limit: FORGOTTEN_MAX }))
      if ((key[1] as number) < since) tx.delete(closures, key);
    const recent = await tx.range(closures, [organization.id], {
      from: [organization.id, since],
      limit: quota,
    });
    if (recent.length >= quota)
      throw constraint('CLOSE_ACCOUNT_QUOTA_EXCEEDED', 'You have exceeded close account quota for the past 30 days.');
    tx.put(closures, [organization.id, nowMs, member.account], true);
    tx.put(members, [organization.id, member.account], { ...member, closing: 'PENDING_CLOSURE' });
    await kernel.jobs.submit(tx, {
      kind: 'organizations/account-closure',
      input: { organization: organization.id, account: member.account },
    });
  });
  return {};
};

/** Suspends the account: from then on its credentials are refused. */
export const accountClosureJob: ServiceJob<Closure> = {
  async run({ job, kernel }) {
    const { organization: id, account } = job.input;
    await kernel.store.transact(async (tx) => {
      const organization = await tx.get(states, [id]);
      const member = await tx.get(members, [id, account]);
      const record = await tx.get(accounts, [account]);
      if (!organization || !record || member?.closing !== 'PENDING_CLOSURE') return;
      const nowMs = kernel.clock.now();
      tx.put(members, [id, account], { ...member, closing: 'SUSPENDED' });
      tx.put(accounts, [account], { ...record, closedAtMs: nowMs });
      await touch(tx);
      await kernel.jobs.submit(tx, {
        kind: 'organizations/account-removal',
        input: job.input,
        runAtMs: nowMs + CLOSURE_DAYS * DAY_MS,
      });
      await publish(kernel, tx, organization.managementAccount, 'CloseAccountResult', {
        closeAccountStatus: {
          accountId: account,
          state: 'SUCCEEDED',
          requestedTimestamp: eventTime(job.createdAtMs),
          completedTimestamp: eventTime(nowMs),
        },
      });
    });
  },
};

/** Takes a closed account off its organization for good. */
export const accountRemovalJob: ServiceJob<Closure> = {
  async run({ job, kernel }) {
    await kernel.store.transact(async (tx) => {
      const organization = await tx.get(states, [job.input.organization]);
      const member = await tx.get(members, [job.input.organization, job.input.account]);
      if (!organization || member?.closing !== 'SUSPENDED') return;
      await depart(kernel, tx, organization, member.account, 'CLEANED');
    });
  },
};
