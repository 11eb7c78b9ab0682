import type {
  ContentBlock,
  ConverseCommandInput,
  ConverseStreamOutput,
  GuardrailTraceAssessment,
  Message,
  TokenUsage,
  Tool,
  ToolUseBlock,
} from '@aws-sdk/client-bedrock-runtime';
import type { FailureFacts } from '../../../aws/failure.ts';

/** A conversation of the playground: what is asked of each model, and what came back. */
export type Chat = { settings: Settings; columns: Column[]; draft: string };

/** What all models are asked with. Numbers as they were typed; empty: the model's own default. */
export type Settings = {
  system: string;
  temperature: string;
  topP: string;
  maxTokens: string;
  stopSequences: string[];
  /** JSON: the list of Converse's `toolConfig.tools`. */
  tools: string;
  useTools: boolean;
  guardrail: { id: string; version: string };
  /** JSON: `additionalModelRequestFields`. */
  fields: string;
};

/** One model, and its side of the conversation. */
export type Column = { id: string; modelId: string; turns: Turn[] };

export type Turn = { id: string; content: ContentBlock[] } & (
  | { role: 'user' }
  | {
      role: 'assistant';
      modelId: string;
      state: 'streaming' | 'done' | 'stopped' | 'failed';
      stopReason?: string;
      failure?: FailureFacts;
      facts: Facts;
    }
);
export type Answer = Extract<Turn, { role: 'assistant' }>;

/** How an answer came about and what it took. */
export type Facts = {
  requestId?: string;
  /** `x-outcrop-answer` */
  answer?: string;
  usage?: TokenUsage;
  /** As the service tells it. */
  latencyMs?: number;
  /** Until the first piece of the answer was here. */
  firstMs?: number;
  usd?: number;
  /** Of the guardrail. */
  trace?: GuardrailTraceAssessment;
};

export const NO_SETTINGS: Settings = {
  system: '',
  temperature: '',
  topP: '',
  maxTokens: '',
  stopSequences: [],
  tools: '',
  useTools: false,
  guardrail: { id: '', version: 'DRAFT' },
  fields: '',
};

export const COLUMNS_MAX = 4;
const DEFAULT_MODEL = 'amazon.nova-lite-v1:0';

export const newColumn = (modelId = DEFAULT_MODEL): Column => ({ id: crypto.randomUUID(), modelId, turns: [] });
export const newChat = (modelId?: string): Chat => ({
  settings: NO_SETTINGS,
  columns: [newColumn(modelId)],
  draft: '',
});
export const userTurn = (content: ContentBlock[]): Turn => ({ id: crypto.randomUUID(), role: 'user', content });
export const newAnswer = (modelId: string): Answer => ({
  id: crypto.randomUUID(),
  role: 'assistant',
  modelId,
  content: [],
  state: 'streaming',
  facts: {},
});

/** Puts the pieces of a streamed answer together, block by block. */
export class Assembly {
  readonly #blocks: {
    text?: string;
    reasoning?: { text: string; signature?: string; redacted?: Uint8Array };
    tool?: { id: string; name: string; json: string };
  }[] = [];

  /** Whether the event brought a piece of the answer. */
  add(event: ConverseStreamOutput): boolean {
    if (event.contentBlockStart) {
      const { contentBlockIndex: index = 0, start } = event.contentBlockStart;
      if (start?.toolUse) this.#at(index).tool = { id: start.toolUse.toolUseId!, name: start.toolUse.name!, json: '' };
      return start?.toolUse !== undefined;
    }
    const { contentBlockIndex: index = 0, delta } = event.contentBlockDelta ?? {};
    if (!delta) return false;
    const block = this.#at(index);
    if (delta.text !== undefined) block.text = (block.text ?? '') + delta.text;
    if (delta.toolUse && block.tool) block.tool.json += delta.toolUse.input ?? '';
    if (delta.reasoningContent) {
      const { text, signature, redactedContent } = delta.reasoningContent;
      block.reasoning ??= { text: '' };
      if (text !== undefined) block.reasoning.text += text;
      if (signature !== undefined) block.reasoning.signature = (block.reasoning.signature ?? '') + signature;
      if (redactedContent !== undefined) block.reasoning.redacted = redactedContent;
    }
    return true;
  }

  content(): ContentBlock[] {
    return this.#blocks.filter(Boolean).map(({ text, reasoning, tool }): ContentBlock => {
      if (tool) return { toolUse: { toolUseId: tool.id, name: tool.name, input: inputOf(tool.json) } };
      if (reasoning?.redacted) return { reasoningContent: { redactedContent: reasoning.redacted } };
      if (reasoning) {
        const { text: thought, signature } = reasoning;
        return {
          reasoningContent: { reasoningText: { text: thought, ...(signature === undefined ? {} : { signature }) } },
        };
      }
      return { text: text ?? '' };
    });
  }

  #at(index: number) {
    return (this.#blocks[index] ??= {});
  }
}

/** What a model wrote that is no JSON is shown and sent back as it stands. */
function inputOf(json: string): ToolUseBlock['input'] {
  try {
    return json === '' ? {} : JSON.parse(json);
  } catch {
    return json;
  }
}

