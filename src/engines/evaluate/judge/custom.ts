import { EvaluateError } from '../error.ts';
import { mean } from '../words.ts';
import { measure, verdict, type HarmScorer, type Measured, type Verdict } from './heuristic.ts';
import { findInstructions } from './instructions.ts';
import { quote } from './reading.ts';
import type { Level, Matter, Rubric } from './rubric.ts';

/** One rating of a custom metric's scale, as it is defined: a value and what it means. */
export type ScaleItem = { definition: string; value: number | string };

/** A metric of the user's own. `instructions` may have variables, as in `{{prediction}}`. */
export type CustomMetric = { name: string; instructions: string; scale?: readonly ScaleItem[] };

const NOT_APPLICABLE = /^(?:n\/?a|not applicable|none applies)$/i;

/** The ratings of a custom metric, in the order that they are given. An `N/A` of value -1 stands for no result, as on Bedrock. */
export function levelsOf(scale: readonly ScaleItem[]): Level[] {
  return scale.map(({ definition, value }) => ({
    label: definition,
    value: value === -1 && NOT_APPLICABLE.test(definition.trim()) ? null : value,
  }));
}

/** The variables of a template. Source: Bedrock User Guide, "Create a prompt for a custom metric". */
const VARIABLES = ['prompt', 'prediction', 'ground_truth', 'context'] as const;

/** Names in double braces that are none of the variables there are. */
export const unknownVariables = (instructions: string): string[] =>
  [...instructions.matchAll(/\{\{\s*([\w.-]+)\s*\}\}/g)]
    .map(([, name]) => name!)
    .filter((name) => !(VARIABLES as readonly string[]).includes(name));

/** The instructions with their variables filled in; what there is none of becomes empty. */
export function fillTemplate(instructions: string, matter: Matter): string {
  const values: Record<(typeof VARIABLES)[number], string> = {
    prompt: matter.prompt,
    prediction: matter.response,
    ground_truth: matter.reference ?? '',
    context: (matter.contexts ?? []).join('\n\n'),
  };
  return instructions.replace(
    /\{\{\s*(prompt|prediction|ground_truth|context)\s*\}\}/g,
    (_, name: string) => values[name as keyof typeof values],
  );
}

/** Words of a definition that name a quality which is measured. */
const QUALITIES: readonly (readonly [RegExp, string])[] = [
  [/\b(?:in)?(?:correct|accura\w+|factual\w*|right|true|truth\w*)\b/i, 'Builtin.Correctness'],
  [/\b(?:in)?(?:complet\w+|thorough\w*|comprehensive\w*|covers?|coverage|leaves? out)\b/i, 'Builtin.Completeness'],
  [/\b(?:un)?(?:faithful\w*|grounded\w*|supported|hallucinat\w+|made[- ]up|invent\w*)\b/i, 'Builtin.Faithfulness'],
  [/\b(?:ir)?(?:relevan\w+|on[- ]topic|off[- ]topic|address\w*)\b/i, 'Builtin.Relevance'],
  [/\b(?:un)?(?:help(?:s|ful\w*)|useful\w*|actionable)\b/i, 'Builtin.Helpfulness'],
  [/\b(?:in)?(?:coheren\w+|logical\w*|consisten\w+|repetiti\w+|clear|clarity)\b/i, 'Builtin.Coherence'],
  [/\b(?:un)?(?:professional\w*|polite\w*|tone|courte\w+|formal\w*|slang)\b/i, 'Builtin.ProfessionalStyleAndTone'],
  [/\b(?:follow\w* (?:the )?instructions?|adher\w+)\b/i, 'Builtin.FollowingInstructions'],
];

const CONCISE = /\b(?:concis\w+|brevity|brief\w*|succinct\w*|short|verbos\w+|wordy|length)\b/i;

/** Longer than the reference by this factor is not concise any more; without a reference, than this many words. */
const CONCISE_FACTOR = 4;
const CONCISE_WORDS = 120;

function concision({ response, reference }: Matter): Measured {
  const words = response.split(/\s+/).filter((word) => word !== '').length;
  const wanted = reference === undefined ? CONCISE_WORDS / 2 : Math.max(8, reference.split(/\s+/).length);
  const share = Math.min(1, Math.max(0, 1 - (words / wanted - 1) / (CONCISE_FACTOR - 1)));
  return { share, why: `${quote(response)} has ${words} words.` };
}

