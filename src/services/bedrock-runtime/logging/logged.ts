import type { ConverseStreamOutput, ResponseStream } from '@aws-sdk/client-bedrock-runtime';
import type { Call } from '../../../kernel/call.ts';
import { foundationModel } from '../../../kernel/foundation-models/catalog.ts';
import { splitProfileId } from '../../../kernel/foundation-models/model.ts';
import type { InvocationLogging } from '../../../kernel/inference/invocation-logging.ts';
import type { Handlers } from '../../../kernel/service.ts';
import { unmaskedOf } from '../chat.ts';
import { contentOf } from '../converse/response.ts';
import { loggingOf } from './outbox.ts';
import { logInvocation, type Logged, type Side } from './record.ts';

type Runtime = Handlers<typeof import('@aws-sdk/client-bedrock-runtime')>;
type Invocations = Pick<Runtime, 'Converse' | 'ConverseStream' | 'InvokeModel' | 'InvokeModelWithResponseStream'>;

const JSON_TYPE = 'application/json';

/** The operations that invoke models, each call of theirs on the account's log where it keeps one. */
export function logged(operations: Invocations): Invocations {
  const { Converse, ConverseStream, InvokeModel, InvokeModelWithResponseStream } = operations;
  return {
    async Converse(call, input) {
      const log = await open(call, input.modelId, converseInput(input), input.requestMetadata);
      if (!log) return Converse(call, input);
      const output = await log.watch(Converse(call, input));
      await log.end({ contentType: JSON_TYPE, body: withUnmasked(call, output) });
      return output;
    },
    async ConverseStream(call, input) {
      const log = await open(call, input.modelId, converseInput(input), input.requestMetadata);
      if (!log) return ConverseStream(call, input);
      const output = await log.watch(ConverseStream(call, input));
      const body = (events: ConverseStreamOutput[]) => ({
        contentType: JSON_TYPE,
        body: withUnmasked(call, messageOf(events)),
      });
      return { ...output, stream: log.pass(output.stream!, body) };
    },
    async InvokeModel(call, input) {
      const log = await open(call, input.modelId, native(input));
      if (!log) return InvokeModel(call, input);
      const output = await log.watch(InvokeModel(call, input));
      await log.end({ contentType: output.contentType ?? JSON_TYPE, body: parsed(output.body as Uint8Array) });
      return output;
    },
    async InvokeModelWithResponseStream(call, input) {
      const log = await open(call, input.modelId, native(input));
      if (!log) return InvokeModelWithResponseStream(call, input);
      const output = await log.watch(InvokeModelWithResponseStream(call, input));
      const body = (events: ResponseStream[]) => ({
        contentType: JSON_TYPE,
        body: events.flatMap(({ chunk }) => (chunk?.bytes ? [parsed(chunk.bytes)] : [])),
      });
      return { ...output, body: log.pass(output.body as AsyncIterable<ResponseStream>, body) };
    },
  };
}

/** A Converse answer with what the model said, where a guardrail has seen to it. */
function withUnmasked<T extends { output?: object | undefined }>(call: Call, answer: T): T {
  const unmasked = unmaskedOf(call);
  if (!unmasked) return answer;
  const { content } = contentOf(unmasked, call.kernel.ids);
  return { ...answer, output: { message: { role: 'assistant', content } } };
}

/** What a model's answers are delivered as, where they are not text. */
const KINDS = [
  ['EMBEDDING', 'embeddingData'],
  ['IMAGE', 'imageData'],
  ['VIDEO', 'videoData'],
] as const;

/** The log of one call; undefined where its account keeps none. */
async function open(
  call: Call,
  modelId: string | undefined,
  input: Side,
  requestMetadata?: Record<string, string>,
): Promise<Log | undefined> {
  const logging = await loggingOf(call.kernel, call);
  if (!logging) return undefined;
  const id = modelId ?? '';
  const model = foundationModel(splitProfileId(id)?.modelId ?? id);
  const kind = KINDS.find(([modality]) => model?.output.includes(modality))?.[1] ?? 'textData';
  return new Log(call, logging, { modelId: id, input, answers: kind, ...(requestMetadata ? { requestMetadata } : {}) });
}

class Log {
  readonly #call: Call;
  readonly #logging: InvocationLogging;
  readonly #begun: Logged;

  constructor(call: Call, logging: InvocationLogging, begun: Logged) {
    this.#call = call;
    this.#logging = logging;
    this.#begun = begun;
  }

