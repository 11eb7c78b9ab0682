import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  BedrockRuntimeClient,
  ConverseCommand,
  ConverseStreamCommand,
  CountTokensCommand,
  InvokeModelCommand,
  type ContentBlock,
  type ConverseCommandInput,
  type ConverseStreamOutput,
  type Message,
  type Tool,
} from '@aws-sdk/client-bedrock-runtime';
import { beforeAll, describe, expect, it } from 'vitest';
import { draws } from '../draws.ts';
import { startForTests } from '../start.ts';

const { random, between, pick } = draws('bedrock-converse');

let client: BedrockRuntimeClient;

beforeAll(async () => {
  const outcrop = await startForTests();
  client = new BedrockRuntimeClient(outcrop.clients);
});

const CLAUDE = 'us.anthropic.claude-sonnet-4-20250514-v1:0';
const user = (...content: (string | ContentBlock)[]): Message => ({
  role: 'user',
  content: content.map((each) => (typeof each === 'string' ? { text: each } : each)),
});
const textOf = (content: ContentBlock[] | undefined) => (content ?? []).map((block) => block.text ?? '').join('');
const converse = (input: Omit<ConverseCommandInput, 'modelId'> & { modelId?: string }) =>
  client.send(new ConverseCommand({ modelId: CLAUDE, ...input }));

/** A place with made-up facts, as a visitor's guide would tell them, and a question about one of them. */
function guide() {
  const name = pick([
    'Harrow Mill',
    'Quay House',
    'Linden Hall',
    'Saltmarsh Gallery',
    'Copper Yard',
    'Fenwick Observatory',
  ]);
  const town = pick(['Ardley', 'Brixworth', 'Corvale', 'Dunmere', 'Eastwick']);
  const price = between(4, 39);
  const visitors = between(12, 98) * 1_000;
  const year = between(1720, 1985);
  const text = `${name} is a museum in ${town}. It was founded in ${year}. A ticket costs ${price} euros. Last year ${visitors} people visited it.`;
  const [question, answer] = pick([
    [`How much does a ticket to ${name} cost?`, String(price)],
    [`In which year was ${name} founded?`, String(year)],
    [`How many people visited ${name} last year?`, String(visitors)],
  ] as const);
  return { text, question, answer };
}

