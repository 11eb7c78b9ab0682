import { describe, expect, it } from 'vitest';
import { faultOf, loadActions } from './actions.ts';

describe('the catalog of actions', async () => {
  const actions = await loadActions();

  it('knows an action whatever its case, its level, and the resources it stands on', () => {
    expect(actions.find('S3:getobject')).toMatchObject({
      name: 's3:GetObject',
      level: 'Read',
      resources: expect.arrayContaining([
        { type: 'object', required: false, arn: 'arn:${Partition}:s3:::${BucketName}/${ObjectName}' },
      ]),
    });
    expect(actions.find('bedrock:InvokeModel')?.level).toBe('Read');
    expect(actions.find('s3:NoSuchThing')).toBeUndefined();
    expect(actions.serviceName('kms')).toBe('AWS Key Management Service');
  });

  it('says which actions a pattern stands for', () => {
    expect(actions.expand('kms:*crypt')).toEqual(expect.arrayContaining(['kms:Decrypt', 'kms:Encrypt']));
    expect(actions.expand('kms:*crypt')).toHaveLength(2);
    expect(actions.expand('sts:getcalleridentity')).toEqual(['sts:GetCallerIdentity']);
    expect(actions.expand('*').length).toBeGreaterThan(10_000);
  });

  it('finds what is wrong with a permission', () => {
    expect(faultOf(actions, { action: 's3:GetObject', resource: 'arn:aws:s3:::b/k' })).toBeUndefined();
    expect(faultOf(actions, { action: 's3:GetObject', resource: '*' })).toMatch(/stands on .*object/);
    expect(faultOf(actions, { action: 's3:Getobject', resource: 'arn:aws:s3:::b/k' })).toMatch(/is written/);
    expect(faultOf(actions, { action: 's3:HeadObject', resource: 'arn:aws:s3:::b/k' })).toMatch(/no action/);
    expect(faultOf(actions, { action: 'kms:Decrypt', resource: 'arn:aws:s3:::b' })).toMatch(/not on arn:aws:s3:::b/);
    expect(faultOf(actions, { action: 'kms:ListKeys', resource: '*' })).toBeUndefined();
  });
});
