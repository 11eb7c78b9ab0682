import { AccessDeniedException, ModelNotReadyException } from '@aws-sdk/client-bedrock-runtime';
import { LlmError, type LanguageModel } from '../../engines/llm/types.ts';
import type { Call } from '../../kernel/call.ts';
import type { CustomModel, ImportedModel } from '../../kernel/inference/custom-models.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { contentOf, openKey, type SealedContent } from '../../kernel/inference/sealed-content.ts';
import { weightsAt } from '../../kernel/inference/weights.ts';
import { KEY_REFUSALS } from '../../kernel/keys/keys.ts';
import type { Target } from './target.ts';

/** The backend that answers for a target: what is bound to its model's id, with an adapter on it for a custom model. Throws `LlmError`. */
export async function backendOf(call: Call, target: Target): Promise<LanguageModel> {
  if (target.deployment && target.deployment.status !== 'Active')
    throw new ModelNotReadyException({ message: 'The custom model deployment is not active.', $metadata: {} });
  if (target.custom) return tunedOf(call, target.custom);
  if (target.imported) return importedOf(call, target.imported);
  return call.engines.llm.resolve(target.model.id);
}

/** Adapters in the clear, by blob: so many are kept, those used last. Whether the caller may have one is asked each time. */
const ADAPTERS_MAX = 8;
const adaptersOf = new WeakMap<Kernel, Map<string, Promise<Uint8Array>>>();

async function tunedOf(call: Call, custom: CustomModel): Promise<LanguageModel> {
  const { adapter, arn } = custom;
  if (custom.status !== 'Active' || !adapter)
    throw new ModelNotReadyException({ message: 'The custom model is not active.', $metadata: {} });
  const base = await call.engines.llm.resolve(custom.baseModelId);
  if (base.provenance.engine !== 'builtin')
    throw new LlmError(
      'unavailable',
      `the custom model was trained on builtin, and ${base.provenance.engine} is bound to ${custom.baseModelId} now`,
    );
  const key = await keyOf(call, arn, adapter);
  const tuning = await call.engines.llm.tuning();
  const bytes = await opened(call, arn, adapter, key);
  return tuning.open(base, { id: adapter.blob.id, bytes }, () => call.kernel.ids.random());
}

/** Tokens of the context that imported weights are run with, at most: a longer one takes memory by the gigabyte. */
const CONTEXT_TOKENS_MAX = 8_192;
/** Weights of fewer bytes are run in one thread: more would wait for each other longer than they work. */
const THREADED_BYTES_MIN = 64 * 1024 * 1024;

async function importedOf(call: Call, { arn, weights, contextTokens }: ImportedModel): Promise<LanguageModel> {
  const key = await keyOf(call, arn, weights);
  const path = await weightsAt(call.kernel, arn, weights, key);
  const registry = await call.engines.llm.registry();
  return registry.open(path, {
    contextSize: Math.min(contextTokens, CONTEXT_TOKENS_MAX),
    ...(weights.size < THREADED_BYTES_MIN ? { threads: 1 } : {}),
  });
}

/** The data key of a model, as the caller may have it. Throws AccessDeniedException. */
async function keyOf(call: Call, arn: string, content: SealedContent): Promise<Uint8Array> {
  try {
    return await openKey(call, arn, content);
  } catch (error) {
    const { name, message } = error as Error;
    if (name !== 'AccessDeniedException' && !KEY_REFUSALS.has(name)) throw error;
    throw new AccessDeniedException({
      message: `The KMS key of the model cannot be used: ${name}: ${message}`,
      $metadata: {},
    });
  }
}

function opened(call: Call, arn: string, adapter: SealedContent, key: Uint8Array): Promise<Uint8Array> {
  const adapters = adaptersOf.get(call.kernel) ?? new Map<string, Promise<Uint8Array>>();
  adaptersOf.set(call.kernel, adapters);
  const known = adapters.get(adapter.blob.id);
  if (known) {
    // A Map keeps its order of insertion: the last used goes to the end.
    adapters.delete(adapter.blob.id);
    adapters.set(adapter.blob.id, known);
    return known;
  }
  const reading = (async () => {
    // Shared memory: threads see it without a copy.
    const bytes = new Uint8Array(new SharedArrayBuffer(adapter.size));
    let at = 0;
    for await (const chunk of contentOf(call.kernel, arn, adapter, key)) {
      bytes.set(chunk, at);
      at += chunk.length;
    }
    return bytes;
  })();
  adapters.set(adapter.blob.id, reading);
  reading.catch(() => adapters.delete(adapter.blob.id));
  for (const oldest of adapters.keys()) {
    if (adapters.size <= ADAPTERS_MAX) break;
    adapters.delete(oldest);
  }
  return reading;
}
