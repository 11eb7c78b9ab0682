import { describe, expect, it } from 'vitest';
import { Clock } from './clock.ts';
import { openStore } from './kernel.fixture.ts';

const DAY_MS = 86_400_000;

describe('the clock', () => {
  it('tells real time until it is moved', async () => {
    const clock = await Clock.open(await openStore());
    const before = Date.now();
    const now = clock.now();
    expect(now).toBeGreaterThanOrEqual(before);
    expect(now).toBeLessThanOrEqual(Date.now());
    expect(clock.isReal).toBe(true);
  });

  it('stands still when frozen, and runs on from there', async () => {
    const clock = await Clock.open(await openStore());
    const at = Date.UTC(2031, 4, 6);
    await clock.freeze(at);
    await new Promise((resolve) => setTimeout(resolve, 15));
    expect(clock.now()).toBe(at);
    expect(clock.date()).toEqual(new Date(at));
    await clock.run();
    const ran = clock.now();
    await new Promise((resolve) => setTimeout(resolve, 15));
    expect(clock.now()).toBeGreaterThan(ran);
    expect(clock.now() - at).toBeLessThan(60_000);
  });

  it('stays frozen when it is set while frozen, and runs when it ran', async () => {
    const clock = await Clock.open(await openStore());
    await clock.freeze(1_000);
    await clock.set(5_000);
    expect(clock.now()).toBe(5_000);
    expect(clock.setting.frozenAtMs).toBe(5_000);
    await clock.run();
    await clock.set(9_000);
    expect(clock.setting.frozenAtMs).toBeUndefined();
    expect(clock.now()).toBeGreaterThanOrEqual(9_000);
  });

  it('goes back to real time', async () => {
    const clock = await Clock.open(await openStore());
    await clock.set(Date.now() + 400 * DAY_MS);
    await clock.reset();
    expect(clock.isReal).toBe(true);
    expect(Math.abs(clock.now() - Date.now())).toBeLessThan(1_000);
  });

  it('refuses what is no time', async () => {
    const clock = await Clock.open(await openStore());
    for (const bad of [Number.NaN, Infinity, 8.64e15 + 1])
      for (const action of [clock.set(bad), clock.freeze(bad)]) await expect(action).rejects.toThrow(RangeError);
    expect(clock.isReal).toBe(true);
  });

  it('keeps its setting in the store: the next start sees the same time', async () => {
    const store = await openStore();
    const first = await Clock.open(store);
    await first.freeze(123_456);
    expect((await Clock.open(store)).now()).toBe(123_456);
    await first.run();
    await first.set(Date.now() + 30 * DAY_MS);
    const again = await Clock.open(store);
    expect(again.now() - Date.now()).toBeGreaterThan(29.9 * DAY_MS);
  });

  it('is moved by another process that shares the store, and says so', async () => {
    const store = await openStore();
    const [one, other] = [await Clock.open(store, { shared: true }), await Clock.open(store, { shared: true })];
    const changed = new Promise<void>((resolve) => other.onChange(resolve));
    await one.freeze(777);
    await changed;
    expect(other.now()).toBe(777);
    one.close();
    other.close();
  });

  it('calls its listeners on each change until they leave', async () => {
    const clock = await Clock.open(await openStore());
    let changes = 0;
    const leave = clock.onChange(() => changes++);
    await clock.freeze(1);
    await clock.set(2);
    leave();
    await clock.reset();
    expect(changes).toBe(2);
  });
});
