import type { ChatRequest, Message } from '../../../engines/llm/types.ts';
import type { FoundationModel } from '../../../kernel/foundation-models/model.ts';
import { textOf } from '../answer.ts';
import { definedOf } from '../defined.ts';
import { modelRefused, unbuilt } from '../errors.ts';
import { checkBody, list, object, text } from './body.ts';
import type { JsonObject, TextFamily } from './family.ts';

/** Source: Bedrock User Guide, Meta Llama models. */
const DEFAULT_TOKENS = 512;

const shapeFor = (model: FoundationModel) =>
  object(
    {
      prompt: text,
      max_gen_len: { type: 'integer', min: 1, max: model.outputTokensMax! },
      temperature: { type: 'number', min: 0, max: 1 },
      top_p: { type: 'number', min: 0, max: 1 },
      images: list(text),
    },
    ['prompt'],
  );

function read(body: JsonObject, model: FoundationModel): ChatRequest {
  checkBody(body, shapeFor(model));
  const { prompt, max_gen_len, temperature, top_p, images } = body as {
    prompt: string;
    max_gen_len?: number;
    temperature?: number;
    top_p?: number;
    images?: string[];
  };
  if (images?.length) throw unbuilt('images in the body of Llama models');
  return {
    ...readLlamaPrompt(prompt),
    maxTokens: max_gen_len ?? DEFAULT_TOKENS,
    ...definedOf({ temperature, topP: top_p }),
  };
}

/** Llama 4 calls the same marks header_start, header_end and eot. */
const HEADER =
  /<\|(?:start_header_id|header_start)\|>\s*(system|user|assistant|ipython|tool)\s*<\|(?:end_header_id|header_end)\|>/;
const MARKS =
  /<\|(?:begin_of_text|eot_id|eot|eom_id|end_of_text|start_header_id|end_header_id|header_start|header_end)\|>/g;

/**
 * A prompt written with Llama 3's special tokens, or Llama 2's `[INST]`, as a conversation; a prompt with neither is one user turn.
 * Source: llama.com, Model Cards and Prompt Formats.
 */
export function readLlamaPrompt(prompt: string): Pick<ChatRequest, 'system' | 'messages'> {
  if (HEADER.test(prompt)) {
    const pieces = prompt.split(HEADER).slice(1);
    const turns: [string, string][] = [];
    for (let i = 0; i < pieces.length; i += 2) turns.push([pieces[i]!, pieces[i + 1]!.replace(MARKS, '').trim()]);
    return conversation(turns);
  }
  return readInstructions(prompt);
}

/** `<s>[INST] <<SYS>>…<</SYS>> question [/INST] answer </s>[INST] … [/INST]`: what Llama 2 and Mistral share. */
export function readInstructions(prompt: string): Pick<ChatRequest, 'system' | 'messages'> {
  const turns: [string, string][] = [];
  if (!prompt.includes('[INST]'))
    turns.push([
      'user',
      prompt
        .replace(/<\/?s>/g, '')
        .replace(MARKS, '')
        .trim(),
    ]);
  else {
    for (const [index, piece] of prompt.split('[INST]').entries()) {
      const [asked = '', answered = ''] = index === 0 ? ['', piece] : piece.split('[/INST]');
      const system = /<<SYS>>([\s\S]*?)<<\/SYS>>/.exec(asked);
      if (system) turns.push(['system', system[1]!.trim()]);
      if (index > 0) turns.push(['user', asked.replace(/<<SYS>>[\s\S]*?<<\/SYS>>/, '').trim()]);
      const reply = answered.replace(/<\/?s>/g, '').trim();
      if (reply !== '') turns.push([index === 0 ? 'user' : 'assistant', reply]);
    }
  }
  return conversation(turns);
}

function conversation(turns: [string, string][]): Pick<ChatRequest, 'system' | 'messages'> {
  const system: string[] = [];
  const messages: Message[] = [];
  for (const [speaker, said] of turns) {
    if (said === '') continue;
    if (speaker === 'system') {
      system.push(said);
      continue;
    }
    // Results of tools come back as `ipython`: text that the user's side says.
    const role = speaker === 'assistant' ? 'assistant' : 'user';
    const last = messages.at(-1);
    if (last?.role === role) last.content.push({ type: 'text', text: said });
    else messages.push({ role, content: [{ type: 'text', text: said }] });
  }
  if (messages.length === 0) throw modelRefused('The prompt must not be empty.');
  return { system, messages };
}

const reasonOf = (reason: string) => (reason === 'max_tokens' || reason === 'context_window' ? 'length' : 'stop');

/** Llama: `prompt` in, `generation` out. */
export const llama: TextFamily = {
  read,
  countsFirst: true,
  write: (answer) => ({
    generation: textOf(answer),
    prompt_token_count: answer.usage.inputTokens,
    generation_token_count: answer.usage.outputTokens,
    stop_reason: reasonOf(answer.stopReason),
  }),
  async *stream(events, { inputTokens }) {
    let first = true;
    for await (const event of events) {
      const prompt_token_count = first ? (inputTokens ?? null) : null;
      if (event.type === 'text')
        yield { generation: event.text, prompt_token_count, generation_token_count: null, stop_reason: null };
      else if (event.type === 'end')
        yield {
          generation: '',
          prompt_token_count,
          generation_token_count: event.usage.outputTokens,
          stop_reason: reasonOf(event.stopReason),
        };
      else continue;
      first = false;
    }
  },
  additional(fields) {
    checkBody(fields, object({}));
    return {};
  },
};
