import * as iam from '@aws-sdk/client-iam';
import * as kms from '@aws-sdk/client-kms';
import * as s3 from '@aws-sdk/client-s3';
import * as ssm from '@aws-sdk/client-ssm';
import { describe, expect, it } from 'vitest';
import { describeClient } from '../protocol/catalog.ts';
import { parametersOf, tells } from './parameters.ts';

const models = {
  iam: describeClient('iam', iam),
  kms: describeClient('kms', kms),
  s3: describeClient('s3', s3),
  ssm: describeClient('ssm', ssm),
};
const operation = (service: keyof typeof models, name: string) => models[service].operations.get(name)!;

describe('parameters on the record', () => {
  it('have names in lower camel case, times as services print them, and no blobs', () => {
    const output = {
      User: { UserName: 'ann', Path: '/', UserId: 'AIDA1', Arn: 'arn', CreateDate: new Date('2031-02-03T16:05:06Z') },
    };
    expect(parametersOf(operation('iam', 'CreateUser'), 'output', output)).toEqual({
      user: { userName: 'ann', path: '/', userId: 'AIDA1', arn: 'arn', createDate: 'Feb 3, 2031, 4:05:06 PM' },
    });
    const input = { KeyId: 'k', Plaintext: Buffer.from('secret'), EncryptionContext: { A: 'b' }, GrantTokens: ['t'] };
    expect(parametersOf(operation('kms', 'Encrypt'), 'input', input)).toEqual({
      keyId: 'k',
      encryptionContext: { A: 'b' },
      grantTokens: ['t'],
    });
  });

  it('say that something is hidden where it is secret', () => {
    const input = { Name: '/db/password', Value: 'swordfish', Type: 'SecureString' };
    expect(parametersOf(operation('ssm', 'PutParameter'), 'input', input)).toEqual({
      name: '/db/password',
      value: 'HIDDEN_DUE_TO_SECURITY_REASONS',
      type: 'SecureString',
    });
  });

  it('are null when there are none, those asked for when some are, and left out when they are more than 100 KiB', () => {
    const create = operation('iam', 'CreatePolicy');
    expect(parametersOf(create, 'input', {})).toBeNull();
    expect(parametersOf(create, 'input', undefined)).toBeNull();
    expect(parametersOf(create, 'input', { PolicyName: 'p', PolicyDocument: '{}' }, { only: ['PolicyName'] })).toEqual({
      policyName: 'p',
    });
    expect(parametersOf(create, 'input', { PolicyName: 'p', PolicyDocument: 'x'.repeat(103_000) })).toBeUndefined();
  });

  it('of S3 are named as on the wire', () => {
    const put = { Bucket: 'b', Key: 'k', ACL: 'private', Body: Buffer.from('x'), Metadata: { a: 'b' } };
    expect(parametersOf(operation('s3', 'PutObject'), 'input', put, { s3: true })).toEqual({
      bucketName: 'b',
      key: 'k',
      'x-amz-acl': 'private',
    });
    const Policy = JSON.stringify({ Statement: [] });
    expect(parametersOf(operation('s3', 'PutBucketPolicy'), 'input', { Bucket: 'b', Policy }, { s3: true })).toEqual({
      bucketName: 'b',
      bucketPolicy: { Statement: [] },
    });
  });

  it('leave nothing to be told by an error message either', () => {
    const input = { Name: 'parameter', Value: 'swordfish', List: ['another'] };
    const shown = { name: 'parameter' };
    expect(tells("Value 'swordfish' at 'value' is wrong", input, shown)).toBe(true);
    expect(tells("Value 'another' at 'list' is wrong", input, shown)).toBe(true);
    expect(tells("Value 'parameter' at 'name' is wrong", input, shown)).toBe(false);
  });
});
