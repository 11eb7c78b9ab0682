import { describe, expect, it } from 'vitest';
import { openHouse, openStore } from './kernel.fixture.ts';
import { KEPT_MAX, Reasons, RECENT_MAX } from './reasons.ts';

describe('reasons', () => {
  const open = async () => {
    const house = await openHouse(await openStore());
    return { here: new Reasons(house), elsewhere: new Reasons(house) };
  };
  const decision = (allowed: boolean, action = 's3:GetObject') => ({ allowed, explain: () => ({ action, allowed }) });

  it('are those of every decision on a call, in order, worked out when they are asked for', async () => {
    const { here } = await open();
    let explained = 0;
    here.note('r1', { allowed: true, explain: () => ({ nth: ++explained }) });
    here.note('r1', decision(true, 's3:PutObject'));
    expect(explained).toBe(0);
    expect(await here.find('r1')).toEqual([{ nth: 1 }, { action: 's3:PutObject', allowed: true }]);
  });

  it('of a denied call are known to every process, those of an allowed one to the process that answered', async () => {
    const { here, elsewhere } = await open();
    here.note('allowed', decision(true));
    here.note('denied', decision(true, 'first'));
    here.note('denied', decision(false, 'second'));
    await here.flush();
    expect(await elsewhere.find('allowed')).toBeUndefined();
    expect((await elsewhere.find('denied'))?.map(({ action }) => action)).toEqual(['first', 'second']);
    expect(await elsewhere.find('never')).toBeUndefined();
  });

  it('are bounded, in memory and in the store: the oldest go', async () => {
    const { here, elsewhere } = await open();
    for (let index = 0; index < KEPT_MAX + 500; index++) {
      here.note(`r${index}`, decision(false, `a${index}`));
      if (index % 500 === 499) await here.flush();
    }
    await here.flush();
    expect(await elsewhere.find('r0')).toBeUndefined();
    expect(await elsewhere.find(`r${KEPT_MAX + 499}`)).toHaveLength(1);
    here.note('allowed', decision(true));
    for (let index = 0; index < RECENT_MAX; index++) here.note(`x${index}`, decision(true));
    expect(await here.find('allowed')).toBeUndefined();
  });
});
