import { describe, expect, it } from 'vitest';
import { testSeed } from '../../../tests/start.ts';
import { decide, namedPolicy, type PolicyPrincipal, type Sources } from './policy.ts';
import { matches, pattern } from './pattern.ts';
import { like, reference, type ReferenceRequest, type ReferenceSources } from './reference.fixture.ts';

/** Requests and policies drawn from small alphabets, so that they meet often. */
const PAIRS = 6_000;

function generator(seed: number) {
  let state = seed >>> 0;
  const random = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!;
  const chance = (of: number) => random() < of;
  const some = <T>(from: readonly T[], most = 3): T[] =>
    Array.from({ length: 1 + Math.floor(random() * most) }, () => pick(from));
  return { random, pick, chance, some };
}

const ACCOUNTS = ['111111111111', '222222222222'] as const;
const ACTIONS = ['s3:GetObject', 's3:PutObject', 's3:ListBucket', 'bedrock:InvokeModel', 'kms:Decrypt'];
const ACTION_PATTERNS = [
  ...ACTIONS,
  '*',
  's3:*',
  's3:Get*',
  'S3:getobject',
  'bedrock:Invoke?odel',
  'kms:*crypt',
  's3:*Object',
];
const RESOURCES = [
  'arn:aws:s3:::shop/team/ann/a.txt',
  'arn:aws:s3:::shop/team/bob/a.txt',
  'arn:aws:s3:::shop',
  'arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0',
  'arn:aws:kms:us-east-1:111111111111:key/1',
  '*',
];
const RESOURCE_PATTERNS = [
  '*',
  'arn:aws:s3:::shop/*',
  'arn:aws:s3:::shop*',
  'arn:aws:s3:::shop/team/${aws:username}/*',
  "arn:aws:s3:::shop/team/${aws:PrincipalTag/team, 'ann'}/?.txt",
  'arn:aws:s3:::*/a.txt',
  'arn:aws:bedrock:*::foundation-model/amazon.*',
  'arn:aws:bedrock:us-?ast-1::foundation-model/*:0',
  'arn:aws:kms:us-east-1:111111111111:key/1',
  'arn:*:kms:*:*:key/*',
];
const VALUES = [
  'ann',
  'bob',
  'ANN',
  'a*',
  '10',
  '9.5',
  'true',
  'false',
  '10.1.2.3',
  '192.0.2.7',
  '2026-11-20T00:00:00Z',
  'arn:aws:s3:::shop',
];
const KEYS = [
  'aws:username',
  'aws:PrincipalTag/team',
  'aws:SourceIp',
  's3:prefix',
  'aws:MultiFactorAuthPresent',
  'aws:TagKeys',
  'aws:CurrentTime',
];
const WANTED: Record<string, string[]> = {
  StringEquals: ['ann', 'bob', '${aws:username}', 'a*'],
  StringNotEquals: ['ann', 'bob', '${aws:username}'],
  StringEqualsIgnoreCase: ['ann', 'BOB'],
  StringNotEqualsIgnoreCase: ['ann', 'BOB'],
  StringLike: ['a*', '?nn', '${aws:username}*', '*', 'a${*}'],
  StringNotLike: ['a*', '?ob'],
  ArnLike: ['arn:aws:s3:::*', 'arn:*:s3:::shop'],
  ArnNotLike: ['arn:aws:s3:::sh?p'],
  ArnEquals: ['arn:aws:s3:::shop'],
  NumericEquals: ['10', '9.5'],
  NumericNotEquals: ['10'],
  NumericLessThan: ['10', '11'],
  NumericLessThanEquals: ['10'],
  NumericGreaterThan: ['9.5'],
  NumericGreaterThanEquals: ['9.5', '10'],
  DateLessThan: ['2026-12-01T00:00:00Z'],
  DateGreaterThan: ['2026-12-01T00:00:00Z', '2026-01-01T00:00:00Z'],
  Bool: ['true', 'false'],
  IpAddress: ['10.0.0.0/8', '192.0.2.7/32'],
  NotIpAddress: ['10.1.0.0/16', '192.0.2.0/24'],
  Null: ['true', 'false'],
};

const seed = testSeed('policy properties');

