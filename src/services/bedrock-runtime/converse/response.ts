import type {
  Citation as SdkCitation,
  CitationLocation,
  ContentBlock,
  ConverseStreamMetadataEvent,
  ConverseStreamOutput,
  StopReason,
} from '@aws-sdk/client-bedrock-runtime';
import type { ChatEvent, Citation, Json, StopReason as EngineStopReason, Usage } from '../../../engines/llm/types.ts';
import type { Ids } from '../../../kernel/ids.ts';
import type { Answer } from '../answer.ts';
import { TOOL_USE_ID_LENGTH } from '../limits.ts';

const STOP_REASONS: Record<EngineStopReason, StopReason> = {
  end_turn: 'end_turn',
  tool_use: 'tool_use',
  max_tokens: 'max_tokens',
  stop_sequence: 'stop_sequence',
  content_filtered: 'content_filtered',
  context_window: 'model_context_window_exceeded',
  guardrail: 'guardrail_intervened',
};

export const stopReasonOf = (reason: EngineStopReason): StopReason => STOP_REASONS[reason];

export const usageOf = ({
  inputTokens,
  outputTokens,
  cacheReadTokens = 0,
  cacheWriteTokens = 0,
  cacheWrites = [],
}: Usage) => ({
  inputTokens,
  outputTokens,
  totalTokens: inputTokens + cacheReadTokens + cacheWriteTokens + outputTokens,
  cacheReadInputTokens: cacheReadTokens,
  cacheWriteInputTokens: cacheWriteTokens,
  ...(cacheWrites.length > 0
    ? { cacheDetails: cacheWrites.map(({ ttl, tokens }) => ({ ttl, inputTokens: tokens })) }
    : {}),
});

const citationOf = ({ title, source, text, ...place }: Citation): SdkCitation => ({
  ...(title === undefined ? {} : { title }),
  ...(source === undefined ? {} : { source }),
  sourceContent: [{ text }],
  location: locationOf(place),
});

function locationOf({ kind, by, index, start, end }: Omit<Citation, 'text'>): CitationLocation {
  if (kind === 'searchResult') return { searchResultLocation: { searchResultIndex: index, start, end } };
  const place = { documentIndex: index, start, end };
  if (by === 'pages') return { documentPage: place };
  return by === 'blocks' ? { documentChunk: place } : { documentChar: place };
}

/** Ids of tool uses as Bedrock makes them; a backend's own are kept where they have that form. */
export function toolUseId(id: string, ids: Ids): string {
  return /^tooluse_[A-Za-z0-9_-]{22}$/.test(id) ? id : `tooluse_${ids.text(TOOL_USE_ID_LENGTH)}`;
}

/** The content of an answer; `malformed` when a tool's input is not the JSON that it must be. */
export function contentOf(answer: Answer, ids: Ids): { content: ContentBlock[]; malformed: boolean } {
  let malformed = false;
  const content = answer.blocks.map((block): ContentBlock => {
    if (block.type === 'text')
      return block.citations
        ? { citationsContent: { content: [{ text: block.text }], citations: block.citations.map(citationOf) } }
        : { text: block.text };
    if (block.type === 'reasoning' && block.redacted !== undefined)
      return { reasoningContent: { redactedContent: Buffer.from(block.redacted, 'base64url') } };
    if (block.type === 'reasoning')
      return { reasoningContent: { reasoningText: { text: block.text, signature: block.signature } } };
    let input: Json = {};
    try {
      input = block.json === '' ? {} : (JSON.parse(block.json) as Json);
    } catch {
      // An answer that was cut short has its input cut; otherwise the model wrote it wrong.
      malformed = true;
    }
    return { toolUse: { toolUseId: toolUseId(block.id, ids), name: block.name, input } };
  });
  return { content, malformed };
}

/** Events of the engine as ConverseStream's, each as it comes. `finish` gives the last two events what they carry beside. */
export async function* streamOf(
  events: AsyncIterable<ChatEvent>,
  ids: Ids,
  finish: () => Promise<{
    additionalModelResponseFields?: Json;
    latencyMs: number;
    metadata?: Pick<ConverseStreamMetadataEvent, 'trace' | 'serviceTier' | 'performanceConfig'>;
  }>,
): AsyncGenerator<ConverseStreamOutput> {
  yield { messageStart: { role: 'assistant' } };
  for await (const event of events) {
    switch (event.type) {
      case 'toolStart':
        yield {
          contentBlockStart: {
            contentBlockIndex: event.index,
            start: { toolUse: { toolUseId: toolUseId(event.id, ids), name: event.name } },
          },
        };
        break;
      case 'toolInput':
        yield { contentBlockDelta: { contentBlockIndex: event.index, delta: { toolUse: { input: event.json } } } };
        break;
      case 'text':
        yield { contentBlockDelta: { contentBlockIndex: event.index, delta: { text: event.text } } };
        break;
      case 'citation':
        yield {
          contentBlockDelta: { contentBlockIndex: event.index, delta: { citation: citationOf(event.citation) } },
        };
        break;
      case 'reasoning':
        if (event.text !== undefined)
          yield {
            contentBlockDelta: { contentBlockIndex: event.index, delta: { reasoningContent: { text: event.text } } },
          };
        if (event.redacted !== undefined)
          yield {
            contentBlockDelta: {
              contentBlockIndex: event.index,
              delta: { reasoningContent: { redactedContent: Buffer.from(event.redacted, 'base64url') } },
            },
          };
        if (event.signature !== undefined)
          yield {
            contentBlockDelta: {
              contentBlockIndex: event.index,
              delta: { reasoningContent: { signature: event.signature } },
            },
          };
        break;
      case 'blockStop':
        yield { contentBlockStop: { contentBlockIndex: event.index } };
        break;
      case 'end': {
        const { additionalModelResponseFields, latencyMs, metadata } = await finish();
        yield {
          messageStop: {
            stopReason: stopReasonOf(event.stopReason),
            ...(additionalModelResponseFields === undefined ? {} : { additionalModelResponseFields }),
          },
        };
        yield { metadata: { usage: usageOf(event.usage), metrics: { latencyMs }, ...metadata } };
      }
    }
  }
}
