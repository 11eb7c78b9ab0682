import type { InferenceProfileSummary } from '@aws-sdk/client-bedrock';
import type { Call } from '../../kernel/call.ts';
import { foundationModel, foundationModels } from '../../kernel/foundation-models/catalog.ts';
import {
  foundationModelArn,
  inferenceProfileArn,
  isCallableFrom,
  splitProfileId,
  type FoundationModel,
  type Geography,
} from '../../kernel/foundation-models/model.ts';
import { destinationsOf, isInRegion } from '../../kernel/foundation-models/regions.ts';
import { applicationProfiles, type ApplicationProfile } from '../../kernel/inference/inference-profiles.ts';
import { taggedResources } from '../../kernel/inference/tags.ts';
import { page, parseArn } from '../../kernel/resources.ts';
import type { Handlers } from '../../kernel/service.ts';
import type { Reader } from '../../kernel/store/store.ts';
import { invalid, notFound, quotaExceeded } from './errors.ts';
import { onceFor } from './jobs/client-token.ts';
import { bedrockArn, newId } from './jobs/ids.ts';
import { INFERENCE_PROFILES_MAX, PAGE_DEFAULT } from './limits.ts';
import { readTags } from './tag-list.ts';

type Bedrock = Handlers<typeof import('@aws-sdk/client-bedrock')>;

const KIND = 'application-inference-profile';
/** Of profiles that AWS defines: AWS gives the day a profile came, which is not known here. */
const DEFINED_AT = new Date('2024-08-26T00:00:00Z');

/** How the names of AWS's profiles begin. */
const AREAS: Readonly<Record<Geography, string>> = {
  us: 'US',
  eu: 'EU',
  apac: 'APAC',
  jp: 'JP',
  au: 'AU',
  ca: 'CA',
  'us-gov': 'US-GOV',
  global: 'GLOBAL',
};

const nameOf = (model: FoundationModel) => `${model.provider} ${model.name}`;

/** The models behind a profile, as ARNs: of each region, and without one for a global profile. */
export function profileModelArns(profileId: string, call: Pick<Call, 'partition' | 'region'>): string[] {
  const { geography, modelId } = splitProfileId(profileId)!;
  const { partition } = call;
  const at = (region: string) => foundationModelArn({ id: modelId }, { partition, region });
  if (geography === 'global') return [at(''), at(call.region)];
  return destinationsOf(profileId, call.region).map(at);
}

function systemProfile(call: Call, geography: Geography, model: FoundationModel): InferenceProfileSummary {
  const id = `${geography}.${model.id}`;
  const regions = destinationsOf(id, call.region);
  return {
    inferenceProfileName: `${AREAS[geography]} ${nameOf(model)}`,
    description:
      geography === 'global'
        ? `Routes requests to ${nameOf(model)} globally across all supported AWS Regions.`
        : `Routes requests to ${nameOf(model)} in ${list(regions)}.`,
    createdAt: DEFINED_AT,
    updatedAt: DEFINED_AT,
    inferenceProfileArn: inferenceProfileArn(id, call),
    inferenceProfileId: id,
    models: profileModelArns(id, call).map((modelArn) => ({ modelArn })),
    status: 'ACTIVE',
    type: 'SYSTEM_DEFINED',
  };
}

const list = (names: readonly string[]) =>
  names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;

function systemProfiles(call: Call): InferenceProfileSummary[] {
  return foundationModels.flatMap((model) =>
    model.profiles
      .filter((geography) => isCallableFrom(geography, call.region))
      .map((geography) => systemProfile(call, geography, model)),
  );
}

/** A profile that AWS defines, by its id; undefined where the region has none of it. */
function findSystem(call: Call, id: string): InferenceProfileSummary | undefined {
  const parts = splitProfileId(id);
  const model = parts && foundationModel(parts.modelId);
  if (!model?.profiles.includes(parts!.geography) || !isCallableFrom(parts!.geography, call.region)) return undefined;
  return systemProfile(call, parts!.geography, model);
}

function shown(profile: ApplicationProfile, call: Call): InferenceProfileSummary {
  const { id, name, description, modelArns, createdAtMs, updatedAtMs } = profile;
  return {
    inferenceProfileName: name,
    ...(description === undefined ? {} : { description }),
    createdAt: new Date(createdAtMs),
    updatedAt: new Date(updatedAtMs),
    inferenceProfileArn: bedrockArn(call, KIND, id),
    inferenceProfileId: id,
    models: modelArns.map((modelArn) => ({ modelArn })),
    status: 'ACTIVE',
    type: 'APPLICATION',
  };
}

