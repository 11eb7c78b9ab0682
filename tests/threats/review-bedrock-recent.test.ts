import { setTimeout as sleep } from 'node:timers/promises';
import { crc32, deflateSync } from 'node:zlib';
import {
  BedrockClient,
  CreateGuardrailCommand,
  CreateGuardrailVersionCommand,
  DeleteEnforcedGuardrailConfigurationCommand,
  PutEnforcedGuardrailConfigurationCommand,
  type CreateGuardrailCommandInput,
} from '@aws-sdk/client-bedrock';
import {
  BedrockAgentClient,
  CreatePromptCommand,
  CreatePromptVersionCommand,
  UpdatePromptCommand,
} from '@aws-sdk/client-bedrock-agent';
import { BedrockRuntimeClient, ConverseCommand, InvokeModelCommand } from '@aws-sdk/client-bedrock-runtime';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { ACCOUNT, identities, policy, refusal } from '../identities.ts';
import { drawingServer } from '../image-server.ts';
import { startForTests } from '../start.ts';
import { askWatermark } from '../watermark.ts';
import type { Outcrop } from '../../src/main.ts';

const LITE = 'amazon.nova-lite-v1:0';
const PRO = 'amazon.nova-pro-v1:0';

const { seen, binding } = drawingServer();

let outcrop: Outcrop;
let runtime: BedrockRuntimeClient;
let guardrailIdentifier: string;

beforeAll(async () => {
  outcrop = await startForTests({ models: { 'amazon.nova-canvas-*': binding() } });
  runtime = new BedrockRuntimeClient({ ...outcrop.clients, maxAttempts: 1 });
  const made = await new BedrockClient(outcrop.clients).send(
    new CreateGuardrailCommand({
      name: 'masks',
      blockedInputMessaging: 'in',
      blockedOutputsMessaging: 'out',
      sensitiveInformationPolicyConfig: { regexesConfig: [{ name: 'code', pattern: 'mango', action: 'ANONYMIZE' }] },
    }),
  );
  guardrailIdentifier = made.guardrailId!;
});

/** The longest that nothing else had its turn while `work` was done, in milliseconds. */
async function longestStop(work: () => Promise<unknown>): Promise<number> {
  let longest = 0;
  let last = performance.now();
  const look = () => {
    longest = Math.max(longest, performance.now() - last);
    last = performance.now();
  };
  const timer = setInterval(look, 2);
  await work();
  look();
  clearInterval(timer);
  return longest;
}

const invoke = (modelId: string, body: object, more: object = {}) =>
  runtime.send(new InvokeModelCommand({ modelId, body: JSON.stringify(body), ...more }));

describe('guardrails', () => {
  it('look for the ends of tags in a text full of beginnings once', async () => {
    const text = '<amazon-bedrock-guardrails-guardContent_a>'.repeat(20_000);
    const stopped = await longestStop(() =>
      invoke(
        PRO,
        {
          messages: [{ role: 'user', content: [{ text }] }],
          'amazon-bedrock-guardrailConfig': { tagSuffix: 'a' },
        },
        { guardrailIdentifier, guardrailVersion: 'DRAFT' },
      ),
    );
    expect(stopped).toBeLessThan(300);
  });

  it('mask in very many texts next to each other without keeping others from their turn', async () => {
    const content = Array.from({ length: 20_000 }, () => ({ text: 'a mango,' }));
    const stopped = await longestStop(() =>
      runtime.send(
        new ConverseCommand({
          modelId: PRO,
          messages: [{ role: 'user', content }],
          inferenceConfig: { maxTokens: 1 },
          guardrailConfig: { guardrailIdentifier, guardrailVersion: 'DRAFT' },
        }),
      ),
    );
    expect(stopped).toBeLessThan(1_500);
  });
});

describe('citations', () => {
  /** Words that nobody has said, each of its own. */
  const word = (number: number) => `word${number.toString(26).replaceAll(/\d/g, (digit) => 'qrstuvwxyz'[+digit]!)}`;
  const list = (from: number, count: number) =>
    Array.from({ length: count }, (_, index) => word(from + index)).join(' ');

  it('are looked for without keeping others from their turn, however long a sentence is', async () => {
    const text = Array.from({ length: 1_000 }, (_, index) => `${list(index * 10, 10)}.`).join(' ');
    await outcrop.rules.set([{ model: 'anthropic.claude-sonnet-4-5*', say: `${list(100_000, 1_500)}.` }]);
    const citations = { enabled: true };
    const document = { name: 'words', format: 'txt', source: { text }, citations } as const;
    const stopped = await longestStop(() =>
      runtime.send(
        new ConverseCommand({
          modelId: 'us.anthropic.claude-sonnet-4-5-20250929-v1:0',
          messages: [{ role: 'user', content: [{ document }, { text: 'Say other words.' }] }],
        }),
      ),
    );
    expect(stopped).toBeLessThan(300);
  });
});

