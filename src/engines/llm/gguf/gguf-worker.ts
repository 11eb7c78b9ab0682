/** Entry of the process that holds a model: native code that may crash, or be killed, without taking the program along. */
import { createHash } from 'node:crypto';

import { LlmError, type ChatEvent, type ChatRequest } from '../types.ts';
import { Answer } from './answer.ts';
import { goOn, promptTokens } from './going-on.ts';
import { toHistory } from './history.ts';
import type {
  EmbeddingContext,
  Functions,
  GenerateOptions,
  HistoryItem,
  Llama,
  LlamaChat,
  Model,
  Runtime,
  Sequence,
} from './llama.ts';
import type { Ask, Embedded, Loaded, LoadOptions, Reply } from './messages.ts';
import { TokenRecord } from './record.ts';
import { toArgumentsSchema, toGrammarSchema } from './schema.ts';

/** The default context, in tokens: the memory of a longer one (1 GB for an 8B model at 8,192) must be asked for. */
const CONTEXT_TOKENS_DEFAULT = 8_192;
/** Room in the context that node-llama-cpp needs to sample the next token without moving the window. */
const CONTEXT_TOKENS_SPARE = 2;

class ContextFullError extends Error {}

class Loading {
  readonly llama: Llama;
  readonly model: Model;
  readonly sequence: Sequence;
  readonly chat: LlamaChat;
  readonly contextSize: number;
  readonly options: LoadOptions;
  #embedding: Promise<EmbeddingContext> | undefined;

  constructor(
    llama: Llama,
    model: Model,
    contextSize: number,
    sequence: Sequence,
    chat: LlamaChat,
    options: LoadOptions,
  ) {
    this.llama = llama;
    this.model = model;
    this.contextSize = contextSize;
    this.sequence = sequence;
    this.chat = chat;
    this.options = options;
  }

  embedding(): Promise<EmbeddingContext> {
    return (this.#embedding ??= this.model.createEmbeddingContext({
      contextSize: { max: this.contextSize },
      threads: this.options.threads,
    }));
  }
}

let loading: Loading | undefined;
const aborts = new Map<number, AbortController>();
/** The last lines that llama.cpp wrote: they say why it cannot load a file. */
let complaints: string[] = [];

async function load(options: LoadOptions): Promise<Loaded> {
  const runtime = (await import(options.runtimeEntry)) as Runtime;
  const appleSilicon = process.platform === 'darwin' && process.arch === 'arm64';
  const llama = await runtime.getLlama({
    // Metal is the only prebuilt form for Apple silicon.
    gpu: appleSilicon ? 'metal' : false,
    build: 'never',
    skipDownload: true,
    logLevel: 'error',
    logger: (_level, message) => void (complaints = [...complaints.slice(-4), message.trim()]),
    maxThreads: options.threads,
  });
  const model = await llama.loadModel({ modelPath: options.modelPath });
  const context = await model.createContext({
    contextSize: options.contextSize ?? { max: Math.min(CONTEXT_TOKENS_DEFAULT, model.trainContextSize) },
    sequences: 1,
    threads: options.threads,
  });
  const sequence = context.getSequence();
  recordSamples(sequence);
  const chat = new runtime.LlamaChat({ contextSequence: sequence });
  loading = new Loading(llama, model, context.contextSize, sequence, chat, options);
  return { contextSize: context.contextSize };
}

/** The tokens of the answer that is being generated. */
let record = new TokenRecord();

function recordSamples(sequence: Sequence): void {
  const evaluate = sequence.evaluate.bind(sequence);
  sequence.evaluate = async function* (tokens, options) {
    const samples = evaluate(tokens, options);
    let replacement: number | number[] | undefined;
    try {
      for (;;) {
        const next = await samples.next(replacement);
        if (next.done) return;
        record.sample(next.value);
        replacement = yield next.value;
      }
    } finally {
      await samples.return();
    }
  };
}

const FORCED_TOOL_TEXT = (tools: NonNullable<ChatRequest['tools']>) =>
  [
    tools.length === 1 ? 'Call this tool now:' : 'Call one of these tools now:',
    ...tools.map(({ name, description, inputSchema }) =>
      JSON.stringify({ name, description, parameters: inputSchema }),
    ),
    'Answer with a JSON object only: {"name": the name of the tool, "arguments": an object that fits its parameters}.',
  ].join('\n');

