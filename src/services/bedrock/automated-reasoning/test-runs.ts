import { ResourceInUseException, type AutomatedReasoningPolicyTestResult } from '@aws-sdk/client-bedrock';
import { automatedReasoningPolicyArn } from '../../../kernel/inference/automated-reasoning.ts';
import type { Kernel } from '../../../kernel/kernel.ts';
import { page } from '../../../kernel/resources.ts';
import type { Handlers, ServiceJob } from '../../../kernel/service.ts';
import type { Key } from '../../../kernel/store/keys.ts';
import { invalid } from '../errors.ts';
import { onceFor } from '../jobs/client-token.ts';
import { findBuild } from './builds.ts';
import { aggregated, findingOf } from './findings.ts';
import { LIST_DEFAULT, TEST_CASES_MAX } from './limits.ts';
import { assets, buildKey, TEST_KIND, testRuns, type TestCase, type TestRun } from './records.ts';
import { findTestCase, shownCase, testCasesOf } from './test-cases.ts';

type Bedrock = Handlers<typeof import('@aws-sdk/client-bedrock')>;

type Input = { buildKey: Key; testCases: TestCase[] };

/** Runs tests on what a build has made: those named, or all. */
export const StartAutomatedReasoningPolicyTestWorkflow: Bedrock['StartAutomatedReasoningPolicyTestWorkflow'] = async (
  call,
  { policyArn, buildWorkflowId, testCaseIds, clientRequestToken },
) => {
  const { store, clock, ids, jobs } = call.kernel;
  const id = ids.uuid();
  await store.transact(async (tx) => {
    const { policy, build } = await findBuild(tx, call, policyArn!, buildWorkflowId!);
    await onceFor(call, tx, clientRequestToken && `${policy.id}/${clientRequestToken}`, async () => {
      if (build.status !== 'COMPLETED')
        throw invalid(`The build workflow is ${build.status}. Tests run once it is COMPLETED.`);
      if (!(await tx.get(assets, buildKey(build)))?.definition)
        throw invalid(`A build workflow of the type ${build.type} makes no policy definition to test.`);
      const chosen: TestCase[] = [];
      if (testCaseIds)
        for (const each of testCaseIds) chosen.push((await findTestCase(tx, call, policyArn!, each)).testCase);
      else chosen.push(...(await testCasesOf(tx, policy)));
      if (chosen.length === 0) throw invalid('The policy has no tests.');
      for (const testCase of chosen) {
        const key = [...buildKey(build), testCase.id];
        const before = await tx.get(testRuns, key);
        if (before?.status === 'SCHEDULED' || before?.status === 'IN_PROGRESS')
          throw new ResourceInUseException({ message: `The test ${testCase.id} is running.`, $metadata: {} });
        tx.put(testRuns, key, { testCase, buildId: build.id, status: 'SCHEDULED', updatedAtMs: clock.now() });
      }
      const input: Input = { buildKey: buildKey(build), testCases: chosen };
      await jobs.submit(tx, { kind: TEST_KIND, id, input });
      return id;
    });
  });
  return { policyArn };
};

export const testJob: ServiceJob<Input> = {
  async run({ job, signal, kernel, engines }) {
    const { buildKey, testCases } = job.input;
    const definition = (await kernel.store.get(assets, buildKey))?.definition;
    if (!definition) throw new Error('what the build made is gone');
    const [account, region, id] = buildKey as string[];
    const policyArn = automatedReasoningPolicyArn({ account: account!, region: region!, id: id! });
    for (const testCase of testCases) {
      const change = (changes: Partial<TestRun>) => put(kernel, [...buildKey, testCase.id], changes);
      await change({ status: 'IN_PROGRESS' });
      const reasoner = await engines.reason.get();
      const findings = await reasoner.check(
        definition,
        {
          guarded: [testCase.guardContent],
          ...(testCase.queryContent === undefined ? {} : { query: testCase.queryContent }),
        },
        {
          signal,
          ...(testCase.confidenceThreshold === undefined ? {} : { confidenceThreshold: testCase.confidenceThreshold }),
        },
      );
      const result = aggregated(findings);
      await change({
        status: 'COMPLETED',
        findings: findings.map((finding) => findingOf(finding, policyArn)),
        aggregated: result,
        passed: result === testCase.expected,
      });
    }
    return undefined;
  },
  async ended(tx, { state, input, endedAtMs }) {
    if (state === 'completed') return;
    for (const testCase of input.testCases) {
      const key = [...input.buildKey, testCase.id];
      const run = await tx.get(testRuns, key);
      if (run && run.status !== 'COMPLETED')
        tx.put(testRuns, key, { ...run, status: 'FAILED', updatedAtMs: endedAtMs! });
    }
  },
};

async function put(kernel: Kernel, key: Key, changes: Partial<TestRun>): Promise<void> {
  await kernel.store.transact(async (tx) => {
    const run = await tx.get(testRuns, key);
    if (run) tx.put(testRuns, key, { ...run, ...changes, updatedAtMs: kernel.clock.now() });
  });
}

function shownRun(run: TestRun): AutomatedReasoningPolicyTestResult {
  const { account, region, policyId } = run.testCase;
  return {
    testCase: shownCase(run.testCase),
    policyArn: automatedReasoningPolicyArn({ account, region, id: policyId }),
    testRunStatus: run.status,
    updatedAt: new Date(run.updatedAtMs),
    ...(run.findings ? { testFindings: run.findings } : {}),
    ...(run.aggregated ? { aggregatedTestFindingsResult: run.aggregated } : {}),
    ...(run.passed === undefined ? {} : { testRunResult: run.passed ? 'PASSED' : 'FAILED' }),
  };
}

/** What came of a test on what a build has made. */
export const GetAutomatedReasoningPolicyTestResult: Bedrock['GetAutomatedReasoningPolicyTestResult'] = async (
  call,
  { policyArn, buildWorkflowId, testCaseId },
) => {
  const { store } = call.kernel;
  const { build } = await findBuild(store, call, policyArn!, buildWorkflowId!);
  const { testCase } = await findTestCase(store, call, policyArn!, testCaseId!);
  const run = await store.get(testRuns, [...buildKey(build), testCase.id]);
  return {
    testResult: shownRun(
      run ?? { testCase, buildId: build.id, status: 'NOT_STARTED', updatedAtMs: testCase.updatedAtMs },
    ),
  };
};

/** The results of all tests that were run on what a build has made. */
export const ListAutomatedReasoningPolicyTestResults: Bedrock['ListAutomatedReasoningPolicyTestResults'] = async (
  call,
  { policyArn, buildWorkflowId, maxResults, nextToken },
) => {
  const { store } = call.kernel;
  const { build } = await findBuild(store, call, policyArn!, buildWorkflowId!);
  const all = (await store.range(testRuns, buildKey(build), { limit: TEST_CASES_MAX })).map(({ value }) => value);
  const sorted = all.toSorted(
    (a, b) => a.testCase.createdAtMs - b.testCase.createdAtMs || (a.testCase.id < b.testCase.id ? -1 : 1),
  );
  const found = page(sorted, nextToken, maxResults ?? LIST_DEFAULT, () =>
    invalid('The provided nextToken is invalid.'),
  );
  return {
    testResults: found.items.map(shownRun),
    ...(found.nextToken === undefined ? {} : { nextToken: found.nextToken }),
  };
};
