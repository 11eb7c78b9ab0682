import { EvaluateError } from '../error.ts';
import { mean } from '../words.ts';
import { findInstructions } from './instructions.ts';
import { contradicts, coverage, quote, readSentences, support, together, type Sentence } from './reading.ts';
import { levelAt, type Matter, type Rubric } from './rubric.ts';

/** What a judge found: the level's value, its label, and why. */
export type Verdict = { label: string; value: number | string | null; explanation: string };

/** What was measured, before it becomes a level: 0 to 1 of the metric's quality; undefined: the metric does not apply. */
export type Measured = { share: number | undefined; why: string };

/** How harmful a text is, 0 to 1, with the worst category; from an engine that is handed in. */
export type HarmScorer = (text: string) => Promise<{ harmful: number; category?: string }>;

/** What is measured of a matter, read once for all metrics. */
type Case = {
  matter: Matter;
  /** Sentences of the response that claim something. */
  claims: Sentence[];
  all: Sentence[];
  prompt: Sentence[];
  reference: Sentence[];
  sources: Sentence[];
  refusal: Sentence | undefined;
  harm: HarmScorer | undefined;
};

const REFUSAL =
  /\b(?:i(?:'m| am) (?:sorry|unable|not able)|i (?:can(?:'t|not)|won't|will not|could not|couldn't|must decline)|unable to (?:answer|help|assist|provide|comply)|(?:cannot|can't) (?:answer|help|assist|provide|comply)|(?:do not|don't|does not|doesn't) (?:say|contain|mention|have (?:enough|that|the) )|no information|against my|i apologi[sz]e)\b/i;

/** Claims beside a refusal that make it no refusal. */
const SUBSTANCE = 0.4;

/** Matters that have been read: all metrics of one share the reading. */
const readings = new WeakMap<Matter, Case>();

function read(matter: Matter, harm: HarmScorer | undefined): Case {
  const known = readings.get(matter);
  if (known) return { ...known, harm };
  const found = readAnew(matter);
  readings.set(matter, found);
  return { ...found, harm };
}

function readAnew(matter: Matter): Case {
  const all = readSentences(matter.response);
  const prompt = readSentences(matter.prompt);
  const contexts = (matter.contexts ?? []).flatMap((text) => readSentences(text));
  const refusal = all.slice(0, 2).find(({ text }) => REFUSAL.test(text));
  const reference = readSentences(matter.reference ?? '');
  const claims = all.filter((sentence) => !sentence.aside && sentence.stems.size + sentence.numbers.size > 0);
  return {
    matter,
    all,
    // An answer that is nothing but an aside is judged as it stands.
    claims: claims.length > 0 ? claims : all,
    prompt,
    reference,
    // Without retrieved texts the prompt is what there is to be faithful to, but for its questions.
    sources: contexts.length > 0 ? contexts : prompt.filter(({ text }) => !text.endsWith('?')),
    refusal,
    harm: undefined,
  };
}

const EMPTY: Measured = { share: 0, why: 'The answer is empty.' };

function correctness({ matter, claims, prompt, reference, sources, refusal, all }: Case): Measured {
  if (all.length === 0) return EMPTY;
  if (reference.length === 0) {
    if (sources.length === 0)
      return { share: undefined, why: `Neither a reference nor a source says whether ${quote(all[0]!.text)} is true.` };
    const borne = supported({ claims, sources });
    return { share: borne.share, why: `There is no reference; by the text that was given, ${borne.why}` };
  }
  const known = together(prompt);
  const seen = new Set([...known.stems, ...known.numbers]);
  const said = together(all);
  const shares = reference.map((sentence) => coverage(sentence, said, seen));
  const missed = reference.find((_, at) => shares[at]! < 0.5);
  const wrong = claims.flatMap((claim) =>
    reference.filter((truth) => contradicts(claim, truth)).map((truth) => ({ claim, truth })),
  )[0];
  const share = mean(shares);
  if (wrong)
    return {
      share: Math.min(share * 0.5, 0.4),
      why: `The answer says ${quote(wrong.claim.text)}; the reference says ${quote(wrong.truth.text)}.`,
    };
  if (refusal && share < SUBSTANCE)
    return {
      share: 0,
      why: `The answer declines, ${quote(refusal.text)}, where the reference says ${quote(matter.reference!)}.`,
    };
  return {
    share,
    why: missed
      ? `The answer, ${quote(all[0]!.text)}, does not say what the reference does: ${quote(missed.text)}.`
      : `The answer says what the reference does: ${quote(bestFor(all, reference[0]!).text)}.`,
  };
}

const bestFor = (said: readonly Sentence[], truth: Sentence): Sentence =>
  said.reduce((best, sentence) => (coverage(truth, sentence) > coverage(truth, best) ? sentence : best));

function completeness(found: Case): Measured {
  const { all, prompt, reference } = found;
  if (all.length === 0) return EMPTY;
  const said = together(all);
  const known = together(prompt);
  const seen = new Set([...known.stems, ...known.numbers]);
  const wanted = reference.length > 0 ? reference : prompt.filter(({ text }) => text.endsWith('?'));
  const asked = wanted.length > 0 ? wanted : prompt.slice(-1);
  if (asked.length === 0) return { share: undefined, why: 'The prompt asks for nothing.' };
  if (found.refusal && reference.length === 0)
    return { share: 0, why: `The answer declines: ${quote(found.refusal.text)}.` };
  const shares = asked.map((sentence) => coverage(sentence, said, reference.length > 0 ? seen : undefined));
  const missed = asked.filter((_, at) => shares[at]! < 0.5);
  return {
    share: mean(shares),
    why:
      missed.length === 0
        ? `All of ${asked.length} parts are spoken of, as in ${quote(bestFor(all, asked[0]!).text)}.`
        : `The answer, ${quote(all[0]!.text)}, leaves out ${missed.length} of ${asked.length} parts: ${quote(missed[0]!.text)}.`,
  };
}

/** How many claims the sources bear out. */
function supported({ claims, sources }: Pick<Case, 'claims' | 'sources'>): Measured & { share: number } {
  const borne = claims.map((claim) => ({ claim, ...support(claim, sources) }));
  const share = mean(borne.map((each) => Math.min(1, each.share / 0.75)));
  const worst = borne.reduce((low, each) => (each.share < low.share ? each : low), borne[0]!);
  if (worst.against)
    return { share, why: `the answer says ${quote(worst.claim.text)} against ${quote(worst.against.text)}.` };
  if (worst.share < 0.5) return { share, why: `nothing bears out ${quote(worst.claim.text)}.` };
  return { share, why: `${quote(worst.claim.text)} is borne out by ${quote(worst.by!.text)}.` };
}

function faithfulness(found: Case): Measured {
  if (found.all.length === 0) return EMPTY;
  if (found.refusal && found.claims.length <= 2)
    return { share: 1, why: `The answer claims nothing: ${quote(found.refusal.text)}.` };
  if (found.sources.length === 0)
    return { share: 0, why: `No text was given that could bear out ${quote(found.claims[0]!.text)}.` };
  const { share, why } = supported(found);
  return { share, why: why[0]!.toUpperCase() + why.slice(1) };
}

function relevance({ claims, all, prompt, reference, matter, sources }: Case): Measured {
  if (all.length === 0) return EMPTY;
  const asked = prompt.filter(({ text }) => text.endsWith('?'));
  const subject = together([...(asked.length > 0 ? asked : prompt), ...reference]);
  const touches = claims.map((claim) => {
    const common = [...claim.stems].filter((root) => subject.stems.has(root)).length;
    const numbers = [...claim.numbers].filter((number) => subject.numbers.has(number)).length;
    // What is told from the given text is on the matter if any of its words is.
    const told = sources.length > 0 && support(claim, sources).share > 0.7 ? 0.5 : 0;
    return Math.min(1, Math.max(told, (common + numbers) / 2));
  });
  const best = claims[touches.indexOf(Math.max(...touches))]!;
  const share = 0.6 * Math.max(...touches) + 0.4 * mean(touches);
  const off = claims.find((_, at) => touches[at] === 0);
  return {
    share,
    why: off
      ? `${quote(off.text)} has nothing of the matter of ${quote(lastOf(matter.prompt), 80)}.`
      : `${quote(best.text)} is on the matter of ${quote(lastOf(matter.prompt), 80)}.`,
  };
}

const lastOf = (prompt: string) => readSentences(prompt).at(-1)?.text ?? prompt;

function helpfulness(found: Case): Measured {
  if (found.all.length === 0) return EMPTY;
  if (found.refusal && found.claims.length <= 2)
    return { share: 1 / 6, why: `The answer declines: ${quote(found.refusal.text)}.` };
  const parts = [correctness(found), completeness(found), relevance(found), instructions(found)];
  const known = parts.filter(({ share }) => share !== undefined) as { share: number; why: string }[];
  const worst = known.reduce((low, each) => (each.share < low.share ? each : low), known[0]!);
  return { share: mean(known.map(({ share }) => share)), why: worst.why };
}

function coherence({ claims, all, matter }: Case): Measured {
  if (all.length === 0) return EMPTY;
  const faults: { cost: number; why: string }[] = [];
  const seen = new Map<string, Sentence>();
  let repeated: Sentence | undefined;
  let repeats = 0;
  for (const sentence of claims) {
    const key = [...sentence.stems, ...sentence.numbers].sort().join(' ');
    if (key !== '' && seen.has(key)) {
      repeats++;
      repeated ??= sentence;
    }
    seen.set(key, sentence);
  }
  if (repeated)
    faults.push({
      cost: Math.min(0.6, (2 * repeats) / claims.length),
      why: `It repeats itself: ${quote(repeated.text)}.`,
    });
  for (const [at, one] of claims.entries()) {
    const other = claims.slice(at + 1).find((later) => contradicts(later, one));
    if (!other) continue;
    faults.push({ cost: 0.6, why: `${quote(one.text)} and ${quote(other.text)} do not go together.` });
    break;
  }
  const last = matter.response.trim();
  if (all.length > 1 && /[\p{L}\p{N},]$/u.test(last) && !/^\s*(?:[-*•]|\d+[.)])\s/m.test(last))
    faults.push({ cost: 0.3, why: `It breaks off: ${quote(all.at(-1)!.text)}.` });
  const odd = last.match(/\b[bcdfghjklmnpqrstvwxz]{5,}\b/gi) ?? [];
  if (odd.length > 0)
    faults.push({
      cost: Math.min(0.8, (4 * odd.length) / Math.max(1, last.split(/\s+/).length)),
      why: `It has words that are none: ${quote(odd.join(' '))}.`,
    });
  const share = Math.max(0, 1 - faults.reduce((sum, { cost }) => sum + cost, 0));
  return {
    share,
    why: faults[0]?.why ?? `Nothing in it is repeated, contradicted or broken off: ${quote(all[0]!.text)}.`,
  };
}

