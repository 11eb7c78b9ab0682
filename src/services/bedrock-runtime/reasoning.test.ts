import {
  BedrockRuntimeClient,
  ConverseCommand,
  ConverseStreamCommand,
  CountTokensCommand,
  InvokeModelCommand,
  InvokeModelWithResponseStreamCommand,
  type ContentBlock,
  type ConverseCommandInput,
  type Message,
} from '@aws-sdk/client-bedrock-runtime';
import { beforeAll, describe, expect, it } from 'vitest';
import { startForTests } from '../../../tests/start.ts';

let client: BedrockRuntimeClient;
beforeAll(async () => {
  client = new BedrockRuntimeClient({ ...(await startForTests()).clients, maxAttempts: 1 });
});

const MODEL = 'us.anthropic.claude-sonnet-4-5-20250929-v1:0';
const TEXT = 'The ferry to Ardmore leaves at 07:40 on weekdays. On Sundays it leaves at 09:15.';
const question: Message = { role: 'user', content: [{ text: `${TEXT}\n\nWhen does the ferry leave on Sundays?` }] };
const thinking = { type: 'enabled', budget_tokens: 1_024 };
const ask = (input: Partial<ConverseCommandInput> = {}) =>
  client.send(
    new ConverseCommand({
      modelId: MODEL,
      messages: [question],
      inferenceConfig: { maxTokens: 4_000 },
      additionalModelRequestFields: { thinking },
      ...input,
    }),
  );

