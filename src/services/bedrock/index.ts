import { foundationModelArn } from '../../kernel/foundation-models/model.ts';
import { defineService } from '../../kernel/service.ts';
import { batchAccess, batchJobs, batchOperations } from './batch/index.ts';
import { evaluation, evaluationAccess, evaluationJobs } from './evaluation/index.ts';
import { guardrailAccess, guardrailOperations } from './guardrails/index.ts';
import { GetFoundationModel, ListFoundationModels } from './models.ts';

/** Amazon Bedrock: the models there are, and what is known of them. */
export const service = defineService<typeof import('@aws-sdk/client-bedrock')>({
  sdk: 'bedrock',
  operations: { GetFoundationModel, ListFoundationModels, ...batchOperations, ...evaluation, ...guardrailOperations },
  access: {
    ...batchAccess,
    ...evaluationAccess,
    ...guardrailAccess,
    GetFoundationModel: (call, { modelIdentifier = '' }) => [
      {
        action: 'bedrock:GetFoundationModel',
        resource: modelIdentifier.startsWith('arn:')
          ? modelIdentifier
          : foundationModelArn({ id: modelIdentifier }, call),
      },
    ],
  },
  jobs: { ...batchJobs, ...evaluationJobs },
});
