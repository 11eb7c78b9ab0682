import type {
  AutomatedReasoningCheckResult,
  AutomatedReasoningPolicyAnnotation,
  AutomatedReasoningPolicyBuildLogEntry,
  AutomatedReasoningPolicyBuildWorkflowStatus,
  AutomatedReasoningPolicyBuildWorkflowType,
  AutomatedReasoningPolicyDefinitionQualityReport,
  AutomatedReasoningPolicyFidelityReport,
  AutomatedReasoningPolicyGeneratedTestCase,
  AutomatedReasoningPolicyScenario,
  AutomatedReasoningPolicyTestResult,
} from '@aws-sdk/client-bedrock';
import type { AutomatedReasoningDefinition } from '../../../kernel/inference/automated-reasoning.ts';
import { collection } from '../../../kernel/store/store.ts';

/** A document that a policy is built from. */
export type SourceDocument = {
  id: string;
  name: string;
  contentType: 'pdf' | 'txt';
  description?: string;
  bytes: Uint8Array;
};

/** What a build is given. */
export type BuildSource = {
  definition?: AutomatedReasoningDefinition;
  annotations?: AutomatedReasoningPolicyAnnotation[];
  /** Of its documents, which are kept apart. */
  documentIds: string[];
};

export type Build = {
  account: string;
  region: string;
  policyId: string;
  id: string;
  type: AutomatedReasoningPolicyBuildWorkflowType;
  status: AutomatedReasoningPolicyBuildWorkflowStatus;
  source: BuildSource;
  /** Of its first document. */
  document?: { name: string; contentType: 'pdf' | 'txt'; description?: string };
  annotations: AutomatedReasoningPolicyAnnotation[];
  annotationsUpdatedAtMs: number;
  /** Which of its scenarios GetAutomatedReasoningPolicyNextScenario gives next. */
  nextScenario: number;
  createdAtMs: number;
  updatedAtMs: number;
};

/** What a build has made. */
export type BuildAssets = {
  definition?: AutomatedReasoningDefinition;
  quality?: AutomatedReasoningPolicyDefinitionQualityReport;
  log?: AutomatedReasoningPolicyBuildLogEntry[];
  testCases?: AutomatedReasoningPolicyGeneratedTestCase[];
  scenarios?: AutomatedReasoningPolicyScenario[];
  fidelity?: AutomatedReasoningPolicyFidelityReport;
};

export type TestCase = {
  account: string;
  region: string;
  policyId: string;
  id: string;
  guardContent: string;
  queryContent?: string;
  expected: AutomatedReasoningCheckResult;
  confidenceThreshold?: number;
  createdAtMs: number;
  updatedAtMs: number;
};

/** The run of a test case on what a build has made, as it is shown; its times are virtual ms. */
export type TestRun = {
  testCase: TestCase;
  buildId: string;
  status: AutomatedReasoningPolicyTestResult['testRunStatus'];
  findings?: AutomatedReasoningPolicyTestResult['testFindings'];
  aggregated?: AutomatedReasoningCheckResult;
  passed?: boolean;
  updatedAtMs: number;
};

/** Keyed by account, region, policy and build. */
export const builds = collection<Build>('bedrock/automated-reasoning-build');
export const assets = collection<BuildAssets>('bedrock/automated-reasoning-asset');
/** Keyed by account, region, policy, build and document. */
export const documents = collection<SourceDocument>('bedrock/automated-reasoning-document');
/** Keyed by account, region, policy and test case. */
export const testCases = collection<TestCase>('bedrock/automated-reasoning-test-case');
/** Keyed by account, region, policy, build and test case. */
export const testRuns = collection<TestRun>('bedrock/automated-reasoning-test-run');

export const BUILD_KIND = 'bedrock/automated-reasoning-build';
export const TEST_KIND = 'bedrock/automated-reasoning-test';

export const buildKey = ({ account, region, policyId, id }: Pick<Build, 'account' | 'region' | 'policyId' | 'id'>) => [
  account,
  region,
  policyId,
  id,
];
