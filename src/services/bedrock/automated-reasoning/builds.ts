import { createHash } from 'node:crypto';
import {
  ResourceInUseException,
  type AutomatedReasoningPolicyBuildResultAssetManifestEntry,
  type AutomatedReasoningPolicyBuildResultAssets,
  type AutomatedReasoningPolicyBuildResultAssetType,
  type AutomatedReasoningPolicyBuildWorkflowDocument,
  type StartAutomatedReasoningPolicyBuildWorkflowRequest,
} from '@aws-sdk/client-bedrock';
import type { Call } from '../../../kernel/call.ts';
import {
  automatedReasoningPolicyArn,
  type AutomatedReasoningPolicy,
} from '../../../kernel/inference/automated-reasoning.ts';
import type { Kernel } from '../../../kernel/kernel.ts';
import { page } from '../../../kernel/resources.ts';
import type { Handlers } from '../../../kernel/service.ts';
import type { Reader, Transaction } from '../../../kernel/store/store.ts';
import { conflict, invalid, notFound, quotaExceeded, unbuilt } from '../errors.ts';
import { onceFor } from '../jobs/client-token.ts';
import { BUILDS_KEPT_MAX, BUILDS_RUNNING_MAX, LIST_DEFAULT, TEST_CASES_MAX } from './limits.ts';
import { findDraft, hashOf, readDefinition } from './policy.ts';
import {
  assets,
  BUILD_KIND,
  buildKey,
  builds,
  documents,
  testRuns,
  type Build,
  type BuildAssets,
  type BuildSource,
  type SourceDocument,
} from './records.ts';

type Bedrock = Handlers<typeof import('@aws-sdk/client-bedrock')>;

const RUNNING: ReadonlySet<Build['status']> = new Set([
  'SCHEDULED',
  'PREPROCESSING',
  'BUILDING',
  'TESTING',
  'CANCEL_REQUESTED',
]);
/** Documents that one build is given, at most. Source: API Reference, the lists of documents. */
const DOCUMENTS_MAX = 5;
const PAGE = 'bedrock-automated-reasoning';

/** A build of a policy of the caller's. Throws ResourceNotFoundException. */
export async function findBuild(
  reader: Reader,
  call: Call,
  policyArn: string,
  id: string,
): Promise<{ policy: AutomatedReasoningPolicy; build: Build }> {
  const policy = await findDraft(reader, call, policyArn);
  const build = await reader.get(builds, [policy.account, policy.region, policy.id, id]);
  if (!build) throw notFound(`Could not find the build workflow ${id} of the policy ${policyArn}.`);
  return { policy, build };
}

async function buildsOf(reader: Reader, { account, region, id }: AutomatedReasoningPolicy): Promise<Build[]> {
  return (await reader.range(builds, [account, region, id], { limit: BUILDS_KEPT_MAX + 1 })).map(({ value }) => value);
}

type Content = StartAutomatedReasoningPolicyBuildWorkflowRequest['sourceContent'];

/** What each type of build takes. Throws ValidationException, and NotImplemented for what needs a language model. */
async function readSource(
  call: Call,
  type: Build['type'],
  content: Content,
): Promise<BuildSource & { given: AutomatedReasoningPolicyBuildWorkflowDocument[] }> {
  const { policyDefinition, workflowContent } = content!;
  const needs = (member: string) => invalid(`A build workflow of the type ${type} needs sourceContent.${member}.`);
  const definition = policyDefinition ? { definition: await readDefinition(call, policyDefinition) } : {};
  switch (type) {
    case 'INGEST_CONTENT':
      if (!workflowContent?.documents?.length) throw needs('workflowContent.documents');
      return { ...definition, documentIds: [], given: workflowContent.documents };
    case 'IMPORT_POLICY':
      if (!policyDefinition) throw needs('policyDefinition');
      return { ...definition, documentIds: [], given: [] };
    case 'REFINE_POLICY':
      if (!policyDefinition) throw needs('policyDefinition');
      if (!workflowContent?.policyRepairAssets) throw needs('workflowContent.policyRepairAssets');
      return {
        ...definition,
        annotations: workflowContent.policyRepairAssets.annotations!,
        documentIds: [],
        given: [],
      };
    case 'GENERATE_FIDELITY_REPORT':
      if (!workflowContent?.generateFidelityReportContent?.documents?.length)
        throw needs('workflowContent.generateFidelityReportContent.documents');
      return { ...definition, documentIds: [], given: workflowContent.generateFidelityReportContent.documents };
    case 'GENERATE_POLICY_SCENARIOS':
      return { ...definition, documentIds: [], given: [] };
    default:
      // What a language model would make up is not made up here.
      throw unbuilt(`A build workflow of the type ${type}`, PAGE);
  }
}