/** A PNG chunk. */
function chunk(type: string, data: Uint8Array): Buffer {
  const said = Buffer.concat([Buffer.from(type), data]);
  const ends = Buffer.alloc(8);
  ends.writeUInt32BE(data.length);
  ends.writeUInt32BE(crc32(said), 4);
  return Buffer.concat([ends.subarray(0, 4), said, ends.subarray(4)]);
}

/** Of colours, with 8 bits each. */
function header(width: number, height: number, interlaced = false): Buffer {
  const data = Buffer.alloc(13);
  data.writeUInt32BE(width);
  data.writeUInt32BE(height, 4);
  data.set([8, 2, 0, 0, interlaced ? 1 : 0], 8);
  return chunk('IHDR', data);
}

const png = (...chunks: Buffer[]) =>
  Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    ...chunks,
    chunk('IEND', Buffer.alloc(0)),
  ]).toString('base64');

describe('a picture that is edited', () => {
  const vary = (image: string) =>
    invoke('amazon.titan-image-generator-v2:0', {
      taskType: 'IMAGE_VARIATION',
      imageVariationParams: { images: [image], text: 'At night' },
      imageGenerationConfig: { width: 512, height: 512 },
    });

  /** How a picture is refused, and how much memory, in MB, that takes. */
  async function refused(image: string) {
    const before = process.memoryUsage().rss;
    let most = before;
    const timer = setInterval(() => (most = Math.max(most, process.memoryUsage().rss)), 2);
    const told = await refusal(vary(image));
    clearInterval(timer);
    return { ...told, taken: Math.round((most - before) / 1e6) };
  }

  it.each([false, true])('holds no more than its size says (interlaced: %s)', async (interlaced) => {
    const swollen = chunk('IDAT', deflateSync(Buffer.alloc(300_000_000)));
    const told = await refused(png(header(64, 64, interlaced), swollen));
    expect(told).toMatchObject({ name: 'ValidationException', message: expect.stringContaining('cannot be parsed') });
    expect(told.taken).toBeLessThan(200);
  });

  it('has one size, whatever a second header says', async () => {
    const told = await refused(
      png(header(64, 64), header(12_000, 12_000), chunk('IDAT', deflateSync(Buffer.alloc(64 * 193)))),
    );
    expect(told).toMatchObject({ name: 'ValidationException', message: expect.stringContaining('two headers') });
    expect(told.taken).toBeLessThan(200);
  });

  it('is not gone over again and again', async () => {
    const side = 4_096;
    const segment = (marker: number, ...bytes: number[]) =>
      Buffer.from([0xff, marker, (bytes.length + 2) >> 8, (bytes.length + 2) & 0xff, ...bytes]);
    // A progressive JPEG of one component whose every scan says that all 262,144 blocks are at their end: 16 codes of 15 zero bits.
    const scan = Buffer.concat([segment(0xda, 1, 1, 0, 1, 63, 0), Buffer.alloc(31)]);
    const image = Buffer.concat([
      Buffer.from([0xff, 0xd8]),
      segment(0xdb, 0, ...Array.from({ length: 64 }, () => 1)),
      segment(0xc2, 8, side >> 8, side & 0xff, side >> 8, side & 0xff, 1, 1, 0x11, 0),
      segment(0xc4, 0x10, 1, ...Array.from({ length: 15 }, () => 0), 0xe0),
      ...Array.from({ length: 2_000 }, () => scan),
      Buffer.from([0xff, 0xd9]),
    ]).toString('base64');
    const startedMs = performance.now();
    expect(await refusal(vary(image))).toMatchObject({
      name: 'ValidationException',
      message: expect.stringContaining('scans'),
    });
    expect(performance.now() - startedMs).toBeLessThan(1_000);
  }, 120_000);

  it('is read where it is interlaced, and nothing else is amiss', async () => {
    const rows = [1, 1, 1, 2, 2, 4, 4];
    const wide = [1, 1, 2, 2, 4, 4, 8];
    const data = Buffer.alloc(rows.reduce((sum, count, pass) => sum + count * (1 + 3 * wide[pass]!), 0));
    // Only a backend is missing.
    expect(await refusal(vary(png(header(8, 8, true), chunk('IDAT', deflateSync(data)))))).toMatchObject({
      status: 501,
    });
  });
});

