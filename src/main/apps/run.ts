import type { ContentBlock, ConverseStreamOutput, Message } from '@aws-sdk/client-bedrock-runtime';
import { z } from 'zod';
import type { Kernel } from '../../kernel/kernel.ts';
import { asksModel, type App, type Asking, type Widget } from './app.ts';
import type { Credits } from './credits.ts';
import {
  CHAT_TURNS_MAX,
  CREDITS_OF_PICTURE,
  DOCUMENT_BYTES_MAX,
  DOCUMENTS_MAX,
  FILLED_MAX,
  INPUT_MAX,
  PICTURE_PROMPT_MAX,
  TITAN_PICTURE_PROMPT_MAX,
} from './limits.ts';
import { piecesOf, referenceTo, widgetOf, wiringOf } from './references.ts';

/** Characters of base64 that so many bytes come to. */
const base64 = (bytesMax: number) => z.base64().max(Math.ceil(bytesMax / 3) * 4);
const value = z.union([
  z.strictObject({ text: z.string().max(FILLED_MAX) }),
  z.strictObject({
    document: z.strictObject({
      name: z.string().min(1).max(200),
      format: z.enum(['pdf', 'csv', 'doc', 'docx', 'xls', 'xlsx', 'html', 'txt', 'md']),
      base64: base64(DOCUMENT_BYTES_MAX),
    }),
  }),
  z.strictObject({
    image: z.strictObject({ format: z.enum(['png', 'jpeg', 'gif', 'webp']), base64: base64(4 * 1024 * 1024) }),
  }),
]);

export const runBody = z.strictObject({
  widget: z.string(),
  /** Where the models are asked. Absent: the stack's own. */
  region: z
    .string()
    .regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'not a region, e.g. us-east-1')
    .optional(),
  /** What the widgets hold that the prompt refers to, by id. */
  values: z.record(z.string(), value),
  /** Of a chatbot: what was said so far, the user's latest words at the end. */
  messages: z
    .array(z.strictObject({ role: z.enum(['user', 'assistant']), text: z.string().min(1).max(INPUT_MAX) }))
    .max(CHAT_TURNS_MAX, `a conversation has ${CHAT_TURNS_MAX} messages at most: begin it anew`)
    .optional(),
});
export type Run = z.output<typeof runBody>;

/** What a run tells, a line of JSON each. */
export type RunLine =
  | { text: string }
  | { image: { format: 'png'; base64: string } }
  /** Something that the reader should know of the answer. */
  | { note: string }
  | { done: { credits: number; inputTokens?: number; outputTokens?: number; answer?: string } }
  | { error: { name: string; message: string } };

/** Characters of a token, at the least: for what is held before the tokens are known. */
const TOKEN_CHARACTERS = 3;

/** A prompt with what its references stand for: words, and documents and pictures that they name. */
type Filled = { text: string; blocks: ContentBlock[] };

/**
 * Runs a widget of an app, as the stack: its users need no permissions, and pay in credits. What is wrong with the request throws before
 * anything is asked; what the model answers, errors too, comes as lines. `signal` gives up.
 */
export async function runWidget(
  { kernel, credits }: { kernel: Kernel; credits: Credits },
  { app, user, run, signal }: { app: App; user: string; run: Run; signal: AbortSignal },
): Promise<AsyncGenerator<RunLine, void>> {
  const widget = app.widgets.find(({ id }) => id === run.widget);
  if (!widget || !asksModel(widget)) throw new RangeError(`The app has no widget ${run.widget} that a model fills in.`);
  const { faults } = wiringOf(app.widgets).wiring[widget.id]!;
  if (faults.length > 0) throw new RangeError(faults.join(' '));
  const filled = fill(app.widgets, widget, run.values);
  const region = run.region ?? kernel.region;
  const inputTokens = Math.ceil(
    (filled.text.length + (run.messages ?? []).reduce((sum, { text }) => sum + text.length, 0)) / TOKEN_CHARACTERS,
  );
  const held = await credits.hold(user, widget.kind === 'image' ? CREDITS_OF_PICTURE : inputTokens + widget.maxTokens);
  const asking = { kernel, region, filled, signal, inputTokens, room: Math.max(1, held.credits - inputTokens) };
  return settled(widget.kind === 'image' ? draw(asking, widget) : write(asking, widget, run), held.settle);
}

