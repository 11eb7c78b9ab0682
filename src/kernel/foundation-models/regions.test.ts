import { describe, expect, it } from 'vitest';
import { outputBurnDown } from './burn-down.ts';
import { foundationModel, foundationModels } from './catalog.ts';
import { lifecycleDates } from './lifecycle.ts';
import { isCallableFrom } from './model.ts';
import { destinationsOf, isInRegion, isOffered } from './regions.ts';

describe('the regions of models', () => {
  it('are where a model is called by its own id, or through a profile', () => {
    const sonnet = foundationModel('anthropic.claude-3-5-sonnet-20241022-v2:0')!;
    expect(['us-west-2', 'us-east-1', 'eu-west-1'].map((region) => isInRegion(sonnet, region))).toEqual([
      true,
      false,
      false,
    ]);
    expect(['us-west-2', 'us-east-1', 'eu-west-1'].map((region) => isOffered(sonnet, region))).toEqual([
      true,
      true,
      false,
    ]);
    for (const model of foundationModels) {
      // What only profiles reach is in no region by itself; every model is somewhere.
      if (!model.inference.includes('ON_DEMAND')) expect(isInRegion(model, 'us-east-1')).toBe(false);
      expect(['us-east-1', 'us-west-2'].some((region) => isOffered(model, region))).toBe(true);
      expect(isInRegion(model, 'cn-north-1')).toBe(false);
    }
  });

  it('of a profile begin with the caller’s own, and are in its geography', () => {
    expect(destinationsOf('us.amazon.nova-pro-v1:0', 'us-west-2')).toEqual(['us-west-2', 'us-east-1', 'us-east-2']);
    // Canadian callers of a profile of the United States are served there.
    expect(destinationsOf('us.amazon.nova-pro-v1:0', 'ca-central-1')).toEqual(['us-east-1', 'us-east-2', 'us-west-2']);
    for (const { id, profiles } of foundationModels)
      for (const geography of profiles) {
        const regions = destinationsOf(`${geography}.${id}`, 'us-east-1');
        expect(regions.length).toBeGreaterThan(1);
        expect(regions.filter((region) => !isCallableFrom(geography, region))).toEqual([]);
      }
  });
});

describe('the burn-down rate', () => {
  it('is five for Claude 3.7 and later', () => {
    const rates = Object.fromEntries(foundationModels.map((model) => [model.id, outputBurnDown(model)]));
    expect(rates).toMatchObject({
      'anthropic.claude-v2:1': 1,
      'anthropic.claude-3-5-sonnet-20241022-v2:0': 1,
      'anthropic.claude-3-7-sonnet-20250219-v1:0': 5,
      'anthropic.claude-sonnet-4-5-20250929-v1:0': 5,
      'amazon.nova-pro-v1:0': 1,
    });
  });
});

describe('the dates of models', () => {
  it('are told of legacy models alone: six months at least from legacy to the end', () => {
    let told = 0;
    for (const { id, lifecycle } of foundationModels) {
      const { legacyTime, endOfLifeTime } = lifecycleDates(id);
      if (!legacyTime) continue;
      told++;
      expect({ id, lifecycle }).toEqual({ id, lifecycle: 'LEGACY' });
      expect(endOfLifeTime!.getTime() - legacyTime.getTime()).toBeGreaterThan(180 * 86_400_000);
    }
    expect(told).toBe(8);
    expect(lifecycleDates('amazon.nova-pro-v1:0')).toEqual({});
  });
});
