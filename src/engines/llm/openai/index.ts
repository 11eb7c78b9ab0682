/**
 * Any server that speaks OpenAI's chat-completions API: Ollama, llama.cpp, vLLM, LiteLLM, LM Studio, OpenAI itself
 * (https://platform.openai.com/docs/api-reference/chat). What they do differently is noted where it is handled.
 *
 * Gaps: a server that ends at a stop sequence without naming it (all but vLLM) is reported as `end_turn`, since the wire does
 * not tell the two apart; reasoning signatures do not exist on this wire; whether a demanded tool call is enforced is up to the server
 * (llama.cpp lets a model without a tool-aware chat template answer with text).
 */
import { setMaxListeners } from 'node:events';

import {
  LlmError,
  type ChatEvent,
  type ChatRequest,
  type LanguageModel,
  type Provenance,
  type Usage,
} from '../types.ts';
import { Completion, isCount, usageOf } from './completion.ts';
import { isRecord, parseJson } from './failures.ts';
import { adaptDialect, chatBody, wireMessages, wireTools, type Dialect } from './request.ts';
import { readServerSentEvents, type ServerSentEvent } from './sse.ts';
import { estimateTokens } from './estimate.ts';
import { imageCalls } from './images.ts';
import { createTransport, readText, type Answer } from './transport.ts';

export type OpenAIOptions = {
  /** Where the API begins, as clients of the server are given it: `http://127.0.0.1:11434/v1`. */
  baseUrl: string;
  /** The model's name on that server. */
  model: string;
  /** Sent as a bearer token; kept out of every message. */
  apiKey?: string;
  /** Sent with every request, over the standard ones. */
  headers?: Record<string, string>;
  /** The longest silence of the server, in milliseconds: before its answer begins and between two pieces of it. Default 300,000. */
  timeoutMs?: number;
  /** How often a request is sent again that was refused (429, 502, 503, connection) before its answer began. Default 2. */
  maxRetries?: number;
  /** Numbers in [0, 1): spreads retries, and makes ids for tool calls that come without one. */
  random?: () => number;
};

const TIMEOUT_MS_DEFAULT = 300_000;
const MAX_RETRIES_DEFAULT = 2;
/** One text is one request, so that its tokens are the server's own count; this many are under way at a time. */
const EMBED_CONCURRENCY = 8;
const VERSION = '1';

/**
 * A model behind an OpenAI-compatible server. Each upstream delta becomes one event, at once and untouched.
 *
 * Tokens are the server's own counts. A server that reports none (`stream_options.include_usage` unknown to it) is counted
 * with OpenAI's o200k vocabulary in a worker thread, and from then on the model's `provenance.kind` is `heuristic`.
 *
 * Failures, as LlmError kinds: refused or unreachable, 502, 503 `unavailable`; 429 `throttled`; 408, 504 and silence `timeout`; a prompt over
 * the context window `context`; 500 and errors in mid-answer `model`; 501 `unsupported`; other 4xx `invalid`; an answer
 * that breaks off or cannot be read `stream`. The text of malformed tool arguments is passed on as it came.
 *
 * @throws LlmError 'invalid' when `baseUrl` is not an http(s) URL without credentials, query and fragment.
 */
