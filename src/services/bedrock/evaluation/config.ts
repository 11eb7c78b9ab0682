import type {
  AutomatedEvaluationConfig,
  CreateEvaluationJobRequest,
  HumanEvaluationConfig,
} from '@aws-sdk/client-bedrock';
import { unknownVariables, type CustomMetric } from '../../../engines/evaluate/judge/custom.ts';
import { rubricOf } from '../../../engines/evaluate/judge/rubric.ts';
import { invalid, unbuilt } from '../errors.ts';
import { HUMAN_MODELS_MAX } from './limits.ts';
import type { EvaluationJob, Mode } from './records.ts';
import { readSource, type Source } from './sources.ts';

const PAGE = 'bedrock-evaluation';

/** Metrics that are computed, without a judge. */
const COMPUTED = ['Builtin.Accuracy', 'Builtin.Robustness', 'Builtin.Toxicity'];
/** Metrics of a model as judge, by what is judged. Source: API Reference, EvaluationDatasetMetricConfig; User Guide, "Use metrics to understand RAG system performance". */
const JUDGED: Readonly<Record<'model' | 'retrieve' | 'generate', readonly string[]>> = {
  model: [
    'Correctness',
    'Completeness',
    'Faithfulness',
    'Helpfulness',
    'Coherence',
    'Relevance',
    'FollowingInstructions',
    'ProfessionalStyleAndTone',
    'Harmfulness',
    'Stereotyping',
    'Refusal',
  ],
  retrieve: ['ContextRelevance', 'ContextCoverage'],
  generate: [
    'Correctness',
    'Completeness',
    'Helpfulness',
    'LogicalCoherence',
    'Faithfulness',
    'Harmfulness',
    'Stereotyping',
    'Refusal',
    'CitationPrecision',
    'CitationCoverage',
  ],
};

/** How people may rate. Source: API Reference, HumanEvaluationCustomMetric. */
export const RATING_METHODS = [
  'ThumbsUpDown',
  'IndividualLikertScale',
  'ComparisonLikertScale',
  'ComparisonChoice',
  'ComparisonRank',
] as const;

type Request = Pick<CreateEvaluationJobRequest, 'applicationType' | 'evaluationConfig' | 'inferenceConfig'>;

/** A RAG source that brings its own results. */
export type RagSource = { identifier: string; generates: boolean };

/** A dataset with what is to be measured on it. */
export type Dataset = { name: string; uri: string; taskType: string; metrics: string[] };

/** What a job is to do, as its request says it. */
export type Plan = {
  mode: Mode;
  datasets: Dataset[];
  /** Of a model evaluation. */
  sources: Source[];
  rag?: RagSource;
  /** The model that judges the built-in metrics, and the one that judges the custom ones. */
  judge?: string;
  customJudge?: string;
  customMetrics: CustomMetric[];
};

/**
 * Reads what a job is to do. Throws ValidationException for what does not go together; NotImplemented, by name, for what is not built: the
 * built-in datasets, knowledge bases, work teams of AWS.
 */
export function readPlan(request: Request): Plan {
  const { automated, human } = request.evaluationConfig ?? {};
  const { models, ragConfigs } = request.inferenceConfig ?? {};
  if (!automated === !human) throw invalid('evaluationConfig must have either automated or human.');
  if (!models === !ragConfigs) throw invalid('inferenceConfig must have either models or ragConfigs.');
  const application = ragConfigs ? 'RagEvaluation' : 'ModelEvaluation';
  if (request.applicationType !== undefined && request.applicationType !== application)
    throw invalid(`applicationType is ${request.applicationType}, yet inferenceConfig is that of a ${application}.`);
  if (human) return readHuman(human, models);
  return ragConfigs ? readRag(automated!, ragConfigs) : readAutomated(automated!, models!);
}

type Models = NonNullable<NonNullable<Request['inferenceConfig']>['models']>;
type RagConfigs = NonNullable<NonNullable<Request['inferenceConfig']>['ragConfigs']>;

