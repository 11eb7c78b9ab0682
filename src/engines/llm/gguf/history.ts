import { documentText } from '../document-text.ts';
import { LlmError, type ChatRequest, type Message, type ToolResultPart } from '../types.ts';
import type { FunctionCall, HistoryItem } from './llama.ts';

/**
 * A conversation as node-llama-cpp's chat wrappers render it: tool results stand beside their calls in the model's turn, and
 * the history ends with the model's turn that is to be written (or, after a prefill or tool results, gone on with).
 *
 * @throws LlmError 'unsupported' for images; 'invalid' for tool calls without result and results without call.
 */
export function toHistory(request: ChatRequest, systemSuffix?: string): HistoryItem[] {
  const history: HistoryItem[] = [];
  const system = [...request.system, ...(systemSuffix === undefined ? [] : [systemSuffix])].filter(
    (text) => text !== '',
  );
  if (system.length > 0) history.push({ type: 'system', text: system.join('\n\n') });
  const open = new Map<string, FunctionCall>();
  for (const message of request.messages) {
    if (message.role === 'assistant') history.push(modelTurn(message, open));
    else {
      const text = userText(message, open);
      if (text !== undefined) history.push({ type: 'user', text });
    }
  }
  const [unanswered] = open.keys();
  if (unanswered !== undefined) throw new LlmError('invalid', `The tool call ${unanswered} has no result.`);
  if (history.at(-1)?.type !== 'model') history.push({ type: 'model', response: [] });
  return history;
}

function modelTurn(message: Message, open: Map<string, FunctionCall>): HistoryItem {
  const response: (HistoryItem & { type: 'model' })['response'] = [];
  let callsBefore = false;
  for (const part of message.content) {
    if (part.type === 'text') response.push(part.text);
    else if (part.type === 'reasoning') {
      response.push({ type: 'segment', segmentType: 'thought', text: part.text, ended: true });
    } else if (part.type === 'toolCall') {
      const call: FunctionCall = { type: 'functionCall', name: part.name, params: part.input, result: undefined };
      if (!callsBefore) call.startsNewChunk = true;
      response.push(call);
      open.set(part.id, call);
    } else throw new LlmError('invalid', `A message of the assistant cannot hold a part of type ${part.type}.`);
    callsBefore = part.type === 'toolCall';
  }
  return { type: 'model', response };
}

function userText(message: Message, open: Map<string, FunctionCall>): string | undefined {
  const texts: string[] = [];
  for (const part of message.content) {
    if (part.type === 'text') texts.push(part.text);
    else if (part.type === 'document') texts.push(documentText(part));
    else if (part.type === 'toolResult') {
      const call = open.get(part.toolCallId);
      if (!call) throw new LlmError('invalid', `The tool result ${part.toolCallId} answers no call before it.`);
      call.result = resultOf(part);
      open.delete(part.toolCallId);
    } else if (part.type === 'image') throw noImages();
    else throw new LlmError('invalid', `A message of the user cannot hold a part of type ${part.type}.`);
  }
  return texts.length > 0 ? texts.join('\n\n') : undefined;
}

function resultOf(result: ToolResultPart): unknown {
  const values = result.content.map((part) => {
    if (part.type === 'image') throw noImages();
    if (part.type === 'json') return part.json;
    return part.type === 'document' ? documentText(part) : part.text;
  });
  const value =
    values.length === 1 ? values[0] : values.every((each) => typeof each === 'string') ? values.join('\n') : values;
  return result.status === 'error' ? { error: value ?? '' } : (value ?? '');
}

const noImages = () =>
  new LlmError('unsupported', 'A GGUF model in this process reads text only; it cannot read images.');
