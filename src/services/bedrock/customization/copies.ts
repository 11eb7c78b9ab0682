import type { GetModelCopyJobResponse } from '@aws-sdk/client-bedrock';
import type { Access } from '../../../kernel/access.ts';
import type { Call } from '../../../kernel/call.ts';
import { customModels, type CustomModel } from '../../../kernel/inference/custom-models.ts';
import {
  contentOf,
  keepKey,
  keptKey,
  pendingKey,
  sealContent,
  type PendingKey,
} from '../../../kernel/inference/sealed-content.ts';
import { taggedResources, withTags } from '../../../kernel/inference/tags.ts';
import type { Handlers, ServiceJob } from '../../../kernel/service.ts';
import { collection, valuesOf } from '../../../kernel/store/store.ts';
import { conflict, invalid, notFound } from '../errors.ts';
import { onceFor } from '../jobs/client-token.ts';
import { bedrockArn, idOf, newId } from '../jobs/ids.ts';
import { listed } from '../jobs/listing.ts';
import { readTags } from '../tag-list.ts';
import { modelAt } from './models.ts';

type Bedrock = Handlers<typeof import('@aws-sdk/client-bedrock')>;
type Run = { account: string; region: string; id: string };

type CopyJob = {
  account: string;
  region: string;
  id: string;
  arn: string;
  /** Of the model that is made. */
  name: string;
  target: { id: string; arn: string; tags: Record<string, string> };
  source: { arn: string; account: string; name: string };
  /** Until the copy is there: the data key of the source, and that of the copy. */
  keys?: { source: Uint8Array; target: PendingKey };
  kmsKeyArn?: string;
  status: 'InProgress' | 'Completed' | 'Failed';
  failureMessage?: string;
  createdAtMs: number;
};

/** Keyed by account, region and id. */
const copyJobs = collection<CopyJob>('bedrock/model-copy-job');
const KIND = 'model-copy-job';

/** Copies a custom model into this region: one's own of another region, or one that another account shares. */
export const CreateModelCopyJob: Bedrock['CreateModelCopyJob'] = async (call, input) => {
  const { store, clock, ids, jobs } = call.kernel;
  const source = await modelAt(store, input.sourceModelArn!);
  if (!source) throw notFound(`Could not find custom model ${input.sourceModelArn}`);
  if (source.account === call.account && source.region === call.region)
    throw invalid('The source model is in this Region already. Call CreateModelCopyJob in the Region to copy it to.');
  if (source.status !== 'Active' || !source.adapter) throw invalid('The source model is not active.');
  const id = newId(ids);
  const arn = bedrockArn(call, KIND, id);
  const targetId = `${source.baseModelId}/${newId(ids)}`;
  const targetArn = bedrockArn(call, 'custom-model', targetId);
  const keys = {
    source: await keepKey(call, source.arn, source.adapter),
    target: await pendingKey(call, targetArn, input.modelKmsKeyId),
  };
  const tags = readTags(input.targetModelTags, targetArn);
  const jobArn = await store.transact((tx) =>
    onceFor(call, tx, input.clientRequestToken, async () => {
      const where = [call.account, call.region];
      const models = await valuesOf(tx, customModels, where);
      const copies = await valuesOf(tx, copyJobs, where);
      const taken =
        models.some((each) => each.name === input.targetModelName) ||
        copies.some((each) => each.name === input.targetModelName && each.status === 'InProgress');
      if (taken) throw conflict('The provided target model name is already in use. Provide a new name and try again.');
      tx.put(copyJobs, [...where, id], {
        account: call.account,
        region: call.region,
        id,
        arn,
        name: input.targetModelName!,
        target: { id: targetId, arn: targetArn, tags },
        source: { arn: source.arn, account: source.account, name: source.name },
        keys,
        ...(keys.target.kmsKeyArn === undefined ? {} : { kmsKeyArn: keys.target.kmsKeyArn }),
        status: 'InProgress',
        createdAtMs: clock.now(),
      });
      tx.put(taggedResources, [arn], { owner: call.account, tags: {} });
      const run: Run = { account: call.account, region: call.region, id };
      await jobs.submit(tx, { kind: 'bedrock/model-copy', id, input: run });
      return arn;
    }),
  );
  return { jobArn };
};

