import type {
  ContentBlock,
  ImageBlock,
  SearchResultBlock,
  ToolResultBlock,
  ToolResultContentBlock,
} from '@aws-sdk/client-bedrock-runtime';
import type { ImagePart, Json, Part, ToolResultPart } from '../../../engines/llm/types.ts';
import type { Call } from '../../../kernel/call.ts';
import type { FoundationModel } from '../../../kernel/foundation-models/model.ts';
import { searchResultPart } from '../citations.ts';
import { invalid, unbuilt } from '../errors.ts';
import { IMAGE_BYTES_MAX } from '../limits.ts';
import { readDocumentBlock, readObject } from './documents.ts';

/** What a block is called, and undefined for an empty union. */
export function kindOf(block: object | null): string | undefined {
  return Object.entries(block ?? {}).find(([, value]) => value !== undefined)?.[0];
}

/**
 * One content block as the canonical state has it; undefined for blocks that say nothing to a model; cache points are read before. `where` is its place:
 * `messages.0.content.1`. Throws ValidationException, and NotImplemented for kinds of blocks that are not built.
 */
export async function readContentBlock(
  call: Call,
  model: FoundationModel,
  block: ContentBlock,
  role: 'user' | 'assistant',
  where: string,
): Promise<Part | undefined> {
  const kind = kindOf(block);
  switch (kind) {
    case 'text':
      if (block.text!.trim() === '')
        throw invalid(
          `The text field in the ContentBlock object at ${where} is blank. Add text to the text field, and try again.`,
        );
      return { type: 'text', text: block.text! };
    case 'image':
      if (role !== 'user')
        throw invalid(`This model doesn't support the image field for assistant messages. Remove image and try again.`);
      return readImage(call, model, block.image!, where);
    case 'document':
      if (role !== 'user' || !model.converse!.documents)
        throw unsupportedField(`document field for ${role} messages`, 'document');
      return readDocumentBlock(call, block.document!, `${where}.document`);
    case 'toolUse': {
      const { toolUseId, name, input, type } = block.toolUse!;
      if (role !== 'assistant') throw invalid('User messages cannot contain tool uses');
      if (type !== undefined) throw unbuilt(`${where}.toolUse.type ${type}`);
      return { type: 'toolCall', id: toolUseId!, name: name!, input: (input ?? {}) as Json };
    }
    case 'toolResult':
      if (role !== 'user') throw invalid('Assistant messages cannot contain tool results');
      return readToolResult(call, model, block.toolResult!, where);
    case 'reasoningContent': {
      const { reasoningText, redactedContent } = block.reasoningContent!;
      if (role !== 'assistant') throw invalid('User messages cannot contain reasoning content');
      if (redactedContent !== undefined) {
        if (!model.reasoning?.signed)
          throw unsupportedField('reasoningContent.redactedContent field for assistant messages', 'redactedContent');
        return { type: 'reasoning', text: '', redacted: Buffer.from(redactedContent).toString('base64url') };
      }
      if (!reasoningText) throw invalid(`The reasoningContent block at ${where} is empty.`);
      const { text, signature } = reasoningText;
      return { type: 'reasoning', text: text!, ...(signature === undefined ? {} : { signature }) };
    }
    case 'searchResult':
      return readSearchResult(block.searchResult!);
    case 'citationsContent':
      return { type: 'text', text: (block.citationsContent!.content ?? []).map(({ text }) => text ?? '').join('') };
    case 'guardContent': {
      const { text, image } = block.guardContent!;
      if (role !== 'user') throw invalid('Assistant messages cannot contain guardContent');
      if (image) throw unbuilt(`${where}.guardContent.image`);
      if (!text) throw invalid(`The guardContent block at ${where} is empty.`);
      return { type: 'text', text: text.text!, guarded: text.qualifiers ?? [] };
    }
    case 'video':
    case 'audio':
      if (!model.input.includes(kind === 'video' ? 'VIDEO' : 'SPEECH'))
        throw unsupportedField(`${kind} field for ${role} messages`, kind);
      throw unbuilt(`${where}.${kind}`);
    case undefined:
      throw invalid(`The content block at ${where} is empty. Add a member to the ContentBlock object, and try again.`);
    default:
      throw unbuilt(`${where}.${kind}`);
  }
}

const readSearchResult = ({ title, source, content, citations }: SearchResultBlock) =>
  searchResultPart(
    { title: title!, source: source!, blocks: (content ?? []).map(({ text }) => text!) },
    citations?.enabled === true,
  );

const unsupportedField = (field: string, name: string) =>
  invalid(`This model doesn't support the ${field}. Remove ${name} and try again.`);

async function readToolResult(
  call: Call,
  model: FoundationModel,
  block: ToolResultBlock,
  where: string,
): Promise<ToolResultPart> {
  const { toolUseId, status = 'success' } = block;
  const content = block.content ?? [];
  if (status === 'error' && content.length === 0)
    throw invalid(`The content field at ${where}.toolResult cannot be empty when status value is error.`);
  const parts: ToolResultPart['content'] = [];
  for (const [index, item] of content.entries())
    parts.push(await readToolResultContent(call, model, item, `${where}.toolResult.content.${index}`));
  return { type: 'toolResult', toolCallId: toolUseId!, status, content: parts };
}

async function readToolResultContent(
  call: Call,
  model: FoundationModel,
  item: ToolResultContentBlock,
  where: string,
): Promise<ToolResultPart['content'][number]> {
  const kind = kindOf(item);
  switch (kind) {
    case 'text':
      return { type: 'text', text: item.text! };
    case 'json':
      return { type: 'json', json: item.json as Json };
    case 'image':
      return readImage(call, model, item.image!, where);
    case 'document':
      return readDocumentBlock(call, item.document!, `${where}.document`);
    case 'searchResult':
      return readSearchResult(item.searchResult!);
    case undefined:
      throw invalid(`The content block at ${where} is empty.`);
    default:
      throw unbuilt(`${where}.${kind}`);
  }
}

async function readImage(call: Call, model: FoundationModel, image: ImageBlock, where: string): Promise<ImagePart> {
  if (!model.input.includes('IMAGE')) throw unsupportedField('image field for user messages', 'image');
  const { source } = image;
  const bytes = source?.s3Location
    ? await readObject(call, source.s3Location, `${where}.image`, IMAGE_BYTES_MAX)
    : source?.bytes;
  if (bytes === undefined) throw invalid(`The source field at ${where}.image must hold one of bytes, s3Location.`);
  if (bytes.byteLength > IMAGE_BYTES_MAX)
    throw invalid(`The image at ${where}.image is larger than the maximum of ${IMAGE_BYTES_MAX / 1024 / 1024} MB.`);
  return { type: 'image', format: image.format!, bytes };
}
