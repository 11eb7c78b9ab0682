import { describe, expect, it } from 'vitest';
import type { Call } from '../../kernel/call.ts';
import { accessTo, foundationTarget, nameOf } from './target.ts';

const here = { region: 'us-east-1', partition: 'aws', account: '000000000000' };
const HAIKU = 'anthropic.claude-3-haiku-20240307-v1:0';
const SONNET = 'anthropic.claude-sonnet-4-5-20250929-v1:0';

describe('a model id', () => {
  it('may be bare, an inference profile, or an ARN of either', () => {
    const profile = `us.${HAIKU}`;
    expect(nameOf(HAIKU, here)).toEqual({ kind: 'foundation-model', modelId: HAIKU });
    expect(nameOf(profile, here)).toEqual({
      kind: 'inference-profile',
      modelId: HAIKU,
      profileId: profile,
    });
    expect(nameOf(`arn:aws:bedrock:us-east-1::foundation-model/${HAIKU}`, here)).toEqual({
      kind: 'foundation-model',
      modelId: HAIKU,
    });
    expect(nameOf(`arn:aws:bedrock:us-east-1:000000000000:inference-profile/${profile}`, here)).toEqual({
      kind: 'inference-profile',
      modelId: HAIKU,
      profileId: profile,
    });
    for (const id of [HAIKU, profile, `arn:aws:bedrock:us-east-1::foundation-model/${HAIKU}`])
      expect(foundationTarget(nameOf(id, here), id, here).model.id).toBe(HAIKU);
  });

  it.each([
    `arn:aws:bedrock:eu-west-1::foundation-model/${HAIKU}`,
    `arn:aws-cn:bedrock:us-east-1::foundation-model/${HAIKU}`,
    `arn:aws:bedrock:us-east-1:111111111111:inference-profile/us.${HAIKU}`,
    'arn:aws:bedrock:us-east-1::foundation-model',
    `apac.${HAIKU}`,
    'anthropic.claude-x',
    // Not in us-east-1 by its own id.
    'anthropic.claude-3-5-sonnet-20241022-v2:0',
    '',
  ])('%s is invalid in us-east-1', (id) => {
    expect(() => foundationTarget(nameOf(id, here), id, here)).toThrow('The provided model identifier is invalid.');
  });

  it.each(['prompt/ABCDEFGHIJ', 'endpoint/abc'])('of a %s is refused by name', (resource) => {
    expect(() => nameOf(`arn:aws:bedrock:us-east-1:000000000000:${resource}`, here)).toThrow(
      /^Invoking an? .* is not built in Outcrop/,
    );
  });

  it('asks permission on the model, and on the profile and the model in each of its regions where it goes through one', async () => {
    const access = accessTo('bedrock:InvokeModel');
    const model = { action: 'bedrock:InvokeModel', resource: `arn:aws:bedrock:us-east-1::foundation-model/${HAIKU}` };
    expect(await access(here as Call, { modelId: HAIKU })).toEqual([model]);
    const profile = `arn:aws:bedrock:us-east-1:000000000000:inference-profile/us.${HAIKU}`;
    const keys = { 'bedrock:inferenceprofilearn': profile };
    expect(await access(here as Call, { modelId: `us.${HAIKU}` })).toEqual([
      { action: 'bedrock:InvokeModel', resource: profile },
      { ...model, keys },
      { ...model, resource: model.resource.replace('us-east-1', 'us-west-2'), keys },
    ]);
    const global = await access(here as Call, { modelId: `global.${SONNET}` });
    expect(global.map(({ resource }) => resource)).toEqual([
      `arn:aws:bedrock:us-east-1:000000000000:inference-profile/global.${SONNET}`,
      `arn:aws:bedrock:us-east-1::foundation-model/${SONNET}`,
      `arn:aws:bedrock:::foundation-model/${SONNET}`,
    ]);
    const prompt = 'arn:aws:bedrock:us-east-1:111111111111:prompt/ABCDEFGHIJ';
    expect(await access(here as Call, { modelId: prompt })).toEqual([
      { action: 'bedrock:RenderPrompt', resource: prompt },
    ]);
  });
});
