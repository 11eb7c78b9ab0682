import { BedrockClient, CreateGuardrailCommand } from '@aws-sdk/client-bedrock';
import {
  BedrockRuntimeClient,
  ConverseCommand,
  InvokeModelCommand,
  type ContentBlock,
  type ConverseCommandInput,
} from '@aws-sdk/client-bedrock-runtime';
import { beforeAll, describe, expect, it } from 'vitest';
import { startForTests } from '../../../../tests/start.ts';

let runtime: BedrockRuntimeClient;
/** Blocks "Zorbex" and "blue harbour", masks e-mail addresses. */
let guardrailIdentifier: string;
let rules: Awaited<ReturnType<typeof startForTests>>['rules'];
const MODEL = 'anthropic.claude-3-haiku-20240307-v1:0';
const BLOCKED_INPUT = 'We cannot take this question.';
const BLOCKED_OUTPUT = 'We cannot give this answer.';

beforeAll(async () => {
  const outcrop = await startForTests();
  ({ rules } = outcrop);
  runtime = new BedrockRuntimeClient({ ...outcrop.clients, maxAttempts: 1 });
  const made = await new BedrockClient(outcrop.clients).send(
    new CreateGuardrailCommand({
      name: 'words',
      blockedInputMessaging: BLOCKED_INPUT,
      blockedOutputsMessaging: BLOCKED_OUTPUT,
      wordPolicyConfig: { wordsConfig: [{ text: 'Zorbex' }, { text: 'blue harbour' }] },
      sensitiveInformationPolicyConfig: { piiEntitiesConfig: [{ type: 'EMAIL', action: 'ANONYMIZE' }] },
    }),
  );
  guardrailIdentifier = made.guardrailId!;
});

const ask = (content: ContentBlock[], more: Partial<ConverseCommandInput> = {}) =>
  runtime.send(
    new ConverseCommand({
      modelId: MODEL,
      messages: [{ role: 'user', content }],
      guardrailConfig: { guardrailIdentifier, guardrailVersion: 'DRAFT', trace: 'enabled' },
      ...more,
    }),
  );
const said = (...texts: string[]): ContentBlock[] => texts.map((text) => ({ text }));
const textOf = ({ output }: Awaited<ReturnType<typeof ask>>) =>
  output!.message!.content!.map(({ text }) => text).join('|');

describe('Texts that stand next to each other in a message', () => {
  it.each([
    ['a word in two', said('Tell me about Zor', 'bex, please.')],
    ['a phrase in two', said('Where is the blue', 'harbour?')],
    ['a phrase in two, with its space', said('Where is the blue ', 'harbour?')],
    ['a word in its letters', said(...'Zorbex'.split(''))],
    ['a word that ends where its text does', said('Tell me of Zorbex', 'Tell me more')],
  ])('are looked at as one: %s is found', async (_what, content) => {
    expect(textOf(await ask(content))).toBe(BLOCKED_INPUT);
    const body = {
      anthropic_version: 'bedrock-2023-05-31',
      max_tokens: 100,
      messages: [{ role: 'user', content: content.map(({ text }) => ({ type: 'text', text })) }],
    };
    const native = await runtime.send(
      new InvokeModelCommand({
        modelId: MODEL,
        body: JSON.stringify(body),
        guardrailIdentifier,
        guardrailVersion: 'DRAFT',
      }),
    );
    expect(native.body.transformToString()).toContain('"amazon-bedrock-guardrailAction":"INTERVENED"');
  });

  it('are not one with what another message, or another kind of block, parts them from', async () => {
    const apart = await ask([], {
      messages: [
        { role: 'user', content: said('Repeat: the blue') },
        { role: 'assistant', content: said('the blue') },
        { role: 'user', content: said('harbour is what word?') },
      ],
    });
    expect(apart.stopReason).not.toBe('guardrail_intervened');
  });

  it('are masked in each of them that holds a part of what is masked', async () => {
    const answer = await ask(
      said(
        'The lighthouse keeper is Ada. Her address is ada.lovelace@exam',
        'ple.org since May.\n\nWhat is her address?',
      ),
    );
    expect(
      answer.trace!.guardrail!.inputAssessment![guardrailIdentifier]!.sensitiveInformationPolicy!.piiEntities,
    ).toEqual([{ type: 'EMAIL', match: 'ada.lovelace@example.org', action: 'ANONYMIZED', detected: true }]);
    expect(textOf(answer)).toContain('{EMAIL}');
    expect(textOf(answer)).not.toMatch(/lovelace|ple\.org/);
  });
});

describe('What is no text of the conversation', () => {
  it('is not looked at: what tools are, are asked and answer, and documents', async () => {
    await rules.set([{ model: MODEL, say: 'It is shut.' }]);
    const { stopReason } = await ask([], {
      messages: [
        {
          role: 'user',
          content: [
            { text: 'What does the page say?' },
            { document: { name: 'page', format: 'txt', source: { bytes: Buffer.from('Zorbex is closed.') } } },
          ],
        },
        {
          role: 'assistant',
          content: [{ toolUse: { toolUseId: 't1', name: 'look', input: { at: 'Zorbex' } } }],
        },
        {
          role: 'user',
          content: [{ toolResult: { toolUseId: 't1', content: [{ text: 'The gate is shut. Zorbex is in it.' }] } }],
        },
      ],
      toolConfig: {
        tools: [
          {
            toolSpec: {
              name: 'look',
              description: 'Looks at Zorbex.',
              inputSchema: { json: { type: 'object', properties: {} } },
            },
          },
        ],
      },
    });
    expect(stopReason).not.toBe('guardrail_intervened');
  });
});
