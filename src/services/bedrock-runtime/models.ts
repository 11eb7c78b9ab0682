import type { Call } from '../../kernel/call.ts';
import { foundationModel } from '../../kernel/foundation-models/catalog.ts';
import {
  foundationModelArn,
  inferenceProfileArn,
  isCallableFrom,
  splitProfileId,
  type FoundationModel,
} from '../../kernel/foundation-models/model.ts';
import { parseArn } from '../../kernel/resources.ts';
import type { Access } from '../../kernel/access.ts';
import { invalid, unbuilt } from './errors.ts';

type Where = Pick<Call, 'region' | 'partition' | 'account'>;

/** What a `modelId` names: a foundation model, by its own id or by an inference profile's. */
export type Named = { modelId: string; profileId?: string };

const INVALID = 'The provided model identifier is invalid.';

/** Resources that may stand in place of a model id, and are not built. */
const UNBUILT: Record<string, string> = {
  'custom-model': 'Invoking a custom model',
  'custom-model-deployment': 'Invoking a custom model deployment',
  'provisioned-model': 'Invoking a provisioned model',
  'imported-model': 'Invoking an imported model',
  'application-inference-profile': 'Invoking an application inference profile',
  prompt: 'Invoking a managed prompt',
  'prompt-router': 'Invoking a prompt router',
  'default-prompt-router': 'Invoking a prompt router',
  endpoint: 'Invoking a marketplace model endpoint',
};

/**
 * Reads a model id as clients write it: bare, as an inference profile (`us.…`), or as an ARN of either.
 * Throws ValidationException for what is none of them, NotImplemented for resources that are not built.
 */
export function nameOf(text: string, where: Where): Named {
  if (!text.startsWith('arn:')) return bare(text);
  const arn = parseArn(text);
  const [kind, ...rest] = arn?.resource.split('/') ?? [];
  const id = rest.join('/');
  if (!arn || !kind || !id) throw invalid(INVALID);
  const reason = UNBUILT[kind];
  if (reason !== undefined) throw unbuilt(reason);
  if (arn.service !== 'bedrock' || arn.partition !== where.partition || arn.region !== where.region)
    throw invalid(INVALID);
  if (kind === 'foundation-model') return { modelId: id };
  if (kind === 'inference-profile' && arn.account === where.account) return bare(id);
  throw invalid(INVALID);
}

function bare(id: string): Named {
  const profile = splitProfileId(id);
  return profile ? { modelId: profile.modelId, profileId: id } : { modelId: id };
}

/**
 * The foundation model that a call means, if it may be called so. Throws ValidationException: unknown ids; profiles of another geography;
 * models that are served through profiles only.
 */
export function resolveModel(text: string, where: Where): FoundationModel {
  const { modelId, profileId } = nameOf(text, where);
  const model = foundationModel(modelId);
  if (!model) throw invalid(INVALID);
  if (profileId !== undefined) {
    const { geography } = splitProfileId(profileId)!;
    if (!model.profiles.includes(geography) || !isCallableFrom(geography, where.region)) throw invalid(INVALID);
    return model;
  }
  if (!model.inference.includes('ON_DEMAND')) {
    // AWS writes this apostrophe so, and clients match the text.
    throw invalid(
      `Invocation of model ID ${modelId} with on-demand throughput isn’t supported. Retry your request with the ID or ARN of an inference profile that contains this model.`,
    );
  }
  return model;
}

/** What `bedrock:GuardrailIdentifier` and `bedrock:InferenceProfileArn` are worked out from. */
type Asking = {
  modelId: string | undefined;
  guardrailIdentifier?: string | undefined;
  guardrailVersion?: string | undefined;
  guardrailConfig?: { guardrailIdentifier?: string | undefined; guardrailVersion?: string | undefined } | undefined;
};

/** The permission a call needs: on the model, and on the profile where it goes through one. */
export function accessTo(action: string) {
  return (call: Call, input: Asking): Access[] => {
    const text = input.modelId ?? '';
    const guardrail = guardrailOf(call, input.guardrailConfig ?? input);
    const keys = guardrail === undefined ? undefined : { 'bedrock:guardrailidentifier': guardrail };
    let named: Named;
    try {
      named = nameOf(text, call);
    } catch {
      // What the handler will refuse by name; the permission is asked for all the same.
      return [{ action, resource: text.startsWith('arn:') ? text : '*', ...(keys ? { keys } : {}) }];
    }
    const resource = foundationModelArn({ id: named.modelId }, call);
    if (named.profileId === undefined) return [{ action, resource, ...(keys ? { keys } : {}) }];
    const profile = inferenceProfileArn(named.profileId, call);
    return [
      { action, resource: profile, ...(keys ? { keys } : {}) },
      { action, resource, keys: { ...keys, 'bedrock:inferenceprofilearn': profile } },
    ];
  };
}

/** `arn:…:guardrail/abc:1`; a draft has no version. Source: Bedrock User Guide, "Enforce the use of specific guardrails". */
function guardrailOf(
  call: Call,
  { guardrailIdentifier, guardrailVersion }: Omit<Asking, 'modelId'>,
): string | undefined {
  if (guardrailIdentifier === undefined) return undefined;
  const { partition, region, account } = call;
  const resource = guardrailIdentifier.startsWith('arn:')
    ? guardrailIdentifier
    : `arn:${partition}:bedrock:${region}:${account}:guardrail/${guardrailIdentifier}`;
  return guardrailVersion === undefined || guardrailVersion === 'DRAFT' ? resource : `${resource}:${guardrailVersion}`;
}
