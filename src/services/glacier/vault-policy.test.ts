import { describe, expect, it } from 'vitest';
import type { Principal } from '../../kernel/principals/principal.ts';
import { rootOf } from '../../kernel/principals/principal.ts';
import { isDenied, matches, readPolicy, type Question } from './vault-policy.ts';

const vault = 'arn:aws:glacier:us-west-2:999999999999:vaults/examplevault';
const root = rootOf('999999999999');
const user: Principal = {
  type: 'user',
  account: '999999999999',
  arn: 'arn:aws:iam::999999999999:user/ann',
  id: 'AIDA',
  name: 'ann',
};

const deny = (more: object = {}, version = '2012-10-17') =>
  JSON.stringify({
    Version: version,
    Statement: [{ Effect: 'Deny', Principal: '*', Action: 'glacier:DeleteArchive', Resource: vault, ...more }],
  });

const ask = (policy: string, more: Partial<Question> = {}) =>
  isDenied(readPolicy(policy, vault), {
    principal: root,
    action: 'glacier:DeleteArchive',
    resource: vault,
    context: {},
    ...more,
  });

/** Whether a condition holds for one value of one key. */
const holds = (operator: string, key: string, value: unknown, actual?: string) =>
  ask(deny({ Condition: { [operator]: { [key]: value } } }), {
    context: actual === undefined ? {} : { [key.toLowerCase()]: actual },
  });

const why = (policy: string) => {
  try {
    readPolicy(policy, vault);
  } catch (error) {
    expect((error as Error).name).toBe('InvalidParameterValueException');
    return (error as Error).message.replace('Invalid policy document: ', '');
  }
  return undefined;
};

