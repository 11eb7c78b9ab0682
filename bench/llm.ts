import http from 'node:http';
import { BedrockRuntimeClient, ConverseStreamCommand } from '@aws-sdk/client-bedrock-runtime';
import { startStack } from './servers.ts';

/**
 * `npx tsx bench/llm.ts`: what the stack adds between a model server and its client. An OpenAI-compatible server streams numbered tokens,
 * stamping each with the moment it was written; the same client machine reads it directly and through ConverseStream.
 */
const TOKENS = 200;
const ROUNDS = 30;

const server = http
  .createServer((request, response) => {
    request.resume().on('end', () => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      let sent = 0;
      const send = () => {
        const delta = {
          choices: [{ index: 0, delta: { content: `${sent}@${performance.now().toFixed(3)} ` }, finish_reason: null }],
        };
        response.write(`data: ${JSON.stringify(delta)}\n\n`);
        if (++sent < TOKENS) {
          setTimeout(send, 2);
          return;
        }
        response.write(
          `data: ${JSON.stringify({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }], usage: { prompt_tokens: 5, completion_tokens: TOKENS } })}\n\n`,
        );
        response.end('data: [DONE]\n\n');
      };
      send();
    });
  })
  .listen(0, '127.0.0.1');
await new Promise((resolve) => server.once('listening', resolve));
const { port } = server.address() as { port: number };

const stack = await startStack();
const { execFileSync } = await import('node:child_process');
execFileSync(process.execPath, [
  'dist/cli/outcrop.js',
  'models',
  '--data',
  stack.data,
  'bind',
  'amazon.nova-lite-v1:0',
  `openai:http://127.0.0.1:${port}/v1#bench`,
]);
const client = new BedrockRuntimeClient({
  endpoint: stack.endpoint,
  region: 'us-east-1',
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
});

/** Delays in ms of the first and of every token, from written to read. */
type Delays = { first: number[]; each: number[]; pieces: number };
const direct: Delays = { first: [], each: [], pieces: 0 };
const through: Delays = { first: [], each: [], pieces: 0 };
const note = (delays: Delays, text: string, isFirst: boolean) => {
  const delay = performance.now() - Number(text.split('@')[1]);
  delays.pieces++;
  (isFirst ? delays.first : delays.each).push(delay);
};

for (let round = 0; round < ROUNDS; round++) {
  await new Promise<void>((resolve) => {
    http
      .request({ port, host: '127.0.0.1', method: 'POST', path: '/v1/chat/completions' }, (response) => {
        let first = true;
        response.on('data', (chunk: Buffer) => {
          for (const line of chunk.toString().split('\n')) {
            const content = line.startsWith('data: {') ? JSON.parse(line.slice(6)).choices[0].delta.content : undefined;
            if (content === undefined) continue;
            note(direct, content, first);
            first = false;
          }
        });
        response.on('end', resolve);
      })
      .end('{}');
  });
  const answer = await client.send(
    new ConverseStreamCommand({
      modelId: 'amazon.nova-lite-v1:0',
      messages: [{ role: 'user', content: [{ text: 'go' }] }],
    }),
  );
  let first = true;
  for await (const event of answer.stream!) {
    const text = event.contentBlockDelta?.delta?.text;
    if (text === undefined) continue;
    note(through, text, first);
    first = false;
  }
}
const median = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
const row = (name: string, a: number, b: number) =>
  console.log(`| ${name} | ${a.toFixed(2)} ms | ${b.toFixed(2)} ms | ${(b - a).toFixed(2)} ms |`);
console.log('| token delay, written to read (median) | direct | through ConverseStream | added |\n|---|---|---|---|');
row('first token', median(direct.first.slice(3)), median(through.first.slice(3)));
row('each later token', median(direct.each), median(through.each));
console.log(
  `\n${through.pieces} of ${TOKENS * ROUNDS} tokens arrived as pieces of their own (${TOKENS * ROUNDS - through.pieces} lost or merged).`,
);
await stack.stop();
server.close();
client.destroy();
