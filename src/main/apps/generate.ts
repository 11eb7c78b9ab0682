import type { AppContent, Widget } from './app.ts';
import { OUTPUT_TOKENS_DEFAULT, PROMPT_MAX, TITLE_MAX } from './limits.ts';
import { readSentence, type Made, type Reading, type Wanted } from './reading.ts';
import { referenceTo } from './references.ts';

export type Models = { text: string; image: string };

const TEMPERATURE = 0.7;

/** An app out of a sentence, by the words of the sentence alone: no model has thought about it. */
export function appOf(sentence: string, models: Models): AppContent {
  const reading = completed(readSentence(sentence), sentence);
  const { inputs } = reading;
  const names = titlesOf([...inputs, ...reading.made]);
  const made = reading.made.filter((each) => !isTalkOfChat(each, reading.made));
  const refer = (to: Wanted | Made) => referenceTo(names.get(to)!);
  const prompts = made.map((each, at) => promptOf(each, { made: made.slice(0, at), inputs, refer, sentence }));
  // What users tell is asked for something.
  const left = inputs.filter((input) => !prompts.some((prompt) => prompt.includes(refer(input))));
  const taker = Math.max(
    0,
    made.findIndex(({ kind }) => kind !== 'image'),
  );
  if (left.length > 0) prompts[taker] += told(left, refer);
  const several = inputs.length === 1 ? 'full' : inputs.length % 3 === 0 ? 'third' : 'half';
  const widgets: Widget[] = inputs.map((input, at) =>
    input.file
      ? { id: `w${at + 1}`, kind: 'document', title: names.get(input)!, width: several }
      : {
          id: `w${at + 1}`,
          kind: 'input',
          title: names.get(input)!,
          width: several,
          placeholder: `Type the ${lower(input.title)}`,
          value: defaults.get(input) ?? '',
        },
  );
  for (const [at, each] of made.entries()) {
    const common = {
      id: `w${inputs.length + at + 1}`,
      title: names.get(each)!,
      width: made.length === 1 ? ('full' as const) : ('half' as const),
      prompt: prompts[at]!.slice(0, PROMPT_MAX),
    };
    const words = { model: models.text, temperature: TEMPERATURE, maxTokens: OUTPUT_TOKENS_DEFAULT };
    if (each.kind === 'image') widgets.push({ ...common, kind: 'image', model: models.image, size: '512x512' });
    else if (each.kind === 'chat')
      widgets.push({ ...common, kind: 'chat', ...words, greeting: 'Hello! What would you like to talk about?' });
    else widgets.push({ ...common, kind: 'text', ...words });
  }
  return {
    title: made
      .slice(0, 2)
      .map((each, at) => (at === 0 ? names.get(each)! : names.get(each)!.toLowerCase()))
      .join(' and ')
      .slice(0, TITLE_MAX),
    description: sentence,
    widgets,
  };
}

/** What an input holds at first, where the sentence says it. */
const defaults = new WeakMap<Wanted, string>();

/** Something is made, and something is told. */
function completed({ inputs, made }: Reading, sentence: string): Reading {
  const question = inputs.find(({ title }) => /\bquestions?$/i.test(title));
  const all: Reading = {
    inputs: [...inputs],
    made:
      made.length > 0
        ? made
        : question
          ? [{ kind: 'text', title: 'Answer', instruction: 'Answer', changes: true, object: question, details: [] }]
          : [
              {
                kind: 'text',
                title: 'Answer',
                instruction: sentence.replace(/[.!?\s]+$/, '').replaceAll('@', '@@'),
                changes: false,
                details: [],
              },
            ],
  };
  for (const each of all.made)
    if (each.instruction === 'Translate' && each.details.length === 0) {
      const language = { title: 'Language', file: false };
      all.inputs.push(language);
      each.details.push({ preposition: 'to', parts: [{ input: language }] });
      if (!each.object && all.inputs.length === 1 && all.made[0] === each) {
        each.object = { title: 'Text', file: false };
        all.inputs.unshift(each.object);
      }
    }
  if (all.inputs.length > 0 || all.made.every(({ kind }) => kind === 'chat')) return all;
  // "Stories about dinosaurs": the topic is an input that says so.
  for (const { details } of all.made)
    for (const { preposition, parts } of details)
      for (const [at, part] of parts.entries())
        if ('words' in part && /^(?:about|on|of|around|regarding)$/.test(preposition)) {
          const topic = all.inputs[0] ?? { title: 'Topic', file: false };
          if (all.inputs.length === 0) {
            all.inputs.push(topic);
            defaults.set(topic, part.words);
          }
          if (defaults.get(topic) === part.words) parts[at] = { input: topic };
        }
  if (all.inputs.length === 0) {
    const [first] = all.made;
    const wanted = { title: first!.changes ? 'Text' : 'Topic', file: false };
    all.inputs.push(wanted);
    if (first!.changes) first!.object ??= wanted;
  }
  return all;
}