/** The id in an identifier, and which kind it may be of. Throws ValidationException for ARNs of elsewhere. */
function read(call: Call, identifier: string): { id: string; kind?: 'inference-profile' | typeof KIND } {
  if (!identifier.startsWith('arn:')) return { id: identifier };
  const arn = parseArn(identifier);
  const [kind, id] = arn?.resource.split('/') ?? [];
  if (arn?.region !== call.region || arn.account !== call.account || arn.partition !== call.partition || !id)
    throw invalid('The provided inference profile identifier is invalid.');
  return { id, kind: kind as 'inference-profile' };
}

const missing = () => notFound('Could not find the inference profile with the given identifier.');

async function findApplication(reader: Reader, call: Call, identifier: string): Promise<ApplicationProfile> {
  const { id, kind } = read(call, identifier);
  const found =
    kind === 'inference-profile' ? undefined : await reader.get(applicationProfiles, [call.account, call.region, id]);
  if (!found) throw missing();
  return found;
}

/** What a profile is made from: a foundation model of the region or a profile that AWS defines. Throws ValidationException. */
function sourceModels(call: Call, sourceArn: string): string[] {
  const refuse = () => invalid('The provided model source is invalid.');
  const arn = parseArn(sourceArn);
  const [kind, id] = arn?.resource.split('/') ?? [];
  if (arn?.region !== call.region || arn.partition !== call.partition || !id) throw refuse();
  if (kind === 'foundation-model') {
    const model = foundationModel(id);
    if (!model || !isInRegion(model, call.region)) throw refuse();
    return [foundationModelArn(model, call)];
  }
  if (arn.account !== call.account) throw refuse();
  const profile = findSystem(call, id);
  if (!profile) throw refuse();
  return profile.models!.map(({ modelArn }) => modelArn!);
}

/** A profile of the account's own: a name with tags that costs are told apart by. */
export const CreateInferenceProfile: Bedrock['CreateInferenceProfile'] = async (call, input) => {
  const sourceArn = input.modelSource?.copyFrom;
  if (sourceArn === undefined) throw invalid('The model source must name what to copy from.');
  const modelArns = sourceModels(call, sourceArn);
  const now = call.kernel.clock.now();
  const id = newId(call.kernel.ids);
  const arn = bedrockArn(call, KIND, id);
  const tags = readTags(input.tags, arn);
  const inferenceProfileArn = await call.kernel.store.transact((tx) =>
    onceFor(call, tx, input.clientRequestToken, async () => {
      const place = [call.account, call.region];
      const standing = await tx.range(applicationProfiles, place, { limit: INFERENCE_PROFILES_MAX });
      if (standing.length >= INFERENCE_PROFILES_MAX)
        throw quotaExceeded('inference profiles per account', INFERENCE_PROFILES_MAX);
      tx.put(applicationProfiles, [...place, id], {
        account: call.account,
        region: call.region,
        id,
        name: input.inferenceProfileName!,
        ...(input.description === undefined ? {} : { description: input.description }),
        sourceArn,
        modelArns,
        createdAtMs: now,
        updatedAtMs: now,
      });
      tx.put(taggedResources, [arn], { owner: call.account, tags });
      return arn;
    }),
  );
  return { inferenceProfileArn, status: 'ACTIVE' };
};

/** A profile by id or ARN, AWS's or the account's own. */
export const GetInferenceProfile: Bedrock['GetInferenceProfile'] = async (call, { inferenceProfileIdentifier }) => {
  const { id, kind } = read(call, inferenceProfileIdentifier!);
  const system = kind === KIND ? undefined : findSystem(call, id);
  return system ?? shown(await findApplication(call.kernel.store, call, inferenceProfileIdentifier!), call);
};

/** AWS's profiles, or the account's own. Without a type AWS lists those that it defines; as its CLI is known to behave. */
export const ListInferenceProfiles: Bedrock['ListInferenceProfiles'] = async (
  call,
  { typeEquals = 'SYSTEM_DEFINED', maxResults = PAGE_DEFAULT, nextToken },
) => {
  let all: InferenceProfileSummary[];
  if (typeEquals === 'SYSTEM_DEFINED') all = systemProfiles(call);
  else {
    const found = await call.kernel.store.range(applicationProfiles, [call.account, call.region]);
    all = found.map(({ value }) => shown(value, call)).sort((a, b) => Number(b.createdAt) - Number(a.createdAt));
  }
  const { items, nextToken: next } = page(all, nextToken, maxResults, () =>
    invalid('The provided pagination token is invalid.'),
  );
  return { inferenceProfileSummaries: items, ...(next === undefined ? {} : { nextToken: next }) };
};

/** Removes a profile of the account's own. */
export const DeleteInferenceProfile: Bedrock['DeleteInferenceProfile'] = async (
  call,
  { inferenceProfileIdentifier },
) => {
  await call.kernel.store.transact(async (tx) => {
    const { id } = await findApplication(tx, call, inferenceProfileIdentifier!);
    tx.delete(applicationProfiles, [call.account, call.region, id]);
    tx.delete(taggedResources, [bedrockArn(call, KIND, id)]);
  });
  return {};
};