type Prompt = {
  history: HistoryItem[];
  functions?: Functions;
  forced?: NonNullable<ChatRequest['tools']>;
  inputTokens: number;
};

/**
 * A request as the model reads it. With free choice, tools are shown and called in the model's own format; where a call is demanded, a
 * grammar leaves the model nothing else to write.
 */
function render(request: ChatRequest, { chat, model }: Loading): Prompt {
  const choice = request.toolChoice ?? { type: 'auto' };
  const tools = choice.type === 'none' ? [] : (request.tools ?? []);
  let forced: Prompt['forced'];
  if (tools.length > 0 && (choice.type === 'any' || choice.type === 'tool')) {
    forced = choice.type === 'any' ? tools : tools.filter(({ name }) => name === choice.name);
    if (forced.length === 0) throw new LlmError('invalid', 'The tool that must be called is not among the tools.');
  }
  const history = toHistory(request, forced && FORCED_TOOL_TEXT(forced));
  // A grammar for the whole answer and calls in the model's own format exclude each other; the schema is the stronger promise.
  const functions =
    tools.length > 0 && !forced && request.responseSchema === undefined ? toFunctions(tools) : undefined;
  const { contextText } = chat.chatWrapper.generateContextState({
    chatHistory: history,
    ...(functions ? { availableFunctions: functions, documentFunctionParams: true as const } : {}),
  });
  return { history, functions, forced, inputTokens: contextText.tokenize(model.tokenizer).length };
}

const toFunctions = (tools: NonNullable<ChatRequest['tools']>): Functions =>
  Object.fromEntries(
    tools.map(({ name, description, inputSchema, strict }) => [
      name,
      {
        ...(description === undefined ? {} : { description }),
        params: toArgumentsSchema(inputSchema, strict === true),
      },
    ]),
  );

async function grammarOf(request: ChatRequest, { forced }: Prompt, { llama }: Loading): Promise<object | undefined> {
  if (forced) {
    const calls = forced.map(({ name, inputSchema, strict }) => {
      // Each tool brings its own definitions, so they stay beneath it.
      const parameters = toArgumentsSchema(inputSchema, strict === true);
      return { type: 'object', properties: { name: { const: name }, arguments: asObject(parameters) } };
    });
    return llama.createGrammarForJsonSchema(calls.length === 1 ? calls[0]! : { oneOf: calls });
  }
  if (request.responseSchema === undefined) return undefined;
  return llama.createGrammarForJsonSchema(toGrammarSchema(request.responseSchema, true));
}

/** A tool whose schema names no type still takes an object. */
const asObject = (schema: { [key: string]: unknown }) =>
  Object.keys(schema).length === 0 ? { type: 'object', additionalProperties: true } : schema;

