import { BedrockClient, CreateGuardrailCommand } from '@aws-sdk/client-bedrock';
import { BedrockRuntimeClient, ConverseCommand } from '@aws-sdk/client-bedrock-runtime';
import { beforeAll, describe, expect, it } from 'vitest';
import { startForTests } from '../start.ts';

/** A model whose window holds so long a text. */
const MODEL = 'amazon.nova-pro-v1:0';
const LONG = 'The ferry leaves on Sundays. '.repeat(6_000);

let bedrock: BedrockClient;
let runtime: BedrockRuntimeClient;

beforeAll(async () => {
  const outcrop = await startForTests();
  bedrock = new BedrockClient({ ...outcrop.clients, maxAttempts: 1 });
  runtime = new BedrockRuntimeClient({ ...outcrop.clients, maxAttempts: 1 });
});

/** A mask that begins in one search and ends in the next is one mask. */
const masking = {
  name: 'masks',
  blockedInputMessaging: 'in',
  blockedOutputsMessaging: 'out',
  sensitiveInformationPolicyConfig: {
    piiEntitiesConfig: [{ type: 'EMAIL' as const, action: 'ANONYMIZE' as const }],
    regexesConfig: [{ name: 'code', pattern: 'mango-\\d+', action: 'ANONYMIZE' as const }],
  },
};

describe('a guardrail over a text of more characters than one search takes', () => {
  it.each([
    [
      'patterns',
      {
        sensitiveInformationPolicyConfig: {
          regexesConfig: [{ name: 'code', pattern: 'mango-\\d+', action: 'BLOCK' as const }],
        },
      },
    ],
    ['words', { wordPolicyConfig: { wordsConfig: [{ text: 'mango-4711' }] } }],
    [
      'profanity',
      {
        wordPolicyConfig: {
          managedWordListsConfig: [{ type: 'PROFANITY' as const }],
          wordsConfig: [{ text: 'mango-4711' }],
        },
      },
    ],
  ])('finds %s in all of it', async (name, policies) => {
    const { guardrailId } = await bedrock.send(
      new CreateGuardrailCommand({ name, blockedInputMessaging: 'in', blockedOutputsMessaging: 'out', ...policies }),
    );
    const ask = async (text: string) =>
      (
        await runtime.send(
          new ConverseCommand({
            modelId: MODEL,
            messages: [{ role: 'user', content: [{ text }] }],
            inferenceConfig: { maxTokens: 5 },
            guardrailConfig: { guardrailIdentifier: guardrailId!, guardrailVersion: 'DRAFT' },
          }),
        )
      ).stopReason;
    expect(await ask(`${LONG} mango-4711`)).toBe('guardrail_intervened');
    expect(await ask(`${LONG.slice(0, 99_994)} mango-4711 ${LONG.slice(0, 99)}`)).toBe('guardrail_intervened');
    expect(await ask(LONG)).not.toBe('guardrail_intervened');
  });

  it('masks all of it once, wherever a search ends', async () => {
    const { guardrailId } = await bedrock.send(new CreateGuardrailCommand(masking));
    for (const at of [95_990, 95_996, 96_000, 99_992, 99_999, 100_000, 150_000]) {
      const before = LONG.slice(0, at - 1);
      const secret = 'mango-4711471147114711 jane.miller@example.org';
      const after = LONG.slice(0, 50_000);
      const { trace } = await runtime.send(
        new ConverseCommand({
          modelId: MODEL,
          messages: [{ role: 'user', content: [{ text: `${before} ${secret} ${after}` }] }],
          inferenceConfig: { maxTokens: 5 },
          guardrailConfig: { guardrailIdentifier: guardrailId!, guardrailVersion: 'DRAFT', trace: 'enabled' },
        }),
      );
      const found = trace!.guardrail!.inputAssessment![guardrailId!]!.sensitiveInformationPolicy!;
      expect(found.regexes!.map(({ match }) => match)).toContain('mango-4711471147114711');
      expect(found.piiEntities!.map(({ match }) => match)).toContain('jane.miller@example.org');
    }
  });
});
