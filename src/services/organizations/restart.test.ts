import {
  CloseAccountCommand,
  CreateAccountCommand,
  CreateOrganizationCommand,
  DescribeAccountCommand,
  DescribeCreateAccountStatusCommand,
  ListAccountsCommand,
  OrganizationsClient,
} from '@aws-sdk/client-organizations';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { accountsOf } from '../../../tests/accounts.ts';
import { startForTests } from '../../../tests/start.ts';
import { CLOSURE_DAYS, DAY_MS } from './limits.ts';
import { refusal } from './organizations.fixture.ts';

it('An account that was asked for, and one that was closed, before a stack stopped are seen to by the next one over its data', async () => {
  const data = mkdtempSync(join(tmpdir(), 'outcrop-organizations-'));
  afterAll(() => rmSync(data, { recursive: true, force: true }));
  const first = await startForTests({ ephemeral: false, data });
  const before = new OrganizationsClient(first.clients);
  await before.send(new CreateOrganizationCommand({}));
  const closed = await accountsOf(first).createAccount();
  await before.send(new CloseAccountCommand({ AccountId: closed }));
  const asked = new CreateAccountCommand({ AccountName: 'late', Email: 'late@example.org' });
  const { CreateAccountStatus } = await before.send(asked);
  await first.stop();

  const second = await startForTests({ ephemeral: false, data });
  const after = new OrganizationsClient(second.clients);
  await second.clock.advance(0);
  const describe = new DescribeCreateAccountStatusCommand({ CreateAccountRequestId: CreateAccountStatus!.Id! });
  const { CreateAccountStatus: status } = await after.send(describe);
  expect(status!.State).toBe('SUCCEEDED');
  const { Account } = await after.send(new DescribeAccountCommand({ AccountId: closed }));
  expect(Account!.State).toBe('SUSPENDED');
  await second.clock.advance(CLOSURE_DAYS * DAY_MS);
  expect((await refusal(after.send(new DescribeAccountCommand({ AccountId: closed })))).name).toBe(
    'AccountNotFoundException',
  );
  const { Accounts } = await after.send(new ListAccountsCommand({}));
  expect(Accounts!.map(({ Id }) => Id)).toContain(status!.AccountId);
  expect(Accounts).toHaveLength(2);
});
