import type { FoundationModelSummary, InferenceProfileSummary } from '@aws-sdk/client-bedrock';
import type { Engines } from '../../kernel/engines.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { IMAGE_MODEL, TEXT_MODEL } from './limits.ts';

export type AppModel = {
  /** What is called: a model, or an inference profile where the model wants one. */
  id: string;
  name: string;
  provider: string;
  /** What answers for it: `builtin`, `openai:http://…`. */
  backend: string;
};

/** Models that apps may ask in a region, as the stack sees them, for users without permissions. */
export async function appModels({ kernel, engines }: { kernel: Kernel; engines: Engines }, region: string) {
  const send = <O>(operation: string, input: object) =>
    kernel.calls.send<O>({ service: 'bedrock', operation, input, principal: kernel.principals.root.principal, region });
  const { modelSummaries = [] } = await send<{ modelSummaries?: FoundationModelSummary[] }>('ListFoundationModels', {});
  const profiles: InferenceProfileSummary[] = [];
  let nextToken: string | undefined;
  do {
    const page = await send<{ inferenceProfileSummaries?: InferenceProfileSummary[]; nextToken?: string }>(
      'ListInferenceProfiles',
      { maxResults: 1000, typeEquals: 'SYSTEM_DEFINED', ...(nextToken === undefined ? {} : { nextToken }) },
    );
    profiles.push(...(page.inferenceProfileSummaries ?? []));
    ({ nextToken } = page);
  } while (nextToken !== undefined);
  const registry = await engines.llm.registry();
  const listed = async (output: 'TEXT' | 'IMAGE'): Promise<AppModel[]> => {
    const found: AppModel[] = [];
    for (const {
      modelId,
      modelName,
      providerName,
      modelLifecycle,
      inferenceTypesSupported = [],
      ...model
    } of modelSummaries) {
      if (!model.outputModalities?.includes(output) || model.outputModalities.length > 1) continue;
      if (modelLifecycle?.status === 'LEGACY' && output === 'TEXT') continue;
      // Such as rerank and tell no words of their own.
      if (output === 'TEXT' && !model.responseStreamingSupported) continue;
      const profile = profiles.find(({ models = [] }) =>
        models.some(({ modelArn }) => modelArn?.endsWith(`/${modelId}`)),
      );
      const id = inferenceTypesSupported.includes('ON_DEMAND') ? modelId! : profile?.inferenceProfileId;
      if (id === undefined || found.some((each) => each.id === id)) continue;
      const { backend } = await registry.backendOf(modelId!);
      found.push({ id, name: modelName!, provider: providerName!, backend });
    }
    return found.sort((a, b) => a.provider.localeCompare(b.provider) || a.name.localeCompare(b.name));
  };
  const [text, image] = [await listed('TEXT'), await listed('IMAGE')];
  const first = (list: AppModel[], wanted: string) =>
    (list.find(({ id }) => id === wanted) ?? list.find(({ id }) => id.endsWith(wanted)) ?? list[0])?.id ?? wanted;
  return { text, image, standard: { text: first(text, TEXT_MODEL), image: first(image, IMAGE_MODEL) } };
}
