import { describe, expect, it } from 'vitest';
import { openStore } from './kernel.fixture.ts';
import { seal, unseal } from './seal.ts';

describe('sealed text', () => {
  it('is read back by its stack, for its purpose, and shows nothing to others', async () => {
    const [store, other] = [await openStore(), await openStore()];
    const text = `secret ${Math.random()} ключ`;
    const sealed = await seal(store, 'tokens', text);
    expect(Buffer.from(sealed, 'base64url').toString('latin1')).not.toContain('secret');
    expect(await unseal(store, 'tokens', sealed)).toBe(text);
    expect(await unseal(store, 'messages', sealed)).toBeUndefined();
    expect(await unseal(other, 'tokens', sealed)).toBeUndefined();
    expect(await seal(store, 'tokens', text)).not.toBe(sealed);
  });

  it('is refused when a single bit of it was altered', async () => {
    const store = await openStore();
    const bytes = Buffer.from(await seal(store, 'p', 'some text'), 'base64url');
    for (let i = 0; i < bytes.length; i++) {
      const altered = Buffer.from(bytes);
      altered[i]! ^= 1 << (i % 8);
      expect(await unseal(store, 'p', altered.toString('base64url'))).toBeUndefined();
    }
    for (const bad of ['', 'x', '🙂'.repeat(20)]) expect(await unseal(store, 'p', bad)).toBeUndefined();
  });

  it('may be sealed by many at once for the first time', async () => {
    const store = await openStore();
    const sealed = await Promise.all(Array.from({ length: 10 }, (_, i) => seal(store, 'p', String(i))));
    for (const [i, one] of sealed.entries()) expect(await unseal(store, 'p', one)).toBe(String(i));
  });
});