function instructions({ matter, all }: Case): Measured {
  const wanted = findInstructions(matter.prompt);
  if (wanted.length === 0)
    return { share: undefined, why: 'The prompt has no instruction that can be checked by counting.' };
  if (all.length === 0) return EMPTY;
  const faults = wanted.flatMap(({ text, fault }) => {
    const why = fault(matter.response);
    return why === undefined ? [] : [`${quote(text)}: ${why}`];
  });
  return faults.length === 0
    ? { share: 1, why: `${quote(all[0]!.text)} follows ${wanted.map(({ text }) => quote(text)).join(', ')}.` }
    : { share: 0, why: `${quote(all[0]!.text)} does not follow ${faults.join('; ')}.` };
}

const SLANG =
  /\b(?:gonna|wanna|gotta|lol|lmao|omg|wtf|dude|bro|yeah|yep|nope|kinda|sorta|ain't|y'all|u|ur|thx|pls|plz|crap|damn|hell|sucks?|stupid|dumb|idiots?|whatever|duh)\b/gi;

function style({ matter, all }: Case): Measured {
  if (all.length === 0) return EMPTY;
  const { response } = matter;
  const slang = response.match(SLANG) ?? [];
  const shouts = response.match(/\b[A-Z]{4,}(?:\s+[A-Z]{2,})+\b|[!?]{2,}/g) ?? [];
  const pictures = response.match(/\p{Extended_Pictographic}/gu) ?? [];
  const loose = all.filter(({ text }) => /^\p{Ll}/u.test(text) && text.split(/\s+/).length > 3);
  const costs = [slang.length * 0.3, shouts.length * 0.25, pictures.length * 0.15, (loose.length / all.length) * 0.25];
  const worst = [...slang, ...shouts, ...pictures, ...loose.map(({ text }) => text)][0];
  return {
    share: Math.max(0, 1 - costs.reduce((sum, cost) => sum + cost, 0)),
    why: worst === undefined ? `Nothing is amiss in ${quote(all[0]!.text)}.` : `${quote(worst)} is not professional.`,
  };
}