/** Calls of tools that nobody has answered yet. */
export function pendingTools({ turns }: Column): ToolUseBlock[] {
  const last = turns.at(-1);
  if (last?.role !== 'assistant' || last.state !== 'done') return [];
  return last.content.flatMap(({ toolUse }) => (toolUse ? [toolUse] : []));
}

export const isStreaming = ({ turns }: Column): boolean => {
  const last = turns.at(-1);
  return last?.role === 'assistant' && last.state === 'streaming';
};

/** Of an answer that broke off, what is whole: its text. */
const whole = (turn: Turn): ContentBlock[] =>
  turn.role === 'user' || turn.state === 'done' ? turn.content : turn.content.filter(({ text }) => text !== undefined);

/** The conversation as Converse takes it: no empty messages, and roles in turn. */
export function messagesOf(turns: readonly Turn[]): Message[] {
  const messages: { role: 'user' | 'assistant'; content: ContentBlock[] }[] = [];
  for (const turn of turns) {
    const content = whole(turn).filter(({ text }) => text === undefined || text.trim() !== '');
    const last = messages.at(-1);
    if (content.length === 0) continue;
    if (last?.role === turn.role) last.content.push(...content);
    else messages.push({ role: turn.role, content });
  }
  return messages;
}

type Faults = { [K in 'temperature' | 'topP' | 'maxTokens' | 'tools' | 'fields']?: string };

/** What is wrong with the settings, by field; nothing where they can be sent. */
export function faultsOf(settings: Settings): Faults {
  const between = (text: string, min: number, max: number) =>
    text.trim() === '' || (Number(text) >= min && Number(text) <= max) ? undefined : `A number from ${min} to ${max}.`;
  const wholeNumber = (text: string) =>
    text.trim() === '' || /^[1-9]\d*$/.test(text.trim()) ? undefined : 'A whole number from 1.';
  const faults = {
    temperature: between(settings.temperature, 0, 1),
    topP: between(settings.topP, 0, 1),
    maxTokens: wholeNumber(settings.maxTokens),
    tools: settings.useTools ? toolsFault(settings.tools) : undefined,
    fields: settings.fields.trim() === '' ? undefined : objectFault(settings.fields),
  };
  return Object.fromEntries(Object.entries(faults).filter(([, fault]) => fault !== undefined));
}

function objectFault(text: string): string | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? undefined : 'This is no JSON object.';
  } catch (error) {
    return (error as Error).message;
  }
}

/** What is wrong with a list of tools, as Converse takes it. */
export function toolsFault(text: string): string | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (!Array.isArray(value) || value.length === 0) return 'Tools are a JSON list of at least one.';
    const wrong = value.findIndex(
      (tool) => typeof tool?.toolSpec?.name !== 'string' || typeof tool.toolSpec.inputSchema?.json !== 'object',
    );
    return wrong < 0 ? undefined : `Tool ${wrong + 1} needs a toolSpec with a name and an inputSchema: {"json": …}.`;
  } catch (error) {
    return (error as Error).message;
  }
}

/** The input of Converse and ConverseStream for what is said so far. */
export function converseInput(settings: Settings, modelId: string, turns: readonly Turn[]) {
  const number = (text: string) => (text.trim() === '' ? undefined : Number(text));
  const inference = {
    temperature: number(settings.temperature),
    topP: number(settings.topP),
    maxTokens: number(settings.maxTokens),
    stopSequences: settings.stopSequences.length === 0 ? undefined : settings.stopSequences,
  };
  const set = Object.fromEntries(Object.entries(inference).filter(([, value]) => value !== undefined));
  const { guardrail } = settings;
  return {
    modelId,
    messages: messagesOf(turns),
    ...(settings.system.trim() === '' ? {} : { system: [{ text: settings.system }] }),
    ...(Object.keys(set).length === 0
      ? {}
      : { inferenceConfig: set as NonNullable<ConverseCommandInput['inferenceConfig']> }),
    ...(settings.useTools ? { toolConfig: { tools: JSON.parse(settings.tools) as Tool[] } } : {}),
    ...(guardrail.id === ''
      ? {}
      : {
          guardrailConfig: {
            guardrailIdentifier: guardrail.id,
            guardrailVersion: guardrail.version,
            trace: 'enabled' as const,
          },
        }),
    ...(settings.fields.trim() === ''
      ? {}
      : {
          additionalModelRequestFields: JSON.parse(settings.fields) as NonNullable<
            ConverseCommandInput['additionalModelRequestFields']
          >,
        }),
  };
}

/** Sums over answers. */
export function totals(turns: readonly Turn[]): { answers: number; input: number; output: number; usd?: number } {
  const answers = turns.filter((turn) => turn.role === 'assistant' && turn.state !== 'failed') as Answer[];
  const sum = (of: (facts: Facts) => number | undefined) =>
    answers.reduce((total, { facts }) => total + (of(facts) ?? 0), 0);
  return {
    answers: answers.length,
    input: sum(({ usage }) => usage?.inputTokens),
    output: sum(({ usage }) => usage?.outputTokens),
    ...(answers.some(({ facts }) => facts.usd !== undefined) ? { usd: sum(({ usd }) => usd) } : {}),
  };
}

/** `1 token`, `12 tokens` */
export const tokensText = (count: number | undefined): string =>
  `${(count ?? 0).toLocaleString('en')} ${count === 1 ? 'token' : 'tokens'}`;
