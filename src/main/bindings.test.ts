import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ModelRegistry } from '../engines/llm/registry/index.ts';
import { bindConfigured } from './bindings.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'outcrop-bindings-'));
});
afterAll(() => rm(directory, { recursive: true }));

const open = () =>
  new ModelRegistry({ directory, factories: { builtin: () => Promise.reject(new Error('not asked for')) } });
const bindings = async () =>
  Object.fromEntries((await open().list()).bindings.map(({ pattern, backend }) => [pattern, backend]));

describe('configured bindings', () => {
  it('follow the configuration from start to start, and leave others alone', async () => {
    const a = 'openai:http://127.0.0.1:1/v1#a';
    const b = 'openai:http://127.0.0.1:1/v1#b';
    await open().bind('mistral.*', a);
    await bindConfigured(open(), directory, { 'anthropic.*': a, 'meta.*': a });
    expect(await bindings()).toEqual({ 'anthropic.*': a, 'meta.*': a, 'mistral.*': a });
    await bindConfigured(open(), directory, { 'anthropic.*': b });
    expect(await bindings()).toEqual({ 'anthropic.*': b, 'mistral.*': a });
    // Bound anew by hand since: no longer the configuration's to take back.
    await open().bind('anthropic.*', a);
    await bindConfigured(open(), directory, {});
    expect(await bindings()).toEqual({ 'anthropic.*': a, 'mistral.*': a });
  });

  it('of a backend that is none are refused', async () => {
    await expect(bindConfigured(open(), directory, { 'anthropic.*': 'oracle:42' })).rejects.toMatchObject({
      name: 'LlmError',
      kind: 'invalid',
    });
  });
});
