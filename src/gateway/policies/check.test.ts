import { beforeAll, describe, expect, it } from 'vitest';
import { loadActions, type Actions } from '../../engines/policy/policy.ts';
import { checkPolicy } from './check.ts';
import { JsonFault, readJson } from './json.ts';
import { formPattern, givenPattern, overlap } from './overlap.ts';

let actions: Actions;
beforeAll(async () => {
  actions = await loadActions();
});

const statement = (members: object) =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Resource: '*', ...members }] }, undefined, 2);

/** Severity, message and the text that is meant. */
const told = (text: string, kind: Parameters<typeof checkPolicy>[1] = 'identity') =>
  checkPolicy(text, kind, actions).map(({ severity, message, from, to }) => [severity, message, text.slice(from, to)]);

describe('the check of a policy', () => {
  it('finds nothing in a policy that is right', () => {
    expect(told(statement({ Action: ['bedrock:InvokeModel', 's3:Get*', 'sts:GetCallerIdentity'] }))).toEqual([]);
    expect(
      told(
        statement({
          Action: ['s3:GetObject'],
          Resource: 'arn:aws:s3:::${aws:username}/*',
          Condition: { StringLikeIfExists: { 'aws:PrincipalTag/team': 'a*', 'aws:PrincipalOrgID': 'o-1' } },
        }),
      ),
    ).toEqual([]);
  });

  it('names an action and a service that AWS does not have, where they stand, and what is meant', () => {
    const text = statement({ Action: ['bedrock:InvokeModle', 'badrock:*', 's3:Fetch*'] });
    expect(told(text)).toEqual([
      [
        'warning',
        'Amazon Bedrock has no action bedrock:InvokeModle; did you mean bedrock:InvokeModel?',
        '"bedrock:InvokeModle"',
      ],
      ['warning', 'AWS has no service badrock; did you mean bedrock?', '"badrock:*"'],
      ['warning', 'Amazon S3 has no action like s3:Fetch*', '"s3:Fetch*"'],
    ]);
    const [first] = checkPolicy(text, 'identity', actions);
    expect(text.split('\n')[first!.line - 1]!.slice(first!.column - 1)).toMatch(/^"bedrock:InvokeModle"/);
  });

  it('names misspelt elements, effects, operators and keys', () => {
    expect(
      told(
        '{"Version":"2012-10-17","Statment":[],"Statement":{"Efect":"Allow","Effect":"allow","Action":"*","Resource":"*","Condition":{"StringEqual":{"aws:SourceIpp":"x"}}}}',
      ),
    ).toEqual([
      ['error', 'A policy has no element Statment; did you mean Statement?', '"Statment"'],
      ['error', 'A statement has no element Efect; did you mean Effect?', '"Efect"'],
      ['error', 'Effect is "Allow" or "Deny"', '"allow"'],
      ['error', 'There is no condition operator StringEqual; did you mean StringEquals?', '"StringEqual"'],
      ['warning', 'AWS has no condition key aws:SourceIpp; did you mean aws:SourceIp?', '"aws:SourceIpp"'],
    ]);
  });

  it('tells actions from resources that they do not stand on', () => {
    expect(told(statement({ Action: ['s3:ListBucket', 's3:GetObject'], Resource: 'arn:aws:s3:::models/*' }))).toEqual([
      [
        'warning',
        's3:ListBucket stands on arn:${Partition}:s3:${Region}:${Account}:accesspoint/${AccessPointName} or arn:${Partition}:s3:::${BucketName}, not on what Resource names',
        '"s3:ListBucket"',
      ],
    ]);
    expect(told(statement({ Action: 's3:ListAllMyBuckets', Resource: 'arn:aws:s3:::models' }))).toEqual([
      [
        'warning',
        's3:ListAllMyBuckets stands on no resource: it is allowed by "Resource": "*" only',
        '"s3:ListAllMyBuckets"',
      ],
    ]);
    const secret = 'arn:aws:secretsmanager:us-east-1:000000000000:secret:a';
    expect(told(statement({ Action: 's3:*', Resource: ['arn:aws:s3:::models', secret] }))).toEqual([
      ['warning', `None of the statement's actions stands on ${secret}`, `"${secret}"`],
    ]);
  });

  it('says what the evaluator refuses at the element that it refuses', () => {
    expect(told(statement({ Action: 's3:a:b' }))).toEqual([
      ['error', 'Actions/Condition can contain only one colon.', '"s3:a:b"'],
    ]);
    const [finding] = told(statement({ Principal: '*', Action: 's3:*' }));
    expect(finding![0]).toBe('error');
    expect(told(statement({ Principal: '*', Action: 's3:*' }), 'resource')).toEqual([]);
    expect(
      told('{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":"s3:GetObject"}}', 'trust'),
    ).toEqual([['error', 'A trust policy may only specify STS AssumeRole actions', '"s3:GetObject"']]);
  });

  it('says where a text stops being JSON, however deep or broken it is', () => {
    expect(told('{"Version": "2012-10-17",}')).toEqual([['error', 'Expected a name in double quotes, found "}"', '}']]);
    expect(told('{"Version": "2012')).toEqual([['error', 'This string has no end', '"']]);
    expect(told('')).toEqual([['error', 'Expected a value, found the end of the text', '']]);
    expect(told('['.repeat(100_000))).toEqual([['error', 'This is nested too deeply', '[']]);
  });

  it('reads what JSON.parse reads, and refuses what it refuses', () => {
    const valueOf = (node: ReturnType<typeof readJson>): unknown =>
      node.kind === 'object'
        ? Object.fromEntries(node.members.map(({ name, value }) => [name, valueOf(value)]))
        : node.kind === 'list'
          ? node.items.map(valueOf)
          : node.value;
    for (const text of [
      '{"a":[1,-2.5e3,true,null,"\\u00e9\\n"],"b":{}}',
      ' [ ] ',
      '"x"',
      '0',
      '01',
      '1.',
      '[1,]',
      '{,}',
      '"\t"',
      'tru',
      '{"a" 1}',
    ]) {
      let wanted: unknown = JsonFault;
      try {
        wanted = JSON.parse(text);
      } catch {
        expect(() => readJson(text), text).toThrow(JsonFault);
        continue;
      }
      expect(valueOf(readJson(text)), text).toEqual(wanted);
    }
  });

  it('tells patterns that have a text in common from those that have none', () => {
    const bucket = 'arn:${Partition}:s3:::${BucketName}';
    for (const [given, form, wanted] of [
      ['arn:aws:s3:::a', bucket, true],
      ['arn:aws:s3:::a/*', bucket, false],
      ['arn:aws:s3:::*', bucket, true],
      ['arn:aws:s3:::a*/b', 'arn:${Partition}:s3:::${BucketName}/${ObjectName}', true],
      ['arn:aws:s3:::a', 'arn:${Partition}:s3:::${BucketName}/${ObjectName}', false],
      ['*', bucket, true],
      ['arn:*:kms:*', bucket, false],
      ['arn:aws:s?:::x', bucket, true],
    ] as const)
      expect(overlap(givenPattern(given), formPattern(form)), `${given} ${form}`).toBe(wanted);
  });
});
