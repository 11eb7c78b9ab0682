import type { ProvisionedModelSummary } from '@aws-sdk/client-bedrock';
import type { Call } from '../../kernel/call.ts';
import { foundationModel } from '../../kernel/foundation-models/catalog.ts';
import { foundationModelArn } from '../../kernel/foundation-models/model.ts';
import { isOffered } from '../../kernel/foundation-models/regions.ts';
import { customModels } from '../../kernel/inference/custom-models.ts';
import {
  baseModelId,
  provisionedThroughputs,
  type ProvisionedThroughput,
} from '../../kernel/inference/provisioned-throughput.ts';
import { taggedResources } from '../../kernel/inference/tags.ts';
import { parseArn } from '../../kernel/resources.ts';
import type { Handlers, ServiceJob } from '../../kernel/service.ts';
import type { Reader, Transaction } from '../../kernel/store/store.ts';
import { conflict, invalid, notFound, quotaExceeded } from './errors.ts';
import { onceFor } from './jobs/client-token.ts';
import { bedrockArn, idOf, newId } from './jobs/ids.ts';
import { listed } from './jobs/listing.ts';
import { PROVISION_MS, PROVISIONED_MAX } from './limits.ts';
import { readTags } from './tag-list.ts';

type Bedrock = Handlers<typeof import('@aws-sdk/client-bedrock')>;
type Place = { account: string; region: string; id: string };

const KIND = 'provisioned-model';
const CHANGE_JOB = 'bedrock/provisioned-change';
const HOURS_JOB = 'bedrock/provisioned-hours';
const HOUR_MS = 3_600_000;
const TERM_MONTHS = { OneMonth: 1, SixMonths: 6 } as const;

/** So many calendar months on, as commitments are counted; the last day of a shorter month. */
function monthsAfter(timeMs: number, months: number): number {
  const from = new Date(timeMs);
  const to = new Date(timeMs);
  to.setUTCMonth(from.getUTCMonth() + months, 1);
  const last = new Date(Date.UTC(to.getUTCFullYear(), to.getUTCMonth() + 1, 0)).getUTCDate();
  to.setUTCDate(Math.min(from.getUTCDate(), last));
  return to.getTime();
}

/** A model that units can be bought for: what answers, and the foundation model under it, as ARNs. Throws ValidationException, ResourceNotFoundException. */
async function modelOf(
  reader: Reader,
  call: Call,
  modelId: string,
): Promise<{ arn: string; base: string; custom: boolean }> {
  const parsed = parseArn(modelId);
  if (parsed && parsed.region !== call.region) throw invalid('The provided model identifier is invalid.');
  if (parsed?.resource.startsWith('custom-model/') || (!parsed && !modelId.includes('.'))) {
    const custom = await findCustom(reader, call, modelId);
    if (custom?.status !== 'Active') throw notFound('The provided model identifier could not be found.');
    return { arn: custom.arn, base: foundationModelArn({ id: custom.baseModelId }, call), custom: true };
  }
  const id = parsed ? parsed.resource.slice('foundation-model/'.length) : modelId;
  const model = foundationModel(baseModelId(id));
  if (!model || !isOffered(model, call.region)) throw invalid('The provided model identifier is invalid.');
  if (!model.converse && !model.output.includes('EMBEDDING'))
    throw invalid(`Provisioned Throughput isn't supported for the model ${id}.`);
  const arn = foundationModelArn({ id }, call);
  return { arn, base: arn, custom: false };
}

/** A custom model of the account by ARN or name. */
async function findCustom(reader: Reader, call: Call, modelId: string) {
  const { account, region } = call;
  const parsed = parseArn(modelId);
  if (parsed)
    return parsed.account === account
      ? reader.get(customModels, [account, region, parsed.resource.slice('custom-model/'.length)])
      : undefined;
  const found = await reader.range(customModels, [account, region]);
  return found.find(({ value }) => value.name === modelId)?.value;
}

/** One of the account's, by ARN or name. Throws ResourceNotFoundException. */
async function find(reader: Reader, call: Call, identifier: string): Promise<ProvisionedThroughput> {
  const place = [call.account, call.region];
  const id = identifier.startsWith('arn:') ? idOf(identifier, KIND, call) : undefined;
  let found = id === undefined ? undefined : await reader.get(provisionedThroughputs, [...place, id]);
  if (!identifier.startsWith('arn:')) {
    const all = await reader.range(provisionedThroughputs, place, { limit: PROVISIONED_MAX });
    found = all.find(({ value }) => value.name === identifier)?.value;
  }
  if (!found) throw notFound(`Could not find the Provisioned Throughput ${identifier}.`);
  return found;
}

const put = (tx: Transaction, record: ProvisionedThroughput) =>
  tx.put(provisionedThroughputs, [record.account, record.region, record.id], record);

