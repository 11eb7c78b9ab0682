import { BedrockRuntimeClient, ConverseCommand } from '@aws-sdk/client-bedrock-runtime';
import { each } from '../frame/asking.ts';
import type { LabContext } from '../frame/types.ts';
import type { Item } from './visible.ts';

/** Prompts of a chain stand one below the other, with a line of three dashes between. */
const NEXT = /\n-{3,}[ \t]*\n/;
const PROMPTS_MAX = 4;
const LENGTH_MAX = 8_000;

/** The prompts of a template; throws what is wrong with it. */
export function promptsOf(template: string): string[] {
  const prompts = template.split(NEXT).map((prompt) => prompt.trim());
  if (template.trim() === '') throw new Error('There is no prompt yet.');
  if (template.length > LENGTH_MAX) throw new Error(`A prompt has at most ${LENGTH_MAX} characters here.`);
  if (prompts.length > PROMPTS_MAX) throw new Error(`A chain has at most ${PROMPTS_MAX} prompts here.`);
  if (!prompts[0]!.includes('{{item}}')) throw new Error('The prompt has no {{item}}: that is where each text goes.');
  return prompts;
}

/** `{{item}}` is the text, `{{1}}` the reply to the first prompt, `{{1.price}}` a member of it where it is JSON. */
export const written = (prompt: string, item: string, replies: string[]): string =>
  prompt.replace(/\{\{(item|(\d)(?:\.(\w+))?)\}\}/g, (_whole, name: string, number?: string, member?: string) => {
    if (name === 'item') return item;
    const reply = replies[Number(number) - 1] ?? '';
    if (member === undefined) return reply;
    try {
      return String((JSON.parse(reply) as Record<string, unknown>)[member] ?? '');
    } catch {
      return '';
    }
  });

/** What a model says at the end of a template's prompts. */
async function reply(context: LabContext, modelId: string, prompts: string[], item: string): Promise<string> {
  const replies: string[] = [];
  for (const prompt of prompts) {
    const { output } = await context.send(BedrockRuntimeClient, ConverseCommand, {
      modelId,
      messages: [{ role: 'user', content: [{ text: written(prompt, item, replies) }] }],
      inferenceConfig: { temperature: 0 },
    });
    replies.push(output!.message!.content!.map((block) => block.text ?? '').join(''));
  }
  return replies.at(-1)!;
}

export type Scored = { item: Item; said: string; ok: boolean };

/** Runs a template on each item, and holds each reply to what is right. */
export function scored(
  context: LabContext,
  what: string,
  template: string,
  items: readonly Item[],
  isRight: (said: string, item: Item) => boolean,
): Promise<Scored[]> {
  const prompts = promptsOf(template);
  const modelId = context.input('model');
  return each(context, what, items, async (item) => {
    const said = await reply(context, modelId, prompts, item.text);
    return { item, said, ok: isRight(said, item) };
  });
}
