import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readConfig } from './config.ts';

const read = (flags: Record<string, unknown> = {}, environment: Record<string, string> = {}, file = '/nowhere.yaml') =>
  readConfig(flags, environment, file);

describe('the configuration', () => {
  it('has the documented defaults', () => {
    expect(read()).toMatchObject({
      host: '127.0.0.1',
      port: [4566],
      data: './.outcrop',
      ephemeral: false,
      accountId: '000000000000',
      region: 'us-east-1',
      auth: 'strict',
      workers: 1,
    });
  });

  it('takes flags before environment before the file', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'outcrop-config-')), 'outcrop.yaml');
    writeFileSync(file, 'port: 1111\nregion: eu-west-1\naccountId: "111111111111"\n');
    const config = read({ port: '3333' }, { OUTCROP_PORT: '2222', OUTCROP_REGION: 'eu-central-1' }, file);
    expect(config).toMatchObject({ port: [3333], region: 'eu-central-1', accountId: '111111111111' });
  });

  it('takes the rule file from any source', () => {
    expect(read({ rules: 'a.yaml' }, { OUTCROP_RULES: 'b.yaml' }).rules).toBe('a.yaml');
    expect(read({}, { OUTCROP_RULES: 'b.yaml' }).rules).toBe('b.yaml');
  });

  it('takes several ports', () => {
    expect(read({ port: '4566, 8443' }).port).toEqual([4566, 8443]);
    expect(() => read({ port: '4566,x' })).toThrow('port');
  });

  it('refuses an unknown key and suggests the one meant', () => {
    expect(() => read({}, { OUTCROP_REGOIN: 'us-east-1' })).toThrow('regoin: unknown; did you mean region?');
  });

  it('names every fault of a bad configuration', () => {
    expect(() => read({ accountId: '12', workers: 0, region: 'mars' })).toThrow(
      /accountId[^]*region[^]*workers|workers[^]*accountId|accountId[^]*workers/,
    );
  });

  it('refuses to be reached from elsewhere without a secret, and to be open there', () => {
    expect(() => read({ host: '0.0.0.0' })).toThrow('OUTCROP_ROOT_SECRET');
    expect(read({ host: '0.0.0.0', rootSecret: 's' }).host).toBe('0.0.0.0');
    expect(() => read({ host: '0.0.0.0', rootSecret: 's', auth: 'open' })).toThrow('loopback');
  });
});
