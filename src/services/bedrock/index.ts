import { resource } from '../../kernel/inference/resource.ts';
import { defineService } from '../../kernel/service.ts';
import { access } from './access.ts';
import { automatedReasoning, automatedReasoningAccess, automatedReasoningJobs } from './automated-reasoning/index.ts';
import { batchAccess, batchJobs, batchOperations } from './batch/index.ts';
import { customizationAccess, customizationJobs, customizationOperations } from './customization/index.ts';
import { evaluation, evaluationAccess, evaluationJobs, violation } from './evaluation/index.ts';
import { importAccess, importJobs, importOperations } from './import/index.ts';
import { guardrailAccess, guardrailOperations } from './guardrails/index.ts';
import { askPassRole } from './jobs/role.ts';
import { modelOperations } from './operations.ts';
import { provisionedJobs } from './provisioned-throughput.ts';

/** Amazon Bedrock: the models there are, and what is known of them. */
export const service = defineService<typeof import('@aws-sdk/client-bedrock')>({
  sdk: 'bedrock',
  operations: {
    ...modelOperations,
    ...automatedReasoning,
    ...batchOperations,
    ...customizationOperations,
    ...evaluation,
    ...guardrailOperations,
    ...importOperations,
  },
  access: {
    ...access,
    ...automatedReasoningAccess,
    ...batchAccess,
    ...customizationAccess,
    ...evaluationAccess,
    ...guardrailAccess,
    ...importAccess,
  },
  asks: {
    CreateEvaluationJob: askPassRole,
    CreateModelCustomizationJob: askPassRole,
    CreateModelImportJob: askPassRole,
    CreateModelInvocationJob: askPassRole,
  },
  resource,
  violation,
  jobs: {
    ...automatedReasoningJobs,
    ...provisionedJobs,
    ...batchJobs,
    ...customizationJobs,
    ...evaluationJobs,
    ...importJobs,
  },
});
