import type { AdvancedFieldSelector, EventSelector } from '@aws-sdk/client-cloudtrail';
import { describe, expect, it } from 'vitest';
import type { TrailRecord } from '../../kernel/trail/record.ts';
import { readAdvancedSelectors, readEventSelectors, selects, selectsAdvanced } from './selectors.ts';

const management = (more: Partial<TrailRecord> = {}): TrailRecord => ({
  eventVersion: '1.11',
  eventTime: '2030-01-01T00:00:00Z',
  eventSource: 'kms.amazonaws.com',
  eventName: 'Decrypt',
  awsRegion: 'us-east-1',
  eventID: 'e',
  readOnly: true,
  eventType: 'AwsApiCall',
  recipientAccountId: '1',
  eventCategory: 'Management',
  userIdentity: { arn: 'arn:aws:iam::1:user/ann' },
  ...more,
});
const onObject = (key: string, more: Partial<TrailRecord> = {}) =>
  management({
    eventSource: 's3.amazonaws.com',
    eventName: 'GetObject',
    eventCategory: 'Data',
    resources: [
      { ARN: `arn:aws:s3:::${key}`, type: 'AWS::S3::Object' },
      { ARN: `arn:aws:s3:::${key.split('/')[0]}`, type: 'AWS::S3::Bucket' },
    ],
    ...more,
  });

describe('event selectors', () => {
  const wants = (selector: EventSelector, record: TrailRecord) => selects(readEventSelectors([selector]), record);
  const s3 = (...Values: string[]) => ({ DataResources: [{ Type: 'AWS::S3::Object', Values }] });

  it('want management events by reading and writing, less the sources that are left out', () => {
    expect(wants({}, management())).toBe(true);
    expect(wants({ ReadWriteType: 'WriteOnly' }, management())).toBe(false);
    expect(wants({ ReadWriteType: 'ReadOnly' }, management())).toBe(true);
    expect(wants({ ReadWriteType: 'WriteOnly' }, management({ readOnly: false }))).toBe(true);
    expect(wants({ ExcludeManagementEventSources: ['kms.amazonaws.com'] }, management())).toBe(false);
    const other = management({ eventSource: 'iam.amazonaws.com' });
    expect(wants({ ExcludeManagementEventSources: ['kms.amazonaws.com'] }, other)).toBe(true);
    expect(wants({ IncludeManagementEvents: false, ...s3('arn:aws:s3') }, management())).toBe(false);
  });

  it('want data events of all resources of a type, of a bucket, or under a prefix', () => {
    expect(wants({}, onObject('b/k'))).toBe(false);
    expect(wants(s3('arn:aws:s3'), onObject('b/k'))).toBe(true);
    expect(wants(s3('arn:aws:s3:::b/'), onObject('b/k'))).toBe(true);
    expect(wants(s3('arn:aws:s3:::b/'), onObject('bb/k'))).toBe(false);
    expect(wants(s3('arn:aws:s3:::b/in/'), onObject('b/in/k'))).toBe(true);
    expect(wants(s3('arn:aws:s3:::b/in/'), onObject('b/out/k'))).toBe(false);
    expect(wants(s3('arn:aws:s3:::x/', 'arn:aws:s3:::b/'), onObject('b/k'))).toBe(true);
    expect(wants({ ...s3('arn:aws:s3'), ReadWriteType: 'WriteOnly' }, onObject('b/k'))).toBe(false);
  });
});

describe('advanced event selectors', () => {
  const wants = (record: TrailRecord, category: string, ...fields: AdvancedFieldSelector[]) => {
    const FieldSelectors = [{ Field: 'eventCategory', Equals: [category] }, ...fields];
    return selectsAdvanced(readAdvancedSelectors([{ FieldSelectors }], ['Management', 'Data']), record);
  };
  const onS3 = { Field: 'resources.type', Equals: ['AWS::S3::Object'] };

  it('want events for which every field holds', () => {
    expect(wants(management(), 'Management')).toBe(true);
    expect(wants(onObject('b/k'), 'Management')).toBe(false);
    expect(wants(management(), 'Management', { Field: 'readOnly', Equals: ['true'] })).toBe(true);
    expect(wants(management(), 'Management', { Field: 'readOnly', Equals: ['false'] })).toBe(false);
    const sources = { Field: 'eventSource', NotEquals: ['kms.amazonaws.com', 'rdsdata.amazonaws.com'] };
    expect(wants(management(), 'Management', sources)).toBe(false);
    expect(wants(management({ eventSource: 'sts.amazonaws.com' }), 'Management', sources)).toBe(true);
  });

  it('take one of what a value is to be, and none of what it is not to be', () => {
    const name = (field: object) => wants(management(), 'Management', { Field: 'eventName', ...field });
    expect(name({ Equals: ['Encrypt', 'Decrypt'] })).toBe(true);
    expect(name({ StartsWith: ['Enc'], EndsWith: ['crypt'] })).toBe(true);
    expect(name({ StartsWith: ['Enc'] })).toBe(false);
    expect(name({ NotStartsWith: ['Gen'], NotEndsWith: ['Key'] })).toBe(true);
    expect(name({ NotStartsWith: ['Gen'], NotEndsWith: ['crypt'] })).toBe(false);
    expect(name({ StartsWith: ['De'], NotEquals: ['Decrypt'] })).toBe(false);
  });

  it('look at type and ARN of one and the same resource', () => {
    expect(wants(onObject('b/k'), 'Data', onS3)).toBe(true);
    expect(wants(onObject('b/k'), 'Data', onS3, { Field: 'resources.ARN', Equals: ['arn:aws:s3:::b/k'] })).toBe(true);
    expect(wants(onObject('b/k'), 'Data', onS3, { Field: 'resources.ARN', Equals: ['arn:aws:s3:::b'] })).toBe(false);
    expect(wants(onObject('b/k'), 'Data', onS3, { Field: 'resources.ARN', NotStartsWith: ['arn:aws:s3:::b/'] })).toBe(
      false,
    );
  });

  it('know the caller of a session by the role behind it, and events that failed by their error', () => {
    const role = 'arn:aws:iam::1:role/r';
    const session = management({
      errorCode: 'AccessDenied',
      userIdentity: { arn: 'arn:aws:sts::1:assumed-role/r/s', sessionContext: { sessionIssuer: { arn: role } } },
    });
    expect(wants(session, 'Management', { Field: 'userIdentity.arn', Equals: [role] })).toBe(true);
    expect(wants(management(), 'Management', { Field: 'userIdentity.arn', Equals: [role] })).toBe(false);
    expect(wants(session, 'Management', { Field: 'errorCode', Equals: ['AccessDenied'] })).toBe(true);
    expect(wants(management(), 'Management', { Field: 'errorCode', Equals: ['AccessDenied'] })).toBe(false);
  });
});
