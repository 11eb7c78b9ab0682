import {
  BedrockClient,
  CancelAutomatedReasoningPolicyBuildWorkflowCommand,
  ConflictException,
  CreateAutomatedReasoningPolicyCommand,
  CreateAutomatedReasoningPolicyTestCaseCommand,
  CreateAutomatedReasoningPolicyVersionCommand,
  DeleteAutomatedReasoningPolicyBuildWorkflowCommand,
  DeleteAutomatedReasoningPolicyCommand,
  DeleteAutomatedReasoningPolicyTestCaseCommand,
  ExportAutomatedReasoningPolicyVersionCommand,
  GetAutomatedReasoningPolicyAnnotationsCommand,
  GetAutomatedReasoningPolicyBuildWorkflowCommand,
  GetAutomatedReasoningPolicyBuildWorkflowResultAssetsCommand,
  GetAutomatedReasoningPolicyCommand,
  GetAutomatedReasoningPolicyNextScenarioCommand,
  GetAutomatedReasoningPolicyTestCaseCommand,
  GetAutomatedReasoningPolicyTestResultCommand,
  ListAutomatedReasoningPoliciesCommand,
  ListAutomatedReasoningPolicyBuildWorkflowsCommand,
  ListAutomatedReasoningPolicyTestCasesCommand,
  ListAutomatedReasoningPolicyTestResultsCommand,
  ListTagsForResourceCommand,
  ResourceInUseException,
  ResourceNotFoundException,
  ServiceQuotaExceededException,
  StartAutomatedReasoningPolicyBuildWorkflowCommand,
  StartAutomatedReasoningPolicyTestWorkflowCommand,
  UpdateAutomatedReasoningPolicyAnnotationsCommand,
  UpdateAutomatedReasoningPolicyCommand,
  UpdateAutomatedReasoningPolicyTestCaseCommand,
  ValidationException,
  type AutomatedReasoningPolicyBuildResultAssetType,
  type StartAutomatedReasoningPolicyBuildWorkflowRequest,
} from '@aws-sdk/client-bedrock';
import { beforeAll, describe, expect, it } from 'vitest';
import { allow, identities } from '../../../../tests/identities.ts';
import { startForTests, testSeed } from '../../../../tests/start.ts';
import { ruleFrames, verdictOf } from '../../../engines/reason/rule-frames.fixture.ts';