const GOOD =
  /\b(?:good|excellent|great|best|high|highly|very|full|fully|yes|pass(?:es|ed)?|correct|accurate|always|complete(?:ly)?|all|strong|perfect|faithful|relevant|helpful|clear|concise|polite|professional|follows|meets|satisf\w+)\b/gi;
const BAD =
  /\b(?:bad|poor|worst|low|no|not|none|fail(?:s|ed)?|incorrect|inaccurate|wrong|never|incomplete|weak|missing|unfaithful|irrelevant|unhelpful|unclear|verbose|rude|unprofessional|violates|terrible|barely|hardly)\b/gi;

const polarity = (text: string): number => (text.match(GOOD) ?? []).length - (text.match(BAD) ?? []).length;

/**
 * The ratings from worst to best: numbers by value, upwards, unless what the lowest means is better than what the highest means; words by
 * what they mean, else as given, the first the worst.
 */
export function orderLevels(levels: readonly Level[]): Level[] {
  const rated = levels.filter(({ value }) => value !== null);
  if (rated.every(({ value }) => typeof value === 'number')) {
    const upwards = [...rated].sort((a, b) => (a.value as number) - (b.value as number));
    return polarity(upwards[0]!.label) > polarity(upwards.at(-1)!.label) ? upwards.reverse() : upwards;
  }
  const meaning = ({ label, value }: Level) => polarity(typeof value === 'string' ? `${label} ${value}` : label);
  if (new Set(rated.map(meaning)).size === 1) return rated;
  return rated
    .map((level, at) => ({ level, at }))
    .sort((a, b) => meaning(a.level) - meaning(b.level) || a.at - b.at)
    .map(({ level }) => level);
}

/** What of a custom metric's instructions can be measured: qualities by name, and instructions on form that can be checked. */
function measuresOf({ instructions }: CustomMetric): {
  metrics: string[];
  concise: boolean;
  rules: ReturnType<typeof findInstructions>;
} {
  // The variables and what introduces them are no criteria.
  const criteria = instructions.replace(/^.*\{\{[\s\S]*?\}\}.*$/gm, ' ');
  return {
    metrics: QUALITIES.filter(([words]) => words.test(criteria)).map(([, metric]) => metric),
    concise: CONCISE.test(criteria),
    rules: findInstructions(criteria),
  };
}

/** Throws EvaluateError ('unsupported') when nothing that a custom metric asks for can be measured. */
export function checkMeasurable(metric: CustomMetric): void {
  const { metrics, concise, rules } = measuresOf(metric);
  if (metrics.length > 0 || concise || rules.length > 0) return;
  throw new EvaluateError(
    'unsupported',
    `The instructions of ${metric.name} name nothing that can be measured by counting and comparing: bind a language model as judge.`,
  );
}

/**
 * Judges a custom metric by what its instructions name of measurable qualities and of rules that can be checked, on its own scale; without a
 * scale, 0 to 1.
 *
 * @throws {EvaluateError} 'unsupported' when they name none
 */
export async function judgeCustomHeuristically(
  metric: CustomMetric,
  matter: Matter,
  harm?: HarmScorer,
): Promise<Verdict> {
  checkMeasurable(metric);
  const { metrics, concise, rules } = measuresOf(metric);
  const found: Measured[] = [];
  for (const each of metrics) found.push(await measure(each, matter, harm));
  if (concise) found.push(concision(matter));
  for (const { text, fault } of rules) {
    const why = fault(matter.response);
    found.push(
      why === undefined
        ? { share: 1, why: `${quote(matter.response)} keeps to ${quote(text)}.` }
        : { share: 0, why: `${quote(matter.response)} does not keep to ${quote(text)}: ${why}.` },
    );
  }
  const known = found.filter((each) => each.share !== undefined) as { share: number; why: string }[];
  const share = known.length === 0 ? undefined : mean(known.map((each) => each.share));
  const worst = known.reduce<Measured | undefined>(
    (low, each) => (low && low.share! <= each.share ? low : each),
    undefined,
  );
  const why = (worst ?? found[0]!).why;
  if (!metric.scale) {
    const value = share === undefined ? null : Math.round(share * 100) / 100;
    return {
      label: String(value ?? 'Not applicable'),
      value,
      explanation: verdict({ levels: [] }, undefined, why).explanation,
    };
  }
  const levels = levelsOf(metric.scale);
  const rubric: Pick<Rubric, 'levels'> = {
    levels: [...orderLevels(levels), ...levels.filter(({ value }) => value === null)],
  };
  return verdict(rubric, share, why);
}
