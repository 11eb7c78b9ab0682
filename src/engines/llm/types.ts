/**
 * The canonical chat state: what every Bedrock model family's body is turned into, and what every backend
 * (`builtin`, `openai`, `gguf`) answers from. No AWS words live here; the faces translate both ways.
 */

/** JSON as parsed; tool inputs and schemas are of this type. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

export type TextPart = {
  type: 'text';
  text: string;
  /** What a guardrail is to see it as; backends read it as any text. An empty list: guarded, with no role of its own. */
  guarded?: readonly ('grounding_source' | 'query' | 'guard_content')[];
};
/** `bytes` are the encoded file (PNG, JPEG …), not pixels. */
export type ImagePart = { type: 'image'; format: 'png' | 'jpeg' | 'gif' | 'webp'; bytes: Uint8Array };
/** A document that has already been read to plain text by the documents engine. */
export type DocumentPart = { type: 'document'; name: string; text: string; isSearchResult?: true; citable?: Citable };
/** How answers are to cite a text. */
export type Citable = {
  kind: 'document' | 'searchResult';
  /** Which of its kind, from 0, in the order of the request. */
  index: number;
  title?: string;
  /** Where a search result comes from. */
  source?: string;
  /** What places in it are told by; pages are parted by form feeds. */
  by: 'characters' | 'pages' | 'blocks';
  /** UTF-16 offsets at which its blocks begin. */
  starts?: number[];
};
/** A passage that a piece of an answer rests on. Characters (code points) and blocks count from 0, pages from 1; `end` is behind the last. */
export type Citation = Pick<Citable, 'kind' | 'index' | 'title' | 'source' | 'by'> & {
  start: number;
  end: number;
  text: string;
};
export type ToolCallPart = { type: 'toolCall'; id: string; name: string; input: Json };
export type ToolResultPart = {
  type: 'toolResult';
  toolCallId: string;
  status: 'success' | 'error';
  content: (TextPart | ImagePart | DocumentPart | { type: 'json'; json: Json })[];
};
export type ReasoningPart = {
  type: 'reasoning';
  text: string;
  signature?: string;
  /** Sealed by the face, which reads the text from it before a backend sees it. */
  redacted?: string;
};

export type Part = TextPart | ImagePart | DocumentPart | ToolCallPart | ToolResultPart | ReasoningPart;

export type Message = { role: 'user' | 'assistant'; content: Part[] };

export type Tool = { name: string; description?: string; inputSchema: Json; strict?: boolean };
export type ToolChoice = { type: 'auto' } | { type: 'any' } | { type: 'tool'; name: string } | { type: 'none' };

/** The end of a prefix that is worth keeping: so many tools, system texts and messages, and parts of the message after those. */
export type CachePoint = { tools: number; system: number; messages: number; parts: number; ttl: '5m' | '1h' };

/** How much a model is to reason before it answers: tokens, or a degree. */
export type Reasoning = { budgetTokens?: number; effort?: 'low' | 'medium' | 'high' | 'max' };

export type ChatRequest = {
  system: string[];
  /** Indices of system texts that a guardrail is to see. */
  guardedSystem?: number[];
  messages: Message[];
  tools?: Tool[];
  toolChoice?: ToolChoice;
  /** The answer calls one tool at most. */
  oneToolCall?: true;
  /** Upper bound of generated tokens, in the backend's own tokens; absent = the backend's default. */
  maxTokens?: number;
  /** 0 (or absent for `builtin`) = deterministic. */
  temperature?: number;
  topP?: number;
  topK?: number;
  /** Generation ends before the first of these; its text is not part of the answer. */
  stopSequences?: string[];
  /** Same seed, same request: same answer. */
  seed?: number;
  /** The answer must be JSON text that this schema accepts. */
  responseSchema?: Json;
  /** In the order of the prefix: tools, system, messages. */
  cachePoints?: CachePoint[];
  /** Requests of one key may share what is known of a prefix that they have in common; others must not. */
  cacheKey?: string;
  /** Absent: the model answers at once. */
  reasoning?: Reasoning;
  /**
   * The one message is text to go on with as it is, its special tokens included, in no chat format. Backends that know none but
   * conversations answer it as a turn.
   */
  continues?: true;
};

export type StopReason =
  | 'end_turn'
  | 'tool_use'
  | 'max_tokens'
  | 'stop_sequence'
  | 'content_filtered'
  | 'context_window'
  /** A guardrail has spoken in the model's place. */
  | 'guardrail';

