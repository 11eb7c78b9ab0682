import type { Access } from '../../kernel/access.ts';
import type { Call } from '../../kernel/call.ts';
import { foundationModel } from '../../kernel/foundation-models/catalog.ts';
import {
  foundationModelArn,
  inferenceProfileArn,
  isCallableFrom,
  splitProfileId,
  type FoundationModel,
} from '../../kernel/foundation-models/model.ts';
import { destinationsOf, isInRegion } from '../../kernel/foundation-models/regions.ts';
import {
  customModelDeployments,
  customModels,
  importedModels,
  type CustomModel,
  type CustomModelDeployment,
  type ImportedModel,
} from '../../kernel/inference/custom-models.ts';
import { applicationProfiles, type ApplicationProfile } from '../../kernel/inference/inference-profiles.ts';
import { missingAccess } from '../../kernel/inference/model-access.ts';
import { firstUp } from '../../kernel/inference/outages.ts';
import { findRouter, type PromptRouter } from '../../kernel/inference/prompt-routers.ts';
import {
  baseModelId,
  provisionedThroughputs,
  type ProvisionedThroughput,
} from '../../kernel/inference/provisioned-throughput.ts';
import { parseArn } from '../../kernel/resources.ts';
import { addToRecord } from '../../kernel/trail/additional.ts';
import { isPrompt, promptAt } from './prompts.ts';
import { invalid, noAccess, noUseCase, notReady, unavailable, unbuilt } from './errors.ts';

type Where = Pick<Call, 'region' | 'partition' | 'account'>;

/** What a `modelId` names: a kind of resource and its id; a bare id is a foundation model's or, with a geography, a profile's. */
export type Named =
  | { kind: 'foundation-model'; modelId: string }
  | { kind: 'inference-profile'; modelId: string; profileId: string }
  | {
      kind:
        | 'application-inference-profile'
        | 'provisioned-model'
        | 'custom-model-deployment'
        | 'imported-model'
        | 'prompt-router'
        | 'default-prompt-router';
      id: string;
      arn: string;
      /** Whose it is: another account's may be shared by its policy. */
      account: string;
    };

/** What answers a call, and on what terms. */
export type Target = {
  /** Whose bodies, limits, features and prices hold. */
  model: FoundationModel;
  /** As the call named it. */
  modelId: string;
  /** The ARN of what the call named. */
  arn: string;
  /** The cross-region profile it goes through, e.g. `us.anthropic…`, by itself or as the source of an application's. */
  profileId?: string;
  application?: ApplicationProfile;
  provisioned?: ProvisionedThroughput;
  deployment?: CustomModelDeployment;
  custom?: CustomModel;
  imported?: ImportedModel;
  /** Which of the router's models answers is chosen once the conversation is read: until then, this is its fallback. */
  router?: PromptRouter;
  /** The ARN of the model that a router chose. */
  routedTo?: string;
  /** The region that serves it: of a cross-region profile, the first of its regions that is up. */
  servedFrom: string;
};

const INVALID = 'The provided model identifier is invalid.';

/** Resources that may stand in place of a model id, and are not built. */
const UNBUILT = new Map([
  // Converse and ConverseStream have put the prompt's model in its place by then.
  ['prompt', 'Invoking a prompt from Prompt management by any but Converse and ConverseStream'],
  ['endpoint', 'Invoking a marketplace model endpoint'],
]);

const BY_RECORD = new Set([
  'application-inference-profile',
  'provisioned-model',
  'custom-model-deployment',
  'imported-model',
  'prompt-router',
  'default-prompt-router',
] as const);
type ByRecord = typeof BY_RECORD extends Set<infer Kind> ? Kind : never;

/**
 * Reads a model id as clients write it: bare, as an inference profile (`us.…`), or as an ARN.
 * Throws ValidationException for what is none of them, NotImplemented for resources that are not built.
 */
