import { describe, expect, it } from 'vitest';
import { openHouse, openStore } from '../kernel.fixture.ts';
import type { Principal } from '../principals/principal.ts';
import { HISTORY_MS, type HistoryQuery } from './history.ts';
import { foreignIdentity, userIdentity } from './identity.ts';
import type { RecordDraft } from './record.ts';
import { KEPT_BYTES_MAX, KEPT_MAX, RECENT_MAX, Trail, type CallLine } from './trail.ts';

const START_MS = Date.UTC(2030, 0, 1, 12, 30, 15, 678);
const line = (requestId: string): CallLine => ({
  requestId,
  timeMs: START_MS,
  service: 'sts',
  operation: 'GetCallerIdentity',
  principal: 'arn:aws:iam::111111111111:root',
  region: 'us-east-1',
  status: 200,
  durationUs: 5,
});
const ACCOUNT = '111111111111';
const draft = (requestID: string, more: Partial<RecordDraft> = {}): RecordDraft => ({
  eventSource: 'sts.amazonaws.com',
  eventName: 'GetCallerIdentity',
  awsRegion: 'us-east-1',
  sourceIPAddress: '127.0.0.1',
  userAgent: 'test',
  userIdentity: {},
  requestParameters: null,
  responseElements: null,
  requestID,
  managementEvent: true,
  readOnly: true,
  eventType: 'AwsApiCall',
  eventCategory: 'Management',
  recipientAccountId: ACCOUNT,
  ...more,
});
const query = (more: Partial<HistoryQuery> = {}): HistoryQuery => ({
  account: ACCOUNT,
  region: 'us-east-1',
  category: 'management',
  fromMs: START_MS - HISTORY_MS,
  toMs: START_MS + HISTORY_MS,
  limit: 1_000,
  ...more,
});
const requests = async (trail: Trail, more: Partial<HistoryQuery> = {}) =>
  (await trail.lookup(query(more))).records.map(({ requestID }) => requestID);