/** What a chatbot does is said in its instructions, and is no widget of its own. */
const isTalkOfChat = (each: Made, all: readonly Made[]) =>
  each.kind === 'text' && (each.changes || each.named) && all.some(({ kind }) => kind === 'chat');

type Around = {
  made: readonly Made[];
  inputs: readonly Wanted[];
  refer: (to: Wanted | Made) => string;
  sentence: string;
};

function promptOf(each: Made, around: Around): string {
  const { made, inputs, refer, sentence } = around;
  const details = each.details
    .map(
      ({ preposition, parts }) =>
        ` ${preposition} ${parts.map((part) => ('words' in part ? part.words : refer(part.input))).join(' and ')}`,
    )
    .join('');
  if (each.kind === 'chat')
    return `You are ${lower(each.instruction)}. This is what you are for: ${sentence.replaceAll('@', '@@')}\nStay in that role, and keep your answers short and friendly.${told(inputs, refer)}`;
  const own = each.details.some(({ parts }) => parts.some((part) => 'input' in part));
  /** What users tell by itself, where the prompt does not have it. */
  const more = (prompt: string, all: boolean) =>
    prompt +
    told(
      inputs.filter((input) => (all || input.told) && !prompt.includes(refer(input))),
      refer,
    );
  if (each.changes) {
    const object = each.object ?? made.at(-1) ?? inputs[0];
    const prompt = `${each.instruction} this${details}:${object ? `\n\n${refer(object)}` : ''}`;
    return object && 'instruction' in object ? prompt : more(prompt, false);
  }
  const text = made.find(({ kind }) => kind === 'text');
  if (each.kind === 'image') {
    const before = each.earlier ?? (own ? undefined : text);
    return before && before.kind === 'text'
      ? `${each.instruction}${details} for this ${lower(before.title)}: ${refer(before)}`
      : `${each.instruction}${details}${own ? '' : told(inputs, refer)}`;
  }
  const before = each.earlier ?? (own || each.beside ? undefined : text);
  const start = `${each.instruction}${details}.`;
  if (!before) return more(start, !own);
  const object = before.changes && before.object && !('instruction' in before.object) ? [before.object] : [];
  return `${start}\n\nBase it on this:${told([...object, before], refer)}`;
}

const told = (inputs: readonly (Wanted | Made)[], refer: Around['refer']) =>
  inputs.length === 0 ? '' : `\n\n${inputs.map((input) => `${input.title}: ${refer(input)}`).join('\n')}`;

const lower = (text: string) => (/^[A-Z]{2}/.test(text) ? text : text.charAt(0).toLowerCase() + text.slice(1));

/** Each thing has a title of its own. */
function titlesOf(things: readonly { title: string }[]): Map<object, string> {
  const names = new Map<object, string>();
  const taken = new Set<string>();
  for (const thing of things) {
    let title = thing.title;
    for (let number = 2; taken.has(title.toLowerCase()); number++) title = `${thing.title} ${number}`;
    taken.add(title.toLowerCase());
    names.set(thing, title);
  }
  return names;
}