describe('A vault policy', () => {
  it('denies by the age of the archive, as the example of the Developer Guide does', () => {
    const policy = deny({
      Sid: 'deny-based-on-archive-age',
      Resource: [vault],
      Condition: { NumericLessThan: { 'glacier:ArchiveAgeInDays': '365' } },
    });
    const at = (age: string | undefined) => ask(policy, { context: { 'glacier:archiveageindays': age } });
    expect([at('0'), at('364'), at('365'), at('4000'), at(undefined)]).toEqual([true, true, false, false, false]);
  });

  it('denies by a tag of the vault, as the legal hold of the Developer Guide does', () => {
    const policy = deny({
      Action: ['glacier:DeleteArchive', 'glacier:DeleteVault'],
      Condition: { StringLike: { 'glacier:ResourceTag/LegalHold': ['true', ''] } },
    });
    const at = (tags: Record<string, string>) =>
      ask(policy, {
        context: Object.fromEntries(
          Object.entries(tags).map(([key, value]) => [`glacier:resourcetag/${key}`, value] as const),
        ),
      });
    expect([at({ LegalHold: 'true' }), at({ LegalHold: '' }), at({ LegalHold: 'false' }), at({})]).toEqual([
      true,
      true,
      false,
      false,
    ]);
    expect(at({ legalhold: 'true' })).toBe(false);
  });

  it('is about the actions, resources and principals that it names, or about all others', () => {
    expect(ask(deny(), { action: 'glacier:UploadArchive' })).toBe(false);
    expect(ask(deny({ Action: 'glacier:Delete*' }), { action: 'glacier:DeleteVault' })).toBe(true);
    expect(ask(deny({ Action: 'GLACIER:deletearchive' }))).toBe(true);
    expect(ask(deny({ Action: '*' }))).toBe(true);
    expect(ask(deny({ Action: undefined, NotAction: 'glacier:DeleteArchive' }))).toBe(false);
    expect(ask(deny({ Action: undefined, NotAction: 'glacier:Describe*' }))).toBe(true);
    expect(ask(deny({ Resource: 'arn:aws:glacier:us-west-2:*:vaults/*' }))).toBe(true);
    for (const principal of ['*', { AWS: '*' }, { AWS: '999999999999' }, { AWS: ['arn:aws:iam::999999999999:root'] }])
      expect(ask(deny({ Principal: principal }), { principal: user })).toBe(true);
    expect(ask(deny({ Principal: { AWS: user.arn } }), { principal: user })).toBe(true);
    expect(ask(deny({ Principal: { AWS: user.arn } }))).toBe(false);
    expect(ask(deny({ Principal: { AWS: '111122223333' } }))).toBe(false);
    expect(ask(deny({ Principal: undefined, NotPrincipal: { AWS: user.arn } }), { principal: user })).toBe(false);
    expect(ask(deny({ Principal: undefined, NotPrincipal: { AWS: user.arn } }))).toBe(true);
    expect(ask(deny({ Effect: 'Allow' }))).toBe(false);
  });

  it('has conditions of text, number, date, address, ARN and Boolean, of which all must hold and any value will do', () => {
    const tag = 'aws:useragent';
    const cases: [string, string, unknown, string | undefined, boolean][] = [
      ['StringEquals', tag, ['a', 'b'], 'b', true],
      ['StringEquals', tag, 'a', 'A', false],
      ['StringEqualsIgnoreCase', tag, 'a', 'A', true],
      ['StringNotEquals', tag, ['a', 'b'], 'b', false],
      ['StringNotEquals', tag, ['a', 'b'], undefined, true],
      ['StringNotEqualsIgnoreCase', tag, 'a', 'A', false],
      ['StringLike', tag, 'ax*/?', 'axios/9', true],
      ['StringNotLike', tag, 'ax*', 'axios', false],
      ['StringEqualsIfExists', tag, 'a', undefined, true],
      ['StringEquals', tag, 'a', undefined, false],
      ['NumericEquals', 'glacier:ArchiveAgeInDays', 7, '7', true],
      ['NumericNotEquals', 'glacier:ArchiveAgeInDays', '7', '7', false],
      ['NumericLessThanEquals', 'glacier:ArchiveAgeInDays', '7', '7', true],
      ['NumericGreaterThan', 'glacier:ArchiveAgeInDays', '7', '7', false],
      ['NumericGreaterThanEquals', 'glacier:ArchiveAgeInDays', '7', '7', true],
      ['NumericLessThanIfExists', 'glacier:ArchiveAgeInDays', '7', undefined, true],
      ['DateLessThan', 'aws:CurrentTime', '2030-01-01T00:00:00Z', '2029-12-31T23:59:59Z', true],
      ['DateGreaterThanEquals', 'aws:CurrentTime', '2030-01-01', '2029-12-31T23:59:59Z', false],
      ['DateGreaterThan', 'aws:EpochTime', '100', '101', true],
      ['Bool', 'aws:SecureTransport', false, 'false', true],
      ['Bool', 'aws:SecureTransport', 'true', 'false', false],
      ['IpAddress', 'aws:SourceIp', ['10.0.0.0/8', '2001:db8::/32'], '10.9.8.7', true],
      ['IpAddress', 'aws:SourceIp', '2001:db8::/32', '2001:db8::1', true],
      ['IpAddress', 'aws:SourceIp', '10.0.0.0/8', '11.0.0.1', false],
      ['NotIpAddress', 'aws:SourceIp', '10.0.0.0/8', '11.0.0.1', true],
      ['ArnLike', 'aws:PrincipalArn', 'arn:aws:iam::*:user/a*', user.arn, true],
      ['ArnNotEquals', 'aws:PrincipalArn', 'arn:aws:iam::*:user/a*', user.arn, false],
      ['Null', 'glacier:ArchiveAgeInDays', 'true', undefined, true],
      ['Null', 'glacier:ArchiveAgeInDays', 'false', undefined, false],
      ['Null', 'glacier:ArchiveAgeInDays', 'false', '3', true],
    ];
    for (const [operator, key, value, actual, expected] of cases)
      expect([operator, value, actual, holds(operator, key, value, actual)]).toEqual([
        operator,
        value,
        actual,
        expected,
      ]);
    const two = deny({
      Condition: { NumericLessThan: { 'glacier:ArchiveAgeInDays': 9 }, Bool: { 'aws:SecureTransport': 'false' } },
    });
    const age = { 'glacier:archiveageindays': '1' };
    expect(ask(two, { context: { ...age, 'aws:securetransport': 'false' } })).toBe(true);
    expect(ask(two, { context: { ...age, 'aws:securetransport': 'true' } })).toBe(false);
  });

  it('is refused when a part of it cannot be evaluated, and says which', () => {
    expect(why(deny({ Condition: { NumericLessThan: { 'glacier:ArchiveAgeInDays': 'old' } } }))).toContain('"old"');
    expect(why(deny({ Condition: { NumericSmaller: { 'glacier:ArchiveAgeInDays': '1' } } }))).toContain(
      'NumericSmaller',
    );
    expect(why(deny({ Condition: { 'ForAnyValue:StringLike': { 'aws:userid': '1' } } }))).toContain('ForAnyValue');
    expect(why(deny({ Condition: { StringLike: { 'aws:SourceVpc': 'vpc-1' } } }))).toContain('aws:SourceVpc');
    expect(why(deny({ Condition: { IpAddress: { 'aws:SourceIp': '10.0.0.0/40' } } }))).toContain('10.0.0.0/40');
    expect(why(deny({ Condition: { StringLike: { 'aws:userid': '${aws:username}' } } }))).toContain('variables');
    expect(why(deny({ Action: 'glacier:DeletArchive' }))).toContain('glacier:DeletArchive');
    expect(why(deny({ Action: 's3:DeleteObject' }))).toContain('s3:DeleteObject');
    expect(why(deny({ Resource: `${vault}2` }))).toContain('is not the vault');
    expect(why(deny({ Principal: { Service: 'sns.amazonaws.com' } }))).toContain('Service');
    expect(why(deny({ Principal: { AWS: 'ann' } }))).toContain('ann');
    expect(why(deny({ Principal: undefined }))).toContain('Principal');
    expect(why(deny({ NotAction: 'glacier:*' }))).toContain('NotAction');
    expect(why(deny({ Effect: 'Refuse' }))).toContain('Effect');
    expect(why(deny({ Conditions: {} }))).toContain('Conditions');
    expect(why(deny({}, '2012-10-18'))).toContain('Version');
    expect(why('{')).toContain('JSON');
    expect(why('[]')).toContain('JSON object');
    expect(why('{"Version":"2012-10-17"}')).toContain('Statement');
    expect(why(deny({ Sid: 'x'.repeat(20 * 1024) }))).toContain('larger');
    expect(why(deny())).toBeUndefined();
  });
});

describe('Wildcards', () => {
  it('stand for any characters, or for one', () => {
    expect(matches('a*c?', 'abbbcd')).toBe(true);
    expect(matches('a*c?', 'abbbc')).toBe(false);
    expect(matches('*', '')).toBe(true);
    expect(matches('?', '')).toBe(false);
    expect(matches('a.c', 'abc')).toBe(false);
    expect(matches('**a**', 'xxa')).toBe(true);
  });

  it('are matched in bounded time, however many there are', () => {
    expect(matches(`${'*a'.repeat(5000)}b`, 'a'.repeat(20_000))).toBe(false);
  });
});