describe('bedrock-converse', () => {
  it('bedrock-converse.1: one call shape serves four models, and four native bodies say the same', async () => {
    const { text, question, answer } = guide();
    const prompt = `${text}\n\n${question}`;
    const ending = `${pick(['Regards', 'Yours', 'Over'])}, desk ${between(10, 99)}.`;
    const system = `End every answer with "${ending}"`;
    const models = [
      CLAUDE,
      'amazon.nova-lite-v1:0',
      'meta.llama3-1-8b-instruct-v1:0',
      'mistral.mistral-large-2402-v1:0',
    ];
    for (const modelId of models) {
      const request = { modelId, messages: [user(prompt)], system: [{ text: system }] };
      const reply = await converse(request);
      const said = textOf(reply.output?.message?.content);
      expect(reply.output?.message?.role).toBe('assistant');
      expect(reply.stopReason).toBe('end_turn');
      expect([modelId, said]).toEqual([modelId, expect.stringContaining(answer)]);
      expect(said.trim().slice(-ending.length)).toBe(ending);
      const { inputTokens, outputTokens, totalTokens } = reply.usage!;
      expect(totalTokens).toBe(inputTokens! + outputTokens!);
      const counted = await client.send(
        new CountTokensCommand({
          modelId,
          input: { converse: { messages: request.messages, system: request.system } },
        }),
      );
      expect(counted.inputTokens).toBe(inputTokens);
      expect(reply.metrics?.latencyMs).toBeGreaterThanOrEqual(0);
    }

    const natives: {
      modelId: string;
      body: object;
      said: (reply: any) => string;
      inputTokens?: (reply: any) => number;
    }[] = [
      {
        modelId: CLAUDE,
        body: {
          anthropic_version: 'bedrock-2023-05-31',
          max_tokens: 300,
          system,
          messages: [{ role: 'user', content: prompt }],
        },
        said: (reply) => {
          expect(reply).toMatchObject({
            type: 'message',
            role: 'assistant',
            stop_reason: 'end_turn',
            stop_sequence: null,
          });
          expect(reply.id).toMatch(/^msg_bdrk_/);
          return reply.content[0].text;
        },
        inputTokens: (reply) => reply.usage.input_tokens,
      },
      {
        modelId: 'amazon.nova-lite-v1:0',
        body: {
          schemaVersion: 'messages-v1',
          system: [{ text: system }],
          messages: [{ role: 'user', content: [{ text: prompt }] }],
        },
        said: (reply) => {
          expect(reply.stopReason).toBe('end_turn');
          return reply.output.message.content[0].text;
        },
        inputTokens: (reply) => reply.usage.inputTokens,
      },
      {
        modelId: 'meta.llama3-1-8b-instruct-v1:0',
        body: {
          prompt: `<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\n${system}<|eot_id|><|start_header_id|>user<|end_header_id|>\n\n${prompt}<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n`,
        },
        said: (reply) => {
          expect(reply.stop_reason).toBe('stop');
          return reply.generation;
        },
        inputTokens: (reply) => reply.prompt_token_count,
      },
      {
        modelId: 'mistral.mistral-large-2407-v1:0',
        body: {
          messages: [
            { role: 'system', content: system },
            { role: 'user', content: prompt },
          ],
        },
        said: (reply) => {
          expect(reply.choices[0]).toMatchObject({ index: 0, stop_reason: 'stop', message: { role: 'assistant' } });
          return reply.choices[0].message.content;
        },
      },
    ];
    for (const { modelId, body, said, inputTokens } of natives) {
      const bytes = Buffer.from(JSON.stringify(body));
      const reply = await client.send(new InvokeModelCommand({ modelId, body: bytes }));
      expect(reply.contentType).toBe('application/json');
      const parsed = JSON.parse(Buffer.from(reply.body).toString('utf8'));
      const spoken = said(parsed);
      expect([modelId, spoken]).toEqual([modelId, expect.stringContaining(answer)]);
      expect(spoken.trim().slice(-ending.length)).toBe(ending);
      const counted = await client.send(new CountTokensCommand({ modelId, input: { invokeModel: { body: bytes } } }));
      if (inputTokens) expect(counted.inputTokens).toBe(inputTokens(parsed));
    }
  });

  it('bedrock-converse.2: temperature 0 repeats itself; sampling stays inside the set; limits and stop sequences are exact', async () => {
    const { text, question } = guide();
    const messages = [user(`${text}\n\n${question}`)];
    const replies = new Set<string>();
    for (let i = 0; i < 10; i++) {
      const reply = await converse({ messages, inferenceConfig: { temperature: 0 } });
      replies.add(textOf(reply.output?.message?.content));
    }
    expect(replies.size).toBe(1);

    // Labels that the text gives no hint of: which is said, and how evenly.
    const labels = ['amber', 'birch', 'cedar', 'delta', 'ember', 'flint', 'grove', 'heron']
      .sort(() => random() - 0.5)
      .slice(0, 6);
    const prompt = `Classify the message as one of these labels: ${labels.join(', ')}. Answer with the label only.\n\nMessage: Ticket ${between(1_000, 9_999)} was opened on Monday.`;
    const draw = async (inferenceConfig: ConverseCommandInput['inferenceConfig'], topK?: number) => {
      const drawn: string[] = [];
      for (let i = 0; i < 40; i++) {
        const reply = await converse({
          messages: [user(prompt)],
          inferenceConfig,
          ...(topK === undefined ? {} : { additionalModelRequestFields: { top_k: topK } }),
        });
        drawn.push(textOf(reply.output?.message?.content).trim());
      }
      return drawn;
    };
    const cold = await draw({ temperature: 0 });
    const hot = await draw({ temperature: 1, topP: 1 });
    const narrow = await draw({ temperature: 1, topP: 1 }, 2);
    for (const label of [...cold, ...hot, ...narrow]) expect(labels).toContain(label);
    expect(entropy(cold)).toBe(0);
    expect(entropy(hot)).toBeGreaterThan(entropy(narrow));
    expect(entropy(narrow)).toBeGreaterThan(0);
    expect(new Set(narrow).size).toBeLessThanOrEqual(2);
    const nucleus = await draw({ temperature: 1, topP: 0.01 });
    expect(new Set(nucleus).size).toBe(1);

    const whole = await converse({ messages, inferenceConfig: { temperature: 0 } });
    const length = whole.usage!.outputTokens!;
    const maxTokens = between(2, length - 1);
    const cut = await converse({ messages, inferenceConfig: { temperature: 0, maxTokens } });
    expect(cut.stopReason).toBe('max_tokens');
    expect(cut.usage?.outputTokens).toBe(maxTokens);
    expect(textOf(whole.output?.message?.content).startsWith(textOf(cut.output?.message?.content))).toBe(true);

    const said = textOf(whole.output?.message?.content);
    const at = between(3, said.length - 4);
    const stop = said.slice(at, at + 3);
    const stopped = await converse({
      messages,
      inferenceConfig: { temperature: 0, stopSequences: [stop] },
      additionalModelResponseFieldPaths: ['/stop_sequence'],
    });
    expect(stopped.stopReason).toBe('stop_sequence');
    expect(textOf(stopped.output?.message?.content)).toBe(said.slice(0, said.indexOf(stop)));
    expect(stopped.additionalModelResponseFields).toEqual({ stop_sequence: stop });
  });

  it('bedrock-converse.3: the model calls the right tool with valid arguments, and uses what comes back', async () => {
    let right = 0;
    const wrong: string[] = [];
    for (let i = 0; i < 40; i++) {
      const { prompt, name, input } = toolRequest();
      const reply = await converse({ messages: [user(prompt)], toolConfig: { tools: TOOLS } });
      const uses = (reply.output?.message?.content ?? []).flatMap((block) => (block.toolUse ? [block.toolUse] : []));
      const ok =
        reply.stopReason === 'tool_use' &&
        uses.length === 1 &&
        uses[0]!.name === name &&
        Object.entries(input).every(([key, value]) =>
          sameValue((uses[0]!.input as Record<string, unknown>)[key], value),
        );
      if (ok) {
        right++;
        expect(uses[0]!.toolUseId).toMatch(/^tooluse_[A-Za-z0-9_-]{22}$/);
      } else
        wrong.push(
          `${prompt} → ${JSON.stringify(uses.map((use) => [use.name, use.input]))}, wanted ${name} ${JSON.stringify(input)}`,
        );
    }
    console.log(`tool calls right: ${right} of 40${wrong.length > 0 ? `\n${wrong.join('\n')}` : ''}`);
    expect(right).toBeGreaterThanOrEqual(34);

    // A tool is called when one must be, though nothing asks for it; and the one that is named.
    const any = await converse({
      messages: [user(`I am in ${pick(CITIES)}.`)],
      toolConfig: { tools: TOOLS, toolChoice: { any: {} } },
    });
    expect(any.stopReason).toBe('tool_use');
    const { prompt, name } = toolRequest();
    const forced = await converse({
      messages: [user(prompt)],
      toolConfig: { tools: TOOLS, toolChoice: { tool: { name } } },
    });
    expect(forced.stopReason).toBe('tool_use');
    expect(forced.output?.message?.content?.find((block) => block.toolUse)?.toolUse?.name).toBe(name);

    // The result of a tool is what the answer says.
    const city = pick(CITIES);
    const degrees = between(-9, 39);
    const asked: Message[] = [user(`What is the weather in ${city}?`)];
    const turn = await converse({ messages: asked, toolConfig: { tools: TOOLS } });
    const use = turn.output!.message!.content!.find((block) => block.toolUse)!.toolUse!;
    const answered = await converse({
      messages: [
        ...asked,
        turn.output!.message!,
        {
          role: 'user',
          content: [
            { toolResult: { toolUseId: use.toolUseId, content: [{ json: { city, temperature_celsius: degrees } }] } },
          ],
        },
      ],
      toolConfig: { tools: TOOLS },
    });
    expect(answered.stopReason).toBe('end_turn');
    expect(textOf(answered.output?.message?.content)).toContain(String(degrees));

    // Two questions are two calls in one turn.
    const [one, other] = CITIES.slice().sort(() => random() - 0.5) as [string, string];
    const both = await converse({
      messages: [user(`What is the weather in ${one} and in ${other}?`)],
      toolConfig: { tools: TOOLS },
    });
    const cities = both.output!.message!.content!.flatMap((block) =>
      block.toolUse ? [(block.toolUse.input as { city: string }).city] : [],
    );
    expect(new Set(cities)).toEqual(new Set([one, other]));
  });

  it('bedrock-converse.4: a stream says what the whole answer says, in order, and can be left early', async () => {
    const { text, question } = guide();
    const messages = [user(`${text}\n\n${question}`)];
    const inferenceConfig = { temperature: 0 };
    const whole = await converse({ messages, inferenceConfig });
    const events = await collect(
      await client.send(new ConverseStreamCommand({ modelId: CLAUDE, messages, inferenceConfig })),
    );
    expectValidOrder(events);
    const streamed = events.map((event) => event.contentBlockDelta?.delta?.text ?? '').join('');
    expect(streamed).toBe(textOf(whole.output?.message?.content));
    expect(events.filter((event) => event.contentBlockDelta).length).toBeGreaterThan(3);
    expect(events.at(-1)?.metadata?.usage).toEqual(whole.usage);
    expect(events.at(-2)?.messageStop?.stopReason).toBe(whole.stopReason);

    const tools = await collect(
      await client.send(
        new ConverseStreamCommand({
          modelId: CLAUDE,
          messages: [user(`What is the weather in ${pick(CITIES)}?`)],
          toolConfig: { tools: TOOLS },
        }),
      ),
    );
    expectValidOrder(tools);
    expect(tools.some((event) => event.contentBlockStart?.start?.toolUse?.toolUseId)).toBe(true);
    JSON.parse(tools.map((event) => event.contentBlockDelta?.delta?.toolUse?.input ?? '').join(''));

    // A backend that never ends its answer: only leaving it stops it.
    const upstream = await endlessModel();
    const bound = await startForTests({ models: { 'meta.llama3-8b*': `openai:${upstream.baseUrl}#endless` } });
    const leave = new AbortController();
    const { stream } = await new BedrockRuntimeClient(bound.clients).send(
      new ConverseStreamCommand({ modelId: 'meta.llama3-8b-instruct-v1:0', messages: [user('Count for ever.')] }),
      { abortSignal: leave.signal },
    );
    let seen = 0;
    const reading = (async () => {
      for await (const event of stream!) if (event.contentBlockDelta && ++seen === 3) leave.abort();
    })();
    // The SDK ends the stream or rejects, as the moment has it.
    await reading.catch(() => undefined);
    await upstream.left;
    upstream.close();
  });
});

