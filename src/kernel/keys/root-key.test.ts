import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { openStore, runScript, silent, temporaryFolder } from '../kernel.fixture.ts';
import { openRootKey, parseRootKey, RootKey, RootKeyError } from './root-key.ts';

type Parts = Parameters<typeof openRootKey>[0];

async function place(standing: Partial<Parts> = {}) {
  const directory = temporaryFolder();
  const store = await openStore();
  const warnings: string[] = [];
  const log = { ...silent, warn: (_line: unknown, text: string) => warnings.push(text) } as unknown as Parts['log'];
  const base = { store, directory, ephemeral: false, outside: false, log, ...standing };
  return {
    ...base,
    warnings,
    file: join(directory, 'root.key'),
    open: (more: Partial<Parts> = {}) => openRootKey({ ...base, ...more }),
  };
}

const same = (a: RootKey, b: RootKey) => {
  const bytes = randomBytes(50);
  return b.unwrap('p', a.wrap('p', bytes)).equals(bytes);
};

describe('a root key', () => {
  it('opens what it sealed, for the same purpose only, and seals nothing twice alike', () => {
    const key = new RootKey(randomBytes(32));
    const bytes = randomBytes(100);
    const wrapped = key.wrap('one', bytes);
    expect(key.unwrap('one', wrapped)).toEqual(bytes);
    expect(wrapped.includes(bytes.subarray(0, 16))).toBe(false);
    expect(key.wrap('one', bytes)).not.toEqual(wrapped);
    expect(() => key.unwrap('two', wrapped)).toThrow(RootKeyError);
    expect(() => new RootKey(randomBytes(32)).unwrap('one', wrapped)).toThrow('another root key');
    for (let i = 0; i < wrapped.length; i++) {
      const altered = Buffer.from(wrapped);
      altered[i]! ^= 1 << (i % 8);
      expect(() => key.unwrap('one', altered)).toThrow(RootKeyError);
    }
    for (let length = 0; length < wrapped.length; length++)
      expect(() => key.unwrap('one', wrapped.subarray(0, length))).toThrow(RootKeyError);
  });

  it('knows equal bytes again for one purpose, in a way that no other key can', () => {
    const key = new RootKey(randomBytes(32));
    const bytes = randomBytes(40);
    expect(key.mac('one', bytes)).toEqual(key.mac('one', bytes));
    const others = [
      key.mac('two', bytes),
      key.mac('one', randomBytes(40)),
      new RootKey(randomBytes(32)).mac('one', bytes),
    ];
    for (const other of others) expect(other).not.toEqual(key.mac('one', bytes));
  });

  it('is written in base64 or hexadecimal, and is 32 bytes', () => {
    const bytes = randomBytes(32);
    for (const text of [
      bytes.toString('base64'),
      bytes.toString('base64url'),
      bytes.toString('hex'),
      ` ${bytes.toString('hex').toUpperCase()}\n`,
    ])
      expect(parseRootKey(text)).toEqual(bytes);
    for (const text of [
      '',
      'secret',
      randomBytes(31).toString('base64'),
      randomBytes(33).toString('hex'),
      '€'.repeat(43),
    ])
      expect(parseRootKey(text)).toBeUndefined();
  });
});

describe('the root key of a stack', () => {
  it('is made at the first start, for its owner alone, and found by the next', async () => {
    const { open, file, directory } = await place();
    const made = await open();
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(directory)).toEqual(['root.key']);
    expect(parseRootKey(readFileSync(file, 'utf8'))).toHaveLength(32);
    expect(same(made, await open())).toBe(true);
  });

  it('is one for all processes that start at once', async () => {
    const folder = temporaryFolder();
    const script = fileURLToPath(new URL('./root-key.fixture.ts', import.meta.url));
    const processes = Array.from({ length: 4 }, () => runScript(script, [folder]));
    const told = await Promise.all(processes.map(({ said }) => said('opened')));
    expect(new Set(told).size).toBe(1);
    expect(readdirSync(folder).toSorted()).toEqual(['root.key', 'store']);
  });

  it('is refused when others can read its file, or when the file holds something else', async () => {
    const { open, file } = await place();
    await open();
    chmodSync(file, 0o640);
    await expect(open()).rejects.toThrow(/can be read by others \(mode 640\).*chmod 600/);
    chmodSync(file, 0o600);
    writeFileSync(file, randomBytes(16).toString('base64'));
    await expect(open()).rejects.toThrow('holds no root key');
  });

  it('is refused when it is not the one the store is sealed under', async () => {
    const { open, file } = await place();
    await open();
    const given = randomBytes(32).toString('base64');
    await expect(open({ given })).rejects.toThrow('OUTCROP_ENCRYPTION_KEY');
    const kept = readFileSync(file, 'utf8');
    writeFileSync(file, given);
    await expect(open()).rejects.toThrow('sealed under another root key');
    rmSync(file);
    await expect(open()).rejects.toThrow(`${file} is not there`);
    expect(existsSync(file)).toBe(false);
    expect(same(await open({ given: kept.trim() }), new RootKey(parseRootKey(kept)!))).toBe(true);
  });

  it('comes from the configuration, and then from no file', async () => {
    const bytes = randomBytes(32);
    const { open, file } = await place();
    expect(same(await open({ given: bytes.toString('hex') }), new RootKey(bytes))).toBe(true);
    expect(existsSync(file)).toBe(false);
    const wrong = open({ given: 'too short' });
    await expect(wrong).rejects.toThrow('32 bytes, written in base64 or hexadecimal');
    await expect(wrong).rejects.not.toThrow('too short');
  });

  it('leaves no file when the stack is ephemeral', async () => {
    const { open, directory } = await place({ ephemeral: true });
    await open();
    expect(readdirSync(directory)).toEqual([]);
  });

  it('is warned of when a server’s store was sealed by another, unless it was given: then it is refused', async () => {
    const { open, warnings } = await place({ outside: true });
    await open();
    expect(warnings).toEqual([]);
    await open({ directory: temporaryFolder() });
    expect(warnings).toEqual([expect.stringContaining('sealed under another root key')]);
    await expect(open({ given: randomBytes(32).toString('hex') })).rejects.toThrow(RootKeyError);
  });
});
