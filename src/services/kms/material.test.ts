import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Calls } from '../../kernel/calls.ts';
import { Keys } from '../../kernel/keys/keys.ts';
import { RootKey } from '../../kernel/keys/root-key.ts';
import { openMaterial, wrapMaterial } from './material.ts';
import type { Material } from './records.ts';

const stack = () => ({
  keys: new Keys({ root: new RootKey(randomBytes(32)), calls: new Calls({ credential: async () => undefined }) }),
});

describe('key material at rest', () => {
  it('opens for its own key under its own root key, and says what is wrong otherwise', () => {
    const [kernel, other] = [stack(), stack()];
    const [key, neighbour] = ['a', 'b'].map((id) => ({ arn: `arn:aws:kms:us-east-1:000000000000:key/${id}` }));
    const secret = randomBytes(32);
    const wrapped = wrapMaterial(kernel, key!, secret);
    const material: Material = { id: 'm', wrapped, sequence: 0, createdAtMs: 0, state: 'CURRENT' };
    expect(openMaterial(kernel, key!, material)).toEqual(secret);
    const lost = expect.objectContaining({
      name: 'KMSInternalException',
      message: expect.stringContaining('sealed under another root key'),
    });
    expect(() => openMaterial(other, key!, material)).toThrow(lost);
    expect(() => openMaterial(kernel, neighbour!, material)).toThrow(lost);
  });
});