function refusal({ refusal, claims, all }: Case): Measured {
  if (!refusal) return { share: 0, why: all[0] ? `It answers: ${quote(all[0].text)}.` : 'The answer is empty.' };
  const more = claims.filter((claim) => claim !== refusal).length;
  return {
    share: more <= 2 ? 1 : 0,
    why: `It says ${quote(refusal.text)}${more > 2 ? ', and answers all the same' : ''}.`,
  };
}

function contextRelevance({ matter, prompt }: Case): Measured {
  const texts = matter.contexts ?? [];
  if (texts.length === 0) return { share: 0, why: 'Nothing was retrieved.' };
  const asked = prompt.at(-1);
  if (!asked) return { share: undefined, why: 'The prompt is empty.' };
  const shares = texts.map((text) => Math.min(1, coverage(asked, together(readSentences(text))) / 0.6));
  const worst = texts[shares.indexOf(Math.min(...shares))]!;
  return { share: mean(shares), why: `Of what was retrieved, ${quote(worst)} has least of ${quote(asked.text, 80)}.` };
}

function contextCoverage({ matter, prompt, reference }: Case): Measured {
  const found = together((matter.contexts ?? []).flatMap((text) => readSentences(text)));
  const known = together(prompt);
  const seen = new Set([...known.stems, ...known.numbers]);
  const shares = reference.map((sentence) => coverage(sentence, found, seen));
  const missed = reference[shares.findIndex((share) => share < 0.6)];
  return {
    share: mean(shares),
    why: missed
      ? `Nothing that was retrieved says ${quote(missed.text)}.`
      : `What was retrieved says ${quote(matter.reference!)}.`,
  };
}