/** Tokens as the backend counts them. `inputTokens` excludes what was read from a cache or written to it. */
export type Usage = {
  inputTokens: number;
  outputTokens: number;
  cacheReadTokens?: number;
  cacheWriteTokens?: number;
  /** What was written, by how long it is kept. */
  cacheWrites?: { ttl: CachePoint['ttl']; tokens: number }[];
};

/**
 * What a backend yields, in order: any number of (`start` of a tool call, `text`/`toolInput`/`reasoning` deltas of the block with that
 * index, `stop` of the block), then exactly one `end`. Indices count content blocks from 0. Deltas are passed on as the backend made
 * them: nothing is merged or re-sliced on the way to the client.
 */
export type ChatEvent =
  | { type: 'toolStart'; index: number; id: string; name: string }
  | { type: 'text'; index: number; text: string }
  /** Of the text block of that index, after its text. */
  | { type: 'citation'; index: number; citation: Citation }
  /** `redacted`: the whole block, sealed by the face. */
  | { type: 'reasoning'; index: number; text?: string; signature?: string; redacted?: string }
  /** A fragment of the tool input's JSON text; all fragments concatenated parse as JSON ("" means no arguments). */
  | { type: 'toolInput'; index: number; json: string }
  | { type: 'blockStop'; index: number }
  | { type: 'end'; stopReason: StopReason; stopSequence?: string; usage: Usage };

/** How an answer came about; goes to the `x-outcrop-answer` header with the engine's name and version. */
export type Provenance = { kind: 'computed' | 'heuristic' | 'declared'; engine: string; version: string };

/** What a bound model can do; faces refuse what it cannot before calling it. */
export type Capabilities = {
  tools: boolean;
  images: boolean;
  streaming: boolean;
  embeddings: boolean;
  responseSchema: boolean;
  /** Whether it can be asked to reason first, and how much. */
  reasoning: boolean;
};

/** One backend bound to one model: chat, count and embed behind one interface. */
export interface LanguageModel {
  readonly provenance: Provenance;
  readonly capabilities: Capabilities;
  /** Streams an answer. Aborting `signal` stops the work and rejects with its reason. Throws `LlmError`. */
  chat(request: ChatRequest, signal: AbortSignal): AsyncIterable<ChatEvent>;
  /** Tokens the request's input would count as; equals the later `usage.inputTokens`. Throws `LlmError` ('unsupported') where the backend cannot tell. */
  countTokens(request: ChatRequest): Promise<number>;
  /** One vector per text, as long as the backend makes them, plus the tokens of each text. Throws `LlmError` ('unsupported') where the backend cannot embed. */
  embed?(texts: string[], signal: AbortSignal): Promise<{ vectors: Float32Array[]; inputTokens: number[] }>;
  /** Makes pictures of a text: encoded files (PNG, JPEG …) of the asked size in pixels. Throws `LlmError`. Absent: it cannot. */
  images?(request: ImageRequest, signal: AbortSignal): Promise<Uint8Array[]>;
  /** The same from pictures: changed where a mask says, or varied. Throws `LlmError`: 'unsupported' where what is bound cannot. */
  editImages?(request: ImageEdit, signal: AbortSignal): Promise<Uint8Array[]>;
  /** Frees workers and memory. */
  close?(): Promise<void>;
}

/** A picture as it is asked for, in words. */
export type ImageRequest = {
  prompt: string;
  negativePrompt?: string;
  count: number;
  width: number;
  height: number;
  seed?: number;
  /** How closely the words are to be followed. */
  guidance?: number;
};

/** Pictures to begin with, encoded files. */
export type ImageEdit = Omit<ImageRequest, 'prompt'> & {
  pictures: Uint8Array[];
  /** A PNG file of the first picture's size, transparent where that is to be changed. Absent: all of it may be. */
  mask?: Uint8Array;
  /** Absent: the one picture is varied by itself. */
  prompt?: string;
  /** How much of what is given may change: 0 nothing, 1 all. */
  strength?: number;
};

/** The ways a backend fails; faces map them to their service's errors. */
export type LlmErrorKind =
  | 'invalid'
  | 'unsupported'
  | 'throttled'
  | 'unavailable'
  | 'timeout'
  | 'context'
  | 'model'
  | 'stream';

export class LlmError extends Error {
  override readonly name = 'LlmError';
  readonly kind: LlmErrorKind;
  /** HTTP status of the server behind an `openai` backend, where there is one. */
  readonly upstreamStatus?: number;
  constructor(kind: LlmErrorKind, message: string, options?: ErrorOptions & { upstreamStatus?: number }) {
    super(message, options);
    this.kind = kind;
    if (options?.upstreamStatus !== undefined) this.upstreamStatus = options.upstreamStatus;
  }
}
