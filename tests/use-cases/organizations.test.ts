import { BedrockRuntimeClient, ConverseCommand, InvokeModelCommand } from '@aws-sdk/client-bedrock-runtime';
import { GlacierClient, ListVaultsCommand } from '@aws-sdk/client-glacier';
import { IAMClient, ListRolesCommand, ListUsersCommand } from '@aws-sdk/client-iam';
import { KMSClient, ListKeysCommand } from '@aws-sdk/client-kms';
import {
  AttachPolicyCommand,
  CreateOrganizationalUnitCommand,
  CreateOrganizationCommand,
  CreatePolicyCommand,
  DescribeAccountCommand,
  DetachPolicyCommand,
  ListAccountsForParentCommand,
  ListChildrenCommand,
  ListParentsCommand,
  ListPoliciesForTargetCommand,
  ListRootsCommand,
  MoveAccountCommand,
  OrganizationsClient,
  RemoveAccountFromOrganizationCommand,
} from '@aws-sdk/client-organizations';
import { CreateBucketCommand, ListBucketsCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { ListSecretsCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { DescribeParametersCommand, SSMClient } from '@aws-sdk/client-ssm';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { describe, expect, it } from 'vitest';
import { accountsOf, type Clients } from '../accounts.ts';
import { draws } from '../draws.ts';
import { startForTests } from '../start.ts';

const { random, between, pick } = draws('organizations');
const some = <T>(list: readonly T[], count: number): T[] =>
  list
    .map((value) => ({ value, at: random() }))
    .toSorted((a, b) => a.at - b.at)
    .slice(0, count)
    .map(({ value }) => value);

const outcrop = await startForTests({ clock: { frozenAt: new Date('2031-06-01T00:00:00Z') } });
const organizations = new OrganizationsClient(outcrop.clients);
const { administrator, createAccount, assume } = accountsOf(outcrop);
const { Organization: organization } = await organizations.send(new CreateOrganizationCommand({}));
const { Roots } = await organizations.send(new ListRootsCommand({}));
const rootId = Roots![0]!.Id!;
const DAY_MS = 86_400_000;
const FULL = 'p-FullAWSAccess';
const SCP = 'SERVICE_CONTROL_POLICY';

const createUnit = async (ParentId: string, Name: string) =>
  (await organizations.send(new CreateOrganizationalUnitCommand({ ParentId, Name }))).OrganizationalUnit!.Id!;
const move = (AccountId: string, SourceParentId: string, DestinationParentId: string) =>
  organizations.send(new MoveAccountCommand({ AccountId, SourceParentId, DestinationParentId }));
const createPolicy = async (Name: string, Statement: object[]) => {
  const Content = JSON.stringify({ Version: '2012-10-17', Statement });
  const input = { Name, Description: '', Content, Type: SCP } as const;
  return (await organizations.send(new CreatePolicyCommand(input))).Policy!.PolicySummary!.Id!;
};
const attach = (PolicyId: string, TargetId: string) =>
  organizations.send(new AttachPolicyCommand({ PolicyId, TargetId }));
const detach = (PolicyId: string, TargetId: string) =>
  organizations.send(new DetachPolicyCommand({ PolicyId, TargetId }));

/** What a call comes to: `done`, or the name of its error. */
const outcome = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'done',
    (error: Error) => error.name,
  );

describe('AWS Organizations', () => {
  it('organizations.1: accounts and units make a tree; the role of a member can be assumed; a member can be removed', async () => {
    // A random tree of units, and accounts at random places in it.
    const units = new Map<string, { parent: string; depth: number }>([[rootId, { parent: '', depth: 0 }]]);
    for (let i = between(6, 10); i > 0; i--) {
      const parents = [...units].filter(([, { depth }]) => depth < 5);
      const [parent, { depth }] = pick(parents);
      units.set(await createUnit(parent, `tree ${i}`), { parent, depth: depth + 1 });
    }
    const places = new Map<string, string>();
    for (let i = between(3, 5); i > 0; i--) {
      const account = await createAccount();
      places.set(account, rootId);
      for (let moves = between(1, 3); moves > 0; moves--) {
        const to = pick([...units.keys()].filter((id) => id !== places.get(account)));
        await move(account, places.get(account)!, to);
        places.set(account, to);
      }
    }
    for (const [unit, { parent }] of units) {
      if (parent !== '') {
        const { Parents } = await organizations.send(new ListParentsCommand({ ChildId: unit }));
        expect(Parents!.map(({ Id }) => Id)).toEqual([parent]);
      }
      const below = await organizations.send(
        new ListChildrenCommand({ ParentId: unit, ChildType: 'ORGANIZATIONAL_UNIT' }),
      );
      expect(new Set(below.Children!.map(({ Id }) => Id))).toEqual(
        new Set([...units].filter(([, one]) => one.parent === unit).map(([id]) => id)),
      );
      const inside = await organizations.send(new ListAccountsForParentCommand({ ParentId: unit }));
      const expected = [...places].filter(([, place]) => place === unit).map(([id]) => id);
      if (unit === rootId) expected.push(organization!.MasterAccountId!);
      expect(new Set(inside.Accounts!.map(({ Id }) => Id))).toEqual(new Set(expected));
    }
    for (const account of places.keys()) {
      const { Account, Arn } = await new STSClient(await assume(account)).send(new GetCallerIdentityCommand({}));
      expect(Account).toBe(account);
      expect(Arn).toContain(`arn:aws:sts::${account}:assumed-role/OrganizationAccountAccessRole/`);
    }
    const [leaver] = [...places.keys()];
    await outcrop.clock.advance(4 * DAY_MS);
    await organizations.send(new RemoveAccountFromOrganizationCommand({ AccountId: leaver! }));
    expect(await outcome(organizations.send(new DescribeAccountCommand({ AccountId: leaver! })))).toBe(
      'AccountNotFoundException',
    );
  });

  it("organizations.2: a policy against a model family holds for a member's administrator, and not for the management account", async () => {
    const account = await createAccount();
    const unit = await createUnit(rootId, 'no claude');
    await move(account, rootId, unit);
    const family = 'anthropic.claude-3-haiku-20240307-v1:0';
    const other = 'amazon.nova-lite-v1:0';
    const ask = async (clients: Clients, modelId: string) => {
      const claude = {
        anthropic_version: 'bedrock-2023-05-31',
        max_tokens: 10,
        messages: [{ role: 'user', content: 'Hi' }],
      };
      const nova = { messages: [{ role: 'user', content: [{ text: 'Hi' }] }] };
      const body = JSON.stringify(modelId === family ? claude : nova);
      return outcome(new BedrockRuntimeClient(clients).send(new InvokeModelCommand({ modelId, body })));
    };
    const member = await assume(account);
    expect(await ask(member, family)).toBe('done');
    const deny = await createPolicy('no claude', [
      { Effect: 'Deny', Action: 'bedrock:InvokeModel*', Resource: 'arn:aws:bedrock:*::foundation-model/anthropic.*' },
    ]);
    await attach(deny, unit);
    await attach(deny, organization!.MasterAccountId!);
    expect(await ask(member, family)).toBe('AccessDeniedException');
    expect(await ask(member, other)).toBe('done');
    expect(await ask(outcrop.clients, family)).toBe('done');
    expect(await ask(await administrator(), family)).toBe('done');
    await detach(deny, unit);
    expect(await ask(member, family)).toBe('done');
  });

  it('organizations.2: what a member may is what every level from the root to the account allows, and none denies, in 50 random cases', async () => {
    const calls: Record<string, (clients: Clients) => Promise<unknown>> = {
      's3:ListAllMyBuckets': (clients) => new S3Client(clients).send(new ListBucketsCommand({})),
      'iam:ListUsers': (clients) => new IAMClient(clients).send(new ListUsersCommand({})),
      'iam:ListRoles': (clients) => new IAMClient(clients).send(new ListRolesCommand({})),
      'kms:ListKeys': (clients) => new KMSClient(clients).send(new ListKeysCommand({})),
      'glacier:ListVaults': (clients) => new GlacierClient(clients).send(new ListVaultsCommand({ accountId: '-' })),
      'secretsmanager:ListSecrets': (clients) => new SecretsManagerClient(clients).send(new ListSecretsCommand({})),
      'ssm:DescribeParameters': (clients) => new SSMClient(clients).send(new DescribeParametersCommand({})),
    };
    const actions = Object.keys(calls);
    const patterns = [
      ...actions,
      'iam:List*',
      'iam:*',
      '*:List*',
      's3:*',
      '*s*:*ets',
      'kms:*',
      'ssm:Describe?arameters',
    ];
    type Policy = { id: string; statements: { Effect: string; Action?: string[]; NotAction?: string[] }[] };
    const policies: Policy[] = [{ id: FULL, statements: [{ Effect: 'Allow', Action: ['*'] }] }];
    for (let i = 0; i < 24; i++) {
      const chosen = some(patterns, between(1, 3));
      const wide = some(patterns, between(4, 8));
      const statements = pick([
        () => [{ Effect: 'Deny', Action: chosen }],
        () => [{ Effect: 'Allow', Action: wide }],
        () => [{ Effect: 'Allow', NotAction: chosen }],
        () => [
          { Effect: 'Allow', Action: ['*'] },
          { Effect: 'Deny', Action: chosen },
        ],
        () => [
          { Effect: 'Allow', Action: wide },
          { Effect: 'Deny', NotAction: some(patterns, 5) },
        ],
      ])();
      const id = await createPolicy(
        `random ${i}`,
        statements.map((one) => ({ ...one, Resource: '*' })),
      );
      policies.push({ id, statements });
    }

    // Chains of units of different depth, an account at the end of each.
    const chains: { nodes: string[]; clients: Clients }[] = [];
    for (let depth = 1; depth <= 3; depth++) {
      const nodes = [rootId];
      for (let level = 0; level < depth; level++) nodes.push(await createUnit(nodes.at(-1)!, `chain ${depth}`));
      const account = await createAccount();
      await move(account, rootId, nodes.at(-1)!);
      const clients = await assume(account);
      chains.push({ nodes: [...nodes.slice(1), account], clients });
    }
    const means = (pattern: string, action: string) =>
      new RegExp(`^${pattern.replaceAll('*', '.*').replaceAll('?', '.')}$`, 'i').test(action);
    const holds = (statement: Policy['statements'][number], action: string) =>
      statement.Action
        ? statement.Action.some((pattern) => means(pattern, action))
        : !statement.NotAction!.some((pattern) => means(pattern, action));
    const attached = new Map<string, string[]>();

    const seen = { allowed: 0, denied: 0 };
    for (let i = 0; i < 50; i++) {
      const { nodes, clients } = pick(chains);
      const node = pick(nodes);
      const before = attached.get(node) ?? [FULL];
      const wanted = some(policies, between(1, 3)).map(({ id }) => id);
      if (random() < 0.5 && !wanted.includes(FULL)) wanted.push(FULL);
      for (const id of wanted.filter((one) => !before.includes(one))) await attach(id, node);
      for (const id of before.filter((one) => !wanted.includes(one))) await detach(id, node);
      attached.set(node, wanted);
      const { Policies } = await organizations.send(new ListPoliciesForTargetCommand({ TargetId: node, Filter: SCP }));
      expect(new Set(Policies!.map(({ Id }) => Id))).toEqual(new Set(wanted));
      for (const action of actions) {
        const allowed = nodes.every((id) => {
          const here = (attached.get(id) ?? [FULL]).map((one) => policies.find((policy) => policy.id === one)!);
          const statements = here.flatMap((policy) => policy.statements).filter((one) => holds(one, action));
          return statements.length > 0 && statements.every(({ Effect }) => Effect === 'Allow');
        });
        const found = await outcome(calls[action]!(clients));
        expect(found.replace(/Exception$/, ''), `case ${i}: ${action}`).toBe(allowed ? 'done' : 'AccessDenied');
        seen[allowed ? 'allowed' : 'denied']++;
      }
    }
    expect(Math.min(seen.allowed, seen.denied)).toBeGreaterThan(10);
  });

  it('organizations.3: what each account used is on its own lines, and the lines of all make one bill', async () => {
    const before = await outcrop.cost();
    const used = new Map<string, number>();
    const owed = new Map<string, number>();
    // S3's list price of PUT, COPY, POST and LIST requests.
    const PUT_USD = 0.005 / 1000;
    // Nova Lite's list prices of tokens.
    const [INPUT_USD, OUTPUT_USD] = [0.06 / 1e6, 0.24 / 1e6];
    const accounts = [await createAccount(), await createAccount()];
    const everyone = new Map<string, Clients>([[organization!.MasterAccountId!, outcrop.clients]]);
    for (const account of accounts) everyone.set(account, await assume(account));
    for (const [account, clients] of everyone) {
      for (let i = between(1, 3); i > 0; i--) {
        const text = Array.from({ length: between(5, 60) }, () => pick(['rock', 'layer', 'river', 'sand'])).join(' ');
        const { usage } = await new BedrockRuntimeClient(clients).send(
          new ConverseCommand({ modelId: 'amazon.nova-lite-v1:0', messages: [{ role: 'user', content: [{ text }] }] }),
        );
        used.set(account, (used.get(account) ?? 0) + usage!.inputTokens! + usage!.outputTokens!);
        owed.set(
          account,
          (owed.get(account) ?? 0) + usage!.inputTokens! * INPUT_USD + usage!.outputTokens! * OUTPUT_USD,
        );
      }
      const s3 = new S3Client(clients);
      const Bucket = `bill-${account}-${between(1, 1e9)}`;
      await s3.send(new CreateBucketCommand({ Bucket }));
      const puts = between(1, 9);
      for (let i = 0; i < puts; i++) await s3.send(new PutObjectCommand({ Bucket, Key: `${i}`, Body: 'x' }));
      owed.set(account, owed.get(account)! + (1 + puts) * PUT_USD);
    }
    const after = await outcrop.cost();
    const tokens = (lines: typeof after.lines, account: string) =>
      lines
        .filter((line) => line.account === account && line.unit === 'tokens')
        .reduce((sum, { quantity }) => sum + quantity, 0);
    const usd = (lines: typeof after.lines, account: string) =>
      lines.filter((line) => line.account === account).reduce((sum, line) => sum + (line.usd ?? 0), 0);
    let bill = 0;
    for (const account of everyone.keys()) {
      expect(tokens(after.lines, account) - tokens(before.lines, account)).toBe(used.get(account));
      expect(usd(after.lines, account) - usd(before.lines, account)).toBeCloseTo(owed.get(account)!, 12);
      bill += usd(after.lines, account) - usd(before.lines, account);
    }
    expect(bill).toBeCloseTo(after.usd - before.usd, 12);
  });
});
