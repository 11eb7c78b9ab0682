import {
  BedrockRuntimeClient,
  ConverseCommand,
  ConverseStreamCommand,
  InvokeModelCommand,
  InvokeModelWithResponseStreamCommand,
  type Citation,
  type ContentBlock,
  type ConverseCommandInput,
} from '@aws-sdk/client-bedrock-runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startForTests, testSeed } from '../../../tests/start.ts';
import { pdf, seeded } from '../../engines/documents/fixtures.ts';
import { beginStream, startUpstream } from '../../engines/llm/openai/upstream.fixture.ts';

const MODEL = 'us.anthropic.claude-sonnet-4-5-20250929-v1:0';
const BOUND = 'us.anthropic.claude-sonnet-4-20250514-v1:0';
const random = seeded(testSeed('citations'));
const name = () => {
  const word = random.word();
  return word.charAt(0).toUpperCase() + word.slice(1);
};
const pick = (of: readonly string[]) => of[random.integer(0, of.length - 1)]!;

/** Facts about made-up places, of which one is asked for. */
const PLACES = Array.from({ length: 4 }, (_, index) => `${name()}${'abcd'[index]}`);
const DAYS = PLACES.map(() => pick(['Monday', 'Tuesday', 'Thursday', 'Friday']));
const FACTS = PLACES.map(
  (place, index) => `The ferry to ${place} leaves the pier on ${DAYS[index]} at ${index + 5}:40.`,
);
const PADDING = [
  'Gulls 🐦 rest on the roofs.',
  'The café sells soup.',
  'Nobody swims in winter.',
  'Ropes are coiled by hand.',
];
/** Sentences of the document, in order; the pictograph is one character and two UTF-16 units. */
const TEXT = FACTS.flatMap((fact, index) => [PADDING[index]!, fact]).join(' ');
const WHICH = random.integer(0, 3);
const QUESTION = `At what time does the ferry to ${PLACES[WHICH]} leave the pier?`;
const FACT = FACTS[WHICH]!;

/** What the bound server says. */
let said = '';
let client: BedrockRuntimeClient;
beforeAll(async () => {
  const upstream = await startUpstream((exchange) => {
    beginStream(exchange);
    const chunk = (choice: object, more = {}) =>
      exchange.response.write(`data: ${JSON.stringify({ choices: [{ index: 0, ...choice }], ...more })}\n\n`);
    for (const content of said.match(/.{1,7}/gsu) ?? []) chunk({ delta: { content } });
    chunk({ delta: {}, finish_reason: 'stop' }, { usage: { prompt_tokens: 5, completion_tokens: 5 } });
    exchange.response.end('data: [DONE]\n\n');
  });
  afterAll(upstream.stop);
  const models = { 'anthropic.claude-sonnet-4-2025*': `openai:${upstream.baseUrl}#said` };
  client = new BedrockRuntimeClient({ ...(await startForTests({ models })).clients, maxAttempts: 1 });
});

type Document = NonNullable<ContentBlock['document']>;
const cited = (source: Document['source'], more: Partial<Document> = {}): ContentBlock => ({
  document: { name: 'timetable', source: source!, citations: { enabled: true }, ...more },
});
const inputOf = (blocks: ContentBlock[], more: Partial<ConverseCommandInput> = {}): ConverseCommandInput => ({
  modelId: MODEL,
  messages: [{ role: 'user', content: [...blocks, { text: QUESTION }] }],
  ...more,
});
const converse = async (input: ConverseCommandInput): Promise<ContentBlock[]> =>
  (await client.send(new ConverseCommand(input))).output!.message!.content!;
const citationsOf = (content: ContentBlock[]): Citation[] =>
  content.flatMap(({ citationsContent }) => citationsContent?.citations ?? []);

const body = (blocks: object[]) =>
  JSON.stringify({
    anthropic_version: 'bedrock-2023-05-31',
    max_tokens: 500,
    messages: [{ role: 'user', content: [...blocks, { type: 'text', text: QUESTION }] }],
  });
type Native = { type: string; text: string; citations?: Record<string, unknown>[] };
const invoke = async (blocks: object[]): Promise<Native[]> => {
  const answer = await client.send(new InvokeModelCommand({ modelId: MODEL, body: body(blocks) }));
  return JSON.parse(Buffer.from(answer.body).toString('utf8')).content;
};

