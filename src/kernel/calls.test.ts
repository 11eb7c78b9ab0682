import { describe, expect, it } from 'vitest';
import { Calls, type CallRequest } from './calls.ts';
import { rootOf } from './principals/principal.ts';

const request: CallRequest = {
  service: 's3',
  operation: 'HeadBucket',
  input: { Bucket: 'b' },
  principal: rootOf('1'),
  region: 'us-east-1',
};

describe('calls between services', () => {
  it('go the way that the gateway gave, and bring back its answer or its error', async () => {
    const calls = new Calls({ credential: async () => undefined });
    const seen: CallRequest[] = [];
    calls.connect(async (made) => {
      seen.push(made);
      if (made.operation === 'HeadBucket') return { BucketRegion: 'us-east-1' };
      throw new Error('NoSuchBucket');
    });
    expect(await calls.send(request)).toEqual({ BucketRegion: 'us-east-1' });
    await expect(calls.send({ ...request, operation: 'GetObject' })).rejects.toThrow('NoSuchBucket');
    expect(seen).toEqual([request, { ...request, operation: 'GetObject' }]);
  });

  it('fail before there is a way', async () => {
    await expect(new Calls({ credential: async () => undefined }).send(request)).rejects.toThrow(
      'calls are not connected',
    );
  });
});
