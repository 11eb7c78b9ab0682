import {
  BedrockRuntimeClient,
  ConverseCommand,
  CountTokensCommand,
  InvokeModelCommand,
  type InferenceConfiguration,
} from '@aws-sdk/client-bedrock-runtime';
import { each, same, tried } from '../frame/asking.ts';
import type { Check, LabContext, LabModule, Run } from '../frame/types.ts';

const MODEL = 'amazon.nova-lite-v1:0';
const SMALL_MODEL = 'meta.llama3-8b-instruct-v1:0';
const EMBEDDER = 'amazon.titan-embed-text-v2:0';
const ENGLISH = 'The lighthouse keeper counts ships every evening before he lights the lamp.';
const GERMAN = 'Der Leuchtturmwärter zählt jeden Abend die Schiffe, bevor er die Lampe anzündet.';
const TIMES_MAX = 5_000;
const AMBIGUOUS =
  'Classify the message as plumbing, billing, noise or food: "We paid for breakfast but the shower in the room was cold and the bar was loud."';
const FERRIES =
  'Where do ferries leave? The harbour was opened in 1902. Ferries leave from pier 4 at the old lighthouse.';
const WORDS = ['doctor', 'physician', 'hospital', 'boat', 'ship', 'invoice'];
const QUESTION = 'How do I get my money back?';
const LIKENESS = 0.6;
const ASKED = 10;

const message = (text: string) => [{ role: 'user' as const, content: [{ text }] }];

async function tokensOf(context: LabContext, text: string): Promise<number> {
  const { inputTokens } = await context.send(BedrockRuntimeClient, CountTokensCommand, {
    modelId: MODEL,
    input: { converse: { messages: message(text) } },
  });
  return inputTokens!;
}

async function ask(context: LabContext, modelId: string, text: string, inferenceConfig: InferenceConfiguration) {
  const { output, stopReason, usage } = await context.send(BedrockRuntimeClient, ConverseCommand, {
    modelId,
    messages: message(text),
    inferenceConfig,
  });
  return { text: output!.message!.content!.map((block) => block.text ?? '').join(''), stopReason, usage };
}

async function embed(context: LabContext, inputText: string): Promise<number[]> {
  const { body } = await context.send(BedrockRuntimeClient, InvokeModelCommand, {
    modelId: EMBEDDER,
    body: new TextEncoder().encode(JSON.stringify({ inputText })),
  });
  return (JSON.parse(new TextDecoder().decode(body)) as { embedding: number[] }).embedding;
}

