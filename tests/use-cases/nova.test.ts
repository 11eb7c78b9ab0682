import {
  BedrockRuntimeClient,
  ConverseCommand,
  ConverseStreamCommand,
  CountTokensCommand,
  type ConverseStreamMetadataEvent,
} from '@aws-sdk/client-bedrock-runtime';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { describe, expect, it } from 'vitest';
import { pdf } from '../../src/engines/documents/fixtures.ts';
import { draws } from '../draws.ts';
import { refusal } from '../identities.ts';
import { startForTests } from '../start.ts';

const { random, between, pick } = draws('nova');
const MODEL = 'amazon.nova-micro-v1:0';

describe('nova', () => {
  it('nova.2, as far as text goes: what stands in one line of a PDF is found, in 17 of 20 at least; a chart is refused where nothing can see', async () => {
    const client = new BedrockRuntimeClient({ ...(await startForTests()).clients, maxAttempts: 1 });
    const modelId = 'amazon.nova-lite-v1:0';
    const missed: string[] = [];
    for (let variant = 0; variant < 20; variant++) {
      const name = `${pick(['Ingrid', 'Marcus', 'Leila', 'Tomas', 'Yara'])} ${pick(['Halvorsen', 'Okafor', 'Brandt', 'Sorensen', 'Quist'])}`;
      const subject = pick(['harbour', 'library', 'orchard', 'tramway', 'museum']);
      const lines = [
        `Annual report of the ${subject}, ${between(2001, 2030)}`,
        `The ${subject} had ${between(1_000, 90_000)} visitors this year.`,
        `The report was written by ${name}.`,
        `The roof was repaired in ${pick(['March', 'May', 'October'])} for ${between(100, 900)} thousand euros.`,
        'The chart on the next page shows the visitors by month.',
      ];
      const bytes = pdf([lines.map((text, at) => ({ text, x: 72, y: 740 - 24 * at }))]);
      const { output } = await client.send(
        new ConverseCommand({
          modelId,
          messages: [
            {
              role: 'user',
              content: [
                { document: { format: 'pdf', name: 'report', source: { bytes } } },
                { text: 'Who wrote the report?' },
              ],
            },
          ],
        }),
      );
      const answer = output!.message!.content!.map(({ text }) => text ?? '').join('');
      if (!answer.includes(name)) missed.push(`${name}: ${answer}`);
    }
    expect(missed.length, missed.join('\n')).toBeLessThanOrEqual(3);
    const bytes = Buffer.from('iVBORw0KGgo=', 'base64');
    const chart = { image: { format: 'png' as const, source: { bytes } } };
    const asked = client.send(
      new ConverseCommand({ modelId, messages: [{ role: 'user', content: [chart, { text: 'What does May show?' }] }] }),
    );
    expect(await refusal(asked)).toMatchObject({
      name: 'ValidationException',
      message: expect.stringContaining('cannot see'),
    });
  });

  it('nova.3: twenty sessions at a time are each answered with their own text, from the first token on, and counted right', async () => {
    const outcrop = await startForTests();
    const client = new BedrockRuntimeClient({
      ...outcrop.clients,
      requestHandler: new NodeHttpHandler({ httpAgent: { maxSockets: 50 } }),
    });
    const sessions = Array.from({ length: 20 }, (_, n) => {
      const guest = `Guest${n}${Math.floor(random() * 1e6)}`;
      const rooms = Array.from(
        { length: 8 },
        (__, day) => `On day ${day + 1} ${guest} is in room ${100 + Math.floor(random() * 900)}.`,
      );
      return { guest, prompt: `${rooms.join(' ')}\n\nSummarise where ${guest} stays, in four sentences.` };
    });
    const ask = async ({ guest, prompt }: (typeof sessions)[number]) => {
      const messages = [{ role: 'user' as const, content: [{ text: prompt }] }];
      const started = performance.now();
      const { stream } = await client.send(new ConverseStreamCommand({ modelId: MODEL, messages }));
      let text = '';
      const at: number[] = [];
      let metadata: ConverseStreamMetadataEvent | undefined;
      for await (const event of stream!) {
        if (event.contentBlockDelta) at.push(performance.now() - started);
        text += event.contentBlockDelta?.delta?.text ?? '';
        metadata ??= event.metadata;
      }
      const whole = performance.now() - started;
      const { inputTokens } = await client.send(
        new CountTokensCommand({ modelId: MODEL, input: { converse: { messages } } }),
      );
      return { guest, text, at, whole, metadata: metadata!, inputTokens };
    };
    // The start of the workers is no part of it.
    await ask(sessions[0]!);
    const answers = await Promise.all(sessions.map(ask));
    for (const { guest, text, at, whole, metadata, inputTokens } of answers) {
      expect(text).toContain(guest);
      for (const other of answers) if (other.guest !== guest) expect(text).not.toContain(other.guest);
      expect(at.length).toBeGreaterThan(10);
      expect(metadata.usage!.inputTokens).toBe(inputTokens);
      expect(metadata.usage!.totalTokens).toBe(inputTokens! + metadata.usage!.outputTokens!);
      // What the stream says it took is within what its reader saw it take.
      expect(metadata.metrics!.latencyMs!).toBeLessThanOrEqual(Math.ceil(whole));
      expect(metadata.metrics!.latencyMs!).toBeGreaterThan(0);
    }
    // Streamed, not held back: of all sessions together the first words leave before the last ones.
    const first = Math.min(...answers.map(({ at }) => at[0]!));
    const last = Math.max(...answers.map(({ at }) => at.at(-1)!));
    expect(last).toBeGreaterThan(first * 1.5);
  });
});
