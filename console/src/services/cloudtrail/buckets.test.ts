import { describe, expect, it } from 'vitest';
import { OTHERS, timelineOf } from './buckets.ts';
import type { Listed } from './events.ts';

const event = (ms: number, service: string, error = ''): Listed => ({
  id: `${ms} ${service}`,
  time: new Date(ms),
  name: 'x',
  service,
  user: '',
  resources: '',
  error,
  requestId: '',
  readOnly: true,
});

describe('the timeline', () => {
  it('has each event in one bucket of one series', () => {
    const timeline = timelineOf(
      [event(0, 's3'), event(999, 's3'), event(1000, 'kms'), event(20_500, 's3')],
      'service',
    )!;
    expect(timeline).toMatchObject({ from: 0, sizeMs: 1000, count: 21 });
    expect(timeline.series.map(({ title, total }) => [title, total])).toEqual([
      ['s3', 3],
      ['kms', 1],
    ]);
    expect(timeline.series[0]!.counts.slice(0, 2)).toEqual([2, 0]);
    expect(timeline.series[1]!.counts[1]).toBe(1);
  });

  it('takes longer buckets for longer times, and puts the rare together', () => {
    const events = Array.from({ length: 12 }, (_, index) => event(index * 86_400_000, `service-${index}`));
    const { series, sizeMs, count } = timelineOf(events, 'service')!;
    expect([sizeMs, count]).toEqual([86_400_000, 12]);
    expect(series).toHaveLength(8);
    expect(series.at(-1)).toMatchObject({ title: OTHERS, total: 5 });
    expect(timelineOf([], 'error')).toBeUndefined();
    expect(timelineOf([event(0, 's3', 'AccessDenied')], 'error')!.series[0]!.title).toBe('AccessDenied');
  });
});