describe('the trail', () => {
  const open = async () => {
    const house = await openHouse(await openStore());
    await house.clock.freeze(START_MS);
    return { ...house, trail: new Trail(house) };
  };

  it('has the latest calls, newest first, and no more than its bound', async () => {
    const { trail } = await open();
    for (let i = 0; i < 2 * RECENT_MAX + 10; i++) trail.note(line(`r${i}`));
    const recent = trail.recent(3 * RECENT_MAX);
    expect(recent).toHaveLength(RECENT_MAX);
    expect(recent[0]!.requestId).toBe(`r${2 * RECENT_MAX + 9}`);
    expect(trail.recent(2).map(({ requestId }) => requestId)).toEqual([
      `r${2 * RECENT_MAX + 9}`,
      `r${2 * RECENT_MAX + 8}`,
    ]);
  });

  it('keeps the details of as many calls, and as many bytes, as it may; the oldest go', async () => {
    const { trail } = await open();
    for (let i = 0; i < KEPT_MAX + 10; i++) trail.note(line(`r${i}`), [], undefined, { value: i, bytes: 10 });
    expect(trail.kept).toEqual({ calls: KEPT_MAX, bytes: 10 * KEPT_MAX });
    expect(trail.call('r9')).toEqual({ line: line('r9'), kept: undefined });
    expect(trail.call('r10')?.kept).toBe(10);
    expect(trail.call('other')).toBeUndefined();
    for (let i = 0; i < 10; i++) trail.note(line(`large${i}`), [], undefined, { value: i, bytes: KEPT_BYTES_MAX / 3 });
    expect(trail.kept).toEqual({ calls: 3, bytes: KEPT_BYTES_MAX });
    expect(trail.recent(20, { after: 'large6' }).map(({ requestId }) => requestId)).toEqual([
      'large9',
      'large8',
      'large7',
    ]);
    trail.clear();
    expect(trail.kept).toEqual({ calls: 0, bytes: 0 });
  });

  it('keeps management records by account and region, in order also while the clock stands still', async () => {
    const { trail } = await open();
    for (let i = 0; i < 450; i++)
      trail.note(line(`r${i}`), [draft(`r${i}`, { recipientAccountId: i % 2 === 0 ? ACCOUNT : '222222222222' })]);
    trail.note(line('data event'), [draft('data', { eventCategory: 'Data' })]);
    trail.note(line('elsewhere'), [draft('elsewhere', { awsRegion: 'eu-west-1' })]);
    expect(await requests(trail)).toEqual(Array.from({ length: 225 }, (_, i) => `r${448 - 2 * i}`));
    const [first] = (await trail.lookup(query({ limit: 1 }))).records;
    expect(first).toMatchObject({ eventVersion: '1.11', eventTime: '2030-01-01T12:30:15Z', eventType: 'AwsApiCall' });
    expect(Object.keys(first!).slice(0, 5)).toEqual([
      'eventVersion',
      'userIdentity',
      'eventTime',
      'eventSource',
      'eventName',
    ]);
    expect(await requests(trail, { account: '222222222222', limit: 3 })).toHaveLength(3);
    expect(await requests(trail, { region: 'eu-west-1' })).toEqual(['elsewhere']);
  });

  it('finds records by attribute and by time, page by page', async () => {
    const { trail, clock } = await open();
    for (let i = 0; i < 300; i++) {
      await clock.set(START_MS + i * 700);
      const eventName = `Get${i % 7}`;
      trail.note({ ...line(`r${i}`), timeMs: clock.now() }, [
        draft(`r${i}`, {
          eventName,
          userIdentity: { type: 'IAMUser', userName: `u${i % 3}`, accessKeyId: `AKIA${i}` },
        }),
      ]);
    }
    const pages: string[] = [];
    for (let after: HistoryQuery['after'] | undefined; ;) {
      const by = { key: 'EventName' as const, value: 'Get3' };
      const page = await trail.lookup(query({ limit: 4, by, ...(after ? { after } : {}) }));
      expect(page.records.length).toBeLessThanOrEqual(4);
      pages.push(...page.records.map(({ requestID }) => requestID!));
      if (!page.next) break;
      after = page.next;
    }
    const wanted = Array.from({ length: 300 }, (_, i) => i).filter((i) => i % 7 === 3);
    expect(pages).toEqual(wanted.toReversed().map((i) => `r${i}`));
    expect(await requests(trail, { by: { key: 'AccessKeyId', value: 'AKIA41' } })).toEqual(['r41']);
    const ofUser = await requests(trail, { by: { key: 'Username', value: 'u2' } });
    expect(ofUser).toHaveLength(100);
    // From 12:30:30 to 12:30:40, both seconds whole.
    const fromMs = Date.UTC(2030, 0, 1, 12, 30, 30);
    const within = await requests(trail, { fromMs, toMs: fromMs + 10_000 });
    const expected = Array.from({ length: 300 }, (_, i) => i).filter((i) => {
      const second = Math.floor((START_MS + i * 700) / 1000) * 1000;
      return second >= fromMs && second <= fromMs + 10_000;
    });
    expect(within).toEqual(expected.toReversed().map((i) => `r${i}`));
    const [one] = (await trail.lookup(query({ limit: 1 }))).records;
    expect(await requests(trail, { by: { key: 'EventId', value: one!.eventID } })).toEqual(['r299']);
  });

  it('forgets after 90 days', async () => {
    const { trail, clock } = await open();
    trail.note(line('old'), [draft('old')]);
    await trail.flush();
    await clock.set(START_MS + HISTORY_MS + 1_000);
    trail.note({ ...line('new'), timeMs: clock.now() }, [draft('new')]);
    const ever = { fromMs: 0, toMs: START_MS + 2 * HISTORY_MS };
    expect(await requests(trail, ever)).toEqual(['new']);
    expect(await requests(trail, { ...ever, by: { key: 'EventName', value: 'GetCallerIdentity' } })).toEqual(['new']);
  });

  it('shows the records to another process, and after the next start', async () => {
    const { trail, ...house } = await open();
    trail.note(line('a'), [draft('a')]);
    await trail.stop();
    expect(await requests(new Trail(house))).toEqual(['a']);
  });

  it('goes on after a write that failed, with nothing missing', async () => {
    const { store, ...house } = await open();
    let failing = true;
    const flaky = new Proxy(store, {
      get(target, property) {
        const value = Reflect.get(target, property) as unknown;
        if (property === 'transact' && failing) return () => Promise.reject(new Error('disk full'));
        return typeof value === 'function' ? (value.bind(target) as unknown) : value;
      },
    });
    const trail = new Trail({ ...house, store: flaky });
    const use = { accessKeyId: 'AKIA1', account: ACCOUNT, identityArn: 'u', service: 's3', action: 'A', region: 'r' };
    trail.note(line('a'), [draft('a')], use);
    await expect(trail.flush()).rejects.toThrow('disk full');
    trail.note(line('b'), [draft('b')]);
    failing = false;
    expect(await requests(trail)).toEqual(['b', 'a']);
    expect(await trail.keyUsed('AKIA1')).toMatchObject({ service: 's3' });
  });

  it('tells when a key and an identity last asked for what', async () => {
    const { trail } = await open();
    const identityArn = `arn:aws:iam::${ACCOUNT}:user/ann`;
    const use = (service: string, action: string, timeMs: number, accessKeyId = 'AKIA1') =>
      trail.note({ ...line('r'), timeMs }, [], {
        accessKeyId,
        account: ACCOUNT,
        identityArn,
        service,
        action,
        region: 'us-east-1',
      });
    use('s3', 'GetObject', 1_000);
    use('kms', 'Encrypt', 2_000, 'AKIA2');
    use('s3', 'PutObject', 2_500);
    use('s3', 'GetObject', 3_000);
    expect(await trail.keyUsed('AKIA1')).toEqual({ timeMs: 3_000, service: 's3', region: 'us-east-1' });
    expect(await trail.keyUsed('AKIA2')).toEqual({ timeMs: 2_000, service: 'kms', region: 'us-east-1' });
    expect(await trail.keyUsed('AKIA3')).toBeUndefined();
    expect(await trail.serviceUse(ACCOUNT, identityArn)).toEqual([
      {
        service: 'kms',
        timeMs: 2_000,
        region: 'us-east-1',
        actions: [{ name: 'Encrypt', timeMs: 2_000, region: 'us-east-1' }],
      },
      {
        service: 's3',
        timeMs: 3_000,
        region: 'us-east-1',
        actions: [
          { name: 'GetObject', timeMs: 3_000, region: 'us-east-1' },
          { name: 'PutObject', timeMs: 2_500, region: 'us-east-1' },
        ],
      },
    ]);
    expect(await trail.serviceUse(ACCOUNT, `${identityArn}2`)).toEqual([]);
  });

  it('names who called as CloudTrail does, and no secret', () => {
    const principals: [Principal, Record<string, unknown>][] = [
      [
        { type: 'root', account: '1', arn: 'arn:aws:iam::1:root', id: '1' },
        { type: 'Root', principalId: '1', accessKeyId: 'AKIA1' },
      ],
      [
        { type: 'user', account: '1', arn: 'arn:aws:iam::1:user/ann', id: 'AIDA1', name: 'ann' },
        { type: 'IAMUser', userName: 'ann' },
      ],
      [
        {
          type: 'assumed-role',
          account: '1',
          arn: 'arn:aws:sts::1:assumed-role/r/s',
          id: 'AROA1:s',
          roleArn: 'arn:aws:iam::1:role/r',
          sessionName: 's',
        },
        {
          type: 'AssumedRole',
          principalId: 'AROA1:s',
          sessionContext: {
            sessionIssuer: {
              type: 'Role',
              principalId: 'AROA1',
              arn: 'arn:aws:iam::1:role/r',
              accountId: '1',
              userName: 'r',
            },
          },
        },
      ],
    ];
    for (const [principal, expected] of principals) {
      const identity = userIdentity(principal, { accessKeyId: 'AKIA1' });
      expect(identity).toMatchObject(expected);
      expect(Object.keys(identity).join()).not.toMatch(/secret|token/i);
    }
  });

  it('names a service by itself only, and a caller from another account by id and account', () => {
    const service: Principal = { type: 'service', account: '1', arn: 's', id: 's', service: 'bedrock.amazonaws.com' };
    expect(userIdentity(service)).toEqual({ type: 'AWSService', invokedBy: 'bedrock.amazonaws.com' });
    const user: Principal = { type: 'user', account: '1', arn: 'arn:aws:iam::1:user/ann', id: 'AIDA1', name: 'ann' };
    expect(foreignIdentity(user)).toEqual({ type: 'AWSAccount', principalId: 'AIDA1', accountId: '1' });
  });
});
