import { describe, expect, it } from 'vitest';
import { openHouse, openStore } from '../kernel.fixture.ts';
import { rootOf } from './principal.ts';
import { Principals } from './principals.ts';

const HOUR_MS = 3_600_000;

describe('principals', () => {
  const open = async () => {
    const house = await openHouse(await openStore());
    const make = () =>
      new Principals({ ...house, account: '111111111111', rootKey: 'root-key', rootSecret: 'root-secret' });
    return { ...house, principals: make(), again: make };
  };

  it('know the root of the stack by its configured key, before anything was saved', async () => {
    const { principals } = await open();
    expect(await principals.credential('root-key')).toEqual({
      accessKeyId: 'root-key',
      secretAccessKey: 'root-secret',
      principal: rootOf('111111111111'),
    });
    expect(rootOf('111111111111').arn).toBe('arn:aws:iam::111111111111:root');
    expect(await principals.credential('unknown')).toBeUndefined();
  });

  it('know a saved credential in every process and after the next start', async () => {
    const { principals, again } = await open();
    const saved = {
      accessKeyId: `AKIA${Math.random()}`,
      secretAccessKey: 's',
      principal: { type: 'user' as const, account: '1', arn: 'arn:aws:iam::1:user/ann', id: 'AIDA', name: 'ann' },
    };
    await principals.save(saved);
    expect(await again().credential(saved.accessKeyId)).toEqual(saved);
  });

  it('end sessions by the virtual clock', async () => {
    const { principals, clock } = await open();
    await clock.freeze(0);
    const session = { ...principals.root, accessKeyId: 'ASIA1', sessionToken: 't', expiresAtMs: HOUR_MS };
    expect(principals.expired(session)).toBe(false);
    await clock.set(HOUR_MS - 1);
    expect(principals.expired(session)).toBe(false);
    await clock.set(HOUR_MS);
    expect(principals.expired(session)).toBe(true);
    expect(principals.expired(principals.root)).toBe(false);
  });
});
