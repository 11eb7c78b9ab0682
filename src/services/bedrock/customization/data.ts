import { promptOf } from '../../../engines/llm/tuned/prompt.ts';
import type { Pair } from '../../../engines/llm/tuned/types.ts';
import type { FoundationModel } from '../../../kernel/foundation-models/model.ts';
import { fileAt, linesOf, LineTooLongError, readFile, readS3Uri, type Bucket } from '../jobs/s3.ts';
import { LINE_BYTES_MAX, TRAINING_BYTES_MAX } from './limits.ts';
import type { CustomizationJob } from './records.ts';

/** What is wrong with the data of a job; the text is its failure message. */
export class DataError extends Error {
  override readonly name = 'DataError';
}

/** A line of data: what is said, and what is to be answered; that is absent in prompts that a teacher is to answer. */
export type Sample = { prompt: string; completion?: string; system?: string; asked?: string };

type Kind = CustomizationJob['type'];

/**
 * Reads a JSONL file of a job. Throws DataError with the file and the line. Formats: Bedrock User Guide, "Prepare data for fine-tuning text-to-text
 * models" (prompt and completion; for Nova and Claude conversations) and "… continued pre-training" (input).
 */
export async function readData(
  bucket: Omit<Bucket, 'bucket'>,
  uri: string,
  what: 'training' | 'validation',
  { model, type, recordsMax }: { model: FoundationModel; type: Kind; recordsMax: number },
): Promise<Sample[]> {
  const { bucket: name, key } = readS3Uri(uri, `${what} data`);
  const from = { ...bucket, bucket: name };
  const { size } = await fileAt(from, key);
  if (size > TRAINING_BYTES_MAX)
    throw new DataError(`The ${what} data ${uri} is larger than the maximum of ${TRAINING_BYTES_MAX} bytes.`);
  const samples: Sample[] = [];
  try {
    for await (const { number, text } of linesOf(readFile(from, { key }), LINE_BYTES_MAX)) {
      const fault = (why: string) => new DataError(`Invalid ${what} data in ${uri}, line ${number}: ${why}`);
      samples.push(...readLine(text, model, type, fault));
      if (samples.length > recordsMax)
        throw new DataError(`The ${what} data ${uri} has more records than the maximum of ${recordsMax}.`);
    }
  } catch (error) {
    if (error instanceof LineTooLongError) throw new DataError(`Invalid ${what} data in ${uri}: ${error.message}`);
    throw error;
  }
  if (samples.length === 0) throw new DataError(`The ${what} data ${uri} has no records.`);
  return samples;
}

type Fault = (why: string) => DataError;

function readLine(text: string, model: FoundationModel, type: Kind, fault: Fault): Sample[] {
  let record: unknown;
  try {
    record = JSON.parse(text);
  } catch (error) {
    throw fault(`the line is not valid JSON (${(error as Error).message}).`);
  }
  if (!isObject(record)) throw fault('the line is not a JSON object.');
  if (type === 'CONTINUED_PRE_TRAINING') {
    only(record, ['input'], fault);
    return [{ prompt: '', completion: filled(record, 'input', fault) }];
  }
  if (model.family === 'nova' || type === 'DISTILLATION') return readConversation(record, type, fault);
  if (model.family === 'anthropic-messages') return readMessages(record, fault);
  only(record, ['prompt', 'completion'], fault);
  return [{ prompt: filled(record, 'prompt', fault), completion: filled(record, 'completion', fault) }];
}

const SCHEMA = 'bedrock-conversation-2024';

/** Nova's form: contents are lists of blocks. */
function readConversation(record: JsonObject, type: Kind, fault: Fault): Sample[] {
  only(record, ['schemaVersion', 'system', 'messages'], fault);
  if (record['schemaVersion'] !== SCHEMA) throw fault(`schemaVersion must be "${SCHEMA}".`);
  const blocks = (value: unknown, where: string): string => {
    if (!Array.isArray(value) || value.length === 0) throw fault(`${where} must be a list of content blocks.`);
    return value
      .map((block: unknown) => {
        if (!isObject(block) || typeof block['text'] !== 'string') throw fault(`${where} must hold text blocks only.`);
        return block['text'];
      })
      .join('\n');
  };
  const system = record['system'] === undefined ? [] : [blocks(record['system'], 'system')];
  const turns = readTurns(record['messages'], (content, at) => blocks(content, `messages.${at}.content`), fault);
  if (type === 'DISTILLATION' && turns.at(-1)!.role === 'user')
    return [
      {
        prompt: promptOf({ system, messages: turns.map(asMessage) }),
        asked: turns.at(-1)!.text,
        ...(system[0] === undefined ? {} : { system: system[0] }),
      },
    ];
  return pairsOf(system, turns, fault);
}

/** Claude 3's form: contents are text. */
function readMessages(record: JsonObject, fault: Fault): Sample[] {
  only(record, ['system', 'messages'], fault);
  const system = record['system'] === undefined ? [] : [filled(record, 'system', fault)];
  const turns = readTurns(
    record['messages'],
    (content, at) => {
      if (typeof content !== 'string' || content.trim() === '')
        throw fault(`messages.${at}.content must be text that is not empty.`);
      return content;
    },
    fault,
  );
  return pairsOf(system, turns, fault);
}

type Turn = { role: 'user' | 'assistant'; text: string };
const asMessage = ({ role, text }: Turn) => ({ role, content: [{ type: 'text' as const, text }] });

function readTurns(value: unknown, textOf: (content: unknown, at: number) => string, fault: Fault): Turn[] {
  if (!Array.isArray(value) || value.length === 0) throw fault('messages must be a list that is not empty.');
  return value.map((message: unknown, at) => {
    const expected = at % 2 === 0 ? 'user' : 'assistant';
    if (!isObject(message)) throw fault(`messages.${at} must be an object.`);
    only(message, ['role', 'content'], fault);
    if (message['role'] !== expected)
      throw fault(`messages.${at}.role must be "${expected}": the roles alternate, beginning with user.`);
    return { role: expected, text: textOf(message['content'], at) };
  });
}

/** A pair for each turn of the assistant. */
function pairsOf(system: string[], turns: Turn[], fault: Fault): Sample[] {
  if (turns.at(-1)!.role !== 'assistant') throw fault('the last message must be of the assistant.');
  return turns.flatMap(({ role, text }, at): Pair[] =>
    role === 'user'
      ? []
      : [{ prompt: promptOf({ system, messages: turns.slice(0, at).map(asMessage) }), completion: text }],
  );
}

type JsonObject = Record<string, unknown>;
const isObject = (value: unknown): value is JsonObject =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

function only(record: JsonObject, names: string[], fault: Fault): void {
  const other = Object.keys(record).find((name) => !names.includes(name));
  if (other !== undefined)
    throw fault(`unknown field "${other}"; expected ${names.map((name) => `"${name}"`).join(', ')}.`);
}

function filled(record: JsonObject, name: string, fault: Fault): string {
  const value = record[name];
  if (value === undefined) throw fault(`the field "${name}" is missing.`);
  if (typeof value !== 'string' || value.trim() === '')
    throw fault(`the field "${name}" must be text that is not empty.`);
  return value;
}
