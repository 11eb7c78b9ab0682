import { describe, expect, it } from 'vitest';
import { arn, page, pageToken, parseArn, partitionOf, readPageToken } from './resources.ts';

const fail = () => new Error('not a token of ours');

describe('ARNs', () => {
  it('are taken apart and put together', () => {
    for (const text of [
      'arn:aws:s3:::bucket/key:with:colons',
      'arn:aws-cn:lambda:cn-north-1:111111111111:function:f:1',
      'arn:aws:iam::111111111111:role/path/name',
    ])
      expect(arn(parseArn(text)!)).toBe(text);
    expect(arn({ service: 's3', resource: 'b' })).toBe('arn:aws:s3:::b');
  });

  it('are not made of what is none', () => {
    for (const text of ['', 'arn', 'arn:aws:s3', 'urn:aws:s3:::b', 'arn::s3:::b', 'arn:aws::::b'])
      expect(parseArn(text)).toBeUndefined();
  });

  it('have the partition of their region', () => {
    expect(['us-east-1', 'cn-north-1', 'us-gov-west-1'].map(partitionOf)).toEqual(['aws', 'aws-cn', 'aws-us-gov']);
  });
});

describe('page tokens', () => {
  it('carry a state there and back, in characters that fit a URL', () => {
    for (const state of [{ at: 5 }, ['ключ', 'é/ü'], null, 'x', { deep: { a: [1, 2] } }]) {
      const token = pageToken(state);
      expect(token).toMatch(/^[\w-]+$/);
      expect(readPageToken(token, fail)).toEqual(state);
    }
    expect(readPageToken(undefined, fail)).toBeUndefined();
    expect(readPageToken('', fail)).toBeUndefined();
  });

  it('are refused when they were altered or made up', () => {
    const token = pageToken({ at: 10 });
    const altered = Array.from(token, (char, i) => token.slice(0, i) + (char === 'A' ? 'B' : 'A') + token.slice(i + 1));
    for (const bad of [...altered, `${token}A`, `${token}=`, `${token}!`, token.slice(1), 'MTIz', 'x', 'null', '🙂'])
      expect(() => readPageToken(bad, fail)).toThrow('not a token of ours');
  });

  it('lead through a list to its end, each item once', () => {
    const items = Array.from({ length: 23 }, (_, i) => i);
    const seen: number[] = [];
    let token: string | undefined;
    do {
      const got = page(items, token, 5, fail);
      expect(got.items.length).toBeLessThanOrEqual(5);
      seen.push(...got.items);
      token = got.nextToken;
    } while (token !== undefined);
    expect(seen).toEqual(items);
    expect(page([], undefined, 5)).toEqual({ items: [], nextToken: undefined });
    expect(() => page(items, pageToken({ at: -1 }), 5, fail)).toThrow('not a token of ours');
    expect(() => page(items, 'bogus', 5)).toThrow('The specified next token is not valid.');
  });
});
