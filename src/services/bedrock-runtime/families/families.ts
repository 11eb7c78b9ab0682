import type { Family, FoundationModel } from '../../../kernel/foundation-models/model.ts';
import { anthropicMessages } from './anthropic-messages.ts';
import { cohereChat } from './cohere-chat.ts';
import type { TextFamily } from './family.ts';
import { cohereCommand } from './cohere-command.ts';
import { deepseekText } from './deepseek-text.ts';
import { imported } from './imported.ts';
import { llama } from './llama.ts';
import { mistralChat } from './mistral-chat.ts';
import { mistralText } from './mistral-text.ts';
import { nova } from './nova.ts';
import { openaiChat } from './openai-chat.ts';
import { titanText } from './titan-text.ts';

const families: { [name in Family]?: TextFamily } = {
  'anthropic-messages': anthropicMessages,
  nova,
  'titan-text': titanText,
  llama,
  'mistral-text': mistralText,
  'mistral-chat': mistralChat,
  'openai-chat': openaiChat,
  'deepseek-chat': openaiChat,
  'qwen-chat': openaiChat,
  'writer-chat': openaiChat,
  'ai21-jamba': openaiChat,
  'cohere-command': cohereCommand,
  'cohere-command-r': cohereChat,
  'deepseek-text': deepseekText,
  imported,
};

/** How a model's native bodies are read and written; undefined for families that are not built. */
export function familyOf(model: FoundationModel): TextFamily | undefined {
  return families[model.family];
}
