/** The part of node-llama-cpp 3.22 that is used here. Its own types cannot be imported: it is installed apart from this program, if at all. */

/** Tokens are plain numbers to us. */
export type Tokenizer = { readonly brand?: 'tokenizer' };
export type LlamaText = { tokenize(tokenizer: Tokenizer): number[] };

export type FunctionCall = {
  type: 'functionCall';
  name: string;
  params: unknown;
  result: unknown;
  startsNewChunk?: boolean;
};
export type Segment = { type: 'segment'; segmentType: 'thought' | 'comment'; text: string; ended: boolean };
export type HistoryItem =
  | { type: 'system'; text: string }
  | { type: 'user'; text: string }
  | { type: 'model'; response: (string | FunctionCall | Segment)[] };

/** node-llama-cpp's dialect of JSON Schema; see schema.ts. */
export type GrammarSchema = { [key: string]: unknown };
export type Functions = { [name: string]: { description?: string; params?: GrammarSchema } };

export type ResponseChunk = {
  type?: 'segment';
  segmentType?: 'thought' | 'comment';
  text: string;
  tokens: number[];
  segmentEndTime?: Date;
};
export type ParamsChunk = { callIndex: number; functionName: string; paramsChunk: string; done: boolean };

export type GenerateOptions = {
  onResponseChunk(chunk: ResponseChunk): void;
  onFunctionCallParamsChunk?(chunk: ParamsChunk): void;
  signal: AbortSignal;
  stopOnAbortSignal: true;
  maxTokens: number;
  temperature?: number;
  topP?: number;
  topK?: number;
  seed?: number;
  repeatPenalty: false;
  budgets: { thoughtTokens: number; commentTokens: number };
  contextShift: { strategy(): never };
  grammar?: object;
  functions?: Functions;
  documentFunctionParams?: true;
};

export type LlamaChat = {
  chatWrapper: {
    wrapperName: string;
    generateContextState(options: {
      chatHistory: HistoryItem[];
      availableFunctions?: Functions;
      documentFunctionParams?: true;
    }): { contextText: LlamaText };
  };
  generateResponse(
    history: HistoryItem[],
    options: GenerateOptions,
  ): Promise<{
    metadata: {
      stopReason: 'eogToken' | 'stopGenerationTrigger' | 'functionCalls' | 'maxTokens' | 'abort' | 'customStopTrigger';
    };
  }>;
};

export type Sequence = {
  /** Samples token after token; it may be told to go on with another token than the one it yielded. */
  evaluate(tokens: number[], options: object): AsyncGenerator<number, void, number | number[] | undefined>;
  clearHistory(): Promise<void>;
  tokenMeter: { usedOutputTokens: number };
};
export type EmbeddingContext = {
  calculateInputLength(input: string): number;
  getEmbeddingFor(input: string): Promise<{ vector: readonly number[] }>;
};
export type Model = {
  tokenizer: Tokenizer;
  trainContextSize: number;
  tokens: { bos: number | null; shouldPrependBosToken: boolean };
  tokenize(text: string, specialTokens: boolean): number[];
  isEogToken(token: number): boolean;
  detokenize(tokens: readonly number[], specialTokens: boolean, lastTokens: readonly number[]): string;
  createContext(options: {
    contextSize: number | { max: number };
    sequences: 1;
    threads?: number;
  }): Promise<{ contextSize: number; getSequence(): Sequence }>;
  createEmbeddingContext(options: {
    contextSize: number | { max: number };
    threads?: number;
  }): Promise<EmbeddingContext>;
};
export type Llama = {
  loadModel(options: { modelPath: string }): Promise<Model>;
  createGrammarForJsonSchema(schema: GrammarSchema): Promise<object>;
};
export type Runtime = {
  getLlama(options: {
    gpu: false | 'metal';
    build: 'never';
    skipDownload: true;
    logLevel: 'error';
    logger(level: string, message: string): void;
    maxThreads?: number;
  }): Promise<Llama>;
  LlamaChat: new (options: { contextSequence: Sequence }) => LlamaChat;
};
