import { z } from 'zod';
import type { Engines } from '../kernel/engines.ts';
import { AwsError } from '../kernel/errors.ts';
import { foundationModels } from '../kernel/foundation-models/catalog.ts';
import type { FoundationModel } from '../kernel/foundation-models/model.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { WireRequest } from '../protocol/message.ts';

/** Which backend answers which model id, as the stack's owner sees and sets it, and a call to hear one answer. */
type Route = (request: WireRequest, body: () => Promise<any>) => Promise<unknown>;
type Registry = Awaited<ReturnType<Engines['llm']['registry']>>;
type Model = Awaited<ReturnType<Engines['llm']['resolve']>>;

const TEXT_MAX = 2_048;
const pattern = z.string().min(1).max(512);
const backend = z.string().min(1).max(TEXT_MAX);
const bindingBody = z.strictObject({ pattern, backend });
const testBody = z
  .strictObject({
    /** Asks what answers for this id now. */
    model: pattern.optional(),
    /** Asks this backend, bound or not. */
    backend: backend.optional(),
    kind: z.enum(['chat', 'embedding', 'image']).default('chat'),
    prompt: z.string().min(1).max(20_000).default('Say hello in one short sentence.'),
  })
  .refine(
    (body) => (body.model === undefined) !== (body.backend === undefined),
    'give a model or a backend, one of them',
  );

/** A model file is read from disk on its first call. */
const TEST_MS_MAX = 120_000;
const TEST_TOKENS_MAX = 256;
/** Numbers of a vector that are shown. */
const VECTOR_SHOWN = 8;
/** Of the side of a picture. */
const PICTURE_PIXELS = 512;
const MILLION = 1_000_000;

/** `/_outcrop/models`: bindings, model files, what answers for each model of the catalog, what each can do and costs, and test calls. */
export function modelRoutes(kernel: Kernel, engines: Engines): Record<string, Route> {
  const registry = () => engines.llm.registry();
  return {
    'GET models': async ({ rawQuery }) => {
      const opened = await registry();
      const asked = new URLSearchParams(rawQuery).getAll('model');
      const ids = asked.length > 0 ? asked.map((id) => pattern.parse(id)) : foundationModels.map(({ id }) => id);
      const { bindings, models: files } = await opened.list();
      const models = await Promise.all(ids.map(async (model) => ({ model, ...(await opened.backendOf(model)) })));
      return { bindings, files, models };
    },
    'GET models/facts': async ({ rawQuery }) => {
      const asked = new Set(new URLSearchParams(rawQuery).getAll('model'));
      const models = asked.size === 0 ? foundationModels : foundationModels.filter(({ id }) => asked.has(id));
      return { models: models.map((model) => ({ ...factsOf(model), ...pricesOf(kernel, model.id) })) };
    },
    'PUT models': async (_request, body) => {
      const wanted = bindingBody.parse(await body());
      return clear(async () => ({ binding: await (await registry()).bind(wanted.pattern, wanted.backend) }));
    },
    'DELETE models': async ({ rawQuery }) => {
      const unwanted = new URLSearchParams(rawQuery).get('pattern');
      if (unwanted === null) throw new RangeError('pattern is missing: which binding to take back');
      await clear(async () => (await registry()).unbind(unwanted));
      return { unbound: unwanted };
    },
    'POST models/test': async (_request, body) => {
      const { model, backend: text, kind, prompt } = testBody.parse(await body());
      const opened = await registry();
      const said = await clear(() => describe(opened, model, text));
      const trial = kind === 'chat' ? chat(prompt) : kind === 'image' ? draw(prompt) : embed(engines, prompt);
      return { ...said, ...(await tried(opened, said.backend, trial)) };
    },
  };
}

/** What Bedrock's own lists leave out: windows, and what Converse takes. No secret of the stack's. */
const factsOf = ({ id, contextTokens, outputTokensMax, converse, caching, reasoning, citations }: FoundationModel) => ({
  model: id,
  contextTokens,
  outputTokensMax,
  converse,
  caching,
  reasoning,
  citations,
});

