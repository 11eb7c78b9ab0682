import { ResourceInUseException, type AutomatedReasoningPolicyTestCase } from '@aws-sdk/client-bedrock';
import type { Call } from '../../../kernel/call.ts';
import {
  automatedReasoningPolicyArn,
  type AutomatedReasoningPolicy,
} from '../../../kernel/inference/automated-reasoning.ts';
import { page } from '../../../kernel/resources.ts';
import type { Handlers } from '../../../kernel/service.ts';
import type { Reader, Transaction } from '../../../kernel/store/store.ts';
import { conflict, invalid, notFound, quotaExceeded } from '../errors.ts';
import { onceFor } from '../jobs/client-token.ts';
import { BUILDS_KEPT_MAX, LIST_DEFAULT, TEST_CASES_MAX } from './limits.ts';
import { findDraft } from './policy.ts';
import { builds, testCases, testRuns, type TestCase } from './records.ts';

type Bedrock = Handlers<typeof import('@aws-sdk/client-bedrock')>;

const ID_LENGTH = 12;
const ID_ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';

const caseKey = ({ account, region, policyId, id }: TestCase) => [account, region, policyId, id];

/** A test of a policy of the caller's. Throws ResourceNotFoundException. */
export async function findTestCase(
  reader: Reader,
  call: Call,
  policyArn: string,
  id: string,
): Promise<{ policy: AutomatedReasoningPolicy; testCase: TestCase }> {
  const policy = await findDraft(reader, call, policyArn);
  const testCase = await reader.get(testCases, [policy.account, policy.region, policy.id, id]);
  if (!testCase) throw notFound(`Could not find the test ${id} of the policy ${policyArn}.`);
  return { policy, testCase };
}

export async function testCasesOf(
  reader: Reader,
  { account, region, id }: AutomatedReasoningPolicy,
): Promise<TestCase[]> {
  const found = await reader.range(testCases, [account, region, id], { limit: TEST_CASES_MAX });
  return found.map(({ value }) => value).toSorted((a, b) => a.createdAtMs - b.createdAtMs || (a.id < b.id ? -1 : 1));
}

/** A new test: what is asked, what is answered, and what should come of it. */
export const CreateAutomatedReasoningPolicyTestCase: Bedrock['CreateAutomatedReasoningPolicyTestCase'] = async (
  call,
  input,
) => {
  const { store, clock, ids } = call.kernel;
  const now = clock.now();
  const made = ids.text(ID_LENGTH, ID_ALPHABET);
  return store.transact(async (tx) => {
    const policy = await findDraft(tx, call, input.policyArn!);
    const token = input.clientRequestToken && `${policy.id}/${input.clientRequestToken}`;
    const testCaseId = await onceFor(call, tx, token, async () => {
      if ((await testCasesOf(tx, policy)).length >= TEST_CASES_MAX)
        throw quotaExceeded('tests per Automated Reasoning policy', TEST_CASES_MAX);
      const testCase: TestCase = {
        account: policy.account,
        region: policy.region,
        policyId: policy.id,
        id: made,
        guardContent: input.guardContent!,
        expected: input.expectedAggregatedFindingsResult!,
        createdAtMs: now,
        updatedAtMs: now,
        ...(input.queryContent === undefined ? {} : { queryContent: input.queryContent }),
        ...(input.confidenceThreshold === undefined ? {} : { confidenceThreshold: input.confidenceThreshold }),
      };
      tx.put(testCases, caseKey(testCase), testCase);
      return made;
    });
    return { policyArn: automatedReasoningPolicyArn(policy), testCaseId };
  });
};

export const GetAutomatedReasoningPolicyTestCase: Bedrock['GetAutomatedReasoningPolicyTestCase'] = async (
  call,
  { policyArn, testCaseId },
) => {
  const { policy, testCase } = await findTestCase(call.kernel.store, call, policyArn!, testCaseId!);
  return { policyArn: automatedReasoningPolicyArn(policy), testCase: shownCase(testCase) };
};

