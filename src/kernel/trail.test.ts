import { describe, expect, it } from 'vitest';
import { openHouse, openStore } from './kernel.fixture.ts';
import type { Principal } from './principals/principal.ts';
import { RECENT_MAX, Trail, userIdentity, type CallLine } from './trail.ts';

const line = (requestId: string): CallLine => ({
  requestId,
  timeMs: 0,
  service: 'sts',
  operation: 'GetCallerIdentity',
  principal: 'arn:aws:iam::111111111111:root',
  region: 'us-east-1',
  status: 200,
  durationUs: 5,
});
const record = (requestID: string, account = '111111111111'): Parameters<Trail['note']>[1] => ({
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
  eventCategory: 'Management',
  recipientAccountId: account,
});

describe('the trail', () => {
  const open = async () => {
    const house = await openHouse(await openStore());
    await house.clock.freeze(Date.UTC(2030, 0, 1, 12, 30, 15, 678));
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

  it('keeps management calls by account, in order also while the clock stands still', async () => {
    const { trail } = await open();
    for (let i = 0; i < 450; i++)
      trail.note(line(`r${i}`), record(`r${i}`, i % 2 === 0 ? '111111111111' : '222222222222'));
    trail.note(line('data event'));
    const kept = await trail.records('111111111111', 1_000);
    expect(kept.map(({ requestID }) => requestID)).toEqual(Array.from({ length: 225 }, (_, i) => `r${448 - 2 * i}`));
    expect(kept[0]).toMatchObject({ eventVersion: '1.11', eventTime: '2030-01-01T12:30:15Z', eventType: 'AwsApiCall' });
    expect(await trail.records('222222222222', 3)).toHaveLength(3);
  });

  it('shows the records to another process, and after the next start', async () => {
    const { trail, ...house } = await open();
    trail.note(line('a'), record('a'));
    await trail.stop();
    expect((await new Trail(house).records('111111111111')).map(({ requestID }) => requestID)).toEqual(['a']);
  });

  it('goes on after a write that failed, with nothing missing', async () => {
    const { store, clock, ids } = await open();
    let failing = true;
    const flaky = new Proxy(store, {
      get(target, property) {
        const value = Reflect.get(target, property) as unknown;
        if (property === 'transact' && failing) return () => Promise.reject(new Error('disk full'));
        return typeof value === 'function' ? (value.bind(target) as unknown) : value;
      },
    });
    const trail = new Trail({ store: flaky, clock, ids });
    trail.note(line('a'), record('a'));
    await expect(trail.flush()).rejects.toThrow('disk full');
    trail.note(line('b'), record('b'));
    failing = false;
    expect((await trail.records('111111111111')).map(({ requestID }) => requestID)).toEqual(['b', 'a']);
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
        { type: 'AssumedRole', principalId: 'AROA1:s' },
      ],
    ];
    for (const [principal, expected] of principals) {
      const identity = userIdentity(principal, 'AKIA1');
      expect(identity).toMatchObject(expected);
      expect(Object.keys(identity).join()).not.toMatch(/secret|token/i);
    }
  });
});