describe('a picture in which the mark is looked for', () => {
  it('is no strip of very many tiles', async () => {
    const strip = png(header(1_000_000, 1), chunk('IDAT', deflateSync(Buffer.alloc(3_000_001))));
    expect(await askWatermark(outcrop, Buffer.from(strip, 'base64'))).toEqual({
      name: 'too_large',
      status: 413,
      message: expect.stringContaining('16384 a side'),
    });
  });
});

describe('prompts', () => {
  const price = (euros: number, modelId: string) => ({
    variants: [
      {
        name: 'v1',
        templateType: 'TEXT' as const,
        templateConfiguration: {
          text: { text: `Context: The ferry costs ${euros} euros.\nQuestion: How much does it cost?` },
        },
        modelId,
      },
    ],
  });

  it('are one from when a call is judged until it is answered', async () => {
    const agent = new BedrockAgentClient({ ...outcrop.clients, maxAttempts: 1 });
    const { id, arn } = await agent.send(new CreatePromptCommand({ name: 'price', ...price(14, LITE) }));
    const { clients } = await identities(outcrop).user(
      'lite',
      policy(
        { Effect: 'Allow', Action: 'bedrock:RenderPrompt', Resource: '*' },
        { Effect: 'Allow', Action: 'bedrock:InvokeModel', Resource: `arn:aws:bedrock:*::foundation-model/${LITE}` },
      ),
    );
    await outcrop.rules.set([{ operation: 'Converse', delay: '1s' }]);
    const asked = new BedrockRuntimeClient(clients).send(new ConverseCommand({ modelId: arn! }));
    await sleep(300);
    await agent.send(new UpdatePromptCommand({ promptIdentifier: id!, name: 'price', ...price(99, PRO) }));
    const { output } = await asked;
    expect(output!.message!.content![0]!.text).toContain('14');
    // The next call is judged by what the prompt is now.
    const denied = new BedrockRuntimeClient(clients).send(new ConverseCommand({ modelId: arn! }));
    expect(await refusal(denied)).toMatchObject({ name: 'AccessDeniedException' });
    await outcrop.rules.clear();
  });

  it('take texts for their variables, and models by names that there are', async () => {
    const agent = new BedrockAgentClient({ ...outcrop.clients, maxAttempts: 1 });
    const create = (name: string, modelId: string) =>
      agent.send(
        new CreatePromptCommand({
          name,
          variants: [
            {
              name: 'v1',
              templateType: 'TEXT',
              templateConfiguration: {
                text: { text: 'Say {{constructor}}', inputVariables: [{ name: 'constructor' }] },
              },
              modelId,
            },
          ],
        }),
      );
    const run = (modelId: string, value: unknown) =>
      runtime.send(
        new ConverseCommand({
          modelId,
          promptVariables: { constructor: value as { text: string } },
        }),
      );
    const { arn } = await create('names', LITE);
    for (const value of [{}, null, { $unknown: ['image', { format: 'png' }] }])
      expect(await refusal(run(arn!, value)), JSON.stringify(value)).toMatchObject({ name: 'ValidationException' });
    const proto = runtime.send(
      new ConverseCommand({
        modelId: arn!,
        promptVariables: JSON.parse('{ "constructor": { "text": "Hello" }, "__proto__": { "text": "x" } }'),
      }),
    );
    expect(await refusal(proto)).toMatchObject({ name: 'ValidationException' });
    expect((await run(arn!, { text: 'Hello' })).stopReason).toBe('end_turn');
    const odd = await create('odd', `arn:aws:bedrock:us-east-1:${ACCOUNT}:constructor/x`);
    expect(await refusal(run(odd.arn!, { text: 'Hello' }))).toMatchObject({
      name: 'ValidationException',
      message: 'The provided model identifier is invalid.',
    });
  });

  it('that a token has made are told to those who ask for the same again', async () => {
    const agent = new BedrockAgentClient({ ...outcrop.clients, maxAttempts: 1 });
    const create = (name: string) => agent.send(new CreatePromptCommand({ name, ...price(14, LITE) }));
    const [first, second] = [await create('first'), await create('second')];
    const clientToken = 'a-token-that-is-thirty-three-long';
    const version = (promptIdentifier: string, by = agent) =>
      by.send(new CreatePromptVersionCommand({ promptIdentifier, clientToken }));
    const made = await version(first.id!);
    const { clients } = await identities(outcrop).user(
      'second',
      policy({ Effect: 'Allow', Action: 'bedrock:CreatePromptVersion', Resource: second.arn! }),
    );
    expect((await version(second.id!, new BedrockAgentClient(clients))).id).toBe(second.id);
    expect((await version(first.id!)).arn).toBe(made.arn);
  });
});

