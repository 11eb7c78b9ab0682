import { describe, expect, it } from 'vitest';
import { openHouse, openStore } from '../kernel.fixture.ts';
import { rootOf, type Principal, type Session } from './principal.ts';
import { FULL_ACCESS_ID, Principals, touch } from './principals.ts';
import {
  groups,
  organizationNodes,
  organizations,
  policies,
  roles,
  serviceControlPolicies,
  users,
  type OrganizationNode,
} from './records.ts';

const ACCOUNT = '111122223333';
const identity = (kind: string, name: string, id: string) => ({
  account: ACCOUNT,
  name,
  path: '/',
  id,
  arn: `arn:aws:iam::${ACCOUNT}:${kind}/${name}`,
  createdAtMs: 0,
  attached: [] as string[],
  inline: {} as Record<string, string>,
});
const ADMIN = 'arn:aws:iam::aws:policy/AdministratorAccess';
const OWN = `arn:aws:iam::${ACCOUNT}:policy/team/Own`;

describe('what bears on a principal', () => {
  const open = async () => {
    const house = await openHouse(await openStore());
    const principals = new Principals({ ...house, account: ACCOUNT, rootKey: 'k', rootSecret: 's' });
    await house.store.transact(async (tx) => {
      tx.put(users, [ACCOUNT, 'ann'], {
        ...identity('user', 'Ann', 'AIDA1'),
        tags: { team: 'red', cost: '1' },
        groups: ['Readers', 'Gone'],
        inline: { mine: 'inline-document' },
        attached: [ADMIN],
        boundary: OWN,
      });
      tx.put(groups, [ACCOUNT, 'readers'], {
        ...identity('group', 'Readers', 'AGPA1'),
        inline: { read: 'group-document' },
        attached: [OWN],
      });
      tx.put(policies, [ACCOUNT, 'own'], {
        account: ACCOUNT,
        name: 'Own',
        path: '/team/',
        id: 'ANPA1',
        arn: OWN,
        createdAtMs: 0,
        updatedAtMs: 0,
        versions: [
          { id: 'v1', document: 'first', createdAtMs: 0 },
          { id: 'v2', document: 'second', createdAtMs: 0 },
        ],
        defaultVersionId: 'v2',
        nextVersion: 3,
        tags: {},
      });
      tx.put(roles, [ACCOUNT, 'job'], {
        ...identity('role', 'Job', 'AROA1'),
        tags: { team: 'blue' },
        trust: '{}',
        maxSessionSeconds: 3600,
      });
      await touch(tx);
    });
    return { ...house, principals };
  };
  const ann: Principal = {
    type: 'user',
    account: ACCOUNT,
    arn: `arn:aws:iam::${ACCOUNT}:user/Ann`,
    id: 'AIDA1',
    name: 'Ann',
  };
  const job = (session: Partial<Session> = {}, id = 'AROA1:s'): Principal => ({
    type: 'assumed-role',
    account: ACCOUNT,
    arn: `arn:aws:sts::${ACCOUNT}:assumed-role/Job/s`,
    id,
    roleArn: `arn:aws:iam::${ACCOUNT}:role/Job`,
    sessionName: 's',
    session: { issuedAtMs: 0, ...session },
  });

  it('of a user are its inline and attached policies, those of its groups, and its boundary', async () => {
    const { principals } = await open();
    const found = await principals.policiesOf(ann);
    expect(
      found.identity.map(({ from, id, document }) => [from, id, document.replaceAll(/\s/g, '').slice(0, 15)]),
    ).toEqual([
      ['inline', 'mine', 'inline-document'],
      ['attached', ADMIN, '{"Version":"201'],
      ['group Readers', 'read', 'group-document'],
      ['group Readers', OWN, 'second'],
    ]);
    expect(found.boundary?.document).toBe('second');
    expect(found.tags).toEqual({ team: 'red', cost: '1' });
    expect(found.gone).toBe(false);
  });

  it('of a boundary whose policy is gone is a boundary that lets nothing through', async () => {
    const { principals, store } = await open();
    await store.transact((tx) => tx.delete(policies, [ACCOUNT, 'own']));
    expect((await principals.policiesOf(ann)).boundary?.document).toBe('{"Statement":[]}');
  });

  it('of a session are its role’s, its own tags over the role’s, and its session policies', async () => {
    const { principals } = await open();
    expect((await principals.policiesOf(job())).session).toBeUndefined();
    const found = await principals.policiesOf(job({ policy: 'narrow', policyArns: [OWN], tags: { team: 'green' } }));
    expect(found.session?.map(({ document }) => document)).toEqual(['second', 'narrow']);
    expect(found.tags).toEqual({ team: 'green' });
  });

  it('of an identity that was deleted, or made anew under its name, is nothing', async () => {
    const { principals } = await open();
    expect((await principals.policiesOf(job({}, 'AROAOLD:s'))).gone).toBe(true);
    expect((await principals.policiesOf({ ...ann, id: 'AIDAOLD' })).gone).toBe(true);
    expect((await principals.policiesOf({ ...ann, arn: `arn:aws:iam::${ACCOUNT}:user/other/Ann` })).gone).toBe(true);
  });

  it('of a federated user without session policies is nothing: the session is narrowed to none', async () => {
    const { principals } = await open();
    const federated: Principal = {
      type: 'federated-user',
      account: ACCOUNT,
      arn: `arn:aws:sts::${ACCOUNT}:federated-user/eve`,
      id: `${ACCOUNT}:eve`,
      name: 'eve',
      issuer: ann.arn,
      session: { issuedAtMs: 0 },
    };
    expect((await principals.policiesOf(federated)).session).toEqual([]);
    expect(
      (await principals.policiesOf({ ...federated, session: { issuedAtMs: 0, policy: 'x' } })).identity,
    ).toHaveLength(4);
  });

  it('of an account in an organization are the service control policies from the root down, and none of the management account', async () => {
    const { principals, store } = await open();
    const node = (
      id: string,
      type: OrganizationNode['type'],
      parent: string | undefined,
      ...serviceControl: string[]
    ): OrganizationNode => ({
      id,
      organization: 'o-1',
      type,
      name: id,
      serviceControl,
      ...(parent === undefined ? {} : { parent }),
    });
    await store.transact((tx) => {
      tx.put(organizations, ['o-1'], { id: 'o-1', managementAccount: '999999999999', serviceControl: true });
      tx.put(organizationNodes, ['r-1'], node('r-1', 'ROOT', undefined, FULL_ACCESS_ID));
      tx.put(organizationNodes, ['ou-1'], node('ou-1', 'ORGANIZATIONAL_UNIT', 'r-1', FULL_ACCESS_ID, 'p-1'));
      tx.put(organizationNodes, [ACCOUNT], node(ACCOUNT, 'ACCOUNT', 'ou-1'));
      tx.put(organizationNodes, ['999999999999'], node('999999999999', 'ACCOUNT', 'r-1', 'p-1'));
      tx.put(serviceControlPolicies, ['o-1', 'p-1'], {
        id: 'p-1',
        organization: 'o-1',
        arn: 'arn:p-1',
        name: 'P',
        document: 'scp',
      });
    });
    const { serviceControl, organization } = await principals.policiesOf(ann);
    expect(serviceControl?.map((level) => [level.node, level.policies.map(({ id }) => id)])).toEqual([
      ['r-1', [FULL_ACCESS_ID]],
      ['ou-1', [FULL_ACCESS_ID, 'arn:p-1']],
      [ACCOUNT, []],
    ]);
    expect(organization).toEqual({ id: 'o-1', managementAccount: '999999999999', path: 'o-1/r-1/ou-1/' });
    const management = await principals.policiesOf(rootOf('999999999999'));
    expect([management.serviceControl, management.organization?.path]).toEqual([undefined, 'o-1/r-1/']);
  });

  it('changes its generation with every change, for every process', async () => {
    const { principals, store } = await open();
    const before = await principals.generation();
    await store.transact((tx) => touch(tx));
    expect(await principals.generation()).toBe(before + 1);
  });
});
