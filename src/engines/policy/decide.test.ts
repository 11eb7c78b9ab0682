import { describe, expect, it } from 'vitest';
import {
  decide,
  denialMessage,
  explain,
  namedPolicy,
  type Context,
  type PolicyPrincipal,
  type Sources,
} from './policy.ts';

const ACCOUNT = '111122223333';
const OTHER = '444455556666';
const arn = (rest: string, account = ACCOUNT) => `arn:aws:iam::${account}:${rest}`;

const user = (name = 'ann', account = ACCOUNT): PolicyPrincipal => ({
  kind: 'user',
  account,
  arn: arn(`user/${name}`, account),
  identityArn: arn(`user/${name}`, account),
  ids: ['AIDAEXAMPLE'],
});
const role = (account = ACCOUNT): PolicyPrincipal => ({
  kind: 'role-session',
  account,
  arn: `arn:aws:sts::${account}:assumed-role/Reader/s1`,
  identityArn: arn('role/Reader', account),
  ids: ['AROAEXAMPLE', 'AROAEXAMPLE:s1'],
});
const root = (account = ACCOUNT): PolicyPrincipal => ({
  kind: 'root',
  account,
  arn: arn('root', account),
  identityArn: arn('root', account),
  ids: [account],
});

type One = Record<string, unknown>;
const doc = (...Statement: One[]) => JSON.stringify({ Version: '2012-10-17', Statement });
const identity = (...statements: One[]) =>
  namedPolicy({ id: 'p', from: 'inline', document: doc(...statements) }, 'identity');
const onResource = (...statements: One[]) =>
  namedPolicy({ id: 'r', from: 'bucket policy', document: doc(...statements) }, 'resource');

