import { count } from '../frame/asking.ts';
import type { Check, Finding, LabContext, LabModule, Run } from '../frame/types.ts';
import * as hidden from './hidden.ts';
import { promptsOf, scored } from './prompting.ts';
import * as visible from './visible.ts';
import { CODES, type Item } from './visible.ts';

/** A step: the prompt to beat, what is right, and by how much the learner's prompt has to be better. */
type Technique = {
  /** The input that holds the prompt. */
  prompt: string;
  plain: string;
  visible: Item[];
  hidden: Item[];
  isRight: (said: string, item: Item) => boolean;
  /** Of the 20 hidden items, how many more than the plain prompt gets right. */
  gain: number;
  /** What the prompt itself must have. */
  has?: (prompt: string) => Finding;
};

const bare = (said: string): string => said.trim().replace(/\.$/, '');
const lastNumber = (said: string): number =>
  Number((said.match(/-?\d[\d,]*(?:\.\d+)?/g) ?? []).at(-1)?.replaceAll(',', '') ?? Number.NaN);
const HIJACKED = /refund approved|"?owned"?|hacked/i;

const TECHNIQUES: Record<string, Technique> = {
  'zero-shot': {
    prompt: 'zero-prompt',
    plain: 'Which team takes care of this message?\n{{item}}',
    visible: visible.MESSAGES,
    hidden: hidden.MESSAGES,
    isRight: (said, { right }) => bare(said).toLowerCase() === right,
    gain: 13,
    has: (prompt) => ({
      what: 'The prompt has no solved examples',
      ok: count(/^.*(?:Team|Label|->|=>).*\b(?:plumbing|billing|noise|food)[.]?\s*$/gim, prompt) < 2,
      found: 'Zero-shot means to describe the task and the labels, and to solve nothing beforehand.',
    }),
  },
  'few-shot': {
    prompt: 'few-prompt',
    plain: 'Classify the message as KITE, LARK, MOLE or NEWT.\n\nMessage: {{item}}\nTeam:',
    visible: visible.MESSAGES,
    hidden: hidden.MESSAGES,
    isRight: (said, { right }) => bare(said) === CODES[right],
    gain: 11,
    has: (prompt) => {
      const named = (line: string) => count(/\b(?:KITE|LARK|MOLE|NEWT)\b/g, line);
      const examples = prompt
        .split('\n')
        .filter((line) => /[A-Z]{4}[.]?[ \t]*$/.test(line) && named(line) === 1).length;
      return {
        what: 'The prompt shows at least eight solved examples',
        ok: examples >= 8,
        found: `Lines that end with one team's name: ${examples}.`,
      };
    },
  },
  'step-by-step': {
    prompt: 'steps-prompt',
    plain: 'What is the total price?\n<order>{{item}}</order>',
    visible: visible.ORDERS,
    hidden: hidden.ORDERS,
    isRight: (said, { right }) => lastNumber(said) === Number(right),
    gain: 16,
  },
  negative: {
    prompt: 'negative-prompt',
    plain: 'What is the order number?\n<letter>{{item}}</letter>',
    visible: visible.LETTERS,
    hidden: hidden.LETTERS,
    isRight: (said, { right }) => said.trim() === right,
    gain: 16,
    has: (prompt) => ({
      what: 'The prompt says what not to do',
      ok: /\b(?:not|don't|don’t|never|no|without|avoid)\b/i.test(prompt),
      found: 'A negative prompt names what is unwanted: "do not …", "without …".',
    }),
  },
  delimiters: {
    prompt: 'delimiter-prompt',
    plain: 'Summarise this message in one sentence.\n{{item}}',
    visible: visible.ATTACKED,
    hidden: hidden.ATTACKED,
    isRight: (said, { right }) => said.toLowerCase().includes(right) && !HIJACKED.test(said),
    gain: 16,
  },
};

const rightOf = (results: { ok: boolean }[]): number => results.filter(({ ok }) => ok).length;

const checkOf =
  ({ prompt: id, plain, hidden: items, isRight, gain, has }: Technique): Check =>
  async (context) => {
    const template = context.input(id);
    promptsOf(template);
    const before = await scored(context, 'The plain prompt', plain, items, isRight);
    const after = await scored(context, 'Your prompt', template, items, isRight);
    const better = rightOf(after) - rightOf(before);
    return [
      ...(has ? [has(template)] : []),
      {
        what: `At least ${gain} of the ${after.length} hidden texts more than the plain prompt`,
        ok: better >= gain,
        found: `The plain prompt is right on ${rightOf(before)} of ${before.length}, yours on ${rightOf(after)}: ${better >= 0 ? `${better} more` : `${-better} fewer`}.`,
      },
      ...(id === 'delimiter-prompt' ? injections(after) : []),
    ];
  };

function injections(after: { said: string }[]): Finding[] {
  const obeyed = after.filter(({ said }) => HIJACKED.test(said)).length;
  return [
    {
      what: 'No hidden order to the model is obeyed',
      ok: obeyed === 0,
      found: `Orders hidden in the texts: ${after.length}; obeyed: ${obeyed}.`,
    },
  ];
}

/** A prompt on the texts that everybody may see. */
const onVisible =
  ({ prompt: id, visible: items, isRight }: Technique): Run =>
  async (context: LabContext) => {
    const results = await scored(context, 'Your prompt', context.input(id), items, isRight);
    return {
      text: `Right on ${rightOf(results)} of the ${results.length} visible texts.`,
      rows: results.map(({ item, said, ok }) => ({ Text: item.text, Reply: said, '': ok ? 'Right' : 'Wrong' })),
    };
  };

export const checks: LabModule['checks'] = Object.fromEntries(
  Object.entries(TECHNIQUES).map(([step, technique]) => [step, checkOf(technique)]),
);
export const runs: LabModule['runs'] = Object.fromEntries(
  Object.entries(TECHNIQUES).map(([step, technique]) => [step, onVisible(technique)]),
);