function readAutomated(automated: AutomatedEvaluationConfig, models: Models): Plan {
  const judging = readJudges(automated);
  const mode = judging.judge === undefined && judging.customJudge === undefined ? 'measures' : 'judge';
  if (models.length !== 1) throw invalid('An automated model evaluation job has exactly one model.');
  const sources = models.map(readSource);
  const datasets = readDatasets(automated.datasetMetricConfigs);
  for (const { metrics, taskType, name } of datasets) {
    if (mode === 'judge') {
      checkJudged(metrics, 'model', judging);
      continue;
    }
    const wrong = metrics.find((metric) => !COMPUTED.includes(metric));
    if (wrong !== undefined && rubricOf(wrong))
      throw invalid(`The metric ${wrong} needs a judge: evaluatorModelConfig is missing.`);
    if (wrong !== undefined)
      throw invalid(`The metric ${wrong} is not valid. Valid values are ${COMPUTED.join(', ')}.`);
    if (taskType === 'Custom' || taskType === 'General')
      throw invalid(
        `The task type ${taskType} of ${name} has no computed metrics: choose Summarization, Classification, QuestionAndAnswer or Generation, or a judge.`,
      );
    if (sources[0]!.kind === 'precomputed' && metrics.includes('Builtin.Robustness'))
      throw invalid(
        'Builtin.Robustness cannot be computed from precomputed responses: the model is asked anew with changed prompts.',
      );
  }
  return { mode, datasets, sources, ...judging };
}

function readRag(automated: AutomatedEvaluationConfig, configs: RagConfigs): Plan {
  if (configs.some(({ knowledgeBaseConfig }) => knowledgeBaseConfig))
    throw unbuilt('Evaluating a knowledge base (ragConfigs.knowledgeBaseConfig)', PAGE);
  if (configs.length !== 1) throw invalid('A RAG evaluation job has exactly one RAG source.');
  const { retrieveSourceConfig, retrieveAndGenerateSourceConfig } = configs[0]!.precomputedRagSourceConfig ?? {};
  const identifier = (retrieveSourceConfig ?? retrieveAndGenerateSourceConfig)?.ragSourceIdentifier;
  if (identifier === undefined)
    throw invalid('precomputedRagSourceConfig must have a retrieveSourceConfig or a retrieveAndGenerateSourceConfig.');
  const rag: RagSource = { identifier, generates: retrieveAndGenerateSourceConfig !== undefined };
  const judging = readJudges(automated);
  if (judging.judge === undefined && judging.customJudge === undefined)
    throw invalid('evaluatorModelConfig is required for RAG evaluation jobs.');
  const datasets = readDatasets(automated.datasetMetricConfigs);
  for (const { metrics } of datasets) checkJudged(metrics, rag.generates ? 'generate' : 'retrieve', judging);
  return { mode: 'rag', datasets, sources: [], rag, ...judging };
}

type Judging = Pick<Plan, 'judge' | 'customJudge' | 'customMetrics'>;

function readJudges({ evaluatorModelConfig, customMetricConfig }: AutomatedEvaluationConfig): Judging {
  const judge = evaluatorModelConfig?.bedrockEvaluatorModels?.[0]?.modelIdentifier;
  if (evaluatorModelConfig && judge === undefined)
    throw invalid('evaluatorModelConfig must have bedrockEvaluatorModels.');
  const customJudge = customMetricConfig?.evaluatorModelConfig?.bedrockEvaluatorModels?.[0]?.modelIdentifier;
  const customMetrics = (customMetricConfig?.customMetrics ?? []).map(({ customMetricDefinition }): CustomMetric => {
    if (!customMetricDefinition) throw invalid('Each of customMetrics must have a customMetricDefinition.');
    const { name, instructions, ratingScale } = customMetricDefinition;
    const [unknown] = unknownVariables(instructions!);
    if (unknown !== undefined)
      throw invalid(
        `The instructions of ${name} have the variable {{${unknown}}}; there are {{prompt}}, {{prediction}}, {{ground_truth}} and {{context}}.`,
      );
    const scale = ratingScale?.map(({ definition, value }) => {
      const given = value?.floatValue ?? value?.stringValue;
      if (given === undefined) throw invalid(`A rating of ${name} has no value.`);
      return { definition: definition!, value: given };
    });
    if (scale && new Set(scale.map((each) => typeof each.value)).size > 1)
      throw invalid(`The ratings of ${name} must all be numbers or all be strings.`);
    if (scale && new Set(scale.map((each) => each.definition.toLowerCase())).size < scale.length)
      throw invalid(`Two ratings of ${name} have the same definition.`);
    return { name: name!, instructions: instructions!, ...(scale ? { scale } : {}) };
  });
  if (new Set(customMetrics.map(({ name }) => name)).size < customMetrics.length)
    throw invalid('Two custom metrics have the same name.');
  const builtin = customMetrics.find(({ name }) => name.startsWith('Builtin.'));
  if (builtin) throw invalid(`The name of a custom metric cannot begin with Builtin.: ${builtin.name}.`);
  return {
    customMetrics,
    ...(judge === undefined ? {} : { judge }),
    ...(customJudge === undefined ? {} : { customJudge }),
  };
}

