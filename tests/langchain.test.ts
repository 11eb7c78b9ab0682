import { BedrockRuntimeClient } from '@aws-sdk/client-bedrock-runtime';
import { ChatBedrockConverse, BedrockEmbeddings } from '@langchain/aws';
import { HumanMessage, ToolMessage, type AIMessageChunk, type BaseMessage } from '@langchain/core/messages';
import { tool } from '@langchain/core/tools';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { draws } from './draws.ts';
import { startForTests } from './start.ts';

/** LangChain.js over Bedrock, unchanged: its ordinary chat, stream and tool paths. */
let outcrop: Awaited<ReturnType<typeof startForTests>>;
const { random, pick } = draws('langchain');
beforeAll(async () => {
  outcrop = await startForTests();
});

const chatOf = (model: string, more: object = {}) =>
  new ChatBedrockConverse({
    model,
    region: outcrop.region,
    client: new BedrockRuntimeClient(outcrop.clients),
    temperature: 0,
    ...more,
  });

describe.each(['anthropic.claude-3-haiku-20240307-v1:0', 'us.amazon.nova-pro-v1:0'])(
  'LangChain.js with %s',
  (model) => {
    const time = `${1 + Math.floor(random() * 11)}:${10 + Math.floor(random() * 49)}`;
    const place = pick(['harbour', 'museum', 'library']);
    const question = `The ${place} opens at ${time}.\n\nWhen does the ${place} open?`;

    it('invokes: text, usage and the reason it stopped', async () => {
      const answer = await chatOf(model).invoke(question);
      expect(answer.text).toContain(time);
      const { input_tokens: input, output_tokens: output, total_tokens: total } = answer.usage_metadata!;
      expect(total).toBe(input + output);
      expect(answer.response_metadata['stopReason']).toBe('end_turn');
    });

    it('streams pieces that add up to the answer', async () => {
      let whole: AIMessageChunk | undefined;
      let pieces = 0;
      for await (const chunk of await chatOf(model).stream(question)) {
        if (chunk.text !== '') pieces++;
        whole = whole ? whole.concat(chunk) : chunk;
      }
      expect(pieces).toBeGreaterThan(1);
      expect(whole!.text).toBe((await chatOf(model).invoke(question)).text);
      expect(whole!.usage_metadata!.output_tokens).toBeGreaterThan(0);
    });

    it('runs a loop of tools until the answer is there', async () => {
      const price = String(1_000 + Math.floor(random() * 8_000));
      const asked: string[] = [];
      const getPrice = tool(
        ({ product }: { product: string }) => {
          asked.push(product);
          return price;
        },
        { name: 'get_price', description: 'Get the price of a product.', schema: z.object({ product: z.string() }) },
      );
      const bound = chatOf(model).bindTools([getPrice]);
      const messages: BaseMessage[] = [new HumanMessage('What is the price of Zephyr?')];
      for (let turn = 0; turn < 4; turn++) {
        const answer = await bound.invoke(messages);
        messages.push(answer);
        if (!answer.tool_calls?.length) break;
        for (const call of answer.tool_calls)
          messages.push(
            new ToolMessage({
              content: await getPrice.invoke(call.args as { product: string }),
              tool_call_id: call.id!,
            }),
          );
      }
      expect(asked).toEqual(['Zephyr']);
      expect(messages.at(-1)!.text).toContain(price);
    });

    it('fills a schema from the text', async () => {
      const age = 20 + Math.floor(random() * 60);
      const person = z.object({ name: z.string().describe('Full name'), age: z.number().describe('Age in years') });
      const found = await chatOf(model, { supportsToolChoiceValues: ['auto', 'any', 'tool'] })
        .withStructuredOutput(person)
        .invoke(`Ada Byron is ${age} years old and lives by the sea.`);
      expect(found).toEqual({ name: 'Ada Byron', age });
    });
  },
);

describe('LangChain.js', () => {
  it('embeds, so that a query finds the passage that it means', async () => {
    const embeddings = new BedrockEmbeddings({
      model: 'amazon.titan-embed-text-v2:0',
      region: outcrop.region,
      credentials: outcrop.clients.credentials,
      clientOptions: outcrop.clients,
    });
    const passages = ['The cat sleeps on the warm sofa.', 'Interest rates rose by half a percent.'];
    const vectors = await embeddings.embedDocuments(passages);
    const asked = await embeddings.embedQuery('a pet lying on the couch');
    const [near, far] = vectors.map((vector) => vector.reduce((sum, value, at) => sum + value * asked[at]!, 0));
    expect(near).toBeGreaterThan(far!);
  });
});