const outcrop = await startForTests();
const bedrock = new BedrockClient({ ...outcrop.clients, maxAttempts: 1 });
const seed = testSeed('automated-reasoning');
let state = seed;
const whole = (from: number, to: number) =>
  from + Math.floor(((state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32) * (to - from + 1));

let serial = 0;
const named = () => `policy-${serial++}`;
const create = async (definition?: object) =>
  (
    await bedrock.send(
      new CreateAutomatedReasoningPolicyCommand({
        name: named(),
        ...(definition ? { policyDefinition: definition } : {}),
      }),
    )
  ).policyArn!;

type Source = NonNullable<StartAutomatedReasoningPolicyBuildWorkflowRequest['sourceContent']>;
type BuildType = StartAutomatedReasoningPolicyBuildWorkflowRequest['buildWorkflowType'];

async function build(policyArn: string, buildWorkflowType: BuildType, sourceContent: Source): Promise<string> {
  const { buildWorkflowId } = await bedrock.send(
    new StartAutomatedReasoningPolicyBuildWorkflowCommand({ policyArn, buildWorkflowType, sourceContent }),
  );
  await outcrop.clock.advance(0);
  return buildWorkflowId!;
}
const status = async (policyArn: string, buildWorkflowId: string) =>
  (await bedrock.send(new GetAutomatedReasoningPolicyBuildWorkflowCommand({ policyArn, buildWorkflowId }))).status;
const asset = async (
  policyArn: string,
  buildWorkflowId: string,
  assetType: AutomatedReasoningPolicyBuildResultAssetType,
  assetId?: string,
) =>
  (
    await bedrock.send(
      new GetAutomatedReasoningPolicyBuildWorkflowResultAssetsCommand({
        policyArn,
        buildWorkflowId,
        assetType,
        ...(assetId ? { assetId } : {}),
      }),
    )
  ).buildWorkflowAssets!;
const document = (text: string, more = {}) => ({
  document: Buffer.from(text),
  documentContentType: 'txt' as const,
  documentName: 'rules.txt',
  ...more,
});

const small = {
  types: [],
  variables: [
    { name: 'isLate', type: 'BOOL', description: 'Whether the homework is late.' },
    { name: 'daysLate', type: 'INT', description: 'By how many days the homework is late.' },
  ],
  rules: [
    {
      id: 'AAAAAAAAAAAA',
      expression: '(= isLate (> daysLate 0))',
      alternateExpression: 'Homework is late after its day.',
    },
  ],
};

describe('a policy', () => {
  it('has a draft that is updated, and versions that stand', async () => {
    const name = named();
    const created = await bedrock.send(
      new CreateAutomatedReasoningPolicyCommand({
        name,
        description: 'Homework',
        policyDefinition: small,
        tags: [{ key: 'team', value: 'school' }],
      }),
    );
    expect(created).toMatchObject({
      name,
      version: 'DRAFT',
      description: 'Homework',
      policyArn: expect.stringMatching(
        /^arn:aws:bedrock:us-east-1:000000000000:automated-reasoning-policy\/[a-z0-9]{12}$/,
      ),
      definitionHash: expect.stringMatching(/^[0-9a-f]{128}$/),
    });
    const policyArn = created.policyArn!;
    await expect(
      bedrock.send(
        new CreateAutomatedReasoningPolicyVersionCommand({ policyArn, lastUpdatedDefinitionHash: '0'.repeat(128) }),
      ),
    ).rejects.toThrow(ConflictException);
    const version = await bedrock.send(
      new CreateAutomatedReasoningPolicyVersionCommand({
        policyArn,
        lastUpdatedDefinitionHash: created.definitionHash,
      }),
    );
    expect(version).toMatchObject({
      version: '1',
      policyArn: `${policyArn}:1`,
      definitionHash: created.definitionHash,
    });
    const updated = await bedrock.send(
      new UpdateAutomatedReasoningPolicyCommand({
        policyArn,
        name: `${name} 2`,
        policyDefinition: { ...small, rules: [] },
      }),
    );
    expect(updated.definitionHash).not.toBe(created.definitionHash);
    const rules = async (arn: string) =>
      (await bedrock.send(new ExportAutomatedReasoningPolicyVersionCommand({ policyArn: arn }))).policyDefinition!
        .rules!.length;
    expect(await rules(policyArn)).toBe(0);
    expect(await rules(`${policyArn}:1`)).toBe(1);
    expect(await bedrock.send(new GetAutomatedReasoningPolicyCommand({ policyArn: `${policyArn}:1` }))).toMatchObject({
      name,
      version: '1',
      policyId: policyArn.split('/')[1],
    });
    const { tags } = await bedrock.send(new ListTagsForResourceCommand({ resourceARN: policyArn }));
    expect(tags).toEqual([{ key: 'team', value: 'school' }]);
    const { automatedReasoningPolicySummaries } = await bedrock.send(
      new ListAutomatedReasoningPoliciesCommand({ policyArn }),
    );
    expect(automatedReasoningPolicySummaries!.map((each) => each.version)).toEqual(['DRAFT', '1']);
    await expect(bedrock.send(new DeleteAutomatedReasoningPolicyCommand({ policyArn }))).rejects.toThrow(
      ResourceInUseException,
    );
    await bedrock.send(new DeleteAutomatedReasoningPolicyCommand({ policyArn: `${policyArn}:1` }));
    await bedrock.send(new DeleteAutomatedReasoningPolicyCommand({ policyArn }));
    await expect(bedrock.send(new GetAutomatedReasoningPolicyCommand({ policyArn }))).rejects.toThrow(
      ResourceNotFoundException,
    );
  });

  it('is made once for a client token, and once for a name', async () => {
    const input = { name: named(), clientRequestToken: 'a'.repeat(36) };
    const [one, two] = [
      await bedrock.send(new CreateAutomatedReasoningPolicyCommand(input)),
      await bedrock.send(new CreateAutomatedReasoningPolicyCommand(input)),
    ];
    expect(two.policyArn).toBe(one.policyArn);
    await expect(bedrock.send(new CreateAutomatedReasoningPolicyCommand({ name: input.name }))).rejects.toThrow(
      ConflictException,
    );
  });

  it('is refused where its definition contradicts itself, with the place', async () => {
    const rules = [{ id: 'BBBBBBBBBBBB', expression: '(=> isLate (> lateness 3))' }];
    await expect(
      bedrock.send(new CreateAutomatedReasoningPolicyCommand({ name: named(), policyDefinition: { ...small, rules } })),
    ).rejects.toMatchObject({
      name: 'ValidationException',
      message:
        "The policy definition is invalid. Rule BBBBBBBBBBBB: The expression is not valid: 'lateness' at 15 is neither a variable nor a value of a type.",
    });
  });

  it('is listed a page at a time', async () => {
    await create();
    const seen: string[] = [];
    let nextToken: string | undefined;
    do {
      const page = await bedrock.send(new ListAutomatedReasoningPoliciesCommand({ maxResults: 1, nextToken }));
      seen.push(...page.automatedReasoningPolicySummaries!.map((each) => each.policyArn!));
      nextToken = page.nextToken;
    } while (nextToken);
    const { automatedReasoningPolicySummaries } = await bedrock.send(new ListAutomatedReasoningPoliciesCommand({}));
    expect(seen).toEqual(automatedReasoningPolicySummaries!.map((each) => each.policyArn));
    expect(seen.length).toBeGreaterThan(1);
  });

  it('is closed to those without a permission on it', async () => {
    const policyArn = await create(small);
    const user = await identities(outcrop).user('reader', allow('bedrock:GetAutomatedReasoningPolicy', policyArn));
    const theirs = new BedrockClient(user.clients);
    await theirs.send(new GetAutomatedReasoningPolicyCommand({ policyArn }));
    await expect(theirs.send(new ExportAutomatedReasoningPolicyVersionCommand({ policyArn }))).rejects.toMatchObject({
      name: 'AccessDeniedException',
    });
    await expect(
      theirs.send(new GetAutomatedReasoningPolicyCommand({ policyArn: await create() })),
    ).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });
});

describe('a build from a written text', () => {
  const days = whole(10, 90);
  const text = `# Returns\n\nA refund is allowed only if the item was returned within ${days} days and is unopened.\nContractors are not eligible for a bonus.\n\nEmployees usually get a gift.\n`;
  let policyArn: string;
  let id: string;
  beforeAll(async () => {
    policyArn = await create();
    id = await build(policyArn, 'INGEST_CONTENT', {
      workflowContent: { documents: [document(text, { documentDescription: 'How we return' })] },
    });
  });

  it('makes a definition of what it reads, and tells what it does not', async () => {
    expect(
      await bedrock.send(new GetAutomatedReasoningPolicyBuildWorkflowCommand({ policyArn, buildWorkflowId: id })),
    ).toMatchObject({
      status: 'COMPLETED',
      buildWorkflowType: 'INGEST_CONTENT',
      documentName: 'rules.txt',
      documentContentType: 'txt',
      documentDescription: 'How we return',
    });
    const { policyDefinition } = await asset(policyArn, id, 'POLICY_DEFINITION');
    expect(policyDefinition!.rules!.map((rule) => rule.expression)).toEqual([
      `(=> eligible_for_refund (and (<= days_until_returned ${days}) (not is_opened)))`,
      '(=> is_contractor (not eligible_for_bonus))',
    ]);
    const { buildLog } = await asset(policyArn, id, 'BUILD_LOG');
    expect(buildLog!.entries!.map((entry) => entry.status)).toEqual(['APPLIED', 'APPLIED', 'FAILED']);
    expect(buildLog!.entries![2]!.buildSteps![0]!.messages![0]).toEqual({
      message: 'Not read, line 6: "usually" leaves it open.',
      messageType: 'WARNING',
    });
    // The draft is the owner's to change.
    const { policyDefinition: draft } = await bedrock.send(
      new ExportAutomatedReasoningPolicyVersionCommand({ policyArn }),
    );
    expect(draft!.rules).toEqual([]);
    await bedrock.send(new UpdateAutomatedReasoningPolicyCommand({ policyArn, policyDefinition }));
  });

  it('reports on quality, and on how far the policy says what the text does', async () => {
    const { qualityReport } = await asset(policyArn, id, 'QUALITY_REPORT');
    expect(qualityReport).toMatchObject({
      ruleCount: 2,
      variableCount: 5,
      typeCount: 0,
      conflictingRules: [],
      unusedVariables: [],
    });
    expect(qualityReport!.disjointRuleSets!.length).toBe(2);
    const { fidelityReport } = await asset(policyArn, id, 'FIDELITY_REPORT');
    expect(fidelityReport).toMatchObject({ coverageScore: 2 / 3, accuracyScore: 1 });
    expect(fidelityReport!.documentSources![0]!.atomicStatements!.map((each) => each.location!.lines)).toEqual([
      [3],
      [4],
      [6],
    ]);
    const { assetManifest } = await asset(policyArn, id, 'ASSET_MANIFEST');
    const source = assetManifest!.entries!.find((entry) => entry.assetType === 'SOURCE_DOCUMENT')!;
    const { document: kept } = await asset(policyArn, id, 'SOURCE_DOCUMENT', source.assetId);
    expect(Buffer.from(kept!.document!).toString()).toBe(text);
    await expect(asset(policyArn, id, 'SOURCE_DOCUMENT')).rejects.toThrow(ValidationException);
  });

  it('gives scenarios one by one, and generated tests pass on what was built', async () => {
    const given = [];
    for (;;) {
      const { scenario } = await bedrock.send(
        new GetAutomatedReasoningPolicyNextScenarioCommand({ policyArn, buildWorkflowId: id }),
      );
      if (!scenario) break;
      given.push(scenario);
    }
    expect(given.map((each) => each.expectedResult)).toEqual(['SATISFIABLE', 'INVALID', 'SATISFIABLE', 'INVALID']);
    const { generatedTestCases } = await asset(policyArn, id, 'GENERATED_TEST_CASES');
    for (const { guardContent, expectedAggregatedFindingsResult } of generatedTestCases!.generatedTestCases!)
      await bedrock.send(
        new CreateAutomatedReasoningPolicyTestCaseCommand({
          policyArn,
          guardContent,
          expectedAggregatedFindingsResult,
        }),
      );
    await bedrock.send(new StartAutomatedReasoningPolicyTestWorkflowCommand({ policyArn, buildWorkflowId: id }));
    await outcrop.clock.advance(0);
    const { testResults } = await bedrock.send(
      new ListAutomatedReasoningPolicyTestResultsCommand({ policyArn, buildWorkflowId: id }),
    );
    expect(testResults!.map((each) => [each.testRunStatus, each.testRunResult])).toEqual(
      Array.from({ length: 4 }, () => ['COMPLETED', 'PASSED']),
    );
  });

  it('runs a test written by hand, with its findings, and tells a wrong expectation', async () => {
    const { testCaseId } = await bedrock.send(
      new CreateAutomatedReasoningPolicyTestCaseCommand({
        policyArn,
        queryContent: `I returned the item after ${days + 5} days. Can I get a refund?`,
        guardContent: 'Yes, you can get a refund.',
        expectedAggregatedFindingsResult: 'VALID',
      }),
    );
    const result = async () =>
      (
        await bedrock.send(
          new GetAutomatedReasoningPolicyTestResultCommand({ policyArn, buildWorkflowId: id, testCaseId }),
        )
      ).testResult!;
    expect(await result()).toMatchObject({ testRunStatus: 'NOT_STARTED' });
    const run = async () => {
      await bedrock.send(
        new StartAutomatedReasoningPolicyTestWorkflowCommand({
          policyArn,
          buildWorkflowId: id,
          testCaseIds: [testCaseId!],
        }),
      );
      await outcrop.clock.advance(0);
    };
    await run();
    const { policyDefinition } = await asset(policyArn, id, 'POLICY_DEFINITION');
    expect(await result()).toMatchObject({
      testRunStatus: 'COMPLETED',
      testRunResult: 'FAILED',
      aggregatedTestFindingsResult: 'INVALID',
      testFindings: [
        {
          invalid: {
            contradictingRules: [{ id: policyDefinition!.rules![0]!.id, policyVersionArn: policyArn }],
            translation: {
              premises: [{ logic: `(> days_until_returned ${days + 5})` }],
              claims: [{ logic: 'eligible_for_refund', naturalLanguage: 'eligible_for_refund is true' }],
            },
          },
        },
      ],
    });
    const { testCase } = await bedrock.send(new GetAutomatedReasoningPolicyTestCaseCommand({ policyArn, testCaseId }));
    const change = {
      policyArn,
      testCaseId,
      guardContent: 'Yes.',
      queryContent: testCase!.queryContent,
      expectedAggregatedFindingsResult: 'INVALID' as const,
    };
    await expect(
      bedrock.send(new UpdateAutomatedReasoningPolicyTestCaseCommand({ ...change, lastUpdatedAt: new Date(0) })),
    ).rejects.toThrow(ConflictException);
    await outcrop.clock.advance(1_000);
    await bedrock.send(
      new UpdateAutomatedReasoningPolicyTestCaseCommand({ ...change, lastUpdatedAt: testCase!.updatedAt }),
    );
    await run();
    expect(await result()).toMatchObject({ testRunResult: 'PASSED' });
    const { testCases } = await bedrock.send(new ListAutomatedReasoningPolicyTestCasesCommand({ policyArn }));
    const latest = testCases!.find((each) => each.testCaseId === testCaseId)!;
    await bedrock.send(
      new DeleteAutomatedReasoningPolicyTestCaseCommand({ policyArn, testCaseId, lastUpdatedAt: latest.updatedAt }),
    );
    await expect(
      bedrock.send(new GetAutomatedReasoningPolicyTestCaseCommand({ policyArn, testCaseId })),
    ).rejects.toThrow(ResourceNotFoundException);
  });

  it('fails with the reason in its log where the document cannot be read', async () => {
    const failed = await build(policyArn, 'INGEST_CONTENT', {
      workflowContent: { documents: [document('no PDF', { documentContentType: 'pdf', documentName: 'rules.pdf' })] },
    });
    expect(await status(policyArn, failed)).toBe('FAILED');
    const { buildLog } = await asset(policyArn, failed, 'BUILD_LOG');
    expect(buildLog!.entries![0]).toMatchObject({
      status: 'FAILED',
      buildSteps: [{ messages: [{ messageType: 'ERROR' }] }],
    });
    await expect(asset(policyArn, failed, 'POLICY_DEFINITION')).rejects.toThrow(ResourceNotFoundException);
    await expect(
      bedrock.send(new StartAutomatedReasoningPolicyTestWorkflowCommand({ policyArn, buildWorkflowId: failed })),
    ).rejects.toThrow(ValidationException);
  });
});

describe("bedrock-guardrails.5, by a policy's own tests", () => {
  it('judges claims on a written rule text as a truth table does, and cites the rule that is broken', async () => {
    const random = () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32;
    const policyArn = await create();
    const expected = new Map<string, string>();
    const rules = new Map<string, string[]>();
    const written: string[] = [];
    // A policy has 100 tests at most; each round has other words.
    const frames = ruleFrames(random);
    for (const frame of frames) {
      written.push(...(frame.more ? [frame.more] : []), ...frame.rules);
      for (const claim of frame.claims) {
        const verdict = verdictOf(frame, claim).toUpperCase() as 'VALID';
        const { testCaseId } = await bedrock.send(
          new CreateAutomatedReasoningPolicyTestCaseCommand({
            policyArn,
            guardContent: claim.answer,
            expectedAggregatedFindingsResult: verdict,
            ...(claim.query === undefined ? {} : { queryContent: claim.query }),
          }),
        );
        expected.set(testCaseId!, verdict);
        rules.set(testCaseId!, frame.rules);
      }
    }
    const id = await build(policyArn, 'INGEST_CONTENT', {
      workflowContent: { documents: [document(written.join('\n'))] },
    });
    const { policyDefinition } = await asset(policyArn, id, 'POLICY_DEFINITION');
    await bedrock.send(new StartAutomatedReasoningPolicyTestWorkflowCommand({ policyArn, buildWorkflowId: id }));
    await outcrop.clock.advance(0);
    const { testResults } = await bedrock.send(
      new ListAutomatedReasoningPolicyTestResultsCommand({ policyArn, buildWorkflowId: id }),
    );
    expect(testResults).toHaveLength(expected.size);
    for (const { testCase, aggregatedTestFindingsResult, testRunResult, testFindings } of testResults!) {
      const testCaseId = testCase!.testCaseId!;
      const about = JSON.stringify({ rules: rules.get(testCaseId), testCase, testFindings });
      expect([aggregatedTestFindingsResult, testRunResult], about).toEqual([expected.get(testCaseId), 'PASSED']);
      for (const { id } of testFindings![0]!.invalid?.contradictingRules ?? []) {
        const { alternateExpression } = policyDefinition!.rules!.find((rule) => rule.id === id)!;
        expect(rules.get(testCaseId), about).toContain(alternateExpression);
      }
    }
  });
});

describe('a refinement', () => {
  it('applies annotations one after the other, and tells those that do not fit', async () => {
    const policyArn = await create(small);
    const id = await build(policyArn, 'REFINE_POLICY', {
      policyDefinition: small,
      workflowContent: {
        policyRepairAssets: {
          annotations: [
            { updateVariable: { name: 'daysLate', newName: 'late days' } },
            { addType: { name: 'Grade', description: 'A grade', values: [{ value: 'PASS' }, { value: 'FAIL' }] } },
            { addVariable: { name: 'grade', type: 'Grade', description: 'The grade of the homework.' } },
            { addRule: { expression: '(=> (> |late days| 7) (= grade FAIL))' } },
            { addRule: { expression: '(=> (> |late days| 7) (= grade MAYBE))' } },
            { deleteVariable: { name: 'isLate' } },
            {
              updateType: {
                name: 'Grade',
                newName: 'Mark',
                values: [{ updateTypeValue: { value: 'FAIL', newValue: 'FAILED' } }],
              },
            },
            { addRuleFromNaturalLanguage: { naturalLanguage: 'Students who are late must submit a note.' } },
            { updateFromRulesFeedback: { ruleIds: ['AAAAAAAAAAAA'], feedback: 'Make it better somehow' } },
          ],
        },
      },
    });
    const { buildLog } = await asset(policyArn, id, 'BUILD_LOG');
    expect(buildLog!.entries!.map((entry) => [Object.keys(entry.annotation!)[0], entry.status])).toEqual([
      ['updateVariable', 'APPLIED'],
      ['addType', 'APPLIED'],
      ['addVariable', 'APPLIED'],
      ['addRule', 'APPLIED'],
      ['addRule', 'FAILED'],
      ['deleteVariable', 'FAILED'],
      ['updateType', 'APPLIED'],
      ['addRuleFromNaturalLanguage', 'APPLIED'],
      ['updateFromRulesFeedback', 'FAILED'],
    ]);
    const { policyDefinition } = await asset(policyArn, id, 'POLICY_DEFINITION');
    expect(policyDefinition!.rules!.map((rule) => rule.expression)).toEqual([
      '(= isLate (> |late days| 0))',
      '(=> (> |late days| 7) (= grade FAILED))',
      '(=> isLate must_submit_note)',
    ]);
  });

  it('keeps annotations for later, if nobody has changed them meanwhile', async () => {
    const policyArn = await create(small);
    const buildWorkflowId = await build(policyArn, 'IMPORT_POLICY', { policyDefinition: small });
    const get = () => bedrock.send(new GetAutomatedReasoningPolicyAnnotationsCommand({ policyArn, buildWorkflowId }));
    const before = await get();
    expect(before).toMatchObject({ annotations: [], name: expect.any(String) });
    const annotations = [{ addRule: { expression: 'isLate' } }];
    const update = () =>
      bedrock.send(
        new UpdateAutomatedReasoningPolicyAnnotationsCommand({
          policyArn,
          buildWorkflowId,
          annotations,
          lastUpdatedAnnotationSetHash: before.annotationSetHash,
        }),
      );
    const { annotationSetHash } = await update();
    expect(await get()).toMatchObject({ annotations, annotationSetHash });
    await expect(update()).rejects.toThrow(ConflictException);
  });

  it('refuses what needs a language model, by name', async () => {
    const policyArn = await create(small);
    for (const type of ['RESOLVE_POLICY_AMBIGUITIES', 'ITERATIVELY_REFINE_POLICY'] as const)
      await expect(build(policyArn, type, { policyDefinition: small })).rejects.toMatchObject({
        name: 'NotImplemented',
        message: expect.stringContaining(type),
      });
    await expect(build(policyArn, 'INGEST_CONTENT', {})).rejects.toThrow(ValidationException);
  });
});

describe('the life of a build', () => {
  it('can be cancelled before it ends, two at a time, and deleted after', async () => {
    const policyArn = await create(small);
    const start = () =>
      bedrock.send(
        new StartAutomatedReasoningPolicyBuildWorkflowCommand({
          policyArn,
          buildWorkflowType: 'IMPORT_POLICY',
          sourceContent: { policyDefinition: small },
        }),
      );
    const ids = [(await start()).buildWorkflowId!, (await start()).buildWorkflowId!];
    const third = await start().then(
      () => undefined,
      (error: unknown) => error,
    );
    // Builds end by themselves meanwhile; while two are under way a third is refused.
    if (third !== undefined) expect(third).toBeInstanceOf(ServiceQuotaExceededException);
    const cancelled = await bedrock
      .send(new CancelAutomatedReasoningPolicyBuildWorkflowCommand({ policyArn, buildWorkflowId: ids[1] }))
      .then(
        () => true,
        (error: unknown) => {
          expect(error).toBeInstanceOf(ValidationException);
          return false;
        },
      );
    await outcrop.clock.advance(0);
    expect(['COMPLETED', ...(cancelled ? ['CANCELLED'] : [])]).toContain(await status(policyArn, ids[1]!));
    await expect(
      bedrock.send(new CancelAutomatedReasoningPolicyBuildWorkflowCommand({ policyArn, buildWorkflowId: ids[0] })),
    ).rejects.toThrow(ValidationException);
    const { automatedReasoningPolicyBuildWorkflowSummaries: all } = await bedrock.send(
      new ListAutomatedReasoningPolicyBuildWorkflowsCommand({ policyArn }),
    );
    expect(all!.map((each) => each.buildWorkflowId)).toEqual(expect.arrayContaining(ids));
    await expect(
      bedrock.send(
        new DeleteAutomatedReasoningPolicyBuildWorkflowCommand({
          policyArn,
          buildWorkflowId: ids[0],
          lastUpdatedAt: new Date(0),
        }),
      ),
    ).rejects.toThrow(ConflictException);
    for (const each of all!)
      await bedrock.send(
        new DeleteAutomatedReasoningPolicyBuildWorkflowCommand({
          policyArn,
          buildWorkflowId: each.buildWorkflowId,
          lastUpdatedAt: each.updatedAt,
        }),
      );
    await expect(status(policyArn, ids[0]!)).rejects.toThrow(ResourceNotFoundException);
    await bedrock.send(new DeleteAutomatedReasoningPolicyCommand({ policyArn }));
  });
});