describe('reasoning', () => {
  it('comes before the answer, signed, and counts as output', async () => {
    const { output, usage } = await ask();
    const [first, second] = output!.message!.content!;
    const { text, signature } = first!.reasoningContent!.reasoningText!;
    expect(text).toContain('On Sundays it leaves at 09:15.');
    expect(signature).toMatch(/^[\w-]{40,}$/);
    expect(second!.text).toContain('09:15');
    const { usage: plain } = await ask({ additionalModelRequestFields: {} });
    expect(usage!.outputTokens!).toBeGreaterThan(plain!.outputTokens!);
  });

  it('goes back unaltered, and is refused when a word of it was changed', async () => {
    const { output } = await ask();
    const message = output!.message!;
    const next: Message = { role: 'user', content: [{ text: 'And on weekdays?' }] };
    const on = await ask({ messages: [question, message, next] });
    expect(on.stopReason).toBe('end_turn');
    const [first, ...rest] = message.content!;
    const { text, signature } = first!.reasoningContent!.reasoningText!;
    const altered = (reasoningText: { text: string; signature?: string }): ContentBlock => ({
      reasoningContent: { reasoningText },
    });
    for (const block of [
      altered({ text: `${text} Or so.`, signature: signature! }),
      altered({ text: text!, signature: `${signature!.slice(0, -2)}AA` }),
      altered({ text: text! }),
    ]) {
      const messages: Message[] = [question, { role: 'assistant', content: [block, ...rest] }, next];
      await expect(ask({ messages })).rejects.toMatchObject({
        name: 'ValidationException',
        message: expect.stringMatching(/messages\.1\.content\.0.*signature/),
      });
    }
  });

  it('is streamed in pieces, its signature last', async () => {
    const { stream } = await client.send(
      new ConverseStreamCommand({
        modelId: MODEL,
        messages: [question],
        additionalModelRequestFields: { thinking },
        inferenceConfig: { maxTokens: 4_000 },
      }),
    );
    const deltas = [];
    for await (const { contentBlockDelta } of stream!)
      if (contentBlockDelta?.contentBlockIndex === 0) deltas.push(contentBlockDelta.delta!.reasoningContent!);
    expect(deltas.length).toBeGreaterThan(2);
    expect(deltas.slice(0, -1).every(({ text }) => text !== undefined)).toBe(true);
    expect(deltas.at(-1)!.signature).toBeDefined();
  });

  it('has the forms of the native body: thinking blocks and their deltas', async () => {
    const body = {
      anthropic_version: 'bedrock-2023-05-31',
      max_tokens: 4_000,
      thinking,
      messages: [{ role: 'user', content: question.content![0]!.text }],
    };
    const answer = await client.send(new InvokeModelCommand({ modelId: MODEL, body: JSON.stringify(body) }));
    const { content } = JSON.parse(Buffer.from(answer.body).toString('utf8'));
    expect(content[0]).toMatchObject({ type: 'thinking', thinking: expect.any(String), signature: expect.any(String) });
    const again = {
      ...body,
      messages: [...body.messages, { role: 'assistant', content }, { role: 'user', content: 'And on weekdays?' }],
    };
    await client.send(new InvokeModelCommand({ modelId: MODEL, body: JSON.stringify(again) }));
    content[0].thinking += '.';
    await expect(
      client.send(new InvokeModelCommand({ modelId: MODEL, body: JSON.stringify(again) })),
    ).rejects.toMatchObject({ message: 'messages.1.content.0: Invalid `signature` in `thinking` block' });
  });

  it.each([
    [
      'a budget under the least',
      { additionalModelRequestFields: { thinking: { type: 'enabled', budget_tokens: 100 } } },
      'greater than or equal to 1024',
    ],
    [
      'a budget as large as the answer',
      { inferenceConfig: { maxTokens: 1_024 } },
      'must be greater than `thinking.budget_tokens`',
    ],
    [
      'a temperature',
      { inferenceConfig: { maxTokens: 4_000, temperature: 0.5 } },
      '`temperature` may only be set to 1',
    ],
    [
      'a model that cannot',
      { modelId: 'anthropic.claude-3-haiku-20240307-v1:0' },
      'thinking: Extra inputs are not permitted',
    ],
    [
      'a model that decides by itself only later',
      { additionalModelRequestFields: { thinking: { type: 'adaptive' } } },
      'thinking.type',
    ],
  ] as [string, Partial<ConverseCommandInput>, string][])('refuses %s', async (_, input, message) => {
    await expect(ask(input)).rejects.toMatchObject({
      name: 'ValidationException',
      message: expect.stringContaining(message),
    });
  });

  it('is asked of Nova 2 and of gpt-oss by effort', async () => {
    for (const [modelId, additionalModelRequestFields] of [
      ['us.amazon.nova-2-lite-v1:0', { reasoningConfig: { type: 'enabled', maxReasoningEffort: 'low' } }],
      ['openai.gpt-oss-20b-1:0', { reasoning_effort: 'high' }],
    ] as const) {
      const { output } = await ask({ modelId, additionalModelRequestFields });
      expect(output!.message!.content![0]!.reasoningContent?.reasoningText?.text).toContain('09:15');
    }
  });
});

