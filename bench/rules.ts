import { openKernel } from '../src/kernel/kernel.ts';
import { openLog } from '../src/kernel/log.ts';
import { ruleStep } from '../src/main/rules.ts';

/**
 * What the rules cost a call that none of them is for, warm: microseconds, and as a ratio to `JSON.parse` of the call's own body in the same
 * run, which evens out machines. Run: `npx tsx bench/rules.ts`.
 */
const ROUNDS = 200_000;
const kernel = await openKernel({
  directory: '',
  ephemeral: true,
  accountId: '000000000000',
  region: 'us-east-1',
  rootKey: 'test',
  rootSecret: 'test',
  shared: false,
  log: openLog('error'),
  jobHandler: async () => undefined,
});

const input = {
  modelId: 'us.anthropic.claude-sonnet-4-5-20250929-v1:0',
  messages: [
    { role: 'user', content: [{ text: 'What is the weather in Berlin? '.repeat(8) }] },
    { role: 'assistant', content: [{ toolUse: { toolUseId: 'a', name: 'get_weather', input: { city: 'Berlin' } } }] },
    { role: 'user', content: [{ toolResult: { toolUseId: 'a', content: [{ text: 'Seven degrees and rain.' }] } }] },
  ],
  inferenceConfig: { maxTokens: 500, temperature: 0 },
};
const body = JSON.stringify(input);
const call = {
  service: 'bedrock-runtime',
  operation: 'Converse',
  input,
  region: 'us-east-1',
  principal: 'arn:aws:iam::000000000000:user/ann',
};

const ofOtherServices = Array.from({ length: 50 }, (_, index) => ({
  service: ['s3', 'kms', 'sts', 'iam', 'ssm'][index % 5]!,
  fault: 'throttle' as const,
  nth: index + 1,
}));
const ofOtherModels = Array.from({ length: 50 }, (_, index) => ({ model: `amazon.nova-${index}-*`, say: 'x' }));
const ofOtherPlaces = Array.from({ length: 50 }, (_, index) => ({
  model: 'anthropic.*',
  input: { '$.inferenceConfig.maxTokens': { lt: index } },
  say: 'x',
}));
const ofOtherWords = Array.from({ length: 50 }, (_, index) => ({
  model: 'anthropic.*',
  prompt: `forecast for town ${index}`,
  say: 'x',
}));

async function measure(run: () => unknown): Promise<number> {
  for (let round = 0; round < ROUNDS / 10; round++) await run();
  const started = performance.now();
  for (let round = 0; round < ROUNDS; round++) await run();
  return ((performance.now() - started) * 1000) / ROUNDS;
}

const yardstick = await measure(() => JSON.parse(body));
console.log(
  `Node ${process.version}, ${new Date().toISOString().slice(0, 10)}\n\n| rules | µs a call | ÷ JSON.parse of its ${body.length} bytes |\n|---|---|---|`,
);
for (const [name, rules] of [
  ['none', []],
  ['50 for other services', ofOtherServices],
  ['50 for other models', ofOtherModels],
  ['50 for other places in the input', ofOtherPlaces],
  ['50 for other words (expressions)', ofOtherWords],
] as const) {
  const { prepare, close } = await ruleStep(kernel, [...rules]);
  const ask = await prepare(call);
  if ((await ask()) !== undefined) throw new Error(`${name}: a rule has decided`);
  const cost = await measure(ask);
  console.log(`| ${name} | ${cost.toFixed(2)} | ${(cost / yardstick).toFixed(2)} |`);
  close();
}
await kernel.stop();
