import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { openStore } from './kernel.fixture.ts';
import { RootKey } from './keys/root-key.ts';
import { seal, unseal } from './seal.ts';

const openStack = async () => ({ store: await openStore(), keys: { root: new RootKey(randomBytes(32)) } });

describe('sealed text', () => {
  it('is read back by its stack, for its purpose, and shows nothing to others', async () => {
    const [stack, other] = [await openStack(), await openStack()];
    const text = `secret ${Math.random()} ключ`;
    const sealed = await seal(stack, 'tokens', text);
    expect(Buffer.from(sealed, 'base64url').toString('latin1')).not.toContain('secret');
    expect(await unseal(stack, 'tokens', sealed)).toBe(text);
    expect(await unseal(stack, 'messages', sealed)).toBeUndefined();
    expect(await unseal(other, 'tokens', sealed)).toBeUndefined();
    expect(await seal(stack, 'tokens', text)).not.toBe(sealed);
  });

  it('is refused when a single bit of it was altered', async () => {
    const stack = await openStack();
    const bytes = Buffer.from(await seal(stack, 'p', 'some text'), 'base64url');
    for (let i = 0; i < bytes.length; i++) {
      const altered = Buffer.from(bytes);
      altered[i]! ^= 1 << (i % 8);
      expect(await unseal(stack, 'p', altered.toString('base64url'))).toBeUndefined();
    }
    for (const bad of ['', 'x', '🙂'.repeat(20)]) expect(await unseal(stack, 'p', bad)).toBeUndefined();
  });

  it('is nothing without the root key, though one has the whole store', async () => {
    const stack = await openStack();
    const sealed = await seal(stack, 'p', 'some text');
    const thief = { store: stack.store, keys: { root: new RootKey(randomBytes(32)) } };
    await expect(unseal(thief, 'p', sealed)).rejects.toThrow('sealed under another root key');
    expect(await unseal(stack, 'p', sealed)).toBe('some text');
  });

  it('may be sealed by many at once for the first time', async () => {
    const stack = await openStack();
    const sealed = await Promise.all(Array.from({ length: 10 }, (_, i) => seal(stack, 'p', String(i))));
    for (const [i, one] of sealed.entries()) expect(await unseal(stack, 'p', one)).toBe(String(i));
  });
});
