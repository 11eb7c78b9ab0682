import type { ChatEvent, ChatRequest, LanguageModel, Usage } from '../../engines/llm/types.ts';
import type { Script } from '../../kernel/call.ts';
import type { Engines } from '../../kernel/engines.ts';
import { foundationModel } from '../../kernel/foundation-models/catalog.ts';
import type { Exchange } from '../exchange.ts';

/** Takes tokens before a model is asked, and settles with what was used; throws where there are not enough. */
export type TokenGate = (
  modelId: string,
  inputTokens: number,
  maxTokens: number,
) => Promise<(usage: Usage | undefined) => Promise<void>>;

/** Of an answer that is not bounded, where the model's own bound is not known. */
const OUTPUT_TOKENS = 4_096;

/**
 * Puts what rules have to say about models where every face looks for its backend: a script in the place of the backend, and gates before
 * whatever backend it is.
 */
export function modelsOf(
  exchange: Exchange,
  rules: { script?: Script; gates?: TokenGate[] },
  engines: Engines,
  scripted: (script: Script) => LanguageModel,
): void {
  const { script, gates = [] } = rules;
  const llm: Engines['llm'] = {
    ...engines.llm,
    async resolve(modelId) {
      const backend = script ? scripted(script) : await engines.llm.resolve(modelId);
      return gates.reduce((model, gate) => gated(model, modelId, gate), backend);
    },
  };
  Object.assign(exchange.call!, { engines: { ...engines, llm } });
}

function gated(backend: LanguageModel, modelId: string, gate: TokenGate): LanguageModel {
  return {
    get provenance() {
      return backend.provenance;
    },
    capabilities: backend.capabilities,
    countTokens: (request) => backend.countTokens(request),
    ...(backend.embed ? { embed: (texts, signal) => backend.embed!(texts, signal) } : {}),
    ...(backend.images ? { images: (request, signal) => backend.images!(request, signal) } : {}),
    ...(backend.editImages ? { editImages: (request, signal) => backend.editImages!(request, signal) } : {}),
    async *chat(request, signal): AsyncGenerator<ChatEvent> {
      const maxTokens = request.maxTokens ?? foundationModel(modelId)?.outputTokensMax ?? OUTPUT_TOKENS;
      const settle = await gate(modelId, await countOf(backend, request), maxTokens);
      let used: Usage | undefined;
      try {
        for await (const event of backend.chat(request, signal)) {
          if (event.type === 'end') used = event.usage;
          yield event;
        }
      } finally {
        await settle(used);
      }
    },
  };
}

/** Characters of a token, where a backend cannot count. What was reserved by it is settled by what the backend tells in the end. */
const TOKEN_CHARACTERS = 4;

async function countOf(backend: LanguageModel, request: ChatRequest): Promise<number> {
  try {
    return await backend.countTokens(request);
  } catch (error) {
    if ((error as { kind?: string }).kind !== 'unsupported') throw error;
    let characters = 0;
    const see = (text: string) => void (characters += text.length);
    request.system.forEach(see);
    for (const { content } of request.messages) for (const part of content) if ('text' in part) see(part.text);
    return Math.ceil(characters / TOKEN_CHARACTERS);
  }
}