export function createOpenAI(options: OpenAIOptions): LanguageModel {
  const { model, apiKey, random = Math.random } = options;
  const base = parseBaseUrl(options.baseUrl);
  const transport = createTransport({
    headers: { ...(apiKey ? { authorization: `Bearer ${apiKey}` } : {}), ...options.headers },
    timeoutMs: options.timeoutMs ?? TIMEOUT_MS_DEFAULT,
    maxRetries: options.maxRetries ?? MAX_RETRIES_DEFAULT,
    random,
  });
  const dialect: Dialect = { maxCompletionTokens: false, noStreamOptions: false, noReasoning: false };
  const chatUrl = below(base, 'chat/completions');
  const where = `${chatUrl.origin}${chatUrl.pathname}`;
  let estimated = false;

  /** Nothing that leaves this backend carries the key: servers quote it in their refusals. */
  const clean = (error: unknown): unknown => {
    if (apiKey && error instanceof LlmError && error.message.includes(apiKey))
      error.message = error.message.replaceAll(apiKey, '***');
    return error;
  };

  const openChat = async (request: ChatRequest, signal: AbortSignal): Promise<Answer> => {
    for (;;) {
      const body = chatBody(model, request, dialect);
      try {
        return await transport.open(chatUrl, body, signal);
      } catch (error) {
        const refused = error instanceof LlmError && (error.upstreamStatus === 400 || error.upstreamStatus === 422);
        if (!refused || !adaptDialect(dialect, error.message, body)) throw error;
      }
    }
  };

  const estimate = (texts: string[]): Promise<number[]> => {
    estimated = true;
    return estimateTokens(texts);
  };

  async function* chat(request: ChatRequest, signal: AbortSignal): AsyncGenerator<ChatEvent> {
    signal.throwIfAborted();
    const completion = new Completion({
      where,
      stopSequences: request.stopSequences ?? [],
      makeToolCallId: () => makeId(random),
    });
    let answer: Answer | undefined;
    let events: AsyncGenerator<ServerSentEvent> | undefined;
    let drained = false;
    try {
      answer = await openChat(request, signal);
      if (/^application\/json\b/i.test(answer.contentType)) {
        // A server without streaming answers `stream: true` with one whole completion: that is its only delta.
        const chunk = parseJson(await readText(answer.body, COMPLETION_BYTES_MAX, false));
        if (chunk === undefined) throw new LlmError('stream', `${where} answered with malformed JSON.`);
        yield* completion.accept(chunk);
      } else {
        events = readServerSentEvents(answer.body);
        for (;;) {
          const next = await events.next();
          if (next.done) break;
          const { data } = next.value;
          if (data.trim() === '[DONE]') {
            drained = true;
            void drain(events, answer);
            break;
          }
          const chunk = parseJson(data);
          if (chunk === undefined) {
            throw new LlmError('stream', `${where} sent a chunk that is not JSON: ${data.slice(0, 200)}`);
          }
          yield* completion.accept(chunk);
          signal.throwIfAborted();
        }
      }
      if (!completion.finished) throw new LlmError('stream', `${where} ended its answer without a finish_reason.`);
      const { events: last, ...end } = completion.finish();
      yield* last;
      const usage = completion.usage ?? (await estimatedUsage(request, completion.generated));
      yield { type: 'end', ...end, usage };
    } catch (error) {
      signal.throwIfAborted();
      throw clean(error);
    } finally {
      if (!drained) {
        answer?.dispose();
        await events?.return(undefined);
      }
    }
  }

  const estimatedUsage = async (request: ChatRequest, generated: string): Promise<Usage> => {
    const prompt = JSON.stringify([wireMessages(request, dialect).map(({ content }) => content), wireTools(request)]);
    const [inputTokens, outputTokens] = (await estimate([prompt, generated])) as [number, number];
    return { inputTokens, outputTokens };
  };

  const postJson = async (url: URL, body: unknown, signal: AbortSignal): Promise<Record<string, unknown>> => {
    const json = parseJson(await transport.post(url, body, signal));
    if (!isRecord(json))
      throw new LlmError('stream', `${url.origin}${url.pathname} did not answer with a JSON object.`);
    return json;
  };

  /**
   * vLLM counts messages itself (`{count}`); llama.cpp renders them (/apply-template) and tokenizes text (`{tokens}`).
   * Both stand beside `/v1`, not under it.
   */
  const countTokens = async (request: ChatRequest): Promise<number> => {
    const { signal } = new AbortController();
    const root = new URL(base);
    root.pathname = root.pathname.replace(/\/v\d+\/?$/, '/');
    if (request.messages.some(({ content }) => content.some(holdsImage))) {
      throw new LlmError('unsupported', `${where} cannot count the tokens of images.`);
    }
    const prompt = {
      model,
      messages: wireMessages(request, dialect),
      ...(request.tools?.length ? { tools: wireTools(request) } : {}),
    };
    try {
      const counted = await postJson(below(root, 'tokenize'), { ...prompt, add_generation_prompt: true }, signal);
      if (isCount(counted['count'])) return counted['count'];
      const rendered = await postJson(below(root, 'apply-template'), prompt, signal);
      const content = rendered['prompt'];
      if (typeof content !== 'string')
        throw new LlmError('unsupported', `${where} cannot count tokens: it renders no prompt.`);
      const { tokens } = await postJson(
        below(root, 'tokenize'),
        { content, add_special: true, parse_special: true },
        signal,
      );
      if (!Array.isArray(tokens)) throw new LlmError('unsupported', `${where} cannot count tokens.`);
      return tokens.length;
    } catch (error) {
      if (error instanceof LlmError && [404, 405, 501].includes(error.upstreamStatus ?? 0)) {
        throw new LlmError(
          'unsupported',
          `${where} cannot count tokens: it has no /tokenize (llama.cpp and vLLM have).`,
          {
            cause: error,
          },
        );
      }
      throw clean(error);
    }
  };

  const embedOne = async (
    input: string,
    signal: AbortSignal,
  ): Promise<{ vector: Float32Array; inputTokens: number }> => {
    const url = below(base, 'embeddings');
    const answer = await postJson(url, { model, input, encoding_format: 'float' }, signal);
    const row: unknown = Array.isArray(answer['data']) ? answer['data'][0] : undefined;
    const vector: unknown = isRecord(row) ? row['embedding'] : undefined;
    if (!Array.isArray(vector) || vector.length === 0 || !vector.every((value) => Number.isFinite(value))) {
      throw new LlmError('model', `${url.origin}${url.pathname} answered without an embedding.`);
    }
    const inputTokens = isRecord(answer['usage']) ? usageOf(answer['usage'])?.inputTokens : undefined;
    return { vector: Float32Array.from(vector as number[]), inputTokens: inputTokens ?? (await estimate([input]))[0]! };
  };

  return {
    get provenance(): Provenance {
      return { kind: estimated ? 'heuristic' : 'computed', engine: 'openai', version: VERSION };
    },
    capabilities: {
      tools: true,
      images: true,
      streaming: true,
      embeddings: true,
      responseSchema: true,
      reasoning: true,
    },
    chat,
    countTokens,
    async embed(texts, signal) {
      signal.throwIfAborted();
      const stop = new AbortController();
      const either = AbortSignal.any([signal, stop.signal]);
      // Each request listens several times; Node warns of a leak from the eleventh.
      setMaxListeners(EMBED_CONCURRENCY * 8, either);
      const rows: { vector: Float32Array; inputTokens: number }[] = [];
      let next = 0;
      const run = async () => {
        while (next < texts.length) {
          const at = next++;
          rows[at] = await embedOne(texts[at]!, either);
        }
      };
      try {
        await Promise.all(Array.from({ length: Math.min(EMBED_CONCURRENCY, texts.length) }, run));
      } catch (error) {
        signal.throwIfAborted();
        throw clean(error);
      } finally {
        stop.abort();
      }
      return { vectors: rows.map((row) => row.vector), inputTokens: rows.map((row) => row.inputTokens) };
    },
    ...imageCalls({ model, below: (path) => below(base, path), post: postJson, clean }),
    async close() {
      transport.close();
    },
  };
}