const READ: One = { Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::shop/*' };
const NO_READ: One = { ...READ, Effect: 'Deny' };

function ask(
  principal: PolicyPrincipal,
  sources: Partial<Sources>,
  {
    action = 's3:GetObject',
    resource = 'arn:aws:s3:::shop/a',
    context = {},
  }: { action?: string; resource?: string; context?: Record<string, string | string[]> } = {},
) {
  const lookUp: Context = (key) => context[key];
  const request = { principal, action, resource, context: lookUp };
  const all: Sources = { identity: [], resource: [], owner: ACCOUNT, ...sources };
  const decision = decide(request, all);
  return { ...decision, message: denialMessage(request, decision), explain: () => explain(request, all) };
}

const outcome = ({ allowed, explicit, by }: ReturnType<typeof ask>) =>
  `${allowed ? 'allow' : explicit ? 'explicit deny' : 'implicit deny'} by ${by}`;

describe('a request within an account', () => {
  it('is denied unless something allows it, and the identity’s policies are named as what lacks', () => {
    expect(outcome(ask(user(), {}))).toBe('implicit deny by identity');
    expect(outcome(ask(user(), { identity: [identity(READ)] }))).toBe('allow by identity');
    expect(outcome(ask(role(), { identity: [identity(READ)] }))).toBe('allow by identity');
  });

  it('of the account’s root needs no policy, but a deny on the resource binds it', () => {
    expect(ask(root(), {}).allowed).toBe(true);
    expect(outcome(ask(root(), { resource: [onResource({ ...NO_READ, Principal: '*' })] }))).toBe(
      'explicit deny by resource',
    );
  });

  it('is allowed by the resource’s policy alone when it names the user, the session or everyone', () => {
    for (const [who, name] of [
      [user(), { AWS: user().arn }],
      [role(), { AWS: role().arn }],
      [user(), '*'],
      [role(), { AWS: '*' }],
    ] as const)
      expect(outcome(ask(who, { resource: [onResource({ ...READ, Principal: name })] }))).toBe('allow by resource');
  });

  it('is not allowed by a resource’s policy that names the account: that leaves it to the identity’s policies', () => {
    for (const name of [ACCOUNT, arn('root')]) {
      const resource = [onResource({ ...READ, Principal: { AWS: name } })];
      expect(outcome(ask(user(), { resource }))).toBe('implicit deny by identity');
      expect(ask(user(), { resource, identity: [identity(READ)] }).allowed).toBe(true);
    }
  });

  it('of a role that the resource names is still narrowed by boundary and session policy; of a session that it names, it is not', () => {
    const narrow = identity({ Effect: 'Allow', Action: 's3:ListBucket', Resource: '*' });
    const byRole = [onResource({ ...READ, Principal: { AWS: role().identityArn } })];
    const bySession = [onResource({ ...READ, Principal: { AWS: role().arn } })];
    expect(outcome(ask(role(), { resource: byRole }))).toBe('allow by resource');
    expect(outcome(ask(role(), { resource: byRole, boundary: narrow }))).toBe('implicit deny by boundary');
    expect(outcome(ask(role(), { resource: byRole, session: [narrow] }))).toBe('implicit deny by session');
    expect(outcome(ask(role(), { resource: bySession, boundary: narrow, session: [narrow] }))).toBe(
      'allow by resource',
    );
    expect(
      outcome(ask(user(), { resource: [onResource({ ...READ, Principal: { AWS: user().arn } })], boundary: narrow })),
    ).toBe('allow by resource');
  });

  it('needs boundary and session policies to allow what the identity’s allow', () => {
    const allowAll = identity({ Effect: 'Allow', Action: '*', Resource: '*' });
    const narrow = identity({ Effect: 'Allow', Action: 's3:ListBucket', Resource: '*' });
    expect(outcome(ask(user(), { identity: [allowAll], boundary: narrow }))).toBe('implicit deny by boundary');
    expect(outcome(ask(role(), { identity: [allowAll], session: [narrow] }))).toBe('implicit deny by session');
    expect(outcome(ask(role(), { identity: [allowAll], session: [] }))).toBe('implicit deny by session');
    expect(outcome(ask(user(), { identity: [], boundary: allowAll }))).toBe('implicit deny by identity');
  });

  it('is settled by an explicit deny anywhere', () => {
    const allowAll = identity({ Effect: 'Allow', Action: '*', Resource: '*' });
    const deny = identity(NO_READ);
    expect(outcome(ask(user(), { identity: [allowAll, deny] }))).toBe('explicit deny by identity');
    expect(
      outcome(
        ask(user(), {
          identity: [allowAll],
          boundary: namedPolicy({ id: 'b', from: '', document: doc(NO_READ, READ) }, 'boundary'),
        }),
      ),
    ).toBe('explicit deny by boundary');
    expect(outcome(ask(role(), { identity: [allowAll], session: [deny] }))).toBe('explicit deny by session');
    expect(outcome(ask(user(), { identity: [allowAll], resource: [onResource({ ...NO_READ, Principal: '*' })] }))).toBe(
      'explicit deny by resource',
    );
  });

  it('must be allowed by the service control policies of every level', () => {
    const allowAll = identity({ Effect: 'Allow', Action: '*', Resource: '*' });
    const level = (node: string, ...policies: (typeof allowAll)[]) => ({ node, policies });
    const sources = { identity: [allowAll] };
    expect(ask(user(), { ...sources, serviceControl: [level('r', allowAll), level('a', allowAll)] }).allowed).toBe(
      true,
    );
    expect(outcome(ask(user(), { ...sources, serviceControl: [level('r', allowAll), level('a')] }))).toBe(
      'implicit deny by service-control',
    );
    expect(outcome(ask(root(), { serviceControl: [level('r', allowAll, identity(NO_READ))] }))).toBe(
      'explicit deny by service-control',
    );
  });

  it('on a closed resource needs that resource’s policy, even of the root', () => {
    const allowAll = identity({ Effect: 'Allow', Action: '*', Resource: '*' });
    expect(outcome(ask(user(), { identity: [allowAll], closed: true }))).toBe('implicit deny by resource');
    expect(outcome(ask(root(), { closed: true }))).toBe('implicit deny by resource');
    const delegating = [onResource({ Effect: 'Allow', Principal: { AWS: arn('root') }, Action: '*', Resource: '*' })];
    expect(ask(user(), { identity: [allowAll], closed: true, resource: delegating }).allowed).toBe(true);
    expect(outcome(ask(user(), { closed: true, resource: delegating }))).toBe('implicit deny by identity');
    expect(ask(root(), { closed: true, resource: delegating }).allowed).toBe(true);
  });

  it('of an identity that is gone is denied whatever its policies were', () => {
    const allowAll = identity({ Effect: 'Allow', Action: '*', Resource: '*' });
    expect(outcome(ask(user(), { identity: [allowAll], gone: true }))).toBe('implicit deny by identity');
  });
});

describe('a request across accounts', () => {
  const theirs = { owner: OTHER };
  it('needs both sides', () => {
    for (const name of ['*', { AWS: ACCOUNT }, { AWS: user().arn }]) {
      const resource = [onResource({ ...READ, Principal: name })];
      expect(outcome(ask(user(), { ...theirs, resource }))).toBe('implicit deny by identity');
      expect(ask(user(), { ...theirs, resource, identity: [identity(READ)] }).allowed).toBe(true);
      expect(ask(root(), { ...theirs, resource }).allowed).toBe(
        name === '*' || ('AWS' in (name as object) && (name as { AWS: string }).AWS === ACCOUNT),
      );
    }
    expect(outcome(ask(user(), { ...theirs, identity: [identity(READ)] }))).toBe('implicit deny by resource');
    expect(outcome(ask(root(), theirs))).toBe('implicit deny by resource');
  });
});

describe('those without policies of their own', () => {
  const anonymous: PolicyPrincipal = { kind: 'anonymous', account: 'anonymous', arn: '*', identityArn: '*', ids: [] };
  const service: PolicyPrincipal = {
    kind: 'service',
    account: ACCOUNT,
    arn: 's3.amazonaws.com',
    identityArn: 's3.amazonaws.com',
    ids: [],
    service: 's3.amazonaws.com',
  };
  it('get in where the resource’s policy names them, and nowhere else', () => {
    expect(outcome(ask(anonymous, {}))).toBe('implicit deny by resource');
    expect(ask(anonymous, { resource: [onResource({ ...READ, Principal: '*' })] }).allowed).toBe(true);
    expect(ask(anonymous, { resource: [onResource({ ...READ, Principal: { AWS: user().arn } })] }).allowed).toBe(false);
    expect(
      ask(service, { resource: [onResource({ ...READ, Principal: { Service: 's3.amazonaws.com' } })] }).allowed,
    ).toBe(true);
    expect(
      ask(service, { resource: [onResource({ ...READ, Principal: { Service: 'ec2.amazonaws.com' } })] }).allowed,
    ).toBe(false);
  });

  it('are bound by SourceArn and SourceAccount conditions on what they work for', () => {
    const resource = [
      onResource({
        ...READ,
        Principal: { Service: 's3.amazonaws.com' },
        Condition: { ArnLike: { 'aws:SourceArn': 'arn:aws:s3:::mine*' } },
      }),
    ];
    expect(ask(service, { resource }, { context: { 'aws:sourcearn': 'arn:aws:s3:::mine-1' } }).allowed).toBe(true);
    expect(ask(service, { resource }, { context: { 'aws:sourcearn': 'arn:aws:s3:::theirs' } }).allowed).toBe(false);
    expect(ask(service, { resource }).allowed).toBe(false);
  });
});

describe('NotPrincipal with Deny', () => {
  it('spares only who is named by every name it has', () => {
    const allowAll = identity({ Effect: 'Allow', Action: '*', Resource: '*' });
    const spare = (...AWS: string[]) => [onResource({ ...NO_READ, NotPrincipal: { AWS } })];
    expect(ask(user(), { identity: [allowAll], resource: spare(user().arn, arn('root')) }).allowed).toBe(true);
    expect(ask(user(), { identity: [allowAll], resource: spare(user().arn) }).allowed).toBe(false);
    expect(ask(role(), { identity: [allowAll], resource: spare(role().identityArn, arn('root')) }).allowed).toBe(false);
    expect(
      ask(role(), { identity: [allowAll], resource: spare(role().arn, role().identityArn, ACCOUNT) }).allowed,
    ).toBe(true);
  });
});

describe('a denial', () => {
  it('says who, what, where and which kind of policy, in AWS’s words', () => {
    expect(ask(user(), {}).message).toBe(
      'User: arn:aws:iam::111122223333:user/ann is not authorized to perform: s3:GetObject on resource: arn:aws:s3:::shop/a because no identity-based policy allows the s3:GetObject action',
    );
    expect(ask(user(), { identity: [identity(NO_READ)] }).message).toMatch(
      / with an explicit deny in an identity-based policy$/,
    );
    expect(ask(user(), {}, { action: 's3:ListAllMyBuckets', resource: '*' }).message).toBe(
      'User: arn:aws:iam::111122223333:user/ann is not authorized to perform: s3:ListAllMyBuckets because no identity-based policy allows the s3:ListAllMyBuckets action',
    );
  });

  it('is explained statement by statement, with the first thing that did not match', () => {
    const { policies, context } = ask(
      user(),
      {
        identity: [
          identity(
            { Sid: 'Writes', Effect: 'Allow', Action: 's3:PutObject', Resource: '*' },
            { ...READ, Sid: 'Elsewhere', Resource: 'arn:aws:s3:::other/*' },
            { ...READ, Sid: 'Office', Condition: { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } } },
          ),
        ],
      },
      { context: { 'aws:sourceip': '192.0.2.1' } },
    ).explain();
    expect(policies[0]!.statements.map(({ sid, because }) => [sid, because])).toEqual([
      ['Writes', 'Action s3:PutObject does not include s3:GetObject'],
      ['Elsewhere', 'Resource arn:aws:s3:::other/* does not include arn:aws:s3:::shop/a'],
      ['Office', 'IpAddress aws:SourceIp: wanted 10.0.0.0/8, aws:SourceIp is "192.0.2.1"'],
    ]);
    expect(context).toEqual({ 'aws:sourceip': '192.0.2.1' });
  });
});