async function chat(id: number, request: ChatRequest, signal: AbortSignal): Promise<void> {
  const model = loaded();
  if (request.continues) return goOn(request, model, signal, (event) => reply({ id, type: 'event', event }));
  const prompt = render(request, model);
  const room = model.contextSize - prompt.inputTokens - CONTEXT_TOKENS_SPARE;
  if (room < 1) {
    throw new LlmError(
      'context',
      `The prompt has ${prompt.inputTokens} tokens; the context of the model holds ${model.contextSize}.`,
    );
  }
  const maxTokens = Math.min(request.maxTokens ?? room, room);
  const limit = request.maxTokens !== undefined && request.maxTokens <= room ? 'max_tokens' : 'context_window';
  const grammar = await grammarOf(request, prompt, model);
  // What is in the cache changes the order of floating-point sums, and so, rarely, a token. An answer that must be the same each
  // time (temperature 0, or a seed) starts from an empty context; the others go on from the part they share with the last.
  if (!request.temperature || request.seed !== undefined) await model.sequence.clearHistory();
  const enough = new AbortController();
  const key = createHash('sha256').update(JSON.stringify(request)).digest('hex');
  const answer = new Answer({
    stopSequences: request.stopSequences ?? [],
    forcedTool: prompt.forced !== undefined,
    makeToolCallId: (call) => `call_${createHash('sha256').update(`${key}/${call}`).digest('hex').slice(0, 24)}`,
    emit: (event) => reply({ id, type: 'event', event }),
  });
  record = new TokenRecord();
  const before = model.sequence.tokenMeter.usedOutputTokens;
  const options: GenerateOptions = {
    signal: AbortSignal.any([signal, enough.signal]),
    stopOnAbortSignal: true,
    maxTokens,
    ...(request.temperature === undefined ? {} : { temperature: request.temperature }),
    ...(request.topP === undefined ? {} : { topP: request.topP }),
    ...(request.topK === undefined ? {} : { topK: request.topK }),
    ...(request.seed === undefined ? {} : { seed: request.seed }),
    // node-llama-cpp punishes repetition unless told otherwise; nobody asked for that here.
    repeatPenalty: false,
    budgets: { thoughtTokens: Number.POSITIVE_INFINITY, commentTokens: Number.POSITIVE_INFINITY },
    contextShift: {
      strategy: () => {
        throw new ContextFullError();
      },
    },
    onResponseChunk: (chunk) => {
      record.report(chunk);
      answer.acceptChunk(chunk);
      if (answer.stopSequence !== undefined) enough.abort();
    },
    ...(prompt.functions
      ? {
          functions: prompt.functions,
          documentFunctionParams: true,
          onFunctionCallParamsChunk: (chunk) => answer.acceptParams(chunk),
        }
      : { grammar }),
  };
  let reason: string;
  try {
    ({
      metadata: { stopReason: reason },
    } = await model.chat.generateResponse(prompt.history, options));
  } catch (error) {
    if (error instanceof ContextFullError) reason = 'maxTokens';
    // A stop sequence at the very beginning: nothing was generated that could be returned.
    else if (enough.signal.aborted && !signal.aborted) reason = 'abort';
    else throw error;
  }
  signal.throwIfAborted();
  if (reason === 'maxTokens' && !prompt.functions) {
    const held = record.held();
    const text = model.model.detokenize(held.tokens, false, held.before);
    // Of a character that the limit cuts in two there is nothing to give.
    answer.acceptChunk({ text: text.replace(/\u{FFFD}+$/u, ''), tokens: held.tokens });
  }
  const end = answer.finish(reason, limit);
  const outputTokens = model.sequence.tokenMeter.usedOutputTokens - before;
  const event: ChatEvent = { type: 'end', ...end, usage: { inputTokens: prompt.inputTokens, outputTokens } };
  reply({ id, type: 'event', event });
}

async function embed(texts: string[], signal: AbortSignal): Promise<Embedded> {
  const model = loaded();
  const context = await model.embedding();
  const embedded: Embedded = { vectors: [], inputTokens: [] };
  for (const text of texts) {
    signal.throwIfAborted();
    const inputTokens = context.calculateInputLength(text);
    if (inputTokens > model.contextSize) {
      throw new LlmError(
        'context',
        `The text has ${inputTokens} tokens; the context of the model holds ${model.contextSize}.`,
      );
    }
    const { vector } = await context.getEmbeddingFor(text);
    embedded.vectors.push(Float32Array.from(vector));
    embedded.inputTokens.push(inputTokens);
  }
  return embedded;
}

function loaded(): Loading {
  if (!loading) throw new LlmError('model', 'The model is not loaded.');
  return loading;
}

async function answer(ask: Ask): Promise<void> {
  if (ask.type === 'abort') return aborts.get(ask.id)?.abort();
  const controller = new AbortController();
  aborts.set(ask.id, controller);
  try {
    let value: unknown;
    if (ask.type === 'load') value = await load(ask.options);
    else if (ask.type === 'count')
      value = ask.request.continues
        ? promptTokens(ask.request, loaded().model).length
        : render(ask.request, loaded()).inputTokens;
    else if (ask.type === 'embed') value = await embed(ask.texts, controller.signal);
    else await chat(ask.id, ask.request, controller.signal);
    reply({ id: ask.id, type: 'result', value });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    if (error instanceof LlmError) reply({ id: ask.id, type: 'failure', kind: error.kind, message });
    else reply({ id: ask.id, type: 'failure', kind: 'model', message: [message, ...complaints].join(' ') });
  } finally {
    complaints = [];
    aborts.delete(ask.id);
  }
}

const reply = (message: Reply) => void process.send?.(message);

process.on('message', (message) => void answer(message as Ask));
// The program has gone, however it went: so must its models.
process.on('disconnect', () => process.exit(0));
