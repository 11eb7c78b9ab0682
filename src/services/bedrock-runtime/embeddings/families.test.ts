import { BedrockRuntimeClient, InvokeModelCommand } from '@aws-sdk/client-bedrock-runtime';
import { beforeAll, describe, expect, it } from 'vitest';
import { refusal } from '../../../../tests/identities.ts';
import { startForTests } from '../../../../tests/start.ts';

let client: BedrockRuntimeClient;
beforeAll(async () => {
  const { clients } = await startForTests();
  // Amazon Rerank is in few regions; this is one that has all of these.
  client = new BedrockRuntimeClient({ ...clients, region: 'us-west-2', maxAttempts: 1 });
});

async function invoke(modelId: string, body: object): Promise<any> {
  const answer = await client.send(new InvokeModelCommand({ modelId, body: JSON.stringify(body) }));
  return JSON.parse(Buffer.from(answer.body).toString('utf8'));
}
const length = (vector: number[]) => Math.hypot(...vector);
const cosine = (a: number[], b: number[]) => a.reduce((sum, value, at) => sum + value * b[at]!, 0);

describe('native bodies of models that embed and rank', () => {
  it('of Nova embed text in the lengths that there are', async () => {
    const body = (value: string, embeddingDimension?: number) => ({
      taskType: 'SINGLE_EMBEDDING',
      singleEmbeddingParams: {
        embeddingPurpose: 'GENERIC_INDEX',
        ...(embeddingDimension ? { embeddingDimension } : {}),
        text: { truncationMode: 'END', value },
      },
    });
    const id = 'amazon.nova-2-multimodal-embeddings-v1:0';
    for (const size of [256, 384, 1_024, 3_072]) {
      const { embeddings } = await invoke(id, body('The harbour is closed.', size));
      expect(embeddings[0]).toMatchObject({ embeddingType: 'TEXT' });
      expect(embeddings[0].embedding).toHaveLength(size);
      expect(length(embeddings[0].embedding)).toBeCloseTo(1, 3);
    }
    const vectorOf = async (text: string) => (await invoke(id, body(text, 1_024))).embeddings[0].embedding as number[];
    const [near, far] = [await vectorOf('The port is shut.'), await vectorOf('I like green apples.')];
    const asked = await vectorOf('The harbour is closed.');
    expect(cosine(asked, near)).toBeGreaterThan(cosine(asked, far));
    expect((await refusal(invoke(id, body('Hello', 100)))).message).toContain('embeddingDimension');
    const picture = {
      taskType: 'SINGLE_EMBEDDING',
      singleEmbeddingParams: { embeddingPurpose: 'GENERIC_INDEX', image: {} },
    };
    expect(await refusal(invoke(id, picture))).toMatchObject({ name: 'NotImplemented', status: 501 });
  });

  it('of Titan Multimodal Embeddings embed text, and refuse pictures by name', async () => {
    const id = 'amazon.titan-embed-image-v1';
    const { embedding, inputTextTokenCount } = await invoke(id, {
      inputText: 'A red bicycle',
      embeddingConfig: { outputEmbeddingLength: 384 },
    });
    expect(embedding).toHaveLength(384);
    expect(inputTextTokenCount).toBeGreaterThan(0);
    expect(await refusal(invoke(id, { inputImage: 'aGVsbG8=' }))).toMatchObject({
      name: 'NotImplemented',
      status: 501,
    });
    expect((await refusal(invoke(id, {}))).message).toContain('At least one of inputText, inputImage');
  });

  it.each(['cohere.rerank-v3-5:0', 'amazon.rerank-v1:0'])('of %s put what answers the query first', async (id) => {
    const documents = [
      'Our cafeteria serves soup and salad on Mondays.',
      'To reset your password, open Settings, choose Security and follow the link in the e-mail.',
      'The annual report will be published in March.',
      'Employees may park in the garage under the main building.',
    ];
    const query = 'How can I change my password?';
    const { results } = await invoke(id, { query, documents, top_n: 2, api_version: 2 });
    expect(results.map(({ index }: { index: number }) => index)[0]).toBe(1);
    expect(results).toHaveLength(2);
    expect(results[0].relevance_score).toBeGreaterThan(results[1].relevance_score);
    const again = await invoke(id, { query: 'Where do I leave my car?', documents, api_version: 2 });
    expect(again.results[0].index).toBe(3);
    expect(again.results.every(({ relevance_score: score }: any) => score >= 0 && score <= 1)).toBe(true);
  });

  it('of Cohere Embed give integers that keep the direction', async () => {
    const { embeddings } = await invoke('cohere.embed-english-v3', {
      texts: ['The harbour is closed.'],
      input_type: 'search_document',
      embedding_types: ['float', 'int8', 'uint8'],
    });
    const [float, int8, uint8] = [embeddings.float[0], embeddings.int8[0], embeddings.uint8[0]] as number[][];
    expect(int8!.every((value) => Number.isInteger(value) && value >= -128 && value <= 127)).toBe(true);
    expect(uint8).toEqual(int8!.map((value) => value + 128));
    expect(cosine(float!, int8!) / length(int8!)).toBeGreaterThan(0.97);
  });
});