async function nameIsFree(tx: Transaction, call: Call, name: string): Promise<void> {
  const all = await tx.range(provisionedThroughputs, [call.account, call.region], { limit: PROVISIONED_MAX });
  if (all.length >= PROVISIONED_MAX) throw quotaExceeded('Provisioned Throughputs per account', PROVISIONED_MAX);
  if (all.some(({ value }) => value.name === name))
    throw invalid(`The name ${name} is already in use by another Provisioned Throughput. Choose another name.`);
}

/** Buys model units for a model: they come into service after a while, and are billed by the hour from then on. */
export const CreateProvisionedModelThroughput: Bedrock['CreateProvisionedModelThroughput'] = async (call, input) => {
  const { store, ids, clock, jobs } = call.kernel;
  const { arn: modelArn, base } = await modelOf(store, call, input.modelId!);
  const id = newId(ids);
  const arn = bedrockArn(call, KIND, id);
  const now = clock.now();
  const tags = readTags(input.tags, arn);
  const { commitmentDuration: commitment } = input;
  const provisionedModelArn = await store.transact((tx) =>
    onceFor(call, tx, input.clientRequestToken, async () => {
      await nameIsFree(tx, call, input.provisionedModelName!);
      put(tx, {
        account: call.account,
        region: call.region,
        id,
        name: input.provisionedModelName!,
        modelUnits: 0,
        desiredModelUnits: input.modelUnits!,
        modelArn,
        desiredModelArn: modelArn,
        foundationModelArn: base,
        status: 'Creating',
        createdAtMs: now,
        updatedAtMs: now,
        ...(commitment ? { commitment, commitmentEndsAtMs: monthsAfter(now, TERM_MONTHS[commitment]) } : {}),
      });
      await jobs.submit(tx, {
        kind: CHANGE_JOB,
        id: ids.uuid(),
        input: { account: call.account, region: call.region, id },
        runAtMs: now + PROVISION_MS,
      });
      tx.put(taggedResources, [arn], { owner: call.account, tags });
      return arn;
    }),
  );
  return { provisionedModelArn };
};

function shown(call: Call, record: ProvisionedThroughput): ProvisionedModelSummary {
  const { modelUnits, desiredModelUnits, modelArn, desiredModelArn, status, commitment, commitmentEndsAtMs } = record;
  return {
    provisionedModelName: record.name,
    provisionedModelArn: bedrockArn(call, KIND, record.id),
    modelArn,
    desiredModelArn,
    foundationModelArn: record.foundationModelArn,
    modelUnits,
    desiredModelUnits,
    status,
    ...(commitment ? { commitmentDuration: commitment, commitmentExpirationTime: new Date(commitmentEndsAtMs!) } : {}),
    creationTime: new Date(record.createdAtMs),
    lastModifiedTime: new Date(record.updatedAtMs),
  };
}

/** One by ARN or name: what answers now, and what is to. */
export const GetProvisionedModelThroughput: Bedrock['GetProvisionedModelThroughput'] = async (
  call,
  { provisionedModelId },
) => {
  const record = await find(call.kernel.store, call, provisionedModelId!);
  const { failureMessage } = record;
  return { ...shown(call, record), ...(failureMessage === undefined ? {} : { failureMessage }) };
};

/** The account's, newest first unless asked otherwise. */
export const ListProvisionedModelThroughputs: Bedrock['ListProvisionedModelThroughputs'] = async (call, input) => {
  const found = await call.kernel.store.range(provisionedThroughputs, [call.account, call.region], {
    limit: PROVISIONED_MAX,
  });
  const { creationTimeAfter, creationTimeBefore, statusEquals, modelArnEquals, nameContains } = input;
  const { items, nextToken } = listed(
    found.map(({ value }) => value),
    {
      after: creationTimeAfter,
      before: creationTimeBefore,
      nameContains,
      maxResults: input.maxResults,
      nextToken: input.nextToken,
      sortOrder: input.sortOrder,
    },
    ({ status, modelArn }) =>
      (statusEquals === undefined || status === statusEquals) &&
      (modelArnEquals === undefined || modelArn === modelArnEquals),
  );
  return {
    provisionedModelSummaries: items.map((record) => shown(call, record)),
    ...(nextToken === undefined ? {} : { nextToken }),
  };
};

/**
 * Renames it, or turns it to another model of the same base. Source: API Reference, UpdateProvisionedModelThroughput: one that is associated with
 * a base model stays with it; one of a custom model may go to the base or to another custom model of the same base.
 */