/** A server of an OpenAI-compatible model whose answer has no end; `left` resolves when its client hangs up. */
async function endlessModel(): Promise<{ baseUrl: string; left: Promise<void>; close: () => void }> {
  let leave = () => {};
  const left = new Promise<void>((resolve) => (leave = resolve));
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    let count = 0;
    const timer = setInterval(() => {
      const chunk = {
        id: 'x',
        object: 'chat.completion.chunk',
        choices: [{ index: 0, delta: { content: `${++count} ` } }],
      };
      response.write(`data: ${JSON.stringify(chunk)}\n\n`);
    }, 5);
    response.on('close', () => {
      clearInterval(timer);
      leave();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { baseUrl: `http://127.0.0.1:${port}/v1`, left, close: () => server.close() };
}

function entropy(drawn: string[]): number {
  const counts = new Map<string, number>();
  for (const each of drawn) counts.set(each, (counts.get(each) ?? 0) + 1);
  return (
    [...counts.values()].reduce((sum, count) => sum - (count / drawn.length) * Math.log2(count / drawn.length), 0) + 0
  );
}

async function collect({
  stream,
}: {
  stream?: AsyncIterable<ConverseStreamOutput> | undefined;
}): Promise<ConverseStreamOutput[]> {
  const events: ConverseStreamOutput[] = [];
  for await (const event of stream!) events.push(event);
  return events;
}

/** messageStart, then blocks one after another, each stopped before the next, then messageStop and metadata. */
function expectValidOrder(events: ConverseStreamOutput[]): void {
  const kinds = events.map((event) =>
    Object.keys(event).find((key) => event[key as keyof ConverseStreamOutput] !== undefined)!,
  );
  expect(kinds[0]).toBe('messageStart');
  expect(kinds.slice(-2)).toEqual(['messageStop', 'metadata']);
  let open: number | undefined;
  let next = 0;
  for (const event of events.slice(1, -2)) {
    const index = (event.contentBlockStart ?? event.contentBlockDelta ?? event.contentBlockStop)?.contentBlockIndex;
    expect(index).toBeDefined();
    if (open === undefined) {
      expect(index).toBe(next++);
      open = index;
    } else expect(index).toBe(open);
    if (event.contentBlockStop) open = undefined;
  }
  expect(open).toBeUndefined();
}

const CITIES = ['Lisbon', 'Oslo', 'Nairobi', 'Kyoto', 'Quito', 'Toronto', 'Vienna', 'Hanoi'];

const tool = (name: string, description: string, properties: Record<string, object>): Tool => ({
  toolSpec: {
    name,
    description,
    inputSchema: { json: { type: 'object', properties, required: Object.keys(properties) } as never },
  },
});

const TOOLS: Tool[] = [
  tool('get_weather', 'Get the current weather of a city', {
    city: { type: 'string', description: 'Name of the city' },
  }),
  tool('convert_currency', 'Convert an amount of money from one currency to another', {
    amount: { type: 'number', description: 'Amount of money to convert' },
    from_currency: { type: 'string', description: 'Three-letter code of the currency to convert from' },
    to_currency: { type: 'string', description: 'Three-letter code of the currency to convert to' },
  }),
  tool('set_thermostat', 'Set the temperature of a room', {
    room: { type: 'string', enum: ['kitchen', 'bedroom', 'office', 'bathroom'], description: 'Which room' },
    temperature: { type: 'integer', description: 'Temperature in degrees Celsius' },
  }),
  tool('look_up_order', 'Look up the status of an order by its number', {
    order_id: { type: 'string', description: 'Order number, such as A-12345' },
  }),
];

/** A request that one tool answers, with the arguments it must be given. */
function toolRequest(): { prompt: string; name: string; input: Record<string, string | number> } {
  const kind = between(0, 3);
  if (kind === 0) {
    const city = pick(CITIES);
    return {
      prompt: pick([
        `What is the weather in ${city}?`,
        `How is the weather in ${city} today?`,
        `Tell me the current weather of ${city}.`,
      ]),
      name: 'get_weather',
      input: { city },
    };
  }
  if (kind === 1) {
    const [from_currency, to_currency] = ['USD', 'EUR', 'GBP', 'JPY', 'CHF', 'CAD'].sort(() => random() - 0.5) as [
      string,
      string,
    ];
    const amount = between(5, 9_000);
    return {
      prompt: pick([
        `Convert ${amount} ${from_currency} to ${to_currency}.`,
        `How much is ${amount} ${from_currency} in ${to_currency}?`,
      ]),
      name: 'convert_currency',
      input: { amount, from_currency, to_currency },
    };
  }
  if (kind === 2) {
    const room = pick(['kitchen', 'bedroom', 'office', 'bathroom']);
    const temperature = between(15, 27);
    return {
      prompt: pick([
        `Set the ${room} to ${temperature} degrees.`,
        `Please set the temperature of the ${room} to ${temperature} degrees Celsius.`,
      ]),
      name: 'set_thermostat',
      input: { room, temperature },
    };
  }
  const order_id = `${pick(['A', 'B', 'C', 'K'])}-${between(10_000, 99_999)}`;
  return {
    prompt: pick([`Where is my order ${order_id}?`, `What is the status of order ${order_id}?`]),
    name: 'look_up_order',
    input: { order_id },
  };
}

const sameValue = (given: unknown, wanted: string | number) =>
  typeof wanted === 'number' ? given === wanted : String(given).toLowerCase() === wanted.toLowerCase();
