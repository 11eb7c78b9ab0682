/**
 * What a guardrail takes over HTTP for a text of 1,000 characters, policy by policy, and what measuring an answer takes.
 *
 *   npx tsx bench/guardrails.ts
 *
 * The yardstick of the calls is one to a guardrail that looks for a single word; that of the measures is JSON.parse of the same two texts.
 */
import { BedrockClient, CreateGuardrailCommand, type CreateGuardrailCommandInput } from '@aws-sdk/client-bedrock';
import {
  ApplyGuardrailCommand,
  BedrockRuntimeClient,
  type GuardrailContentBlock,
} from '@aws-sdk/client-bedrock-runtime';
import { createEmbedder } from '../src/engines/embed/embedder.ts';
import { bertScore } from '../src/engines/evaluate/bert-score.ts';
import { sentenceBleu } from '../src/engines/evaluate/bleu.ts';
import { meteor } from '../src/engines/evaluate/meteor.ts';
import { rougeL } from '../src/engines/evaluate/rouge.ts';
import { generator } from '../src/kernel/ids.ts';
import { startOutcrop } from '../src/main.ts';

const ROUNDS = 60;
const WARM = 10;

const quantile = (values: number[], at: number) => [...values].sort((a, b) => a - b)[Math.floor(values.length * at)]!;

async function timed(run: (round: number) => unknown): Promise<{ p50: number; p95: number }> {
  const taken: number[] = [];
  for (let round = 0; round < ROUNDS + WARM; round++) {
    const started = performance.now();
    await run(round);
    if (round >= WARM) taken.push(performance.now() - started);
  }
  return { p50: quantile(taken, 0.5), p95: quantile(taken, 0.95) };
}

const random = generator(20_261_120);
const pick = (words: string) => {
  const all = words.split(' ');
  return all[Math.floor(random() * all.length)]!;
};
/** Prose of 1,000 characters. No sentence comes twice: what it means must be worked out each time, as of a text that nobody has seen. */
const prose = () => {
  let text = '';
  while (text.length < 1_000)
    text += `${pick('Our The My Their Another Every That')} ${pick('ferry harbour museum garden tower library market bridge teacher doctor baker sailor')} ${pick('opened painted repaired visited praised measured described sold moved cleaned')} ${pick('the a one this')} ${pick('old quiet narrow wooden heavy famous empty yellow broken modern')} ${pick('door boat staircase kitchen letter engine window orchard piano fence road')} ${pick('near behind before beside without')} ${pick('the our a')} ${pick('station river school hill office theatre field village bakery lighthouse')} ${pick('yesterday again slowly together in-spring after-lunch at-night for-years').replace('-', ' ')}. `;
  return text.slice(0, 1_000);
};

const outcrop = await startOutcrop({ ephemeral: true, port: 0, log: 'error' });
const bedrock = new BedrockClient(outcrop.clients);
const runtime = new BedrockRuntimeClient(outcrop.clients);
const policies: Record<string, Partial<CreateGuardrailCommandInput>> = {
  'one word': { wordPolicyConfig: { wordsConfig: [{ text: 'zorbex' }] } },
  'harm, five filters': {
    contentPolicyConfig: {
      filtersConfig: (['HATE', 'INSULTS', 'SEXUAL', 'VIOLENCE', 'MISCONDUCT'] as const).map((type) => ({
        type,
        inputStrength: 'HIGH',
        outputStrength: 'HIGH',
      })),
    },
  },
  'prompt attack': {
    contentPolicyConfig: { filtersConfig: [{ type: 'PROMPT_ATTACK', inputStrength: 'HIGH', outputStrength: 'NONE' }] },
  },
  'personal data, six types and names': {
    sensitiveInformationPolicyConfig: {
      piiEntitiesConfig: (
        [
          'EMAIL',
          'PHONE',
          'CREDIT_DEBIT_CARD_NUMBER',
          'US_SOCIAL_SECURITY_NUMBER',
          'IP_ADDRESS',
          'URL',
          'NAME',
        ] as const
      ).map((type) => ({ type, action: 'ANONYMIZE' })),
    },
  },
  'three denied topics': {
    topicPolicyConfig: {
      topicsConfig: ['Investment Advice', 'Medical Diagnosis', 'Legal Advice'].map((name) => ({
        name,
        definition: `Recommendations on ${name.toLowerCase()} for the person who asks.`,
        examples: [`Give me ${name.toLowerCase()}.`],
        type: 'DENY',
      })),
    },
  },
  'grounding and relevance': {
    contextualGroundingPolicyConfig: {
      filtersConfig: [
        { type: 'GROUNDING', threshold: 0.7 },
        { type: 'RELEVANCE', threshold: 0.7 },
      ],
    },
  },
};
console.log('| ApplyGuardrail, 1,000 characters | p50 ms | p95 ms | ratio |\n|---|---|---|---|');
let yardstick: number | undefined;
for (const [name, policy] of Object.entries(policies)) {
  const { guardrailId } = await bedrock.send(
    new CreateGuardrailCommand({
      name: name.replaceAll(/[^a-z]/g, '-'),
      blockedInputMessaging: 'No.',
      blockedOutputsMessaging: 'No.',
      ...policy,
    }),
  );
  const grounding = name.startsWith('grounding');
  const { p50, p95 } = await timed(() => {
    const text = prose();
    const content: GuardrailContentBlock[] = grounding
      ? [
          { text: { text, qualifiers: ['grounding_source'] } },
          { text: { text: 'When does the ferry open?', qualifiers: ['query'] } },
          { text: { text: text.slice(0, 200) } },
        ]
      : [{ text: { text } }];
    return runtime.send(
      new ApplyGuardrailCommand({
        guardrailIdentifier: guardrailId,
        guardrailVersion: 'DRAFT',
        source: grounding ? 'OUTPUT' : 'INPUT',
        content,
      }),
    );
  });
  yardstick ??= p50;
  console.log(`| ${name} | ${p50.toFixed(1)} | ${p95.toFixed(1)} | ${(p50 / yardstick).toFixed(1)} |`);
}
await outcrop.stop();

console.log('\n| measure of an answer of 60 words | p50 ms | ratio |\n|---|---|---|');
const embedder = createEmbedder();
const embed = async (texts: readonly string[]) => (await embedder.embed([...texts])).vectors;
const pairs = Array.from({ length: ROUNDS + WARM }, () => [prose().slice(0, 350), prose().slice(0, 350)] as const);
const parse = (await timed((round) => JSON.parse(JSON.stringify(pairs[round])))).p50;
const measures: Record<string, (reference: string, candidate: string) => unknown> = {
  'ROUGE-L': (reference, candidate) => rougeL(reference, candidate),
  BLEU: (reference, candidate) => sentenceBleu(candidate, [reference]),
  METEOR: (reference, candidate) => meteor(candidate, [reference]),
  BERTScore: (reference, candidate) => bertScore(reference, candidate, embed),
};
for (const [name, measure] of Object.entries(measures)) {
  const { p50 } = await timed((round) => measure(...pairs[round]!));
  console.log(`| ${name} | ${p50.toFixed(2)} | ${(p50 / parse).toFixed(0)} |`);
}
await embedder.close();