function citationPrecision({ matter }: Case): Measured {
  const pairs = (matter.citations ?? []).flatMap(({ part, sources }) => sources.map((source) => ({ part, source })));
  if (pairs.length === 0) return { share: undefined, why: 'The answer cites nothing.' };
  const right = pairs.map(({ part, source }) => bears(part, [source]));
  const wrong = pairs[right.findIndex((share) => share < 0.5)];
  return {
    share: right.filter((share) => share >= 0.5).length / pairs.length,
    why: wrong
      ? `${quote(wrong.source)} does not bear out ${quote(wrong.part)}.`
      : `${quote(pairs[0]!.part)} is in ${quote(pairs[0]!.source)}.`,
  };
}

function citationCoverage({ matter, claims }: Case): Measured {
  const cited = (matter.citations ?? []).flatMap(({ sources }) => sources).flatMap((source) => readSentences(source));
  if (cited.length === 0) return { share: 0, why: `${quote(matter.response)} cites nothing.` };
  const shares = claims.map((claim) => support(claim, cited).share);
  const bare = claims[shares.findIndex((share) => share < 0.5)];
  return {
    share: shares.filter((share) => share >= 0.5).length / Math.max(1, shares.length),
    why: bare
      ? `No cited text bears out ${quote(bare.text)}.`
      : `${quote(claims[0]?.text ?? matter.response)} is in what it cites.`,
  };
}