export const UpdateProvisionedModelThroughput: Bedrock['UpdateProvisionedModelThroughput'] = async (
  call,
  { provisionedModelId, desiredProvisionedModelName: name, desiredModelId },
) => {
  const { store, ids, clock, jobs } = call.kernel;
  if (name === undefined && desiredModelId === undefined)
    throw invalid('Specify a desired name or a desired model for the Provisioned Throughput.');
  await store.transact(async (tx) => {
    const record = await find(tx, call, provisionedModelId!);
    if (record.status !== 'InService')
      throw invalid(`The Provisioned Throughput can't be updated while its status is ${record.status}.`);
    if (name !== undefined && name !== record.name) await nameIsFree(tx, call, name);
    const now = clock.now();
    const changed: ProvisionedThroughput = { ...record, name: name ?? record.name, updatedAtMs: now };
    const desired = desiredModelId === undefined ? undefined : await modelOf(tx, call, desiredModelId);
    if (!desired || desired.arn === record.modelArn) return put(tx, changed);
    if (!record.modelArn.includes(':custom-model/'))
      throw invalid("You can't change the model of a Provisioned Throughput that is associated with a base model.");
    if (baseModelId(nameInArn(desired.base)) !== baseModelId(nameInArn(record.foundationModelArn)))
      throw invalid('The desired model must be customized from the same base model, or be that base model.');
    put(tx, { ...changed, status: 'Updating', desiredModelArn: desired.arn });
    await jobs.submit(tx, {
      kind: CHANGE_JOB,
      id: ids.uuid(),
      input: { account: record.account, region: record.region, id: record.id },
      runAtMs: now + PROVISION_MS,
    });
  });
  return {};
};

const nameInArn = (arn: string) => arn.slice(arn.indexOf('/') + 1);

/** Gives the units back; refused within a commitment. */
export const DeleteProvisionedModelThroughput: Bedrock['DeleteProvisionedModelThroughput'] = async (
  call,
  { provisionedModelId },
) => {
  const { store, clock, jobs } = call.kernel;
  const record = await find(store, call, provisionedModelId!);
  if (record.status === 'Updating' || record.status === 'Creating')
    throw conflict(`The Provisioned Throughput can't be deleted while its status is ${record.status}.`);
  if ((record.commitmentEndsAtMs ?? 0) > clock.now())
    throw conflict("You can't delete a Provisioned Throughput with commitment before the commitment term is complete.");
  await jobs.cancel(HOURS_JOB, hoursJobId(record), 'deleted');
  await store.transact(async (tx) => {
    tx.delete(provisionedThroughputs, [record.account, record.region, record.id]);
    tx.delete(taggedResources, [bedrockArn(call, KIND, record.id)]);
    await jobs.remove(tx, HOURS_JOB, hoursJobId(record));
  });
  return {};
};

const hoursJobId = ({ account, region, id }: Place) => `${account}/${region}/${id}`;

/** What is desired comes about: at one moment, in one write. */
const changeJob: ServiceJob<Place> = {
  async run({ job, kernel }) {
    const { account, region, id } = job.input;
    await kernel.store.transact(async (tx) => {
      const record = await tx.get(provisionedThroughputs, [account, region, id]);
      if (!record || (record.status !== 'Creating' && record.status !== 'Updating')) return;
      const now = kernel.clock.now();
      put(tx, {
        ...record,
        status: 'InService',
        modelUnits: record.desiredModelUnits,
        modelArn: record.desiredModelArn,
        updatedAtMs: now,
        ...(record.meteredToMs === undefined ? { meteredToMs: now } : {}),
      });
      // The first hour is on the bill when it begins.
      if (record.meteredToMs === undefined)
        await kernel.jobs.submit(tx, {
          kind: HOURS_JOB,
          id: hoursJobId(record),
          input: job.input,
          runAtMs: now,
          everyMs: HOUR_MS,
        });
    });
  },
};

/** Puts the hours that have begun since the last time on the bill, each whole. Source: Amazon Bedrock pricing: "charged by the hour". */
const hoursJob: ServiceJob<Place> = {
  async run({ job, kernel }) {
    const { account, region, id } = job.input;
    const due = await kernel.store.transact(async (tx) => {
      const record = await tx.get(provisionedThroughputs, [account, region, id]);
      if (!record) return undefined;
      const hours = Math.floor((kernel.clock.now() - record.meteredToMs!) / HOUR_MS) + 1;
      if (hours <= 0) return undefined;
      put(tx, { ...record, meteredToMs: record.meteredToMs! + hours * HOUR_MS });
      return { record, hours };
    });
    if (!due) return;
    const { record, hours } = due;
    const { commitment } = record;
    kernel.ledger.meter(
      { account, region, service: 'bedrock', principal: 'bedrock.amazonaws.com' },
      {
        type: commitment ? `ProvisionedModelUnit-Hours-${commitment}` : 'ProvisionedModelUnit-Hours',
        quantity: hours * record.modelUnits,
        unit: 'model unit hours',
        resource: baseModelId(nameInArn(record.foundationModelArn)),
        tagged: bedrockArn({ partition: record.modelArn.split(':')[1]!, region, account }, KIND, id),
      },
    );
  },
};

export const provisionedJobs = { [CHANGE_JOB]: changeJob, [HOURS_JOB]: hoursJob };
