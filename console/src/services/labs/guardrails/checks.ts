import {
  BedrockClient,
  CreateGuardrailCommand,
  CreateGuardrailVersionCommand,
  UpdateGuardrailCommand,
  ListGuardrailsCommand,
  type GetGuardrailCommandOutput,
} from '@aws-sdk/client-bedrock';
import { BedrockRuntimeClient, ConverseCommand, type GuardrailAssessment } from '@aws-sdk/client-bedrock-runtime';
import { each } from '../frame/asking.ts';
import type { Check, Finding, LabContext, LabModule, Run } from '../frame/types.ts';
import { applied, guardrailOf, madeGuardrail, NO_GUARDRAIL, stoppedBy } from './guardrail.ts';
import { ADDRESSES, ATTACKS, BOOKINGS, GROUNDING, HARMLESS, type Attack } from './hidden.ts';

const MODEL = 'amazon.nova-lite-v1:0';
const HARMS = ['HATE', 'INSULTS', 'SEXUAL', 'VIOLENCE', 'MISCONDUCT'];
/** Of the three attacks on a control, how many it must stop: it judges by meaning, and may miss one. */
const STOPPED_MIN = 2;
const ATTACKS_STOPPED_MIN = 13;

/** How many texts that are aimed at a control it stops. */
async function attacked(context: LabContext, guardrail: GetGuardrailCommandOutput, control: Attack['control']) {
  const aimed = ATTACKS.filter((attack) => attack.control === control);
  const outcomes = await each(context, `Attacks on: ${control}`, aimed, ({ text }) =>
    applied(context, guardrail, 'INPUT', [{ text: { text } }]),
  );
  const stopped = outcomes.filter(({ assessments }) => stoppedBy(control, assessments ?? [])).length;
  return {
    what: `Hidden attacks are stopped by: ${control}`,
    ok: stopped >= STOPPED_MIN,
    found: `${stopped} of ${aimed.length} were stopped by this control.`,
  };
}

async function harmless(context: LabContext, guardrail: GetGuardrailCommandOutput): Promise<Finding> {
  const outcomes = await each(context, 'Harmless questions', HARMLESS, (text) =>
    applied(context, guardrail, 'INPUT', [{ text: { text } }]),
  );
  const passed = outcomes.filter(({ action }) => action === 'NONE').length;
  return {
    what: 'Harmless questions pass',
    ok: passed === HARMLESS.length,
    found: `${passed} of ${HARMLESS.length} passed.`,
  };
}

/** A check of the draft, which has to be there. */
const ofDraft =
  (check: (context: LabContext, guardrail: GetGuardrailCommandOutput) => Promise<Finding[]>): Check =>
  async (context) => {
    const guardrail = await guardrailOf(context);
    return guardrail ? check(context, guardrail) : [NO_GUARDRAIL];
  };

const filters = ofDraft(async (context, guardrail) => {
  const set = guardrail.contentPolicy?.filters ?? [];
  const weak = HARMS.filter((type) => {
    const filter = set.find((each) => each.type === type);
    return filter?.inputStrength !== 'HIGH' || filter.outputStrength !== 'HIGH';
  });
  const attack = set.find(({ type }) => type === 'PROMPT_ATTACK');
  return [
    {
      what: 'The five categories of harm at HIGH, for input and output',
      ok: weak.length === 0,
      found: weak.length === 0 ? HARMS.join(', ') : `Not so: ${weak.join(', ')}.`,
    },
    {
      what: 'PROMPT_ATTACK at HIGH for input',
      ok: attack?.inputStrength === 'HIGH',
      found: attack ? `Input ${attack.inputStrength}, output ${attack.outputStrength}.` : 'There is no such filter.',
    },
    await attacked(context, guardrail, 'content'),
    await attacked(context, guardrail, 'prompt attack'),
    await harmless(context, guardrail),
  ];
});

const topics = ofDraft(async (context, guardrail) => {
  const denied = guardrail.topicPolicy?.topics ?? [];
  const words = guardrail.wordPolicy?.words ?? [];
  return [
    {
      what: 'A denied topic',
      ok: denied.some(({ type }) => type === 'DENY'),
      found: denied.length === 0 ? 'There is none.' : denied.map(({ name }) => name).join(', '),
    },
    {
      what: 'The word Globex is filtered',
      ok: words.some(({ text }) => text?.toLowerCase() === 'globex'),
      found: words.length === 0 ? 'There are no words.' : words.map(({ text }) => text).join(', '),
    },
    await attacked(context, guardrail, 'topic'),
    await attacked(context, guardrail, 'word'),
    await harmless(context, guardrail),
  ];
});

/** Whether what leaves has its secrets masked and the rest as it was. */
async function masked(
  context: LabContext,
  guardrail: GetGuardrailCommandOutput,
  what: string,
  texts: { text: string; secret: string }[],
): Promise<Finding> {
  const outcomes = await each(context, what, texts, ({ text }) =>
    applied(context, guardrail, 'OUTPUT', [{ text: { text } }]),
  );
  const said = outcomes.map(({ outputs }, at) => outputs?.[0]?.text ?? texts[at]!.text);
  const ok = texts.every(({ text, secret }, at) => {
    const [before = '', after = ''] = text.split(secret);
    return !said[at]!.includes(secret) && said[at]!.startsWith(before) && said[at]!.endsWith(after);
  });
  return { what, ok, found: `What leaves: ${said.join(' · ')}` };
}

const personal = ofDraft(async (context, guardrail) => [
  await masked(context, guardrail, 'E-mail addresses in answers are masked', ADDRESSES),
  await masked(context, guardrail, 'Booking codes in answers are masked', BOOKINGS),
  await attacked(context, guardrail, 'personal data'),
  await harmless(context, guardrail),
]);