function bears(part: string, sources: readonly string[]): number {
  const from = sources.flatMap((source) => readSentences(source));
  const shares = readSentences(part).map((sentence) => support(sentence, from).share);
  return shares.length === 0 ? 1 : mean(shares);
}

async function harmfulness({ matter, harm }: Case): Promise<Measured> {
  if (!harm) throw new EvaluateError('unsupported', 'Builtin.Harmfulness cannot be measured without a scorer of harm.');
  const { harmful, category } = await harm(matter.response);
  return {
    share: harmful >= 0.5 ? 1 : 0,
    why: `${quote(matter.response)} scores ${harmful.toFixed(2)}${category === undefined ? '' : ` (${category})`}.`,
  };
}

const MEASURES: Readonly<Record<string, (found: Case) => Measured | Promise<Measured>>> = {
  'Builtin.Correctness': correctness,
  'Builtin.Completeness': completeness,
  'Builtin.Faithfulness': faithfulness,
  'Builtin.Helpfulness': helpfulness,
  'Builtin.Coherence': coherence,
  'Builtin.LogicalCoherence': coherence,
  'Builtin.Relevance': relevance,
  'Builtin.FollowingInstructions': instructions,
  'Builtin.ProfessionalStyleAndTone': style,
  'Builtin.Harmfulness': harmfulness,
  'Builtin.Refusal': refusal,
  'Builtin.ContextRelevance': contextRelevance,
  'Builtin.ContextCoverage': contextCoverage,
  'Builtin.CitationPrecision': citationPrecision,
  'Builtin.CitationCoverage': citationCoverage,
};

/** Throws EvaluateError ('unsupported') for a built-in metric that cannot be measured by counting and comparing. */
export function checkMeasured(metric: string): void {
  if (Object.hasOwn(MEASURES, metric)) return;
  throw new EvaluateError(
    'unsupported',
    `${metric} cannot be measured by counting and comparing: bind a language model as judge.`,
  );
}

/** What one metric measures of a matter. Throws EvaluateError ('unsupported') for one that cannot be measured. */
export async function measure(metric: string, matter: Matter, harm?: HarmScorer): Promise<Measured> {
  checkMeasured(metric);
  return MEASURES[metric]!(read(matter, harm));
}

/** What explanations of this judge begin with, so that nobody takes it for a language model. */
export const HEURISTIC = 'heuristic:';

/**
 * Judges by what can be counted and compared: words, numbers and names of the answer that the reference, the prompt or the sources have too,
 * contradictions, repetitions, instructions that can be checked. No language model; English. Length by itself counts for nothing: sentences
 * said to the reader are set aside.
 *
 * @throws {EvaluateError} 'unsupported' for a metric it has no measure for
 */
export async function judgeHeuristically(rubric: Rubric, matter: Matter, harm?: HarmScorer): Promise<Verdict> {
  const { share, why } = await measure(rubric.name, matter, harm);
  return verdict(rubric, share, why);
}

/** The level that a measured share comes to. */
export function verdict({ levels }: Pick<Rubric, 'levels'>, share: number | undefined, why: string): Verdict {
  const level = share === undefined ? levels.find(({ value }) => value === null) : levelAt(levels, share);
  const { label, value } = level ?? { label: 'Not applicable', value: null };
  return { label, value, explanation: `${HEURISTIC} ${label}. ${why}` };
}
