import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { foundationModel, foundationModels } from './catalog.ts';
import { foundationModelArn, isCallableFrom, splitProfileId } from './model.ts';

const PAGE = new URL('../../../docs/services/bedrock.md', import.meta.url);
const BEGIN = '<!-- models: written by OUTCROP_TEST_UPDATE=1 npx vitest run src/kernel/foundation-models -->';
const END = '<!-- end of models -->';

/** The catalogue as the documentation shows it. */
function table(): string {
  const number = (value: number | undefined) => (value === undefined ? '–' : value.toLocaleString('en-US'));
  const rows = foundationModels.map((model) => {
    const called = [
      ...(model.inference.includes('ON_DEMAND') ? ['by id'] : []),
      ...model.profiles.map((geography) => `\`${geography}.\``),
    ].join(', ');
    const converse = model.converse
      ? [
          'text',
          ...(model.converse.system ? ['system'] : []),
          ...(model.converse.documents ? ['documents'] : []),
          ...(model.converse.tools ? [`tools (${model.converse.tools.choices.join(', ')})`] : []),
        ].join(', ')
      : '–';
    const { id, name, provider, family, lifecycle, contextTokens, outputTokensMax } = model;
    return `| \`${id}\` | ${name} | ${provider} | ${family} | ${called} | ${converse} | ${lifecycle} | ${number(contextTokens)} | ${number(outputTokensMax)} |`;
  });
  return [
    '| model id | name | provider | family of native body | called | Converse | lifecycle | context window (tokens) | output (tokens) |',
    '|---|---|---|---|---|---|---|---|---|',
    ...rows,
  ].join('\n');
}

describe('the catalogue of foundation models', () => {
  it('is what the documentation lists', () => {
    const page = readFileSync(PAGE, 'utf8');
    const [before, after] = [page.slice(0, page.indexOf(BEGIN)), page.slice(page.indexOf(END))];
    const expected = `${before}${BEGIN}\n${table()}\n${after}`;
    if (process.env['OUTCROP_TEST_UPDATE'] === '1') writeFileSync(PAGE, expected);
    expect(page).toContain(BEGIN);
    expect(readFileSync(PAGE, 'utf8')).toBe(expected);
  });

  it('names each model once, under an id of AWS’s form', () => {
    const ids = foundationModels.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) {
      expect(id).toMatch(/^[a-z0-9-]+\.[a-z0-9.-]+(?::\d+)?$/);
      expect(splitProfileId(id)).toBeUndefined();
      expect(foundationModel(id)?.id).toBe(id);
    }
  });

  it('bounds the answers of each model that Converse serves within its window', () => {
    for (const model of foundationModels) {
      const { converse, contextTokens, outputTokensMax, inference, profiles } = model;
      const called = inference.includes('ON_DEMAND') || profiles.length > 0;
      const bounded = !converse || (contextTokens! > 0 && outputTokensMax! > 0 && outputTokensMax! <= contextTokens!);
      expect({ ...model, called, bounded }).toMatchObject({ called: true, bounded: true });
    }
  });

  it('tells profiles by their geography, and where they can be called', () => {
    expect(splitProfileId('us.anthropic.claude-3-haiku-20240307-v1:0')).toEqual({
      geography: 'us',
      modelId: 'anthropic.claude-3-haiku-20240307-v1:0',
    });
    expect(splitProfileId('us-gov.amazon.nova-pro-v1:0')).toEqual({
      geography: 'us-gov',
      modelId: 'amazon.nova-pro-v1:0',
    });
    expect([
      isCallableFrom('us', 'us-east-1'),
      isCallableFrom('us', 'us-gov-west-1'),
      isCallableFrom('us', 'eu-west-1'),
    ]).toEqual([true, false, false]);
    expect([
      isCallableFrom('jp', 'ap-northeast-1'),
      isCallableFrom('jp', 'ap-south-1'),
      isCallableFrom('global', 'sa-east-1'),
    ]).toEqual([true, false, true]);
    expect(
      foundationModelArn({ id: 'amazon.nova-pro-v1:0' }, { partition: 'aws-us-gov', region: 'us-gov-west-1' }),
    ).toBe('arn:aws-us-gov:bedrock:us-gov-west-1::foundation-model/amazon.nova-pro-v1:0');
  });
});