export function nameOf(text: string, where: Where): Named {
  if (!text.startsWith('arn:')) return bare(text);
  const arn = parseArn(text);
  const [kind, ...rest] = arn?.resource.split('/') ?? [];
  const id = rest.join('/');
  if (!arn || !kind || !id) throw invalid(INVALID);
  const reason = UNBUILT.get(kind);
  if (reason !== undefined) throw unbuilt(reason);
  if (arn.service !== 'bedrock' || arn.partition !== where.partition || arn.region !== where.region)
    throw invalid(INVALID);
  if (kind === 'foundation-model') return { kind, modelId: id };
  if (kind === 'inference-profile' && arn.account === where.account) return bare(id);
  if (kind === 'custom-model')
    throw invalid(
      'Custom models are invoked through provisioned throughput or a custom model deployment: use the ARN of one.',
    );
  if ((BY_RECORD as Set<string>).has(kind)) return { kind: kind as ByRecord, id, arn: text, account: arn.account };
  throw invalid(INVALID);
}

function bare(id: string): Named {
  const profile = splitProfileId(id);
  return profile
    ? { kind: 'inference-profile', modelId: profile.modelId, profileId: id }
    : { kind: 'foundation-model', modelId: id };
}

/**
 * What a call means by its model id, if it may be called so. Throws ValidationException: unknown ids; profiles of another geography; models
 * that are served through profiles only; ResourceNotFoundException for resources that are not there.
 */
export async function resolveTarget(text: string, call: Call): Promise<Target> {
  const target = await meantBy(text, call);
  return target.router ? target : placed(call, target);
}

/**
 * Where a target is served, if the account may have it and a region of it is up. Throws AccessDeniedException, ResourceNotFoundException,
 * ServiceUnavailableException.
 */
export async function placed(call: Call, target: Target): Promise<Target> {
  const { store } = call.kernel;
  if (!target.imported) {
    const missing = await missingAccess(store, call.account, target.model);
    if (missing) throw missing === 'agreement' ? noAccess() : noUseCase();
  }
  const regions = target.profileId === undefined ? [call.region] : destinationsOf(target.profileId, call.region);
  const servedFrom = await firstUp(store, regions, target.model.id);
  if (servedFrom === undefined) throw unavailable();
  if (target.profileId !== undefined) {
    // Source: Bedrock User Guide, "Increase throughput with cross-Region inference": where it was processed is on the record.
    addToRecord(call, { inferenceRegion: servedFrom });
    call.header('x-outcrop-inference-region', servedFrom);
  }
  return { ...target, servedFrom };
}

/** What a text means, before anything is asked of it. */
export async function meantBy(text: string, call: Call): Promise<Target> {
  const named = nameOf(text, call);
  switch (named.kind) {
    case 'foundation-model':
    case 'inference-profile':
      return foundationTarget(named, text, call);
    case 'application-inference-profile': {
      const application = await call.kernel.store.get(applicationProfiles, [named.account, call.region, named.id]);
      if (!application) throw invalid(INVALID);
      const source = foundationTarget(nameOf(application.sourceArn, call), application.sourceArn, call);
      return { ...source, modelId: text, arn: named.arn, application };
    }
    case 'provisioned-model': {
      const provisioned = await call.kernel.store.get(provisionedThroughputs, [named.account, call.region, named.id]);
      if (!provisioned) throw invalid(INVALID);
      if (provisioned.status === 'Creating' || provisioned.status === 'Failed') throw notReady();
      const custom = await customModelOf(provisioned.modelArn, call);
      const model = modelOf(custom?.baseModelId ?? baseModelId(idOf(provisioned.foundationModelArn)));
      const servedFrom = call.region;
      return { model, modelId: text, arn: named.arn, servedFrom, provisioned, ...(custom ? { custom } : {}) };
    }
    case 'custom-model-deployment': {
      const deployment = await call.kernel.store.get(customModelDeployments, [named.account, call.region, named.id]);
      const custom = deployment && (await customModelOf(deployment.modelArn, call));
      if (!custom) throw invalid(INVALID);
      const model = modelOf(custom.baseModelId);
      return { model, modelId: text, arn: named.arn, servedFrom: call.region, deployment, custom };
    }
    case 'imported-model': {
      const imported = await call.kernel.store.get(importedModels, [named.account, call.region, named.id]);
      if (!imported) throw invalid(INVALID);
      const model = importedFacts(imported);
      return { model, modelId: text, arn: named.arn, servedFrom: call.region, imported };
    }
    default: {
      const router = await routerOf(call, named);
      if (!router) throw invalid(INVALID);
      const fallback = await meantBy(router.fallbackModelArn, call);
      return { ...fallback, modelId: text, arn: named.arn, router };
    }
  }
}

