import { describe, expect, it } from 'vitest';
import { readMetrics, thinned } from './metrics.ts';

describe('metrics of a training', () => {
  it('are read from their file, which must be one', () => {
    expect(readMetrics('step_number,epoch_number,training_loss,perplexity\n0,0,2.5,12.18\n1,0,1.25,3.49\n')).toEqual([
      { step: 0, epoch: 0, loss: 2.5, perplexity: 12.18 },
      { step: 1, epoch: 0, loss: 1.25, perplexity: 3.49 },
    ]);
    expect(() => readMetrics('<html>')).toThrow('not those of metrics');
  });

  it('are drawn by means where there are many', () => {
    const steps = Array.from({ length: 10 }, (_, step) => ({ step, epoch: 0, loss: step, perplexity: 0 }));
    expect(thinned(steps, 20).map(({ y }) => y)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(thinned(steps, 4)).toEqual([
      { x: 1, y: 1 },
      { x: 4, y: 4 },
      { x: 7, y: 7 },
      { x: 9, y: 9 },
    ]);
    expect(thinned([], 4)).toEqual([]);
  });
});