export const copyJob: ServiceJob<Run> = {
  async run({ job: { input }, kernel }) {
    const key = [input.account, input.region, input.id];
    const job = await kernel.store.get(copyJobs, key);
    if (!job?.keys) return;
    const { keys: _keys, ...ended } = job;
    const fail = (failureMessage: string) =>
      kernel.store.transact((tx) => tx.put(copyJobs, key, { ...ended, status: 'Failed', failureMessage }));
    const source = await modelAt(kernel.store, job.source.arn);
    if (!source?.adapter) return fail('The source model is no more.');
    const plain = contentOf(kernel, source.arn, source.adapter, keptKey(kernel, job.keys.source));
    const adapter = await sealContent(kernel, job.target.arn, job.keys.target, plain);
    await kernel.store.transact(async (tx) => {
      const { kmsKeyArn: _own, ...rest } = source;
      const made: CustomModel = {
        ...rest,
        account: job.account,
        region: job.region,
        id: job.target.id,
        arn: job.target.arn,
        name: job.name,
        adapter,
        ...(job.kmsKeyArn === undefined ? {} : { kmsKeyArn: job.kmsKeyArn }),
        jobArn: job.arn,
        createdAtMs: kernel.clock.now(),
      };
      await kernel.blobs.retain(tx, adapter.blob);
      tx.put(customModels, [made.account, made.region, made.id], made);
      tx.put(taggedResources, [made.arn], { owner: made.account, tags: job.target.tags });
      tx.put(copyJobs, key, { ...ended, status: 'Completed' });
    });
  },
  async ended(tx, { state, input, reason }) {
    const key = [input.account, input.region, input.id];
    const job = await tx.get(copyJobs, key);
    if (state !== 'failed' || job?.status !== 'InProgress') return;
    const { keys: _keys, ...ended } = job;
    tx.put(copyJobs, key, { ...ended, status: 'Failed', failureMessage: `The copy failed: ${reason}` });
  },
};

function describe(job: CopyJob): GetModelCopyJobResponse {
  return {
    jobArn: job.arn,
    status: job.status,
    creationTime: new Date(job.createdAtMs),
    targetModelArn: job.target.arn,
    targetModelName: job.name,
    sourceAccountId: job.source.account,
    sourceModelArn: job.source.arn,
    sourceModelName: job.source.name,
    targetModelTags: Object.entries(job.target.tags).map(([key, value]) => ({ key, value })),
    ...(job.kmsKeyArn === undefined ? {} : { targetModelKmsKeyArn: job.kmsKeyArn }),
    ...(job.failureMessage === undefined ? {} : { failureMessage: job.failureMessage }),
  };
}

export const GetModelCopyJob: Bedrock['GetModelCopyJob'] = async (call, { jobArn }) => {
  const id = idOf(jobArn!, KIND, call);
  const job = id === undefined ? undefined : await call.kernel.store.get(copyJobs, [call.account, call.region, id]);
  if (!job) throw notFound(`Could not find model copy job ${jobArn}`);
  return describe(job);
};

export const ListModelCopyJobs: Bedrock['ListModelCopyJobs'] = async (call, input) => {
  const all = await valuesOf(call.kernel.store, copyJobs, [call.account, call.region]);
  const { items, nextToken } = listed(
    all,
    {
      ...input,
      after: input.creationTimeAfter,
      before: input.creationTimeBefore,
      nameContains: input.targetModelNameContains,
    },
    ({ status, source }) =>
      (input.statusEquals === undefined || status === input.statusEquals) &&
      (input.sourceAccountEquals === undefined || source.account === input.sourceAccountEquals) &&
      (input.sourceModelArnEquals === undefined || source.arn === input.sourceModelArnEquals),
  );
  return { modelCopyJobSummaries: items.map(describe), ...(nextToken === undefined ? {} : { nextToken }) };
};

type Create = { sourceModelArn?: string | undefined; targetModelTags?: Parameters<typeof withTags>[1]['tags'] };

export const copyAccess = {
  CreateModelCopyJob: (call: Call, { sourceModelArn = '*', targetModelTags }: Create): Access[] =>
    withTags([{ action: 'bedrock:CreateModelCopyJob', resource: sourceModelArn }], {
      tags: targetModelTags,
      resource: bedrockArn(call, 'custom-model', '*'),
    }),
  GetModelCopyJob: (_call: Call, { jobArn = '*' }: { jobArn?: string | undefined }): Access[] => [
    { action: 'bedrock:GetModelCopyJob', resource: jobArn },
  ],
};
