import type { Access } from '../../../kernel/access.ts';
import type { Call } from '../../../kernel/call.ts';
import { withTags } from '../../../kernel/inference/tags.ts';
import {
  CancelAutomatedReasoningPolicyBuildWorkflow,
  DeleteAutomatedReasoningPolicyBuildWorkflow,
  GetAutomatedReasoningPolicyAnnotations,
  GetAutomatedReasoningPolicyBuildWorkflow,
  GetAutomatedReasoningPolicyBuildWorkflowResultAssets,
  GetAutomatedReasoningPolicyNextScenario,
  ListAutomatedReasoningPolicyBuildWorkflows,
  StartAutomatedReasoningPolicyBuildWorkflow,
  UpdateAutomatedReasoningPolicyAnnotations,
} from './builds.ts';
import {
  CreateAutomatedReasoningPolicy,
  CreateAutomatedReasoningPolicyVersion,
  DeleteAutomatedReasoningPolicy,
  ExportAutomatedReasoningPolicyVersion,
  GetAutomatedReasoningPolicy,
  ListAutomatedReasoningPolicies,
  UpdateAutomatedReasoningPolicy,
} from './policies.ts';
import { BUILD_KIND, TEST_KIND } from './records.ts';
import { buildJob } from './run.ts';
import {
  CreateAutomatedReasoningPolicyTestCase,
  DeleteAutomatedReasoningPolicyTestCase,
  GetAutomatedReasoningPolicyTestCase,
  ListAutomatedReasoningPolicyTestCases,
  UpdateAutomatedReasoningPolicyTestCase,
} from './test-cases.ts';
import {
  GetAutomatedReasoningPolicyTestResult,
  ListAutomatedReasoningPolicyTestResults,
  StartAutomatedReasoningPolicyTestWorkflow,
  testJob,
} from './test-runs.ts';

export const automatedReasoning = {
  CancelAutomatedReasoningPolicyBuildWorkflow,
  CreateAutomatedReasoningPolicy,
  CreateAutomatedReasoningPolicyTestCase,
  CreateAutomatedReasoningPolicyVersion,
  DeleteAutomatedReasoningPolicy,
  DeleteAutomatedReasoningPolicyBuildWorkflow,
  DeleteAutomatedReasoningPolicyTestCase,
  ExportAutomatedReasoningPolicyVersion,
  GetAutomatedReasoningPolicy,
  GetAutomatedReasoningPolicyAnnotations,
  GetAutomatedReasoningPolicyBuildWorkflow,
  GetAutomatedReasoningPolicyBuildWorkflowResultAssets,
  GetAutomatedReasoningPolicyNextScenario,
  GetAutomatedReasoningPolicyTestCase,
  GetAutomatedReasoningPolicyTestResult,
  ListAutomatedReasoningPolicies,
  ListAutomatedReasoningPolicyBuildWorkflows,
  ListAutomatedReasoningPolicyTestCases,
  ListAutomatedReasoningPolicyTestResults,
  StartAutomatedReasoningPolicyBuildWorkflow,
  StartAutomatedReasoningPolicyTestWorkflow,
  UpdateAutomatedReasoningPolicy,
  UpdateAutomatedReasoningPolicyAnnotations,
  UpdateAutomatedReasoningPolicyTestCase,
};

export const automatedReasoningJobs = { [BUILD_KIND]: buildJob, [TEST_KIND]: testJob };

type Tags = { key?: string | undefined; value?: string | undefined }[] | undefined;

/** All policies of the caller's account. */
const anyPolicy = ({ partition, region, account }: Call) =>
  `arn:${partition}:bedrock:${region}:${account}:automated-reasoning-policy/*`;

/** The permission is on the policy, or the version, that the ARN names. */
const onPolicy = (call: Call, { policyArn = anyPolicy(call) }: { policyArn?: string | undefined }): Access[] => [
  { action: `bedrock:${call.operation}`, resource: policyArn },
];

const toCreate = (call: Call, { policyArn, tags }: { policyArn?: string | undefined; tags?: Tags }): Access[] =>
  withTags([{ action: `bedrock:${call.operation}`, resource: policyArn ?? '*' }], {
    tags,
    resource: policyArn ?? anyPolicy(call),
  });

const {
  CreateAutomatedReasoningPolicy: _create,
  CreateAutomatedReasoningPolicyVersion: _version,
  ...others
} = automatedReasoning;

export const automatedReasoningAccess = {
  CreateAutomatedReasoningPolicy: toCreate,
  CreateAutomatedReasoningPolicyVersion: toCreate,
  ...(Object.fromEntries(Object.keys(others).map((operation) => [operation, onPolicy])) as Record<
    keyof typeof others,
    typeof onPolicy
  >),
};