  /** Passes on what an invocation comes to; one that fails is logged with its error. */
  async watch<T>(answer: Promise<T> | T): Promise<T> {
    try {
      return await answer;
    } catch (error) {
      await this.#write({ errorCode: error instanceof Error ? error.name : 'InternalServerException' });
      throw error;
    }
  }

  end(output: Side): Promise<void> {
    return this.#write({ output });
  }

  /** Passes a stream on as it is made. The log is there before its end: also of one that breaks off, and of one that nobody reads to the end. */
  async *pass<E>(events: AsyncIterable<E>, bodyOf: (events: E[]) => Side): AsyncGenerator<E> {
    const seen: E[] = [];
    let errorCode: string | undefined;
    try {
      for await (const event of events) {
        seen.push(event);
        yield event;
      }
    } catch (error) {
      errorCode = error instanceof Error ? error.name : 'InternalServerException';
      throw error;
    } finally {
      await this.#write({ output: bodyOf(seen), ...(errorCode === undefined ? {} : { errorCode }) });
    }
  }

  /** An invocation is not undone because its log cannot be written. */
  async #write(end: Partial<Logged>): Promise<void> {
    try {
      await logInvocation(this.#call, this.#logging, { ...this.#begun, ...end });
    } catch (error) {
      this.#call.log.error({ err: error }, 'a model invocation could not be logged');
    }
  }
}

/** The body of a Converse request: all but what is in its path. */
function converseInput(input: object): Side {
  const { modelId: _modelId, requestMetadata: _metadata, ...body } = input as Record<string, unknown>;
  return { contentType: JSON_TYPE, body };
}

function native({ body, contentType }: { body?: unknown; contentType?: string | undefined }): Side {
  return { contentType: contentType ?? JSON_TYPE, body: parsed(body as Uint8Array | undefined) };
}

/** JSON where it is, text where it is not. */
function parsed(bytes: Uint8Array | undefined): unknown {
  const text = Buffer.from(bytes ?? new Uint8Array()).toString('utf8');
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

type Block = {
  text?: string;
  citations?: unknown[];
  toolUse?: { toolUseId?: string; name?: string; input: unknown };
  reasoning?: { text: string; signature?: string };
  redacted?: Uint8Array;
};

/** What a stream came to, in Converse's own shape. */
function messageOf(events: ConverseStreamOutput[]) {
  const blocks: Block[] = [];
  const json: string[] = [];
  let stopReason: string | undefined;
  let metadata: ConverseStreamOutput['metadata'];
  for (const event of events) {
    if (event.contentBlockStart) {
      const { contentBlockIndex: index, start } = event.contentBlockStart;
      const { toolUseId, name } = start?.toolUse ?? {};
      if (start?.toolUse) blocks[index!] = { toolUse: { toolUseId: toolUseId!, name: name!, input: {} } };
    } else if (event.contentBlockDelta) {
      const { contentBlockIndex: index, delta } = event.contentBlockDelta;
      const block = (blocks[index!] ??= {});
      if (delta?.text !== undefined) block.text = (block.text ?? '') + delta.text;
      if (delta?.citation) (block.citations ??= []).push(delta.citation);
      if (delta?.toolUse) json[index!] = (json[index!] ?? '') + (delta.toolUse.input ?? '');
      if (delta?.reasoningContent?.redactedContent) block.redacted = delta.reasoningContent.redactedContent;
      else if (delta?.reasoningContent) {
        block.reasoning ??= { text: '' };
        block.reasoning.text += delta.reasoningContent.text ?? '';
        if (delta.reasoningContent.signature) block.reasoning.signature = delta.reasoningContent.signature;
      }
    } else if (event.messageStop) stopReason = event.messageStop.stopReason;
    else if (event.metadata) metadata = event.metadata;
  }
  for (const [index, text] of json.entries())
    if (text !== undefined && blocks[index]?.toolUse) blocks[index].toolUse.input = parsed(Buffer.from(text));
  const content = blocks
    .filter((block) => block !== undefined)
    .map(({ reasoning, redacted, citations, ...block }) => {
      if (redacted) return { reasoningContent: { redactedContent: redacted } };
      if (citations) return { citationsContent: { content: [{ text: block.text }], citations } };
      return reasoning ? { reasoningContent: { reasoningText: reasoning } } : block;
    });
  return {
    output: { message: { role: 'assistant', content } },
    ...(stopReason === undefined ? {} : { stopReason }),
    ...(metadata ? { metrics: metadata.metrics, usage: metadata.usage } : {}),
  };
}