/** Begins a build. */
export const StartAutomatedReasoningPolicyBuildWorkflow: Bedrock['StartAutomatedReasoningPolicyBuildWorkflow'] = async (
  call,
  input,
) => {
  const { store, clock, ids, jobs } = call.kernel;
  const type = input.buildWorkflowType!;
  const { given, ...source } = await readSource(call, type, input.sourceContent);
  const now = clock.now();
  const kept = given.map((document): SourceDocument => ({
    id: ids.uuid(),
    name: document.documentName!,
    contentType: document.documentContentType!,
    bytes: document.document!,
    ...(document.documentDescription === undefined ? {} : { description: document.documentDescription }),
  }));
  const buildWorkflowId = await store.transact(async (tx) => {
    const policy = await findDraft(tx, call, input.policyArn!);
    return onceFor(call, tx, input.clientRequestToken && `${policy.id}/${input.clientRequestToken}`, async () => {
      const all = await buildsOf(tx, policy);
      if (all.filter(({ status }) => RUNNING.has(status)).length >= BUILDS_RUNNING_MAX)
        throw quotaExceeded('concurrent builds per Automated Reasoning policy', BUILDS_RUNNING_MAX);
      if (all.length >= BUILDS_KEPT_MAX)
        throw new ResourceInUseException({
          message: `The policy has ${BUILDS_KEPT_MAX} build workflows. Delete some and retry your request.`,
          $metadata: {},
        });
      const id = ids.uuid();
      const [first] = kept;
      const build: Build = {
        account: policy.account,
        region: policy.region,
        policyId: policy.id,
        id,
        type,
        status: 'SCHEDULED',
        source: { ...source, documentIds: kept.map((document) => document.id) },
        ...(first
          ? {
              document: {
                name: first.name,
                contentType: first.contentType,
                ...(first.description === undefined ? {} : { description: first.description }),
              },
            }
          : {}),
        annotations: source.annotations ?? [],
        annotationsUpdatedAtMs: now,
        nextScenario: 0,
        createdAtMs: now,
        updatedAtMs: now,
      };
      tx.put(builds, buildKey(build), build);
      for (const document of kept) tx.put(documents, [...buildKey(build), document.id], document);
      await jobs.submit(tx, { kind: BUILD_KIND, id, input: buildKey(build) });
      return id;
    });
  });
  return { policyArn: input.policyArn, buildWorkflowId };
};

/** A build, as it stands. */
export const GetAutomatedReasoningPolicyBuildWorkflow: Bedrock['GetAutomatedReasoningPolicyBuildWorkflow'] = async (
  call,
  { policyArn, buildWorkflowId },
) => {
  const { build } = await findBuild(call.kernel.store, call, policyArn!, buildWorkflowId!);
  const { document } = build;
  return {
    ...summaryOf(build),
    ...(document
      ? {
          documentName: document.name,
          documentContentType: document.contentType,
          ...(document.description === undefined ? {} : { documentDescription: document.description }),
        }
      : {}),
  };
};

const arnOf = ({ account, region, policyId }: Pick<Build, 'account' | 'region' | 'policyId'>) =>
  automatedReasoningPolicyArn({ account, region, id: policyId });

const summaryOf = (build: Build) => ({
  policyArn: arnOf(build),
  buildWorkflowId: build.id,
  status: build.status,
  buildWorkflowType: build.type,
  createdAt: new Date(build.createdAtMs),
  updatedAt: new Date(build.updatedAtMs),
});

/** A policy's builds, latest first. */
export const ListAutomatedReasoningPolicyBuildWorkflows: Bedrock['ListAutomatedReasoningPolicyBuildWorkflows'] = async (
  call,
  { policyArn, maxResults, nextToken },
) => {
  const { store } = call.kernel;
  const all = await buildsOf(store, await findDraft(store, call, policyArn!));
  const sorted = all.toSorted((a, b) => b.createdAtMs - a.createdAtMs || (a.id < b.id ? -1 : 1));
  const found = page(sorted, nextToken, maxResults ?? LIST_DEFAULT, () =>
    invalid('The provided nextToken is invalid.'),
  );
  return {
    automatedReasoningPolicyBuildWorkflowSummaries: found.items.map(summaryOf),
    ...(found.nextToken === undefined ? {} : { nextToken: found.nextToken }),
  };
};

