import { EvaluateError } from '../../../engines/evaluate/error.ts';
import type { Evaluator } from '../../../engines/evaluate/evaluator.ts';
import { checkMeasurable, type CustomMetric } from '../../../engines/evaluate/judge/custom.ts';
import { checkMeasured, type HarmScorer, type Verdict } from '../../../engines/evaluate/judge/heuristic.ts';
import { askCustomJudge, askJudge, readVerdict, type JudgeRequest } from '../../../engines/evaluate/judge/model.ts';
import { rubricOf, type Matter } from '../../../engines/evaluate/judge/rubric.ts';
import { splitProfileId } from '../../../kernel/foundation-models/model.ts';
import type { LanguageModel } from '../../../engines/llm/types.ts';
import type { Engines } from '../../../kernel/engines.ts';
import type { Plan } from './config.ts';
import type { Score } from './records.ts';
import { EvaluationFailure, NoAnswer, type Role } from './role.ts';
import { modelId } from './sources.ts';

/** Answers of a judge that are not of the form asked for, before the rating is given up. */
const JUDGE_ATTEMPTS_MAX = 2;
const JUDGE_TOKENS_MAX = 1_024;

/** Judges one metric of one matter. */
export type Judge = (metric: string, matter: Matter) => Promise<Score>;

/**
 * The judge of a job: the model that it names; where that model is bound to the builtin worker, which cannot judge, what can be counted and
 * compared, and each explanation says so. The model is asked once before anything is judged: what the role may not do is known before the
 * first prompt. Throws EvaluationFailure.
 */
export async function openJudge(
  plan: Plan,
  parts: { engines: Engines; role: Role; harm: HarmScorer; evaluator: Evaluator },
): Promise<Judge> {
  const { engines, role, harm, evaluator } = parts;
  const wanted = new Set(plan.datasets.flatMap(({ metrics }) => metrics));
  const ofMetric = (metric: string): { identifier: string; custom: CustomMetric | undefined } => {
    const custom = plan.customMetrics.find(({ name }) => name === metric);
    return { identifier: (custom ? plan.customJudge : plan.judge)!, custom };
  };
  const judges = new Map<string, LanguageModel>();
  for (const metric of wanted) {
    const { identifier, custom } = ofMetric(metric);
    if (!judges.has(identifier)) {
      await role
        .ask(identifier, 'Reply with the one word: ready', { inferenceConfig: { maxTokens: 8 } })
        .catch((error: unknown) => {
          throw error instanceof NoAnswer
            ? new EvaluationFailure(`The evaluator model ${identifier} does not answer: ${error.message}`, {
                cause: error,
              })
            : error;
        });
      judges.set(identifier, await modelOf(engines, identifier));
    }
    if (isBuiltin(judges.get(identifier)!))
      failUnsupported(() => (custom ? checkMeasurable(custom) : checkMeasured(metric)));
  }
  return async (metric, matter) => {
    const { identifier, custom } = ofMetric(metric);
    const model = judges.get(identifier)!;
    const verdict = isBuiltin(model)
      ? await judgeByCounting(evaluator, metric, custom, matter, harm)
      : await askModel(
          role,
          identifier,
          model,
          custom ? askCustomJudge(custom, matter) : askJudge(rubricOf(metric)!, matter),
        );
    return {
      metricName: metric,
      result: verdict.value,
      evaluatorDetails: [{ modelIdentifier: identifier, explanation: verdict.explanation }],
    };
  };
}

async function judgeByCounting(
  evaluator: Evaluator,
  metric: string,
  custom: CustomMetric | undefined,
  matter: Matter,
  harm: HarmScorer,
): Promise<Verdict> {
  try {
    return await (custom ? evaluator.judgeCustom(custom, matter) : evaluator.judge(metric, matter, harm));
  } catch (error) {
    throw unsupported(error);
  }
}

function failUnsupported(check: () => void): void {
  try {
    check();
  } catch (error) {
    throw unsupported(error);
  }
}

const unsupported = (error: unknown): unknown =>
  error instanceof EvaluateError && error.code === 'unsupported'
    ? new EvaluationFailure(error.message, { cause: error })
    : error;

/** What answers for a model. Bindings are of model ids without the prefix of their inference profile. */
async function modelOf(engines: Engines, identifier: string): Promise<LanguageModel> {
  const id = modelId(identifier);
  return engines.llm.resolve(splitProfileId(id)?.modelId ?? id);
}

const isBuiltin = ({ provenance }: LanguageModel): boolean => provenance.engine === 'builtin';

async function askModel(
  role: Role,
  identifier: string,
  { capabilities }: LanguageModel,
  request: JudgeRequest,
): Promise<Verdict> {
  const textFormat = {
    type: 'json_schema',
    structure: { jsonSchema: { name: 'verdict', schema: JSON.stringify(request.schema) } },
  };
  let said = '';
  for (let attempt = 1; attempt <= JUDGE_ATTEMPTS_MAX; attempt++) {
    said = await role.ask(identifier, request.prompt, {
      inferenceConfig: { maxTokens: JUDGE_TOKENS_MAX, temperature: 0 },
      // The prompt asks for the same form: backends that cannot be held to a schema are read all the same.
      ...(capabilities.responseSchema ? { outputConfig: { textFormat } } : {}),
    });
    const verdict = readVerdict(said, request.levels);
    if (verdict) return verdict;
  }
  return {
    label: '',
    value: null,
    explanation: `The evaluator model's answer has no rating of the scale: ${said.slice(0, 500)}`,
  };
}