describe('the evaluator', () => {
  it(`decides ${PAIRS} generated requests as a second evaluator does that was written by itself`, () => {
    const { pick, chance, some, random } = generator(seed);
    const condition = () => {
      const operator = pick(Object.keys(WANTED));
      const prefix = operator === 'Null' || chance(0.6) ? '' : pick(['ForAllValues:', 'ForAnyValue:']);
      const suffix = operator === 'Null' || chance(0.7) ? '' : 'IfExists';
      return {
        [`${prefix}${operator}${suffix}`]: {
          [pick(KEYS)]: chance(0.5) ? pick(WANTED[operator]!) : some(WANTED[operator]!, 2),
        },
      };
    };
    const principalOf = (account: string, kind: 'user' | 'role-session' | 'root'): PolicyPrincipal => {
      const arn =
        kind === 'root'
          ? `arn:aws:iam::${account}:root`
          : kind === 'user'
            ? `arn:aws:iam::${account}:user/ann`
            : `arn:aws:sts::${account}:assumed-role/R/s`;
      return {
        kind,
        account,
        arn,
        identityArn: kind === 'role-session' ? `arn:aws:iam::${account}:role/R` : arn,
        ids: [`id-${arn}`],
      };
    };
    const named = () =>
      chance(0.25)
        ? '*'
        : {
            AWS: some([
              ...ACCOUNTS,
              ...ACCOUNTS.map((account) => `arn:aws:iam::${account}:root`),
              ...ACCOUNTS.flatMap((account) => [
                principalOf(account, 'user').arn,
                principalOf(account, 'role-session').arn,
                `arn:aws:iam::${account}:role/R`,
              ]),
            ]),
          };
    const statement = (withPrincipal: boolean, deny: number) => ({
      Effect: chance(deny) ? 'Deny' : 'Allow',
      [chance(0.85) ? 'Action' : 'NotAction']: chance(0.5) ? pick(ACTION_PATTERNS) : some(ACTION_PATTERNS),
      [chance(0.85) ? 'Resource' : 'NotResource']: chance(0.5) ? pick(RESOURCE_PATTERNS) : some(RESOURCE_PATTERNS),
      ...(chance(0.35) ? { Condition: condition() } : {}),
      ...(withPrincipal ? { Principal: named() } : {}),
    });
    const policy = (withPrincipal = false, deny = 0.15) => ({
      Version: chance(0.85) ? '2012-10-17' : '2008-10-17',
      Statement: Array.from({ length: 1 + Math.floor(random() * 3) }, () => statement(withPrincipal, deny)),
    });
    const open = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] };
    const gate = () => (chance(0.5) ? open : policy(false, 0.05));

    const seen: Record<string, number> = {};
    for (let index = 0; index < PAIRS; index++) {
      const context: Record<string, string | string[]> = {};
      for (const key of KEYS) if (chance(0.6)) context[key.toLowerCase()] = chance(0.2) ? some(VALUES) : pick(VALUES);
      const principal = principalOf(pick(ACCOUNTS), pick(['user', 'role-session', 'user', 'role-session', 'root']));
      const request: ReferenceRequest = { principal, action: pick(ACTIONS), resource: pick(RESOURCES), context };
      const sources: ReferenceSources = {
        identity: chance(0.1) ? [] : Array.from({ length: 1 + Math.floor(random() * 2) }, () => policy()),
        ...(chance(0.3) ? { boundary: gate() } : {}),
        ...(chance(0.3) ? { session: chance(0.1) ? [] : [gate()] } : {}),
        ...(chance(0.3)
          ? { serviceControl: Array.from({ length: 1 + Math.floor(random() * 3) }, () => [gate()]) }
          : {}),
        resource: chance(0.5) ? [policy(true)] : [],
        owner: pick(ACCOUNTS),
        ...(chance(0.15) ? { closed: true } : {}),
      };
      const text = (document: unknown, kind: 'identity' | 'resource') =>
        namedPolicy({ id: 'p', from: '', document: JSON.stringify(document) }, kind);
      const compiled: Sources = {
        identity: sources.identity.map((one) => text(one, 'identity')),
        resource: sources.resource.map((one) => text(one, 'resource')),
        owner: sources.owner,
        ...(sources.boundary ? { boundary: text(sources.boundary, 'identity') } : {}),
        ...(sources.session ? { session: sources.session.map((one) => text(one, 'identity')) } : {}),
        ...(sources.serviceControl
          ? {
              serviceControl: sources.serviceControl.map((level, node) => ({
                node: String(node),
                policies: level.map((one) => text(one, 'identity')),
              })),
            }
          : {}),
        ...(sources.closed ? { closed: true } : {}),
      };
      const found = decide(
        { principal, action: request.action, resource: request.resource, context: (key) => context[key] },
        compiled,
      );
      const got = found.allowed ? 'allow' : found.explicit ? 'explicit deny' : 'implicit deny';
      const wanted = reference(request, sources);
      seen[wanted] = (seen[wanted] ?? 0) + 1;
      expect(got, JSON.stringify({ request, sources })).toBe(wanted);
    }
    console.log(`policy properties: ${JSON.stringify(seen)}`);
    // A generator that only ever denies would prove little.
    for (const outcome of ['allow', 'explicit deny', 'implicit deny'])
      expect(seen[outcome]).toBeGreaterThan(PAIRS / 20);
  });

  it('matches wildcards as trying every way does', () => {
    const { pick, random } = generator(seed + 1);
    const text = (alphabet: string[], most: number) =>
      Array.from({ length: Math.floor(random() * most) }, () => pick(alphabet)).join('');
    let matched = 0;
    for (let index = 0; index < 20_000; index++) {
      const wild = text(['a', 'b', '*', '?', 'ab'], 7);
      const value = text(['a', 'b', 'ab', 'c'], 8);
      const wanted = like(wild, value);
      if (wanted) matched++;
      expect(
        matches(pattern(wild, { wild: true, variables: false }), value, () => undefined),
        `${wild} on ${value}`,
      ).toBe(wanted);
    }
    expect(matched).toBeGreaterThan(1_000);
  });

  it('finds long pieces with holes where a search at every place finds them', () => {
    const { pick, random } = generator(seed + 2);
    const draw = (alphabet: string[], length: number) => Array.from({ length }, () => pick(alphabet)).join('');
    let matched = 0;
    for (let index = 0; index < 60; index++) {
      const value = draw(['a', 'a', 'a', 'b'], 2_000 + Math.floor(random() * 2_000));
      const length = 20 + Math.floor(random() * 400);
      const at = Math.floor(random() * (value.length - length));
      // A stretch of the value with holes in it; half of them a little wrong, or where it may no more be.
      let piece = value
        .slice(at, at + length)
        .split('')
        .map((char) => (random() < 0.5 ? '?' : char))
        .join('');
      if (random() < 0.5) piece += pick(['ab', 'b', 'c', '?c', 'aaaaaaaaaaaaaaab']);
      const tail = draw(['a', 'b'], Math.floor(random() * 3));
      const end = value.endsWith(tail) ? value.length - tail.length : -1;
      const places = Array.from({ length: Math.max(0, end - piece.length + 1) }, (_, place) => place);
      const wanted = places.some((place) =>
        piece.split('').every((char, offset) => char === '?' || char === value[place + offset]),
      );
      if (wanted) matched++;
      const made = pattern(`*${piece}*${tail}`, { wild: true, variables: false });
      expect(
        matches(made, value, () => undefined),
        `${piece} and ${tail} on ${value}`,
      ).toBe(wanted);
    }
    expect(matched).toBeGreaterThan(10);
  });

  it('does not slow down on patterns that make a backtracking matcher run for ever', () => {
    const hostile = pattern(`${'a*'.repeat(1_000)}b`, { wild: true, variables: false });
    const holes = pattern(`${'?a*'.repeat(600)}b`, { wild: true, variables: false });
    expect(matches(hostile, 'a'.repeat(100_000), () => undefined)).toBe(false);
    expect(matches(holes, 'a'.repeat(100_000), () => undefined)).toBe(false);
    expect(matches(hostile, `${'a'.repeat(100_000)}b`, () => undefined)).toBe(true);
    // Of one such piece the plain search takes billions of steps.
    const long = pattern(`*${'?a'.repeat(10_000)}?ab*`, { wild: true, variables: false });
    expect(matches(long, 'a'.repeat(100_000), () => undefined)).toBe(false);
    const filled = pattern(`*${'${aws:UserAgent}?'.repeat(10_000)}*`, { wild: true, variables: true });
    expect(matches(filled, 'a'.repeat(100_000), () => 'a'.repeat(10_000))).toBe(false);
  });
});