type Spent = { credits: number };

/** Charges what a run has come to, however it ends, and tells errors as lines. */
async function* settled(
  lines: AsyncGenerator<RunLine | Spent, void>,
  settle: (spent: number) => Promise<void>,
): AsyncGenerator<RunLine, void> {
  let spent = 0;
  let last: RunLine | undefined;
  try {
    for await (const line of lines) {
      if ('credits' in line) spent = line.credits;
      else if ('done' in line) last = line;
      else yield line;
    }
  } catch (error) {
    const { name, message } = error as Error;
    last = { error: { name, message } };
  } finally {
    await settle(spent);
  }
  // Told after it is charged, so that who asks for the use then sees it.
  if (last) yield last;
}

type Asked = {
  kernel: Kernel;
  region: string;
  filled: Filled;
  signal: AbortSignal;
  inputTokens: number;
  /** Tokens of an answer that there are credits for. */
  room: number;
};

const inside = ({ kernel, region, signal }: Asked, operation: string, input: object) => ({
  service: 'bedrock-runtime',
  operation,
  input,
  principal: kernel.principals.root.principal,
  region,
  signal,
});

async function* write(
  asked: Asked,
  widget: Exclude<Asking, { kind: 'image' }>,
  run: Run,
): AsyncGenerator<RunLine | Spent, void> {
  const { filled, room } = asked;
  const maxTokens = Math.min(widget.maxTokens, room);
  let answer: string | undefined;
  const { stream } = await asked.kernel.calls.send<{ stream: AsyncIterable<ConverseStreamOutput> }>({
    ...inside(asked, 'ConverseStream', {
      modelId: widget.model,
      ...(widget.kind === 'chat' ? conversation(filled, run) : { messages: [userSays(filled.text, filled.blocks)] }),
      inferenceConfig: {
        temperature: widget.temperature,
        maxTokens,
        ...(widget.topP === undefined ? {} : { topP: widget.topP }),
      },
    }),
    told: (how) => (answer = how && [how.kind, how.engine].filter(Boolean).join(', ')),
  });
  let characters = 0;
  // Until the model says what it has counted.
  yield { credits: asked.inputTokens };
  for await (const event of stream) {
    const text = event.contentBlockDelta?.delta?.text;
    if (text !== undefined && text !== '') {
      characters += text.length;
      yield { credits: asked.inputTokens + Math.ceil(characters / TOKEN_CHARACTERS) };
      yield { text };
    }
    if (event.messageStop?.stopReason === 'max_tokens')
      yield {
        note:
          maxTokens < widget.maxTokens
            ? `Ended after ${maxTokens} tokens: no more credits are left today.`
            : `Ended at the widget's limit of ${maxTokens} tokens.`,
      };
    const usage = event.metadata?.usage;
    if (!usage) continue;
    const { inputTokens = 0, outputTokens = 0 } = usage;
    yield { credits: inputTokens + outputTokens };
    yield {
      done: {
        credits: inputTokens + outputTokens,
        inputTokens,
        outputTokens,
        ...(answer === undefined ? {} : { answer }),
      },
    };
  }
}

const userSays = (text: string, blocks: ContentBlock[]): Message => ({ role: 'user', content: [...blocks, { text }] });

function conversation(filled: Filled, { messages = [] }: Run) {
  if (messages.at(-1)?.role !== 'user') throw new RangeError('A conversation ends with what the user says.');
  return {
    system: [{ text: filled.text }],
    messages: messages.map(({ role, text }, at): Message => {
      if (role !== (at % 2 === 0 ? 'user' : 'assistant'))
        throw new RangeError('In a conversation user and assistant take turns, the user first.');
      return { role, content: [...(at === 0 ? filled.blocks : []), { text }] };
    }),
  };
}

