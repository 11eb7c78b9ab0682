import type { CreateEvaluationJobCommandInput, GetEvaluationJobResponse } from '@aws-sdk/client-bedrock';
import { rules, type Faults } from './draft.ts';
import type { Kind } from './evaluation-kinds.ts';

export type Rating = { name: string; description: string; method: string };

/** What the form of an evaluation has. */
export type Draft = {
  kind: Kind;
  jobName: string;
  description: string;
  roleArn: string;
  modelId: string;
  /** Of a human evaluation: another model to compare with. */
  otherModelId: string;
  judge: string;
  taskType: string;
  datasetName: string;
  dataset: string;
  output: string;
  metrics: string[];
  flowDefinition: string;
  instructions: string;
  ratings: Rating[];
};

export const EMPTY: Draft = {
  kind: 'measures',
  jobName: '',
  description: '',
  roleArn: '',
  modelId: '',
  otherModelId: '',
  judge: '',
  taskType: 'QuestionAndAnswer',
  datasetName: 'dataset',
  dataset: '',
  output: '',
  metrics: ['Builtin.Accuracy'],
  flowDefinition: '',
  instructions: '',
  ratings: [{ name: 'helpful', description: '', method: 'IndividualLikertScale' }],
};

const FLOW = /^arn:aws[\w-]*:sagemaker:[\w-]+:\d{12}:flow-definition\/.+/;

export function faultsOf(draft: Draft): Faults<Draft> {
  const { kind, ratings } = draft;
  const isHuman = kind === 'human';
  return {
    jobName: /^[a-z0-9](?:-*[a-z0-9]){0,62}$/.test(draft.jobName)
      ? ''
      : 'Enter a name of 1 to 63 small letters, digits and hyphens.',
    roleArn: rules.role(draft.roleArn),
    modelId: rules.model(draft.modelId),
    judge: kind === 'judge' ? rules.model(draft.judge) : '',
    datasetName: /^[a-zA-Z0-9-_.]{1,63}$/.test(draft.datasetName)
      ? ''
      : 'Enter a name of letters, digits, - _ and dots.',
    dataset: rules.file(draft.dataset),
    output: rules.place(draft.output),
    metrics: !isHuman && draft.metrics.length === 0 ? 'Choose a metric.' : '',
    flowDefinition: isHuman && !FLOW.test(draft.flowDefinition) ? 'Enter the ARN of a flow definition.' : '',
    ratings: !isHuman
      ? ''
      : ratings.length === 0
        ? 'Add a rating.'
        : ratings.some(({ name }) => name.trim() === '')
          ? 'Each rating needs a name.'
          : new Set(ratings.map(({ name }) => name.trim())).size < ratings.length
            ? 'Two ratings have the same name.'
            : '',
  };
}

/** The request that a draft comes to. */
export function requestOf(draft: Draft): CreateEvaluationJobCommandInput {
  const dataset = { name: draft.datasetName, datasetLocation: { s3Uri: draft.dataset.trim() } };
  const model = (modelIdentifier: string) => ({ bedrockModel: { modelIdentifier: modelIdentifier.trim() } });
  const common = {
    jobName: draft.jobName,
    roleArn: draft.roleArn.trim(),
    outputDataConfig: { s3Uri: draft.output.trim() },
    ...(draft.description === '' ? {} : { jobDescription: draft.description }),
  };
  if (draft.kind === 'human')
    return {
      ...common,
      evaluationConfig: {
        human: {
          humanWorkflowConfig: {
            flowDefinitionArn: draft.flowDefinition.trim(),
            ...(draft.instructions === '' ? {} : { instructions: draft.instructions }),
          },
          customMetrics: draft.ratings.map(({ name, description, method }) => ({
            name: name.trim(),
            ratingMethod: method,
            ...(description === '' ? {} : { description }),
          })),
          datasetMetricConfigs: [
            { taskType: 'Custom', dataset, metricNames: draft.ratings.map(({ name }) => name.trim()) },
          ],
        },
      },
      inferenceConfig: {
        models: [model(draft.modelId), ...(draft.otherModelId.trim() === '' ? [] : [model(draft.otherModelId)])],
      },
    };
  return {
    ...common,
    evaluationConfig: {
      automated: {
        datasetMetricConfigs: [{ taskType: draft.taskType as 'Generation', dataset, metricNames: draft.metrics }],
        ...(draft.kind === 'judge'
          ? { evaluatorModelConfig: { bedrockEvaluatorModels: [{ modelIdentifier: draft.judge.trim() }] } }
          : {}),
      },
    },
    inferenceConfig: { models: [model(draft.modelId)] },
  };
}

/** The form of a job like another one; what the form does not have is left out. */
export function draftOf(job: GetEvaluationJobResponse): Draft {
  const { automated, human } = job.evaluationConfig ?? {};
  const [config] = (automated ?? human)?.datasetMetricConfigs ?? [];
  const models = (job.inferenceConfig?.models ?? []).map(({ bedrockModel }) => bedrockModel?.modelIdentifier ?? '');
  const judge = automated?.evaluatorModelConfig?.bedrockEvaluatorModels?.[0]?.modelIdentifier;
  return {
    ...EMPTY,
    kind: human ? 'human' : judge === undefined ? 'measures' : 'judge',
    jobName: `${job.jobName}-copy`.slice(0, 63),
    description: job.jobDescription ?? '',
    roleArn: job.roleArn ?? '',
    modelId: models[0] ?? '',
    otherModelId: models[1] ?? '',
    judge: judge ?? '',
    taskType: config?.taskType ?? EMPTY.taskType,
    datasetName: config?.dataset?.name ?? EMPTY.datasetName,
    dataset: config?.dataset?.datasetLocation?.s3Uri ?? '',
    output: job.outputDataConfig?.s3Uri ?? '',
    metrics: config?.metricNames ?? [],
    flowDefinition: human?.humanWorkflowConfig?.flowDefinitionArn ?? '',
    instructions: human?.humanWorkflowConfig?.instructions ?? '',
    ratings: (human?.customMetrics ?? []).map(({ name = '', description = '', ratingMethod = '' }) => ({
      name,
      description,
      method: ratingMethod,
    })),
  };
}