/** USD of a million tokens, at list price. */
function pricesOf({ ledger, region }: Kernel, model: string) {
  const perMillion = (type: string) => {
    const usd = ledger.unitPrice({ service: 'bedrock-runtime', region, type, resource: model });
    return usd === undefined ? undefined : usd * MILLION;
  };
  const [input, output] = [perMillion('InputTokens'), perMillion('OutputTokens')];
  return input === undefined && output === undefined
    ? {}
    : {
        usdPerMillionTokens: { ...(input === undefined ? {} : { input }), ...(output === undefined ? {} : { output }) },
      };
}

async function describe(opened: Registry, model: string | undefined, text: string | undefined) {
  if (model === undefined) return { backend: opened.checked(text!) };
  return { model, ...(await opened.backendOf(model)) };
}

type Trial = (model: Model) => Promise<Record<string, unknown>>;

/** One call of a backend. How it fails is what the call was made to hear, so it is part of the answer. */
async function tried(opened: Registry, text: string, trial: Trial) {
  const startedMs = performance.now();
  const latencyMs = () => Math.round((performance.now() - startedMs) * 10) / 10;
  try {
    const answered = await opened.using(text, async (model) => ({
      provenance: model.provenance,
      capabilities: model.capabilities,
      ...(await trial(model)),
    }));
    return { ok: true, latencyMs: latencyMs(), ...answered };
  } catch (error) {
    const { name, message, kind, upstreamStatus } = error as Error & { kind?: string; upstreamStatus?: number };
    return {
      ok: false,
      latencyMs: latencyMs(),
      error: { name: kind ?? name, message, ...(upstreamStatus === undefined ? {} : { upstreamStatus }) },
    };
  }
}

function chat(prompt: string): Trial {
  return async (model) => {
    const request = {
      system: [],
      messages: [{ role: 'user' as const, content: [{ type: 'text' as const, text: prompt }] }],
      maxTokens: TEST_TOKENS_MAX,
    };
    let text = '';
    let reasoning = '';
    for await (const event of model.chat(request, AbortSignal.timeout(TEST_MS_MAX))) {
      if (event.type === 'text') text += event.text;
      if (event.type === 'reasoning') reasoning += event.text ?? '';
      if (event.type === 'end')
        return { text, ...(reasoning === '' ? {} : { reasoning }), stopReason: event.stopReason, usage: event.usage };
    }
    throw new Error('The backend ended its answer without saying so.');
  };
}

/** The sentence encoder stands in for the builtin worker, as it does when Bedrock's models are invoked. */
function embed(engines: Engines, prompt: string): Trial {
  return async (model) => {
    const signal = AbortSignal.timeout(TEST_MS_MAX);
    const builtin = model.provenance.engine === 'builtin' ? await engines.embed.embed([prompt], { signal }) : undefined;
    const made = builtin ?? (await model.embed?.([prompt], signal));
    if (!made) throw new Error(`${model.provenance.engine} makes no embeddings.`);
    const vector = made.vectors[0]!;
    return {
      ...(builtin ? { provenance: builtin.provenance } : {}),
      dimensions: vector.length,
      vector: Array.from(vector.subarray(0, VECTOR_SHOWN)),
      usage: { inputTokens: made.inputTokens[0] ?? 0, outputTokens: 0 },
    };
  };
}

function draw(prompt: string): Trial {
  return async (model) => {
    if (!model.images) throw new Error(`${model.provenance.engine} makes no pictures.`);
    const wanted = { prompt, count: 1, width: PICTURE_PIXELS, height: PICTURE_PIXELS };
    const [picture] = await model.images(wanted, AbortSignal.timeout(TEST_MS_MAX));
    if (!picture) throw new Error('The backend answered with no picture.');
    return { image: Buffer.from(picture).toString('base64') };
  };
}

/** A bad pattern or backend is the asker's fault, and says why. */
async function clear<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'LlmError') throw error;
    const { kind, message } = error as Error & { kind: string };
    throw new AwsError(kind, message, kind === 'invalid' ? 400 : 503);
  }
}
