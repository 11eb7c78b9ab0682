import { describe, expect, it } from 'vitest';

import { LlmError } from '../types.ts';
import { formatBackend, parseBackend } from './backend.ts';
import { bestPattern, checkPattern, comparePatterns, matchesPattern } from './pattern.ts';

describe('the one-line form of a backend', () => {
  it.each([
    ['builtin', { kind: 'builtin' }],
    [
      'openai:http://127.0.0.1:11434/v1#llama3.2:3b',
      { kind: 'openai', baseUrl: 'http://127.0.0.1:11434/v1', model: 'llama3.2:3b' },
    ],
    [
      'openai:https://host/v1#org/model?key=MY_KEY',
      { kind: 'openai', baseUrl: 'https://host/v1', model: 'org/model', keyVariable: 'MY_KEY' },
    ],
    ['gguf:/models/a b.gguf', { kind: 'gguf', path: '/models/a b.gguf' }],
    [
      'gguf:./here.gguf?context=16384&threads=4',
      { kind: 'gguf', path: './here.gguf', contextSize: 16_384, threads: 4 },
    ],
    ['gguf:qwen3-4b', { kind: 'gguf', name: 'qwen3-4b' }],
    ['bedrock:us-east-1', { kind: 'other', scheme: 'bedrock', rest: 'us-east-1' }],
  ])('reads %s and writes it again', (text, backend) => {
    expect(parseBackend(text, ['bedrock'])).toEqual(backend);
    expect(formatBackend(parseBackend(text, ['bedrock']))).toBe(text);
  });

  it.each([
    ['', 'none of builtin'],
    ['bedrock:us-east-1', 'none of builtin'],
    ['openai:http://host/v1', 'after #'],
    ['openai:http://host/v1#', 'after #'],
    ['openai:host/v1#m', 'not an http(s) URL'],
    ['openai:http://user:pass@host/v1#m', 'no credentials'],
    ['openai:http://host/v1#m?key=sk-123-abc', 'not the key itself'],
    ['openai:http://host/v1#m?token=X', 'no option "token"'],
    ['gguf:', 'none of builtin'],
    ['gguf:..', 'neither a path nor a model'],
    ['gguf:m?context=0', 'from 1 to'],
    ['gguf:m?context=1&context=2', 'twice'],
  ])('refuses "%s" and says why', (text, why) => {
    expect(() => parseBackend(text)).toThrow(LlmError);
    expect(() => parseBackend(text)).toThrow(why);
  });
});

describe('patterns of model ids', () => {
  const id = 'anthropic.claude-3-5-sonnet-20240620-v1:0';

  it.each([
    ['*', true],
    [id, true],
    ['anthropic.*', true],
    ['anthropic.claude-?-5-*:0', true],
    ['*sonnet*', true],
    ['anthropic.claude', false],
    ['Anthropic.*', false],
    ['*haiku*', false],
    ['?', false],
  ])('%s matches a Claude id: %s', (pattern, matches) => {
    expect(matchesPattern(pattern, id)).toBe(matches);
  });

  it('prefers the id itself, then the longest text before a wildcard, in whatever order they were bound', () => {
    const patterns = ['*', 'anthropic.*', 'anthropic.claude-3-*', '*claude-3-5-sonnet*', id];
    for (let turn = 0; turn < patterns.length; turn++) {
      const rotated = [...patterns.slice(turn), ...patterns.slice(0, turn)];
      expect(bestPattern(rotated, id)).toBe(id);
      expect(bestPattern(rotated, 'anthropic.claude-3-haiku')).toBe('anthropic.claude-3-*');
      expect(bestPattern(rotated, 'eu.anthropic.claude-3-5-sonnet')).toBe('*claude-3-5-sonnet*');
      expect(bestPattern(rotated, 'amazon.nova-lite-v1:0')).toBe('*');
      expect(rotated.sort(comparePatterns)).toEqual([
        id,
        'anthropic.claude-3-*',
        'anthropic.*',
        '*claude-3-5-sonnet*',
        '*',
      ]);
    }
  });

  it('matches hostile patterns without running away', () => {
    expect(matchesPattern('*a'.repeat(200), 'a'.repeat(2000) + 'b')).toBe(false);
  });

  it.each(['', 'has space', 'x'.repeat(513), 'new\nline'])('refuses the pattern %j', (pattern) => {
    expect(() => checkPattern(pattern)).toThrow(LlmError);
  });
});
