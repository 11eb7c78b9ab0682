/**
 * Accuracy of the builtin language worker on generated cases: `npx tsx bench/accuracy/llm/run.ts [--seed n] [--cases n] [--failures skill]`.
 * The engine is tuned on the templates of the tune half; those of the held-out half (other subjects, wordings and forms) measure only.
 */
import { parseArgs } from 'node:util';
import { createBuiltin } from '../../../src/engines/llm/builtin/index.ts';
import type { ChatRequest, Json } from '../../../src/engines/llm/types.ts';
import type { Case, Outcome, Suite } from './cases.ts';
import { classification } from './classification.ts';
import { drawsOf } from './draws.ts';
import { extraction } from './extraction.ts';
import * as everyday from './everyday.ts';
import * as everydayFields from './everyday-fields.ts';
import * as everydayPrompts from './everyday-prompts.ts';
import * as tasks from './everyday-tasks.ts';
import * as heldOut from './held-out.ts';
import { instructions } from './instructions.ts';
import * as publicTexts from './public-texts.ts';
import { qa } from './qa.ts';
import * as texts from './qa-texts.ts';
import { summary } from './summary.ts';
import { tools } from './tools.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    cases: { type: 'string', default: '250' },
    failures: { type: 'string' },
  },
});
const seed = Number(values.seed);
const count = Number(values.cases);
const model = createBuiltin();

async function outcomeOf(request: ChatRequest): Promise<Outcome> {
  const outcome: Outcome = { text: '', calls: [], stopReason: '', outputTokens: 0 };
  const inputs: string[] = [];
  for await (const event of model.chat(request, AbortSignal.timeout(60_000))) {
    if (event.type === 'text') outcome.text += event.text;
    else if (event.type === 'toolStart') {
      outcome.calls.push({ name: event.name, input: null });
      inputs.push('');
    } else if (event.type === 'toolInput') inputs[inputs.length - 1] += event.json;
    else if (event.type === 'end') {
      outcome.stopReason = event.stopReason;
      outcome.outputTokens = event.usage.outputTokens;
      if (event.stopSequence !== undefined) outcome.stopSequence = event.stopSequence;
    }
  }
  for (const [index, call] of outcome.calls.entries()) call.input = JSON.parse(inputs[index] || '{}') as Json;
  return outcome;
}

/** The share of `count` cases of a half that come out right; each template serves in turn. */
async function accuracy(suite: Suite, half: Case['half']): Promise<number> {
  const templates = half === 'tune' ? suite.tune : suite.heldOut;
  let right = 0;
  for (let index = 0; index < count; index++) {
    const template = templates[index % templates.length];
    if (!template) continue;
    const made = template(drawsOf(seed * 7919 + index * 31 + (half === 'tune' ? 0 : 1_000_003)));
    let wrong: string | undefined;
    try {
      wrong = made.check(await outcomeOf(made.request));
    } catch (error) {
      wrong = String(error);
    }
    if (wrong === undefined) right++;
    // Failures of the held-out half are never shown: who sees them tunes on them.
    else if (half === 'tune' && values.failures !== undefined && suite.skill.includes(values.failures)) {
      const last = made.request.messages
        .at(-1)
        ?.content.map((part) =>
          part.type === 'text' ? part.text : part.type === 'document' ? `[${part.text}]` : `[${part.type}]`,
        )
        .join(' ');
      console.log(`- ${last}\n  ${wrong}\n`);
    }
  }
  return right / count;
}

console.log(`seed ${seed}\n\n| skill | cases | tune accuracy | held-out accuracy |\n|---|---|---|---|`);
const suites: Suite[] = [
  {
    skill: 'grounded QA',
    tune: [...qa, ...texts.qa, ...everyday.qa, ...everydayPrompts.qa, ...publicTexts.qa],
    heldOut: heldOut.qa,
  },
  { skill: 'summary', tune: [...summary, ...everyday.summary, ...publicTexts.summary], heldOut: heldOut.summary },
  {
    skill: 'classification',
    tune: [
      ...classification,
      ...tasks.classification,
      ...everydayPrompts.classification,
      ...publicTexts.classification,
    ],
    heldOut: heldOut.classification,
  },
  {
    skill: 'field extraction',
    tune: [...extraction, ...tasks.extraction, ...everydayFields.extraction, ...publicTexts.extraction],
    heldOut: heldOut.extraction,
  },
  { skill: 'tool use', tune: [...tools, ...tasks.tools, ...publicTexts.tools], heldOut: heldOut.tools },
  {
    skill: 'instructions and limits',
    tune: [...instructions, ...everyday.instructions, ...publicTexts.instructions],
    heldOut: heldOut.instructions,
  },
];
for (const suite of suites) {
  const [tune, heldOut] = [await accuracy(suite, 'tune'), await accuracy(suite, 'held-out')];
  console.log(`| ${suite.skill} | ${count} + ${count} | ${tune.toFixed(3)} | ${heldOut.toFixed(3)} |`);
}
await model.close?.();