describe('a guardrail that the account enforces', () => {
  let bedrock: BedrockClient;
  const words = { blockedInputMessaging: 'Not this.', blockedOutputsMessaging: 'Nor that.' };
  const enforce = async (policies: Partial<CreateGuardrailCommandInput>) => {
    bedrock = new BedrockClient({ ...outcrop.clients, maxAttempts: 1 });
    const name = Object.keys(policies)[0]!;
    const { guardrailId } = await bedrock.send(new CreateGuardrailCommand({ name, ...words, ...policies }));
    const { version } = await bedrock.send(new CreateGuardrailVersionCommand({ guardrailIdentifier: guardrailId! }));
    const { configId } = await bedrock.send(
      new PutEnforcedGuardrailConfigurationCommand({
        guardrailInferenceConfig: { guardrailIdentifier: guardrailId!, guardrailVersion: version! },
      }),
    );
    onTestFinished(async () => {
      await bedrock.send(new DeleteEnforcedGuardrailConfigurationCommand({ configId: configId! }));
    });
  };

  it('looks at the words that pictures are made of, and masks them', async () => {
    await enforce({
      wordPolicyConfig: { wordsConfig: [{ text: 'zorbex' }] },
      sensitiveInformationPolicyConfig: { piiEntitiesConfig: [{ type: 'EMAIL', action: 'ANONYMIZE' }] },
    });
    const draw = (text: string, negativeText?: string) =>
      invoke('amazon.nova-canvas-v1:0', {
        taskType: 'TEXT_IMAGE',
        textToImageParams: { text, ...(negativeText === undefined ? {} : { negativeText }) },
      });
    for (const [text, negative] of [['A zorbex'], ['A lighthouse', 'Any zorbex']] as const)
      expect(await refusal(draw(text, negative))).toMatchObject({ name: 'ValidationException', message: 'Not this.' });
    await draw('A letter to jane.miller@example.org');
    expect(seen.at(-1)!['prompt']).toBe('A letter to {EMAIL}');
  });

  it('asks what it asks where a rule answers for a prompt, too', async () => {
    await enforce({
      automatedReasoningPolicyConfig: {
        policies: [`arn:aws:bedrock:us-east-1:${ACCOUNT}:automated-reasoning-policy/abcdefghijkl:1`],
      },
      crossRegionConfig: { guardrailProfileIdentifier: 'us.guardrail.v1:0' },
    });
    const agent = new BedrockAgentClient({ ...outcrop.clients, maxAttempts: 1 });
    const variant = {
      name: 'v1',
      templateType: 'TEXT' as const,
      templateConfiguration: { text: { text: 'Hello' } },
      modelId: LITE,
    };
    const { arn } = await agent.send(new CreatePromptCommand({ name: 'greeting', variants: [variant] }));
    const Action = ['bedrock:RenderPrompt', 'bedrock:InvokeModel'];
    const { clients } = await identities(outcrop).user('greeter', policy({ Effect: 'Allow', Action, Resource: '*' }));
    const answer = { stopReason: 'end_turn', output: { message: { role: 'assistant', content: [{ text: 'Hi' }] } } };
    await outcrop.rules.set([{ service: 'bedrock-runtime', operation: 'Converse', answer }]);
    onTestFinished(() => outcrop.rules.clear());
    for (const modelId of [LITE, arn!]) {
      const asked = new BedrockRuntimeClient(clients).send(
        new ConverseCommand({
          modelId,
          ...(modelId === LITE ? { messages: [{ role: 'user', content: [{ text: 'Hello' }] }] } : {}),
        }),
      );
      expect(await refusal(asked), modelId).toMatchObject({
        name: 'AccessDeniedException',
        message: expect.stringContaining('bedrock:InvokeAutomatedReasoningPolicy'),
      });
    }
  });
});
