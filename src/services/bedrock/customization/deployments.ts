import type { Access } from '../../../kernel/access.ts';
import type { Call } from '../../../kernel/call.ts';
import { customModelDeployments, type CustomModelDeployment } from '../../../kernel/inference/custom-models.ts';
import { taggedResources, withTags } from '../../../kernel/inference/tags.ts';
import type { Handlers, ServiceJob } from '../../../kernel/service.ts';
import { type Reader, valuesOf } from '../../../kernel/store/store.ts';
import { conflict, invalid, notFound } from '../errors.ts';
import { onceFor } from '../jobs/client-token.ts';
import { findNamed, onMeant } from '../jobs/find.ts';
import { bedrockArn, idOf, newId } from '../jobs/ids.ts';
import { listed } from '../jobs/listing.ts';
import { readTags } from '../tag-list.ts';
import { modelAt } from './models.ts';

type Bedrock = Handlers<typeof import('@aws-sdk/client-bedrock')>;
type Run = { account: string; region: string; id: string };

const KIND = 'custom-model-deployment';
const arnOf = (call: Call, { id }: { id: string }) => bedrockArn(call, KIND, id);

/** Serves a custom model on demand. */
export const CreateCustomModelDeployment: Bedrock['CreateCustomModelDeployment'] = async (call, input) => {
  const { store, clock, ids, jobs } = call.kernel;
  const id = newId(ids);
  const arn = arnOf(call, { id });
  const tags = readTags(input.tags, arn);
  const now = clock.now();
  const customModelDeploymentArn = await store.transact((tx) =>
    onceFor(call, tx, input.clientRequestToken, async () => {
      await requireServable(call, tx, input.modelArn!);
      const standing = await valuesOf(tx, customModelDeployments, [call.account, call.region]);
      if (standing.some((each) => each.name === input.modelDeploymentName))
        throw invalid('The provided model deployment name is already in use.');
      const deployment: CustomModelDeployment = {
        account: call.account,
        region: call.region,
        id,
        name: input.modelDeploymentName!,
        ...(input.description === undefined ? {} : { description: input.description }),
        modelArn: input.modelArn!,
        status: 'Creating',
        createdAtMs: now,
        updatedAtMs: now,
      };
      tx.put(customModelDeployments, [call.account, call.region, id], deployment);
      tx.put(taggedResources, [arn], { owner: call.account, tags });
      await jobs.submit(tx, {
        kind: 'bedrock/deployment',
        id,
        input: { account: call.account, region: call.region, id },
      });
      return arn;
    }),
  );
  return { customModelDeploymentArn };
};

async function requireServable(call: Call, reader: Reader, modelArn: string): Promise<void> {
  const model = await modelAt(reader, modelArn);
  if (!model || model.account !== call.account || model.region !== call.region)
    throw notFound(`Could not find custom model ${modelArn}`);
  if (model.status !== 'Active') throw invalid(`The custom model ${modelArn} is not active.`);
}

/** What was created or updated is served from here on. */
export const deploymentJob: ServiceJob<Run> = {
  async run({ job: { input }, kernel }) {
    const key = [input.account, input.region, input.id];
    await kernel.store.transact(async (tx) => {
      const deployment = await tx.get(customModelDeployments, key);
      if (!deployment) return;
      const updatedAtMs = kernel.clock.now();
      if (deployment.status === 'Creating')
        tx.put(customModelDeployments, key, { ...deployment, status: 'Active', updatedAtMs });
      else if (deployment.update?.status === 'Updating') {
        const { modelArn } = deployment.update;
        const there = await modelAt(tx, modelArn);
        tx.put(customModelDeployments, key, {
          ...deployment,
          ...(there ? { modelArn } : {}),
          update: { modelArn, status: there ? 'UpdateCompleted' : 'UpdateFailed' },
          updatedAtMs,
        });
      }
    });
  },
};

async function openDeployment(call: Call, reader: Reader, identifier: string): Promise<CustomModelDeployment> {
  const found = await findNamed(call, reader, customModelDeployments, identifier, idOf(identifier, KIND, call));
  if (!found) throw notFound(`Could not find custom model deployment ${identifier}`);
  return found;
}