/** A foundation model by its own id or a cross-region profile's. */
export function foundationTarget(named: Named, text: string, where: Where): Target {
  if (named.kind === 'foundation-model') {
    const model = modelOf(named.modelId);
    // AWS writes this apostrophe so, and clients match the text.
    if (!model.inference.includes('ON_DEMAND'))
      throw invalid(
        `Invocation of model ID ${named.modelId} with on-demand throughput isn’t supported. Retry your request with the ID or ARN of an inference profile that contains this model.`,
      );
    if (!isInRegion(model, where.region)) throw invalid(INVALID);
    return { model, modelId: text, arn: foundationModelArn(model, where), servedFrom: where.region };
  }
  if (named.kind !== 'inference-profile') throw invalid(INVALID);
  const model = modelOf(named.modelId);
  const { geography } = splitProfileId(named.profileId)!;
  if (!model.profiles.includes(geography) || !isCallableFrom(geography, where.region)) throw invalid(INVALID);
  const arn = inferenceProfileArn(named.profileId, where);
  return { model, modelId: text, arn, servedFrom: where.region, profileId: named.profileId };
}

/** The models that a profile sends to, as a policy must allow them: of the caller's region and of each that may serve; without a region, for all. */
function modelsOf(profileId: string, where: Where): string[] {
  const { geography, modelId } = splitProfileId(profileId)!;
  const regions =
    geography === 'global' ? [where.region, ''] : [where.region, ...destinationsOf(profileId, where.region)];
  const { partition } = where;
  return [...new Set(regions)].map((region) => foundationModelArn({ id: modelId }, { partition, region }));
}

/** The models behind the ARN of a profile, AWS's or an application's; none behind a model's. */
async function behindProfile(call: Call, text: string): Promise<readonly string[]> {
  const { account, resource = '' } = parseArn(text) ?? {};
  const [kind, id = ''] = resource.split('/');
  if (kind === 'inference-profile') return modelsOf(id, call);
  if (kind !== 'application-inference-profile') return [];
  return (await call.kernel.store.get(applicationProfiles, [account!, call.region, id]))?.modelArns ?? [];
}

function routerOf(call: Call, named: Named): Promise<PromptRouter | undefined> {
  if (named.kind !== 'prompt-router' && named.kind !== 'default-prompt-router') return Promise.resolve(undefined);
  const { partition, region } = call;
  return findRouter(call.kernel.store, named.kind, named.id, { account: named.account, partition, region });
}

function modelOf(id: string): FoundationModel {
  const model = foundationModel(id);
  if (!model) throw invalid(INVALID);
  return model;
}

const idOf = (arn: string) => arn.slice(arn.indexOf('/') + 1);

async function customModelOf(arn: string, call: Call): Promise<CustomModel | undefined> {
  const parsed = parseArn(arn);
  if (!parsed?.resource.startsWith('custom-model/')) return undefined;
  return call.kernel.store.get(customModels, [parsed.account, parsed.region, idOf(parsed.resource)]);
}

/** What is known of imported weights. */
function importedFacts(imported: ImportedModel): FoundationModel {
  return {
    id: imported.arn,
    name: imported.name,
    provider: 'Imported',
    input: ['TEXT'],
    output: ['TEXT'],
    streaming: true,
    inference: ['ON_DEMAND'],
    lifecycle: 'ACTIVE',
    customizations: [],
    profiles: [],
    family: 'imported',
    contextTokens: imported.contextTokens,
    outputTokensMax: imported.contextTokens,
    // Without a chat template there is no conversation with it.
    ...(imported.instructSupported
      ? {
          converse: {
            system: true,
            documents: true,
            tools: { choices: ['auto', 'any', 'tool'] as const, streaming: true },
            prefill: false,
            temperatureWithTopP: true,
          },
        }
      : {}),
  };
}

