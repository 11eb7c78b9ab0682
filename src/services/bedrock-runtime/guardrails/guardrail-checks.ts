import type {
  GuardrailChecksContentFilterCategory,
  GuardrailChecksPromptAttackCategory,
  GuardrailChecksSensitiveInformationResultEntry,
} from '@aws-sdk/client-bedrock-runtime';
import type { PiiType } from '../../../engines/text/pii/types.ts';
import type { Handlers } from '../../../kernel/service.ts';
import { invalid } from '../errors.ts';
import { GUARDRAIL_CHARACTERS_MAX } from '../limits.ts';

type Runtime = Handlers<typeof import('@aws-sdk/client-bedrock-runtime')>;

const UNIT_CHARACTERS = 1_000;
/** Findings of personal data in one answer; ours, AWS tells none. */
const FINDINGS_MAX = 1_000;

const ATTACKS: Record<string, GuardrailChecksPromptAttackCategory> = {
  jailbreak: 'JAILBREAK',
  injection: 'PROMPT_INJECTION',
  leakage: 'PROMPT_LEAKAGE',
};

/** Checks without a guardrail: scores, and nothing done about them. The surest finding in any of the texts counts. */
export const InvokeGuardrailChecks: Runtime['InvokeGuardrailChecks'] = async (call, input) => {
  const { contentFilter, promptAttack, sensitiveInformation } = input.checks!;
  if (!contentFilter && !promptAttack && !sensitiveInformation)
    throw invalid('checks must hold at least one of contentFilter, promptAttack, sensitiveInformation.');
  const texts = input.messages!.flatMap(({ content }, messageIndex) =>
    content!.map(({ text }, contentIndex) => ({ text: text ?? '', messageIndex, contentIndex })),
  );
  const characters = texts.reduce((sum, { text }) => sum + text.length, 0);
  if (characters > GUARDRAIL_CHARACTERS_MAX)
    throw invalid(`The messages may have ${GUARDRAIL_CHARACTERS_MAX} characters, not ${characters}.`);
  const { text: engine } = call.engines;
  call.answered(engine.provenance);
  const textUnits = Math.ceil(characters / UNIT_CHARACTERS);
  const meter = (type: string) => textUnits > 0 && call.meter({ type, quantity: textUnits, unit: 'text units' });

  const harm = new Map<string, number>();
  const attack = new Map<string, number>();
  const personal: GuardrailChecksSensitiveInformationResultEntry[] = [];
  const types = sensitiveInformation?.entities!.map(({ type }) => type as PiiType);
  const raise = (scores: Map<string, number>, key: string, score: number) =>
    scores.set(key, Math.max(scores.get(key) ?? 0, score));
  for (const { text, ...place } of texts) {
    if (contentFilter)
      for (const { category, score } of await engine.harm(text, call.signal))
        raise(harm, category.toUpperCase(), score);
    if (promptAttack)
      for (const { kind, score } of await engine.attack(text, call.signal)) raise(attack, ATTACKS[kind]!, score);
    if (types)
      for (const { type, start, end, score } of await engine.personalData(text, types))
        personal.push({ type, confidenceScore: score, beginOffset: start, endOffset: end, ...place });
  }
  if (contentFilter) meter('GuardrailContentPolicyUnits');
  if (promptAttack) meter('GuardrailContentPolicyUnits');
  if (sensitiveInformation) meter('GuardrailSensitiveInformationPolicyUnits');
  return {
    results: {
      ...(contentFilter && {
        contentFilter: {
          results: contentFilter.categories!.map(({ category }) => ({
            category: category as GuardrailChecksContentFilterCategory,
            severityScore: rounded(harm.get(category!) ?? 0),
          })),
        },
      }),
      ...(promptAttack && {
        promptAttack: {
          results: promptAttack.categories!.map(({ category }) => ({
            category: category!,
            severityScore: rounded(attack.get(category!) ?? 0),
          })),
        },
      }),
      ...(sensitiveInformation && {
        sensitiveInformation: { results: personal.slice(0, FINDINGS_MAX), truncated: personal.length > FINDINGS_MAX },
      }),
    },
    usage: {
      ...(contentFilter && { contentFilter: { textUnits } }),
      ...(promptAttack && { promptAttack: { textUnits } }),
      ...(sensitiveInformation && { sensitiveInformation: { textUnits } }),
    },
  };
};

const rounded = (score: number) => Math.round(score * 1_000) / 1_000;