/** Asks a build to stop. */
export const CancelAutomatedReasoningPolicyBuildWorkflow: Bedrock['CancelAutomatedReasoningPolicyBuildWorkflow'] =
  async (call, { policyArn, buildWorkflowId }) => {
    const { store, clock, jobs } = call.kernel;
    await store.transact(async (tx) => {
      const { build } = await findBuild(tx, call, policyArn!, buildWorkflowId!);
      if (!RUNNING.has(build.status))
        throw invalid(`The build workflow has ended with the status ${build.status}: it can no longer be cancelled.`);
      tx.put(builds, buildKey(build), { ...build, status: 'CANCEL_REQUESTED', updatedAtMs: clock.now() });
    });
    await jobs.cancel(BUILD_KIND, buildWorkflowId!, 'cancelled by its owner');
    return {};
  };

/** Deletes a build that has ended, with what it made. */
export const DeleteAutomatedReasoningPolicyBuildWorkflow: Bedrock['DeleteAutomatedReasoningPolicyBuildWorkflow'] =
  async (call, { policyArn, buildWorkflowId, lastUpdatedAt }) => {
    await call.kernel.store.transact(async (tx) => {
      const { build } = await findBuild(tx, call, policyArn!, buildWorkflowId!);
      if (RUNNING.has(build.status))
        throw new ResourceInUseException({ message: 'The build workflow is under way.', $metadata: {} });
      if (lastUpdatedAt!.getTime() !== build.updatedAtMs)
        throw conflict('The build workflow has been updated since: lastUpdatedAt does not match.');
      await removeBuild(tx, build);
      await call.kernel.jobs.remove(tx, BUILD_KIND, build.id);
    });
    return {};
  };

async function removeBuild(tx: Transaction, build: Build): Promise<void> {
  const key = buildKey(build);
  tx.delete(builds, key);
  tx.delete(assets, key);
  for (const { key: each } of await tx.range(documents, key, { limit: DOCUMENTS_MAX })) tx.delete(documents, each);
  for (const { key: each } of await tx.range(testRuns, key, { limit: TEST_CASES_MAX })) tx.delete(testRuns, each);
}

/** Removes the builds of a policy that is gone. */
export async function removeBuilds(kernel: Kernel, policy: AutomatedReasoningPolicy): Promise<void> {
  for (const build of await buildsOf(kernel.store, policy)) {
    await kernel.jobs.cancel(BUILD_KIND, build.id, 'the policy was deleted');
    await kernel.store.transact((tx) => removeBuild(tx, build));
  }
}

/** One thing that a build has made, or a document it was given. */
export const GetAutomatedReasoningPolicyBuildWorkflowResultAssets: Bedrock['GetAutomatedReasoningPolicyBuildWorkflowResultAssets'] =
  async (call, { policyArn, buildWorkflowId, assetType, assetId }) => {
    const { store } = call.kernel;
    const { build } = await findBuild(store, call, policyArn!, buildWorkflowId!);
    const made = (await store.get(assets, buildKey(build))) ?? {};
    const given = (await store.range(documents, buildKey(build), { limit: DOCUMENTS_MAX })).map(({ value }) => value);
    const asset = assetOf(assetType!, assetId, made, given);
    if (!asset) throw notFound(`The build workflow ${buildWorkflowId} has no asset of the type ${assetType}.`);
    return { policyArn: arnOf(build), buildWorkflowId: build.id, buildWorkflowAssets: asset };
  };