describe('citations', () => {
  it('name the characters of a text that the answer stands on, counted as code points', async () => {
    const content = await converse(inputOf([cited({ text: TEXT })]));
    const [citation] = citationsOf(content);
    expect(citation).toMatchObject({ title: 'timetable', sourceContent: [{ text: FACT }] });
    const { documentIndex, start, end } = citation!.location!.documentChar!;
    expect(documentIndex).toBe(0);
    expect(Array.from(TEXT).slice(start, end).join('')).toBe(FACT);
    const block = content.find(({ citationsContent }) => citationsContent)!.citationsContent!;
    expect(block.content!.map(({ text }) => text).join('')).toContain(`${WHICH + 5}:40`);
  });

  it('name the pages of a PDF, the second behind the last', async () => {
    const pages = FACTS.map((fact, index) => [
      { text: PADDING[index]!.replace(/[^ -~]/g, ''), x: 72, y: 700 },
      { text: fact, x: 72, y: 640 },
    ]);
    const content = await converse(inputOf([cited({ bytes: pdf(pages) }, { format: 'pdf' })]));
    expect(citationsOf(content)[0]!.location).toEqual({
      documentPage: { documentIndex: 0, start: WHICH + 1, end: WHICH + 2 },
    });
  });

  it('name the chunks of content, and the document among several', async () => {
    const other = cited({ text: 'The baker sells rolls.' }, { name: 'other' });
    const content = await converse(inputOf([other, cited({ content: FACTS.map((text) => ({ text })) })]));
    const [citation] = citationsOf(content);
    expect(citation!.location).toEqual({ documentChunk: { documentIndex: 1, start: WHICH, end: WHICH + 1 } });
    expect(citation!.sourceContent).toEqual([{ text: FACT }]);
  });

  it('name search results, in messages and in what tools answered', async () => {
    const results = FACTS.map((text, index) => ({
      searchResult: {
        source: `https://example.com/${index}`,
        title: `Pier ${index}`,
        content: [{ text: PADDING[index]! }, { text }],
        citations: { enabled: true },
      },
    }));
    const expected = {
      title: `Pier ${WHICH}`,
      source: `https://example.com/${WHICH}`,
      sourceContent: [{ text: FACT }],
      location: { searchResultLocation: { searchResultIndex: WHICH, start: 1, end: 2 } },
    };
    expect(citationsOf(await converse(inputOf(results)))[0]).toEqual(expected);
    const toolUse = { toolUseId: 'tooluse_a', name: 'search', input: {} };
    const throughTool = await converse({
      modelId: MODEL,
      toolConfig: { tools: [{ toolSpec: { name: 'search', inputSchema: { json: { type: 'object' } } } }] },
      messages: [
        { role: 'user', content: [{ text: QUESTION }] },
        { role: 'assistant', content: [{ toolUse }] },
        { role: 'user', content: [{ toolResult: { toolUseId: 'tooluse_a', content: results } }] },
      ],
    });
    expect(citationsOf(throughTool)[0]).toEqual(expected);
  });

  it('come in a stream behind the text that they support, and say what the whole answer says', async () => {
    const input = inputOf([cited({ text: TEXT })]);
    const whole = await converse(input);
    const { stream } = await client.send(new ConverseStreamCommand(input));
    const blocks: { text: string; citations: Citation[]; stopped: boolean }[] = [];
    for await (const { contentBlockDelta, contentBlockStop } of stream!) {
      const block = (blocks[contentBlockDelta?.contentBlockIndex ?? contentBlockStop?.contentBlockIndex ?? 999] ??= {
        text: '',
        citations: [],
        stopped: false,
      });
      if (contentBlockDelta?.delta?.text !== undefined) {
        expect(block.citations).toEqual([]);
        block.text += contentBlockDelta.delta.text;
      }
      if (contentBlockDelta?.delta?.citation) block.citations.push(contentBlockDelta.delta.citation as Citation);
      if (contentBlockStop) block.stopped = true;
    }
    const made = blocks.slice(0, 999).filter(({ stopped }) => stopped);
    expect(
      made.map(({ text, citations }): ContentBlock =>
        citations.length > 0 ? { citationsContent: { content: [{ text }], citations } } : { text },
      ),
    ).toEqual(whole);
  });

  it('have the forms of the native body, whole and streamed', async () => {
    const text = { type: 'document', title: 'Ferries', citations: { enabled: true } };
    const content = await invoke([{ ...text, source: { type: 'text', media_type: 'text/plain', data: TEXT } }]);
    const [citation] = content.flatMap(({ citations = [] }) => citations);
    expect(citation).toMatchObject({
      type: 'char_location',
      cited_text: FACT,
      document_index: 0,
      document_title: 'Ferries',
    });
    const { start_char_index: start, end_char_index: end } = citation as Record<string, number>;
    expect(Array.from(TEXT).slice(start, end).join('')).toBe(FACT);

    const blocks = FACTS.map((fact) => ({ type: 'text', text: fact }));
    const chunked = { ...text, source: { type: 'content', content: blocks } };
    const result = {
      type: 'search_result',
      source: 'https://example.com',
      title: 'Pier',
      citations: { enabled: true },
    };
    const place = { start_block_index: WHICH, end_block_index: WHICH + 1 };
    expect((await invoke([chunked])).flatMap(({ citations = [] }) => citations)[0]).toEqual({
      type: 'content_block_location',
      cited_text: FACT,
      document_index: 0,
      document_title: 'Ferries',
      ...place,
    });
    expect((await invoke([{ ...result, content: blocks }])).flatMap(({ citations = [] }) => citations)[0]).toEqual({
      type: 'search_result_location',
      cited_text: FACT,
      search_result_index: 0,
      source: 'https://example.com',
      title: 'Pier',
      ...place,
    });

    const { body: stream } = await client.send(
      new InvokeModelWithResponseStreamCommand({ modelId: MODEL, body: body([chunked]) }),
    );
    const deltas = [];
    for await (const { chunk } of stream!) {
      const event = JSON.parse(Buffer.from(chunk!.bytes!).toString('utf8'));
      if (event.type === 'content_block_delta') deltas.push(event.delta);
    }
    const at = deltas.findIndex(({ type }) => type === 'citations_delta');
    expect(deltas[at].citation).toMatchObject({ type: 'content_block_location', ...place });
    expect(deltas[at - 1].type).toBe('text_delta');
  });

  it('are found for what a bound model says, and only where the document says it', async () => {
    const support = FACTS[(WHICH + 1) % 4]!;
    const invented = 'Tickets cost ninety crowns and dogs ride free.';
    const altered = support.replace(/\d+:40/, '23:55');
    const denied = support.replace('leaves', 'does not leave').replace('The ferry', 'However, the ferry');
    said = `${invented} ${support} ${altered} ${denied}`;
    const content = await converse(inputOf([cited({ text: TEXT })], { modelId: BOUND }));
    const held = content.filter(({ citationsContent }) => citationsContent);
    expect(held.map(({ citationsContent }) => citationsContent!.content![0]!.text!.trim())).toEqual([support]);
    expect(citationsOf(content).map(({ sourceContent }) => sourceContent![0]!.text)).toEqual([support]);
    // Parted, the answer is still all that was said.
    expect(content.map(({ text, citationsContent }) => text ?? citationsContent!.content![0]!.text).join('')).toBe(
      said,
    );
  });

  it('of one sentence may be several, of different documents', async () => {
    const [one, two] = [0, 2].map((index) => PLACES[index]!);
    said = `${one} is served on ${DAYS[0]} at 5:40, ${two} on ${DAYS[2]} at 7:40.`;
    const documents = FACTS.map((text, index) => cited({ text }, { name: `sheet ${index}` }));
    const content = await converse(inputOf(documents, { modelId: BOUND }));
    expect(citationsOf(content).map(({ title }) => title)).toEqual(['sheet 0', 'sheet 2']);
  });

  it('go back in the history as the text that they are', async () => {
    const input = inputOf([cited({ text: TEXT })]);
    const content = await converse(input);
    const next = await converse({
      ...input,
      messages: [
        ...input.messages!,
        { role: 'assistant', content },
        { role: 'user', content: [{ text: `And to ${PLACES[(WHICH + 1) % 4]}?` }] },
      ],
    });
    expect(citationsOf(next)[0]!.sourceContent).toEqual([{ text: FACTS[(WHICH + 1) % 4] }]);
  });

  it('are left out where they were not asked for', async () => {
    const plain = { document: { name: 'timetable', source: { text: TEXT } } };
    const content = await converse(inputOf([plain]));
    expect(content).toEqual([{ text: expect.stringContaining(`${WHICH + 5}:40`) }]);
  });

  it.each([
    [
      'documents of which only some are to be cited',
      [cited({ text: TEXT }), { document: { name: 'other', source: { text: 'x' } } }],
      {},
      'Citations must be enabled on all or none of the documents',
    ],
    [
      'an answer that must be JSON',
      [cited({ text: TEXT })],
      {
        outputConfig: {
          textFormat: { type: 'json_schema' as const, structure: { jsonSchema: { schema: '{"type":"object"}' } } },
        },
      },
      'structured outputs',
    ],
    [
      'a model that cannot cite',
      [cited({ text: TEXT })],
      { modelId: 'anthropic.claude-3-haiku-20240307-v1:0' },
      "doesn't support the citations field",
    ],
  ] as [string, ContentBlock[], Partial<ConverseCommandInput>, string][])(
    'refuse %s',
    async (_, blocks, more, message) => {
      await expect(converse(inputOf(blocks, more))).rejects.toMatchObject({
        name: 'ValidationException',
        message: expect.stringContaining(message),
      });
    },
  );
});