async function* draw(asked: Asked, widget: Extract<Asking, { kind: 'image' }>): AsyncGenerator<RunLine | Spent, void> {
  const [width, height] = widget.size.split('x').map(Number) as [number, number];
  const most = widget.model.includes('titan') ? TITAN_PICTURE_PROMPT_MAX : PICTURE_PROMPT_MAX;
  const words = asked.filled.text.trim();
  const text = words.length > most ? shortened(words, most) : words;
  if (text !== words) yield { note: `The prompt was shortened to the ${most} characters that image models take.` };
  const stability = widget.model.includes('stability.');
  const { seed } = widget;
  const body = stability
    ? { prompt: text, output_format: 'png', ...(seed === undefined ? {} : { seed }) }
    : {
        taskType: 'TEXT_IMAGE',
        textToImageParams: { text },
        imageGenerationConfig: { numberOfImages: 1, width, height, ...(seed === undefined ? {} : { seed }) },
      };
  const { body: answer } = await asked.kernel.calls.send<{ body: Uint8Array }>(
    inside(asked, 'InvokeModel', {
      modelId: widget.model,
      contentType: 'application/json',
      accept: 'application/json',
      body: Buffer.from(JSON.stringify(body)),
    }),
  );
  const { images, error } = JSON.parse(Buffer.from(answer).toString('utf8')) as { images?: string[]; error?: string };
  if (!images?.[0]) throw new Error(error ?? 'The model has drawn no picture.');
  yield { credits: CREDITS_OF_PICTURE };
  yield { image: { format: 'png', base64: images[0] } };
  yield { done: { credits: CREDITS_OF_PICTURE } };
}

const shortened = (text: string, most: number) => text.slice(0, most).replace(/\s+\S*$/, '');

/** Throws RangeError where a widget that is referred to is empty. */
function fill(widgets: readonly Widget[], widget: Asking, values: Run['values']): Filled {
  const blocks: ContentBlock[] = [];
  const names = new Map<string, string>();
  let text = '';
  for (const piece of piecesOf(widget.prompt)) {
    if ('text' in piece) {
      text += piece.text;
      continue;
    }
    const meant = widgetOf(widgets, piece.reference)!;
    const known = names.get(meant.id);
    if (known !== undefined) {
      text += known;
      continue;
    }
    const held = values[meant.id];
    const words =
      meant.kind === 'static'
        ? meant.text
        : held && 'text' in held
          ? held.text
          : meant.kind === 'input'
            ? meant.value
            : '';
    let named = words;
    if (held && 'document' in held && meant.kind === 'document') {
      const plain = nameOf(held.document.name);
      const taken = blocks.some(({ document }) => document?.name === plain);
      const name = taken ? `${plain} ${blocks.length + 1}` : plain;
      blocks.push({
        document: {
          name,
          format: held.document.format,
          source: { bytes: Buffer.from(held.document.base64, 'base64') },
        },
      });
      named = `the document "${name}"`;
    } else if (held && 'image' in held && meant.kind === 'image') {
      blocks.push({
        image: { format: held.image.format, source: { bytes: Buffer.from(held.image.base64, 'base64') } },
      });
      named = 'the picture';
    } else if (words.trim() === '')
      throw new RangeError(`${referenceTo(meant.title)} is empty, and the prompt needs it.`);
    names.set(meant.id, named);
    text += named;
  }
  if (blocks.filter(({ document }) => document).length > DOCUMENTS_MAX)
    throw new RangeError(`A prompt refers to ${DOCUMENTS_MAX} documents at most.`);
  if (text.length > FILLED_MAX)
    throw new RangeError(
      `With what it refers to, the prompt has more than ${FILLED_MAX.toLocaleString('en')} characters.`,
    );
  return { text, blocks };
}

/** What Converse takes as a document's name. */
const nameOf = (name: string) =>
  name
    .replace(/\.\w+$/, '')
    .replaceAll(/[^A-Za-z0-9()[\]-]+/g, ' ')
    .trim()
    .slice(0, 100) || 'Document';