export const shownCase = (testCase: TestCase): AutomatedReasoningPolicyTestCase => ({
  testCaseId: testCase.id,
  guardContent: testCase.guardContent,
  expectedAggregatedFindingsResult: testCase.expected,
  createdAt: new Date(testCase.createdAtMs),
  updatedAt: new Date(testCase.updatedAtMs),
  ...(testCase.queryContent === undefined ? {} : { queryContent: testCase.queryContent }),
  ...(testCase.confidenceThreshold === undefined ? {} : { confidenceThreshold: testCase.confidenceThreshold }),
});

/** A policy's tests, oldest first. */
export const ListAutomatedReasoningPolicyTestCases: Bedrock['ListAutomatedReasoningPolicyTestCases'] = async (
  call,
  { policyArn, maxResults, nextToken },
) => {
  const { store } = call.kernel;
  const all = await testCasesOf(store, await findDraft(store, call, policyArn!));
  const found = page(all, nextToken, maxResults ?? LIST_DEFAULT, () => invalid('The provided nextToken is invalid.'));
  return {
    testCases: found.items.map(shownCase),
    ...(found.nextToken === undefined ? {} : { nextToken: found.nextToken }),
  };
};

/** Runs of a test that have not ended. */
async function isRunning(tx: Transaction, testCase: TestCase): Promise<boolean> {
  const { account, region, policyId, id } = testCase;
  for (const { value } of await tx.range(builds, [account, region, policyId], { limit: BUILDS_KEPT_MAX })) {
    const run = await tx.get(testRuns, [account, region, policyId, value.id, id]);
    if (run?.status === 'SCHEDULED' || run?.status === 'IN_PROGRESS') return true;
  }
  return false;
}

/** Throws ConflictException when a test was changed since it was seen, ResourceInUseException while it runs. */
async function forChange(tx: Transaction, testCase: TestCase, lastUpdatedAt: Date): Promise<void> {
  if (lastUpdatedAt.getTime() !== testCase.updatedAtMs)
    throw conflict('The test has been updated since: lastUpdatedAt does not match.');
  if (await isRunning(tx, testCase))
    throw new ResourceInUseException({ message: 'The test is running.', $metadata: {} });
}

/** Changes a test; a threshold or a question that is not given is no longer part of it. */
export const UpdateAutomatedReasoningPolicyTestCase: Bedrock['UpdateAutomatedReasoningPolicyTestCase'] = async (
  call,
  input,
) => {
  const now = call.kernel.clock.now();
  return call.kernel.store.transact(async (tx) => {
    const { policy, testCase } = await findTestCase(tx, call, input.policyArn!, input.testCaseId!);
    const token = input.clientRequestToken && `${policy.id}/${testCase.id}/${input.clientRequestToken}`;
    await onceFor(call, tx, token, async () => {
      await forChange(tx, testCase, input.lastUpdatedAt!);
      const { queryContent: _query, confidenceThreshold: _threshold, ...kept } = testCase;
      tx.put(testCases, caseKey(testCase), {
        ...kept,
        guardContent: input.guardContent!,
        expected: input.expectedAggregatedFindingsResult!,
        updatedAtMs: now,
        ...(input.queryContent === undefined ? {} : { queryContent: input.queryContent }),
        ...(input.confidenceThreshold === undefined ? {} : { confidenceThreshold: input.confidenceThreshold }),
      });
      return testCase.id;
    });
    return { policyArn: automatedReasoningPolicyArn(policy), testCaseId: testCase.id };
  });
};

/** Deletes a test with the results of its runs. */
export const DeleteAutomatedReasoningPolicyTestCase: Bedrock['DeleteAutomatedReasoningPolicyTestCase'] = async (
  call,
  input,
) =>
  call.kernel.store.transact(async (tx) => {
    const { testCase } = await findTestCase(tx, call, input.policyArn!, input.testCaseId!);
    await forChange(tx, testCase, input.lastUpdatedAt!);
    const { account, region, policyId, id } = testCase;
    tx.delete(testCases, caseKey(testCase));
    for (const { value } of await tx.range(builds, [account, region, policyId], { limit: BUILDS_KEPT_MAX }))
      tx.delete(testRuns, [account, region, policyId, value.id, id]);
    return {};
  });