/** What `bedrock:GuardrailIdentifier` and `bedrock:InferenceProfileArn` are worked out from. */
type Asking = {
  modelId: string | undefined;
  guardrailIdentifier?: string | undefined;
  guardrailVersion?: string | undefined;
  guardrailConfig?: { guardrailIdentifier?: string | undefined; guardrailVersion?: string | undefined } | undefined;
};

/** The permission a call needs: on what it names, and on the models behind it where that is a profile or a router. */
export function accessTo(action: string) {
  return async (call: Call, input: Asking): Promise<Access[]> => {
    const text = input.modelId ?? '';
    const guardrail = guardrailOf(call, input.guardrailConfig ?? input);
    const keys = guardrail === undefined ? undefined : { 'bedrock:guardrailidentifier': guardrail };
    const on = (resource: string, more?: Record<string, string>): Access =>
      keys || more ? { action, resource, keys: { ...keys, ...more } } : { action, resource };
    if (isPrompt(text)) {
      // Source: Bedrock User Guide, "Prerequisites for prompt management": RenderPrompt, and what its model needs.
      const model = (await promptAt(call, text))?.variant?.modelId;
      const render: Access = { action: 'bedrock:RenderPrompt', resource: text };
      return model === undefined || isPrompt(model)
        ? [render]
        : [render, ...(await accessTo(action)(call, { ...input, modelId: model }))];
    }
    let named: Named;
    try {
      named = nameOf(text, call);
    } catch {
      // The handler will refuse it by name. Until then it is the id of some foundation model, and the permission is asked for all the same.
      return [on(foundationModelArn({ id: text }, call))];
    }
    switch (named.kind) {
      case 'foundation-model':
        return [on(foundationModelArn({ id: named.modelId }, call))];
      case 'inference-profile': {
        const profile = inferenceProfileArn(named.profileId, call);
        const models = modelsOf(named.profileId, call);
        return [on(profile), ...models.map((model) => on(model, { 'bedrock:inferenceprofilearn': profile }))];
      }
      case 'application-inference-profile': {
        const found = await call.kernel.store.get(applicationProfiles, [named.account, call.region, named.id]);
        const { arn } = named;
        return [on(arn), ...(found?.modelArns ?? []).map((model) => on(model, { 'bedrock:inferenceprofilearn': arn }))];
      }
      case 'prompt-router':
      case 'default-prompt-router': {
        const found = await routerOf(call, named);
        const { arn } = named;
        const asked = [on(arn)];
        for (const model of found?.modelArns ?? []) {
          const router = { 'bedrock:promptrouterarn': arn };
          asked.push(on(model, router));
          const profile = { ...router, 'bedrock:inferenceprofilearn': model };
          for (const behind of await behindProfile(call, model)) asked.push(on(behind, profile));
        }
        return asked;
      }
      default:
        return [on(named.arn)];
    }
  };
}

const onModels = accessTo('bedrock:CountTokens');

/**
 * Counting is permitted on foundation models, also on those behind one of AWS's own profiles. What an account made, of which AWS does not
 * count, must be permitted as well. Source: Service Authorization Reference, Amazon Bedrock.
 */
export const toCount = async (call: Call, input: Asking): Promise<Access[]> =>
  (await onModels(call, input)).filter(({ resource }) => !resource.includes(':inference-profile/'));

/** `arn:…:guardrail/abc:1`; a draft has no version. Source: Bedrock User Guide, "Enforce the use of specific guardrails". */
function guardrailOf(
  call: Call,
  { guardrailIdentifier, guardrailVersion }: Omit<Asking, 'modelId'>,
): string | undefined {
  // An empty one names none, and no guardrail is applied for it.
  if (!guardrailIdentifier) return undefined;
  const { partition, region, account } = call;
  const resource = guardrailIdentifier.startsWith('arn:')
    ? guardrailIdentifier
    : `arn:${partition}:bedrock:${region}:${account}:guardrail/${guardrailIdentifier}`;
  return guardrailVersion === undefined || guardrailVersion === 'DRAFT' ? resource : `${resource}:${guardrailVersion}`;
}
