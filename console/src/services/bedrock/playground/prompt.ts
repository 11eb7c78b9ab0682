import type { CreatePromptCommandInput, PromptVariant } from '@aws-sdk/client-bedrock-agent';
import {
  converseInput,
  newColumn,
  NO_SETTINGS,
  userTurn,
  newAnswer,
  type Chat,
  type Column,
  type Settings,
  type Turn,
} from './conversation.ts';

/** Names of `{{variables}}` in texts. */
export const variablesOf = (texts: readonly string[]): string[] => [
  ...new Set(texts.flatMap((text) => [...text.matchAll(/\{\{\s*([\w-]+)\s*\}\}/g)].map(([, name]) => name!))),
];

/**
 * What a column was asked, as a prompt of Bedrock's prompt management: the text of the conversation up to the user's last message, with the
 * settings. Files and calls of tools are no part of prompts.
 */
export function promptOf(
  name: string,
  description: string,
  settings: Settings,
  { modelId, turns }: Column,
): CreatePromptCommandInput {
  const { messages, system, inferenceConfig, toolConfig, additionalModelRequestFields } = converseInput(
    settings,
    modelId,
    turns,
  );
  const said = messages
    .map(({ role, content }) => ({
      role: role as 'user' | 'assistant',
      content: (content ?? []).flatMap(({ text }) => (text === undefined ? [] : [{ text }])),
    }))
    .filter(({ content }) => content.length > 0);
  const lastOfUser = said.findLastIndex(({ role }) => role === 'user');
  const kept = said.slice(0, lastOfUser + 1);
  const texts = [
    ...kept.flatMap(({ content }) => content.map(({ text }) => text)),
    ...(system ?? []).map(({ text }) => text),
  ];
  const variables = variablesOf(texts);
  const variant: PromptVariant = {
    name: 'default',
    modelId,
    templateType: 'CHAT',
    templateConfiguration: {
      chat: {
        messages: kept,
        ...(system ? { system } : {}),
        ...(toolConfig ? { toolConfiguration: { tools: toolConfig.tools as never } } : {}),
        ...(variables.length > 0 ? { inputVariables: variables.map((each) => ({ name: each })) } : {}),
      },
    },
    ...(inferenceConfig ? { inferenceConfiguration: { text: inferenceConfig } } : {}),
    ...(additionalModelRequestFields === undefined ? {} : { additionalModelRequestFields }),
  };
  return { name, ...(description === '' ? {} : { description }), variants: [variant], defaultVariant: variant.name! };
}

/** A conversation that goes on from a prompt: what its last message says is to be sent next. */
export function chatOf(variant: PromptVariant, before: Chat): Chat {
  const { modelId, templateConfiguration, inferenceConfiguration, additionalModelRequestFields } = variant;
  const inference = inferenceConfiguration?.text;
  const chat = templateConfiguration?.chat;
  const tools = chat?.toolConfiguration?.tools ?? [];
  const settings: Settings = {
    ...NO_SETTINGS,
    system: (chat?.system ?? []).flatMap(({ text }) => text ?? []).join('\n\n'),
    temperature: inference?.temperature?.toString() ?? '',
    topP: inference?.topP?.toString() ?? '',
    maxTokens: inference?.maxTokens?.toString() ?? '',
    stopSequences: inference?.stopSequences ?? [],
    tools: tools.length > 0 ? JSON.stringify(tools, undefined, 2) : '',
    useTools: tools.length > 0,
    fields:
      additionalModelRequestFields === undefined ? '' : JSON.stringify(additionalModelRequestFields, undefined, 2),
  };
  const model = modelId ?? before.columns[0]!.modelId;
  const messages = (chat?.messages ?? []).map(({ role, content }) => ({
    role,
    text: (content ?? []).flatMap(({ text }) => text ?? []).join('\n\n'),
  }));
  const last = messages.at(-1)?.role === 'user' ? messages.pop() : undefined;
  const turns = messages.map(({ role, text }): Turn =>
    role === 'user' ? userTurn([{ text }]) : { ...newAnswer(model), content: [{ text }], state: 'done' },
  );
  return {
    settings,
    columns: [{ ...newColumn(model), turns }],
    draft: templateConfiguration?.text?.text ?? last?.text ?? '',
  };
}