export const GetCustomModelDeployment: Bedrock['GetCustomModelDeployment'] = async (
  call,
  { customModelDeploymentIdentifier },
) => {
  const deployment = await openDeployment(call, call.kernel.store, customModelDeploymentIdentifier!);
  const { update } = deployment;
  return {
    customModelDeploymentArn: arnOf(call, deployment),
    modelDeploymentName: deployment.name,
    modelArn: deployment.modelArn,
    createdAt: new Date(deployment.createdAtMs),
    lastUpdatedAt: new Date(deployment.updatedAtMs),
    status: deployment.status,
    ...(deployment.description === undefined ? {} : { description: deployment.description }),
    ...(deployment.failureMessage === undefined ? {} : { failureMessage: deployment.failureMessage }),
    ...(update ? { updateDetails: { modelArn: update.modelArn, updateStatus: update.status } } : {}),
  };
};

export const ListCustomModelDeployments: Bedrock['ListCustomModelDeployments'] = async (call, input) => {
  const all = await valuesOf(call.kernel.store, customModelDeployments, [call.account, call.region]);
  const { items, nextToken } = listed(
    all,
    { ...input, after: input.createdAfter, before: input.createdBefore },
    ({ status, modelArn }) =>
      (input.statusEquals === undefined || status === input.statusEquals) &&
      (input.modelArnEquals === undefined || modelArn === input.modelArnEquals),
  );
  const modelDeploymentSummaries = items.map((deployment) => ({
    customModelDeploymentArn: arnOf(call, deployment),
    customModelDeploymentName: deployment.name,
    modelArn: deployment.modelArn,
    createdAt: new Date(deployment.createdAtMs),
    status: deployment.status,
    lastUpdatedAt: new Date(deployment.updatedAtMs),
    ...(deployment.failureMessage === undefined ? {} : { failureMessage: deployment.failureMessage }),
  }));
  return { modelDeploymentSummaries, ...(nextToken === undefined ? {} : { nextToken }) };
};

/** Serves another model under the same ARN; the one before answers until then. */
export const UpdateCustomModelDeployment: Bedrock['UpdateCustomModelDeployment'] = async (call, input) => {
  const { store, clock, jobs, ids } = call.kernel;
  const arn = await store.transact(async (tx) => {
    const deployment = await openDeployment(call, tx, input.customModelDeploymentIdentifier!);
    if (deployment.status !== 'Active' || deployment.update?.status === 'Updating')
      throw invalid('The custom model deployment cannot be updated: it is being created or updated.');
    await requireServable(call, tx, input.modelArn!);
    const { account, region, id } = deployment;
    tx.put(customModelDeployments, [account, region, id], {
      ...deployment,
      update: { modelArn: input.modelArn!, status: 'Updating' },
      updatedAtMs: clock.now(),
    });
    await jobs.submit(tx, { kind: 'bedrock/deployment', id: `${id}/${newId(ids)}`, input: { account, region, id } });
    return arnOf(call, deployment);
  });
  return { customModelDeploymentArn: arn };
};

export const DeleteCustomModelDeployment: Bedrock['DeleteCustomModelDeployment'] = async (
  call,
  { customModelDeploymentIdentifier },
) => {
  await call.kernel.store.transact(async (tx) => {
    const deployment = await openDeployment(call, tx, customModelDeploymentIdentifier!);
    if (deployment.status === 'Creating')
      throw conflict('The custom model deployment cannot be deleted while it is being created.');
    tx.delete(customModelDeployments, [deployment.account, deployment.region, deployment.id]);
    tx.delete(taggedResources, [arnOf(call, deployment)]);
  });
  return {};
};

type Named = { customModelDeploymentIdentifier?: string | undefined };

async function onDeployment(call: Call, { customModelDeploymentIdentifier: given = '' }: Named): Promise<Access[]> {
  const found = await findNamed(call, call.kernel.store, customModelDeployments, given, idOf(given, KIND, call));
  return onMeant(call, KIND, given, found && arnOf(call, found));
}

export const deploymentAccess = {
  CreateCustomModelDeployment: (
    call: Call,
    { modelArn = '*', tags }: { modelArn?: string | undefined; tags?: Parameters<typeof withTags>[1]['tags'] },
  ): Access[] =>
    withTags([{ action: 'bedrock:CreateCustomModelDeployment', resource: modelArn }], {
      tags,
      resource: bedrockArn(call, KIND, '*'),
    }),
  DeleteCustomModelDeployment: onDeployment,
  GetCustomModelDeployment: onDeployment,
  UpdateCustomModelDeployment: async (
    call: Call,
    input: Named & { modelArn?: string | undefined },
  ): Promise<Access[]> => [
    ...(await onDeployment(call, input)),
    { action: 'bedrock:UpdateCustomModelDeployment', resource: input.modelArn ?? '*' },
  ],
};
