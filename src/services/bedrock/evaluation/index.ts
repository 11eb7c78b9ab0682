import type { CreateEvaluationJobRequest } from '@aws-sdk/client-bedrock';
import type { Access } from '../../../kernel/access.ts';
import type { Call } from '../../../kernel/call.ts';
import { foundationModelArn, splitProfileId } from '../../../kernel/foundation-models/model.ts';
import { withTags } from '../../../kernel/inference/tags.ts';
import {
  BatchDeleteEvaluationJob,
  CreateEvaluationJob,
  GetEvaluationJob,
  ListEvaluationJobs,
  removalJob,
  StopEvaluationJob,
} from './jobs.ts';
import { bedrockArn } from '../jobs/ids.ts';
import { reportJob } from './human.ts';
import { JOB_KIND, REMOVAL_KIND, REPORT_KIND } from './records.ts';
import { evaluationJob } from './run.ts';
import { modelArn, modelId } from './sources.ts';

export { violation } from './violation.ts';

export const evaluation = {
  BatchDeleteEvaluationJob,
  CreateEvaluationJob,
  GetEvaluationJob,
  ListEvaluationJobs,
  StopEvaluationJob,
};

export const evaluationJobs = {
  [JOB_KIND]: evaluationJob,
  [REMOVAL_KIND]: removalJob,
  [REPORT_KIND]: reportJob,
};

type Identified = { jobIdentifier?: string | undefined };

const onJob = (call: Call, { jobIdentifier = '*' }: Identified): Access[] => [
  { action: `bedrock:${call.operation}`, resource: jobIdentifier },
];

/** What the action knows of resources. */
const KNOWN = /:(?:foundation-model|custom-model|default-prompt-router|prompt-router)\//;

/** The foundation model of an inference profile stands for it; any one for what has none by name, as provisioned and imported models. */
function resourceOf(identifier: string, call: Call): string {
  const profile = splitProfileId(modelId(identifier));
  if (profile) return foundationModelArn({ id: profile.modelId }, call);
  const arn = modelArn(identifier, call);
  return KNOWN.test(arn) ? arn : foundationModelArn({ id: '*' }, call);
}

/**
 * The permission is on the models that are evaluated and that judge; on any, where answers are brought along and people rate. Source: Service
 * Authorization Reference, Amazon Bedrock.
 */
function toCreate(call: Call, { jobTags, inferenceConfig, evaluationConfig }: CreateEvaluationJobRequest): Access[] {
  const { evaluatorModelConfig, customMetricConfig } = evaluationConfig?.automated ?? {};
  const named = [
    ...(inferenceConfig?.models ?? []).map(({ bedrockModel }) => bedrockModel?.modelIdentifier),
    evaluatorModelConfig?.bedrockEvaluatorModels?.[0]?.modelIdentifier,
    customMetricConfig?.evaluatorModelConfig?.bedrockEvaluatorModels?.[0]?.modelIdentifier,
  ].filter((identifier) => identifier !== undefined);
  const models = [...new Set(named.map((identifier) => resourceOf(identifier, call)))];
  const asked = models.length > 0 ? models : [foundationModelArn({ id: '*' }, call)];
  return withTags(
    asked.map((resource) => ({ action: 'bedrock:CreateEvaluationJob', resource })),
    { tags: jobTags, resource: bedrockArn(call, 'evaluation-job', '*') },
  );
}

export const evaluationAccess = {
  BatchDeleteEvaluationJob: (
    _call: Call,
    { jobIdentifiers }: { jobIdentifiers?: readonly string[] | undefined },
  ): Access[] => (jobIdentifiers ?? []).map((resource) => ({ action: 'bedrock:BatchDeleteEvaluationJob', resource })),
  CreateEvaluationJob: toCreate,
  GetEvaluationJob: onJob,
  StopEvaluationJob: onJob,
};