/** How long a server may take to end its answer after it said [DONE], in milliseconds, before the connection is closed. */
const DRAIN_MS_MAX = 1_000;

/** Reads an answer to its end in the background, so that its connection can be used again. */
async function drain(events: AsyncGenerator<ServerSentEvent>, answer: Answer): Promise<void> {
  const timer = setTimeout(() => answer.dispose(), DRAIN_MS_MAX).unref();
  try {
    while (!(await events.next()).done);
  } catch {
    // The answer was complete; a connection that breaks now is only not used again.
  } finally {
    clearTimeout(timer);
  }
}

/** The largest completion that is read whole from a server that does not stream, in bytes. */
const COMPLETION_BYTES_MAX = 64 * 1024 * 1024;

const holdsImage = (part: ChatRequest['messages'][number]['content'][number]): boolean =>
  part.type === 'image' || (part.type === 'toolResult' && part.content.some((inner) => inner.type === 'image'));

function parseBaseUrl(baseUrl: string): URL {
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : undefined;
  if (!url || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new LlmError(
      'invalid',
      `The base URL of an OpenAI-compatible server must begin with http:// or https://, not "${baseUrl}".`,
    );
  }
  if (url.username || url.password || url.search || url.hash) {
    throw new LlmError(
      'invalid',
      'The base URL of an OpenAI-compatible server must have no credentials, query or fragment.',
    );
  }
  return url;
}

/** A path under a base URL, however the base ends. */
function below(base: URL, path: string): URL {
  const url = new URL(base);
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/${path}`;
  return url;
}

const ID_CHARS = 'abcdefghijklmnopqrstuvwxyz0123456789';
const makeId = (random: () => number) =>
  `call_${Array.from({ length: 24 }, () => ID_CHARS[Math.floor(random() * ID_CHARS.length)]).join('')}`;