function cosine(a: number[], b: number[]): number {
  const dot = (x: number[], y: number[]) => x.reduce((sum, value, at) => sum + value * y[at]!, 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

const repeated = (times: number): string => `${ENGLISH} `.repeat(times);

/** A number of repetitions, or why it is none. */
function timesOf(context: LabContext): number {
  const times = Number(context.input('window-times'));
  if (!Number.isInteger(times) || times < 1 || times > TIMES_MAX)
    throw new Error(`The number of repetitions must be a whole number from 1 to ${TIMES_MAX}.`);
  return times;
}

const filledIn = (times: number) => (context: LabContext) =>
  tried(ask(context, SMALL_MODEL, repeated(times), { maxTokens: 20 }));

/** Replies to one prompt, asked again and again, with how often each came. */
const repliesAt =
  (temperature: number): Run =>
  async (context) => {
    const replies = await each(context, 'Asked', Array.from<number>({ length: ASKED }), async () =>
      ask(context, MODEL, AMBIGUOUS, { temperature }).then(({ text }) => text),
    );
    const different = [...new Set(replies)];
    return {
      rows: different.map((reply) => ({
        Reply: reply,
        'How often': String(replies.filter((other) => other === reply).length),
      })),
      kept: replies,
    };
  };

const count: Check = async (context) => {
  const [english, german] = [await tokensOf(context, ENGLISH), await tokensOf(context, GERMAN)];
  const why = context.input('count-why');
  return [
    same('The tokens of the English sentence', context.input('count-english'), english),
    same('The tokens of the German sentence', context.input('count-german'), german),
    {
      what: 'The reason',
      ok: why.startsWith('The tokenizer'),
      found: why.startsWith('The tokenizer')
        ? `Measured: ${(ENGLISH.length / english).toFixed(1)} characters a token in English, ${(GERMAN.length / german).toFixed(1)} in German.`
        : 'Compare the characters that one token has in each of the two.',
    },
  ];
};

const window: Check = async (context) => {
  const times = timesOf(context);
  const taken = await filledIn(times)(context);
  const next = await filledIn(times + 1)(context);
  return [
    {
      what: `${times} repetitions are taken`,
      ok: 'answer' in taken,
      found:
        'answer' in taken
          ? `${taken.answer.usage!.inputTokens} input tokens; the reply ended with ${taken.answer.stopReason}.`
          : `${taken.name}: ${taken.message}`,
    },
    {
      what: `${times + 1} are not`,
      ok: 'name' in next && /too long/i.test(next.message),
      found:
        'name' in next
          ? `${next.name}: ${next.message}`
          : `The model took them as well: ${next.answer.usage!.inputTokens} input tokens.`,
    },
  ];
};

const temperature: Check = async (context) => {
  const found = [];
  for (const [id, degrees, input] of [
    ['cold', 0, 'cold-distinct'],
    ['warm', 1, 'warm-distinct'],
  ] as const) {
    const replies = context.kept(id) as string[] | undefined;
    if (!Array.isArray(replies) || replies.length !== ASKED) {
      found.push({
        what: `Ten replies at temperature ${degrees}`,
        ok: false,
        found: 'None are kept: press the button.',
      });
      continue;
    }
    const different = new Set(replies).size;
    found.push(same(`Different replies at temperature ${degrees}`, context.input(input), different));
  }
  const [before] = (context.kept('cold') as string[] | undefined) ?? [];
  if (before !== undefined) {
    const { text } = await ask(context, MODEL, AMBIGUOUS, { temperature: 0 });
    found.push({
      what: 'At temperature 0 the reply that was kept comes again',
      ok: text === before,
      found: `Asked just now: ${text}. Kept: ${before}.`,
    });
  }
  const use = context.input('temperature-use');
  found.push({
    what: 'The temperature for extraction',
    ok: use.startsWith('0:'),
    found: use.startsWith('0:')
      ? 'The same letter gives the same number each time.'
      : 'A program needs the same answer each time.',
  });
  return found;
};

async function ended(context: LabContext) {
  const maxTokens = Number(context.input('max-tokens'));
  const sequence = context.input('stop-sequence');
  if (!Number.isInteger(maxTokens) || maxTokens < 1) throw new Error('maxTokens must be a whole number of at least 1.');
  if (sequence === '') throw new Error('There is no stop sequence yet.');
  return {
    whole: await ask(context, MODEL, FERRIES, {}),
    cut: await ask(context, MODEL, FERRIES, { maxTokens }),
    stopped: await ask(context, MODEL, FERRIES, { stopSequences: [sequence] }),
    maxTokens,
    sequence,
  };
}

const limits: Check = async (context) => {
  const { whole, cut, stopped, maxTokens, sequence } = await ended(context);
  return [
    {
      what: 'maxTokens cuts the reply',
      ok: cut.stopReason === 'max_tokens' && cut.usage!.outputTokens === maxTokens,
      found: `Stop reason ${cut.stopReason}, ${cut.usage!.outputTokens} output tokens of ${whole.usage!.outputTokens}.`,
    },
    {
      what: 'The stop sequence ends the reply',
      ok: stopped.stopReason === 'stop_sequence' && !stopped.text.includes(sequence),
      found: `Stop reason ${stopped.stopReason}: "${stopped.text}"`,
    },
    {
      what: 'It ends before "the old lighthouse"',
      ok: whole.text.includes('the old lighthouse') && !stopped.text.includes('the old lighthouse'),
      found: `The whole reply is "${whole.text}"`,
    },
  ];
};

const lettersOf = (text: string): string[] =>
  (text.toLowerCase().match(/\p{L}+/gu) ?? []).filter(({ length }) => length > 3);

const embeddings: Check = async (context) => {
  const vectors = await each(context, 'Embedded', WORDS, (word) => embed(context, word));
  const pairs = vectors.flatMap((one, at) => vectors.slice(at + 1).map((other) => cosine(one, other)));
  const sentence = context.input('paraphrase');
  const shared = lettersOf(sentence).filter((word) => lettersOf(QUESTION).includes(word));
  const likeness = sentence === '' ? 0 : cosine(await embed(context, QUESTION), await embed(context, sentence));
  return [
    same('The cosine of the nearest pair', context.input('nearest-cosine'), Math.max(...pairs), 2),
    same('The length of the vectors', context.input('dimensions'), vectors[0]!.length),
    {
      what: `A sentence with a cosine of ${LIKENESS} or more to the question`,
      ok: likeness >= LIKENESS,
      found: sentence === '' ? 'There is no sentence yet.' : `Measured: ${likeness.toFixed(3)}.`,
    },
    {
      what: 'It shares no word of more than three letters',
      ok: sentence !== '' && shared.length === 0,
      found:
        shared.length > 0
          ? `Shared: ${shared.join(', ')}.`
          : sentence === ''
            ? 'There is no sentence yet.'
            : 'None is shared.',
    },
  ];
};

export const runs: LabModule['runs'] = {
  async window(context) {
    const outcome = await filledIn(timesOf(context))(context);
    if ('name' in outcome) return { text: `${outcome.name}: ${outcome.message}` };
    const { usage, stopReason } = outcome.answer;
    return { text: `Taken: ${usage!.inputTokens} input tokens. The reply ended with ${stopReason}.` };
  },
  cold: repliesAt(0),
  warm: repliesAt(1),
  async limits(context) {
    const { whole, cut, stopped } = await ended(context);
    const row = (what: string, { text, stopReason, usage }: typeof whole) => ({
      Request: what,
      Reply: text,
      'Stop reason': String(stopReason),
      'Output tokens': String(usage!.outputTokens),
    });
    return { rows: [row('Without limits', whole), row('With maxTokens', cut), row('With the stop sequence', stopped)] };
  },
  async embed(context) {
    const vectors = await each(context, 'Embedded', WORDS, (word) => embed(context, word));
    return {
      text: `Each vector has ${vectors[0]!.length} numbers.`,
      rows: WORDS.map((word, at) => ({
        Cosine: word,
        ...Object.fromEntries(WORDS.map((other, place) => [other, cosine(vectors[at]!, vectors[place]!).toFixed(2)])),
      })),
    };
  },
  async paraphrase(context) {
    const likeness = cosine(await embed(context, QUESTION), await embed(context, context.input('paraphrase')));
    return { text: `The cosine of your sentence and the question is ${likeness.toFixed(3)}.` };
  },
};

export const checks: LabModule['checks'] = { count, window, temperature, limits, embeddings };
export const calls: LabModule['calls'] = { CountTokens: [BedrockRuntimeClient, CountTokensCommand] };