describe('redacted reasoning', () => {
  const REDACTING = 'us.anthropic.claude-3-7-sonnet-20250219-v1:0';
  const TRIGGER =
    'ANTHROPIC_MAGIC_STRING_TRIGGER_REDACTED_THINKING_46C9A13E193C177646C7398A98432ECCCE4C1253D5E2D82641AC0E52CC2876CB';
  const triggered: Message = { role: 'user', content: [...question.content!, { text: TRIGGER }] };
  const messages = [{ role: 'user', content: [triggered.content![0]!.text, TRIGGER].join('\n') }];
  const native = (modelId: string, more: object = {}) => ({
    modelId,
    body: JSON.stringify({
      anthropic_version: 'bedrock-2023-05-31',
      max_tokens: 4_000,
      thinking,
      messages,
      ...more,
    }),
  });
  type Native = { content: { type: string; data?: string }[]; usage: { input_tokens: number } };
  const invoke = async (modelId: string, more?: object) =>
    JSON.parse((await client.send(new InvokeModelCommand(native(modelId, more)))).body.transformToString()) as Native;

  it('comes from Claude 3.7 Sonnet when it is asked for by the string that tests ask by, and from no later one', async () => {
    const { output } = await ask({ modelId: REDACTING, messages: [triggered] });
    const [first] = output!.message!.content!;
    expect(first!.reasoningContent!.redactedContent!.length).toBeGreaterThan(40);
    expect(Buffer.from(first!.reasoningContent!.redactedContent!).toString()).not.toContain('ferry');
    expect(
      (await ask({ messages: [triggered] })).output!.message!.content![0]!.reasoningContent!.reasoningText,
    ).toBeDefined();
    const untriggered = await ask({ modelId: REDACTING });
    expect(untriggered.output!.message!.content![0]!.reasoningContent!.reasoningText).toBeDefined();
    const { content } = await invoke(REDACTING);
    expect(content[0]).toEqual({ type: 'redacted_thinking', data: expect.stringMatching(/^[\w-]{40,}$/) as string });
  });

  it('comes whole in streams', async () => {
    const { stream } = await client.send(
      new ConverseStreamCommand({
        modelId: REDACTING,
        messages: [triggered],
        inferenceConfig: { maxTokens: 4_000 },
        additionalModelRequestFields: { thinking },
      }),
    );
    const reasoning: object[] = [];
    for await (const { contentBlockDelta } of stream!)
      if (contentBlockDelta?.delta?.reasoningContent) reasoning.push(contentBlockDelta.delta.reasoningContent);
    expect(reasoning).toEqual([{ redactedContent: expect.any(Uint8Array) as Uint8Array }]);
    const { body } = await client.send(new InvokeModelWithResponseStreamCommand(native(REDACTING)));
    const events: { type: string; index?: number; content_block?: { type: string } }[] = [];
    for await (const { chunk } of body!) events.push(JSON.parse(Buffer.from(chunk!.bytes!).toString()));
    const own = events.filter(({ index }) => index === 0);
    expect(own.map(({ type }) => type)).toEqual(['content_block_start', 'content_block_stop']);
    expect(own[0]!.content_block).toMatchObject({ type: 'redacted_thinking' });
  });

  it('goes back as it came, through either body, and is refused where it was not made here', async () => {
    const { output } = await ask({ modelId: REDACTING, messages: [triggered] });
    const next: Message = { role: 'user', content: [{ text: 'And on weekdays?' }] };
    const message = output!.message!;
    const on = { modelId: REDACTING, messages: [triggered, message, next] };
    const { usage, stopReason } = await ask(on);
    expect(stopReason).toBe('end_turn');
    const counted = await client.send(
      new CountTokensCommand({
        modelId: REDACTING,
        input: { converse: { messages: on.messages, additionalModelRequestFields: { thinking } } },
      }),
    );
    expect(counted.inputTokens).toBe(usage!.inputTokens);
    const redacted = Buffer.from(message.content![0]!.reasoningContent!.redactedContent!);
    const turn = (data: string) => ({
      messages: [
        ...messages,
        {
          role: 'assistant',
          content: [
            { type: 'redacted_thinking', data },
            { type: 'text', text: 'At 09:15.' },
          ],
        },
        { role: 'user', content: 'And on weekdays?' },
      ],
    });
    const long = await invoke(REDACTING, turn(redacted.toString('base64url')));
    expect(long.usage.input_tokens).toBeGreaterThan(0);
    redacted[redacted.length - 1]! ^= 1;
    const refused = 'messages.1.content.0: Invalid `data` in `redacted_thinking` block';
    await expect(invoke(REDACTING, turn(redacted.toString('base64url')))).rejects.toThrow(refused);
    await expect(invoke(REDACTING, turn('none of ours'))).rejects.toThrow(refused);
    const altered: ContentBlock = { reasoningContent: { redactedContent: redacted } };
    await expect(
      ask({ ...on, messages: [triggered, { role: 'assistant', content: [altered, { text: 'At 09:15.' }] }, next] }),
    ).rejects.toThrow(refused);
    await expect(
      ask({
        modelId: 'us.amazon.nova-lite-v1:0',
        messages: [question, { role: 'assistant', content: [altered, { text: 'At 09:15.' }] }, next],
        additionalModelRequestFields: {},
      }),
    ).rejects.toThrow("This model doesn't support the reasoningContent.redactedContent field");
  });
});