function assetOf(
  type: AutomatedReasoningPolicyBuildResultAssetType,
  id: string | undefined,
  made: BuildAssets,
  given: SourceDocument[],
): AutomatedReasoningPolicyBuildResultAssets | undefined {
  switch (type) {
    case 'POLICY_DEFINITION':
      return made.definition && { policyDefinition: made.definition };
    case 'QUALITY_REPORT':
      return made.quality && { qualityReport: made.quality };
    case 'BUILD_LOG':
      return made.log && { buildLog: { entries: made.log } };
    case 'GENERATED_TEST_CASES':
      return made.testCases && { generatedTestCases: { generatedTestCases: made.testCases } };
    case 'POLICY_SCENARIOS':
      return made.scenarios && { policyScenarios: { policyScenarios: made.scenarios } };
    case 'FIDELITY_REPORT':
      return made.fidelity && { fidelityReport: made.fidelity };
    case 'ASSET_MANIFEST':
      return { assetManifest: { entries: manifest(made, given) } };
    default: {
      if (id === undefined) throw invalid('assetId is required for assets of the type SOURCE_DOCUMENT.');
      const document = given.find((each) => each.id === id);
      return (
        document && {
          document: {
            document: document.bytes,
            documentContentType: document.contentType,
            documentName: document.name,
            documentHash: createHash('sha256').update(document.bytes).digest('hex'),
            ...(document.description === undefined ? {} : { documentDescription: document.description }),
          },
        }
      );
    }
  }
}

function manifest(made: BuildAssets, given: SourceDocument[]): AutomatedReasoningPolicyBuildResultAssetManifestEntry[] {
  const types: [unknown, AutomatedReasoningPolicyBuildResultAssetType][] = [
    [made.definition, 'POLICY_DEFINITION'],
    [made.quality, 'QUALITY_REPORT'],
    [made.log, 'BUILD_LOG'],
    [made.testCases, 'GENERATED_TEST_CASES'],
    [made.scenarios, 'POLICY_SCENARIOS'],
    [made.fidelity, 'FIDELITY_REPORT'],
  ];
  return [
    ...types.filter(([there]) => there !== undefined).map(([, assetType]) => ({ assetType })),
    ...given.map(({ id, name }) => ({ assetType: 'SOURCE_DOCUMENT' as const, assetId: id, assetName: name })),
  ];
}

/** The changes that are noted down for a build's result. */
export const GetAutomatedReasoningPolicyAnnotations: Bedrock['GetAutomatedReasoningPolicyAnnotations'] = async (
  call,
  { policyArn, buildWorkflowId },
) => {
  const { policy, build } = await findBuild(call.kernel.store, call, policyArn!, buildWorkflowId!);
  return {
    policyArn: arnOf(build),
    name: policy.name,
    buildWorkflowId: build.id,
    annotations: build.annotations,
    annotationSetHash: hashOf(build.annotations),
    updatedAt: new Date(build.annotationsUpdatedAtMs),
  };
};

/** Notes other changes down, if those the caller last saw still stand. */
export const UpdateAutomatedReasoningPolicyAnnotations: Bedrock['UpdateAutomatedReasoningPolicyAnnotations'] = async (
  call,
  { policyArn, buildWorkflowId, annotations, lastUpdatedAnnotationSetHash },
) => {
  const now = call.kernel.clock.now();
  const build = await call.kernel.store.transact(async (tx) => {
    const { build } = await findBuild(tx, call, policyArn!, buildWorkflowId!);
    if (hashOf(build.annotations) !== lastUpdatedAnnotationSetHash)
      throw conflict('The annotations have changed since: lastUpdatedAnnotationSetHash does not match.');
    const changed = { ...build, annotations: annotations!, annotationsUpdatedAtMs: now };
    tx.put(builds, buildKey(build), changed);
    return changed;
  });
  return {
    policyArn: arnOf(build),
    buildWorkflowId: build.id,
    annotationSetHash: hashOf(build.annotations),
    updatedAt: new Date(now),
  };
};

/** The next of a build's scenarios, from call to call; none when all have been given. */
export const GetAutomatedReasoningPolicyNextScenario: Bedrock['GetAutomatedReasoningPolicyNextScenario'] = (
  call,
  { policyArn, buildWorkflowId },
) =>
  call.kernel.store.transact(async (tx) => {
    const { build } = await findBuild(tx, call, policyArn!, buildWorkflowId!);
    if (build.status !== 'COMPLETED') throw invalid(`The build workflow is ${build.status}, not COMPLETED.`);
    const scenario = (await tx.get(assets, buildKey(build)))?.scenarios?.[build.nextScenario];
    if (scenario) tx.put(builds, buildKey(build), { ...build, nextScenario: build.nextScenario + 1 });
    return { policyArn: arnOf(build), ...(scenario ? { scenario } : {}) };
  });