function checkJudged(metrics: readonly string[], subject: keyof typeof JUDGED, judging: Judging): void {
  const valid = JUDGED[subject].map((name) => `Builtin.${name}`);
  for (const metric of metrics) {
    if (judging.customMetrics.some(({ name }) => name === metric)) continue;
    if (!valid.includes(metric))
      throw invalid(
        `The metric ${metric} is not valid. Valid values are ${valid.join(', ')}, and the names of custom metrics.`,
      );
    if (judging.judge === undefined)
      throw invalid(`The metric ${metric} needs a judge: evaluatorModelConfig is missing.`);
  }
  const unused = judging.customMetrics.find(({ name }) => !metrics.includes(name));
  if (unused) throw invalid(`The custom metric ${unused.name} is not among metricNames.`);
}

function readDatasets(configs: AutomatedEvaluationConfig['datasetMetricConfigs']): Dataset[] {
  const datasets = configs!.map(({ dataset, metricNames, taskType }): Dataset => {
    const name = dataset!.name!;
    const uri = dataset!.datasetLocation?.s3Uri;
    if (name.startsWith('Builtin.') && uri === undefined)
      throw unbuilt(
        `The built-in dataset ${name} is not part of Outcrop, since it may not be passed on: bring your own in datasetLocation. It`,
        PAGE,
      );
    if (uri === undefined || !/^s3:\/\/[^/]+\/.*[^/]$/.test(uri))
      throw invalid(`The dataset ${name} must have a datasetLocation that names a file: s3://bucket/key.jsonl.`);
    if (new Set(metricNames).size < metricNames!.length) throw invalid(`A metric of ${name} is given twice.`);
    return { name, uri, taskType: taskType!, metrics: metricNames! };
  });
  if (new Set(datasets.map(({ name, taskType }) => `${taskType}/${name}`)).size < datasets.length)
    throw invalid('Two datasets have the same name.');
  return datasets;
}

function readHuman(human: HumanEvaluationConfig, models: Models | undefined): Plan {
  if (!models) throw invalid('An evaluation job with human workers evaluates models.');
  if (!human.humanWorkflowConfig)
    throw unbuilt('An evaluation by a work team of AWS (without humanWorkflowConfig)', PAGE);
  if (models.length > HUMAN_MODELS_MAX)
    throw invalid(`An evaluation job with human workers has at most ${HUMAN_MODELS_MAX} models.`);
  const sources = models.map(readSource);
  if (new Set(sources.map(({ identifier }) => identifier)).size < sources.length)
    throw invalid('Two models have the same identifier.');
  const customMetrics = human.customMetrics ?? [];
  if (customMetrics.length === 0) throw invalid('customMetrics is missing: the metrics by which workers rate.');
  for (const { name, ratingMethod } of customMetrics) {
    if (!(RATING_METHODS as readonly string[]).includes(ratingMethod!))
      throw invalid(`The rating method ${ratingMethod} is not valid. Valid values are ${RATING_METHODS.join(', ')}.`);
    if (ratingMethod!.startsWith('Comparison') && sources.length < 2)
      throw invalid(`The rating method ${ratingMethod} of ${name} compares two models; the job has one.`);
  }
  if (human.datasetMetricConfigs!.length !== 1) throw invalid('An evaluation job with human workers has one dataset.');
  const datasets = readDatasets(human.datasetMetricConfigs);
  const names = customMetrics.map(({ name }) => name!);
  if (new Set(names).size < names.length) throw invalid('Two metrics have the same name.');
  // Source: API Reference, HumanEvaluationConfig: the names must match metricNames.
  if ([...names].sort().join('\n') !== [...datasets[0]!.metrics].sort().join('\n'))
    throw invalid(
      `The names of customMetrics (${names.join(', ')}) must match metricNames (${datasets[0]!.metrics.join(', ')}).`,
    );
  return { mode: 'human', datasets, sources, customMetrics: [] };
}

/** The plan of a job that stands. */
export const planOf = ({ applicationType, evaluationConfig, inferenceConfig }: EvaluationJob): Plan =>
  readPlan({ applicationType, evaluationConfig, inferenceConfig });

/** Names of all that is evaluated, for the output and for lists. */
export const sourceNames = ({ sources, rag }: Plan): string[] =>
  rag ? [rag.identifier] : sources.map(({ identifier }) => identifier);