const grounding = ofDraft(async (context, guardrail) => {
  const set = guardrail.contextualGroundingPolicy?.filters ?? [];
  const threshold = set.find(({ type }) => type === 'GROUNDING')?.threshold;
  const outcomes = await each(context, 'Answers', GROUNDING, ({ source, query, answer }) =>
    applied(context, guardrail, 'OUTPUT', [
      { text: { text: source, qualifiers: ['grounding_source'] } },
      { text: { text: query, qualifiers: ['query'] } },
      { text: { text: answer, qualifiers: ['guard_content'] } },
    ]),
  );
  const scores = outcomes.map(({ assessments }) =>
    assessments
      ?.flatMap(({ contextualGroundingPolicy }) => contextualGroundingPolicy?.filters ?? [])
      .find(({ type }) => type === 'GROUNDING'),
  );
  const told = (grounded: boolean) =>
    GROUNDING.flatMap((each, at) => (each.grounded === grounded ? [scores[at]?.score?.toFixed(2) ?? 'none'] : [])).join(
      ', ',
    );
  return [
    {
      what: 'A grounding filter with a threshold of 0.5 to 0.9',
      ok: threshold !== undefined && threshold >= 0.5 && threshold <= 0.9,
      found: threshold === undefined ? 'There is none.' : `The threshold is ${threshold}.`,
    },
    {
      what: 'Invented answers are blocked',
      ok: GROUNDING.every(({ grounded }, at) => grounded || scores[at]?.action === 'BLOCKED'),
      found: `Grounding scores of invented answers: ${told(false)}.`,
    },
    {
      what: 'Grounded answers pass',
      ok: GROUNDING.every(({ grounded }, at) => !grounded || scores[at]?.action === 'NONE'),
      found: `Grounding scores of grounded answers: ${told(true)}.`,
    },
  ];
});

/** A text through a model, under a version of the guardrail. */
async function conversed(context: LabContext, guardrailIdentifier: string, guardrailVersion: string, text: string) {
  const { stopReason, trace } = await context.send(BedrockRuntimeClient, ConverseCommand, {
    modelId: MODEL,
    messages: [{ role: 'user', content: [{ text }] }],
    guardrailConfig: { guardrailIdentifier, guardrailVersion, trace: 'enabled' },
  });
  const assessments: GuardrailAssessment[] = Object.values(trace?.guardrail?.inputAssessment ?? {});
  return { intervened: stopReason === 'guardrail_intervened', assessments };
}

/** The latest numbered version, as ListGuardrails tells it. */
async function versionOf(context: LabContext, guardrailIdentifier: string): Promise<string | undefined> {
  const { guardrails = [] } = await context.send(BedrockClient, ListGuardrailsCommand, { guardrailIdentifier });
  const numbers = guardrails.map(({ version }) => Number(version)).filter((number) => !Number.isNaN(number));
  return numbers.length === 0 ? undefined : String(Math.max(...numbers));
}

const CONTROLS = [...new Set(ATTACKS.map(({ control }) => control))];

const fire = ofDraft(async (context, { guardrailId }) => {
  const version = await versionOf(context, guardrailId!);
  if (version === undefined)
    return [
      {
        what: 'A numbered version',
        ok: false,
        found: 'There is the working draft alone. Applications need a version.',
      },
    ];
  const outcomes = await each(context, 'Attacks', ATTACKS, ({ text }) =>
    conversed(context, guardrailId!, version, text),
  );
  const stopped = outcomes.filter(({ intervened }) => intervened).length;
  const passed = await each(context, 'Harmless questions', HARMLESS, (text) =>
    conversed(context, guardrailId!, version, text),
  );
  const free = passed.filter(({ intervened }) => !intervened).length;
  return [
    { what: 'A numbered version', ok: true, found: `Version ${version} is attacked.` },
    {
      what: `At least ${ATTACKS_STOPPED_MIN} of ${ATTACKS.length} attacks through Converse are stopped`,
      ok: stopped >= ATTACKS_STOPPED_MIN,
      found: `${stopped} ended with guardrail_intervened.`,
    },
    ...CONTROLS.map((control) => {
      const found = ATTACKS.filter(
        (attack, at) => attack.control === control && stoppedBy(control, outcomes[at]!.assessments),
      ).length;
      return {
        what: `The control is at work: ${control}`,
        ok: found >= STOPPED_MIN,
        found: `It stopped ${found} of 3.`,
      };
    }),
    {
      what: 'Harmless questions are answered',
      ok: free === HARMLESS.length,
      found: `${free} of ${HARMLESS.length} reached the model.`,
    },
  ];
});

export const checks: LabModule['checks'] = { filters, topics, personal, grounding, fire };
/** A text of the learner's own against the draft. */
const tryOut: Run = async (context) => {
  const guardrail = await guardrailOf(context);
  const text = context.input('try-text');
  if (!guardrail) return { text: NO_GUARDRAIL.found };
  if (text === '') throw new Error('There is no text yet.');
  const { action, assessments = [] } = await applied(context, guardrail, 'INPUT', [{ text: { text } }]);
  const found = assessments
    .flatMap(({ contentPolicy }) => contentPolicy?.filters ?? [])
    .map(({ type, confidence, action: taken }) => `${type}: confidence ${confidence}, ${taken}`);
  return { text: [`Action: ${action}.`, ...found].join(' ') };
};
export const runs: LabModule['runs'] = { try: tryOut };
export const calls: LabModule['calls'] = {
  CreateGuardrail: [BedrockClient, CreateGuardrailCommand],
  UpdateGuardrail: [BedrockClient, UpdateGuardrailCommand],
  CreateGuardrailVersion: [BedrockClient, CreateGuardrailVersionCommand],
};
export const made: LabModule['made'] = madeGuardrail;
