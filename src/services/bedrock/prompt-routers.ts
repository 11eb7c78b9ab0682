import type { PromptRouterSummary } from '@aws-sdk/client-bedrock';
import type { Call } from '../../kernel/call.ts';
import { foundationModel } from '../../kernel/foundation-models/catalog.ts';
import { isCallableFrom, splitProfileId, type FoundationModel } from '../../kernel/foundation-models/model.ts';
import { isInRegion } from '../../kernel/foundation-models/regions.ts';
import { applicationProfiles } from '../../kernel/inference/inference-profiles.ts';
import { defaultRouters, findRouter, promptRouters, type PromptRouter } from '../../kernel/inference/prompt-routers.ts';
import { taggedResources } from '../../kernel/inference/tags.ts';
import { page, parseArn } from '../../kernel/resources.ts';
import type { Handlers } from '../../kernel/service.ts';
import type { Reader } from '../../kernel/store/store.ts';
import { conflict, invalid, notFound, quotaExceeded } from './errors.ts';
import { onceFor } from './jobs/client-token.ts';
import { bedrockArn, newId } from './jobs/ids.ts';
import { PAGE_DEFAULT, PROMPT_ROUTERS_MAX } from './limits.ts';
import { readTags } from './tag-list.ts';

type Bedrock = Handlers<typeof import('@aws-sdk/client-bedrock')>;

const DEFAULT_KIND = 'default-prompt-router';
const isDefault = ({ id }: PromptRouter) => id.includes('.');
const arnOf = (call: Call, router: PromptRouter) =>
  bedrockArn(call, isDefault(router) ? DEFAULT_KIND : 'prompt-router', router.id);

function shown(call: Call, router: PromptRouter): PromptRouterSummary {
  const { name, description, responseQualityDifference, modelArns, fallbackModelArn } = router;
  return {
    promptRouterName: name,
    routingCriteria: { responseQualityDifference },
    ...(description === undefined ? {} : { description }),
    createdAt: new Date(router.createdAtMs),
    updatedAt: new Date(router.updatedAtMs),
    promptRouterArn: arnOf(call, router),
    models: modelArns.map((modelArn) => ({ modelArn })),
    fallbackModel: { modelArn: fallbackModelArn },
    status: 'AVAILABLE',
    type: isDefault(router) ? 'default' : 'custom',
  };
}

/** The foundation model behind a target of a router. Throws ValidationException for what the region cannot call. */
async function targetOf(reader: Reader, call: Call, modelArn: string): Promise<FoundationModel> {
  const refuse = () => invalid(`The provided model ARN ${modelArn} is invalid.`);
  const arn = parseArn(modelArn);
  const [kind, id] = arn?.resource.split('/') ?? [];
  if (!arn || !id || arn.partition !== call.partition || arn.region !== call.region) throw refuse();
  if (kind === 'foundation-model') {
    const model = foundationModel(id);
    if (!model || !isInRegion(model, call.region)) throw refuse();
    return model;
  }
  if (arn.account !== call.account) throw refuse();
  if (kind === 'application-inference-profile') {
    const profile = await reader.get(applicationProfiles, [call.account, call.region, id]);
    const first = profile?.modelArns[0];
    const model = first === undefined ? undefined : foundationModel(first.slice(first.indexOf('/') + 1));
    if (!model) throw refuse();
    return model;
  }
  const parts = splitProfileId(id);
  const model = parts && foundationModel(parts.modelId);
  if (!model?.profiles.includes(parts!.geography) || !isCallableFrom(parts!.geography, call.region)) throw refuse();
  return model;
}

/** Makes a router between two models of one family. */
export const CreatePromptRouter: Bedrock['CreatePromptRouter'] = async (call, input) => {
  const modelArns = input.models!.map(({ modelArn }) => modelArn!);
  const fallbackModelArn = input.fallbackModel!.modelArn!;
  if (modelArns.length !== 2 || modelArns[0] === modelArns[1])
    throw invalid('A prompt router must have exactly two different models.');
  if (!modelArns.includes(fallbackModelArn))
    throw invalid('The fallback model must be one of the models of the prompt router.');
  const { store, ids, clock } = call.kernel;
  const models = await Promise.all(modelArns.map((arn) => targetOf(store, call, arn)));
  const [first, second] = models as [FoundationModel, FoundationModel];
  if (first.provider !== second.provider || first.family !== second.family)
    throw invalid('The models of a prompt router must be of the same model family.');
  if (models.some(({ converse }) => !converse)) throw invalid('The models of a prompt router must answer with text.');
  const id = newId(ids);
  const arn = bedrockArn(call, 'prompt-router', id);
  const now = clock.now();
  const tags = readTags(input.tags, arn);
  const promptRouterArn = await store.transact((tx) =>
    onceFor(call, tx, input.clientRequestToken, async () => {
      const place = [call.account, call.region];
      const standing = await tx.range(promptRouters, place, { limit: PROMPT_ROUTERS_MAX });
      if (standing.length >= PROMPT_ROUTERS_MAX) throw quotaExceeded('prompt routers per account', PROMPT_ROUTERS_MAX);
      if (standing.some(({ value }) => value.name === input.promptRouterName))
        throw conflict(`A prompt router with the name ${input.promptRouterName} already exists.`);
      tx.put(promptRouters, [...place, id], {
        account: call.account,
        region: call.region,
        id,
        name: input.promptRouterName!,
        ...(input.description === undefined ? {} : { description: input.description }),
        modelArns,
        fallbackModelArn,
        responseQualityDifference: input.routingCriteria!.responseQualityDifference!,
        createdAtMs: now,
        updatedAtMs: now,
      });
      tx.put(taggedResources, [arn], { owner: call.account, tags });
      return arn;
    }),
  );
  return { promptRouterArn };
};

async function find(reader: Reader, call: Call, promptRouterArn: string): Promise<PromptRouter> {
  const arn = parseArn(promptRouterArn);
  const [kind, id] = arn?.resource.split('/') ?? [];
  const here = arn?.region === call.region && arn.account === call.account && arn.partition === call.partition;
  const found =
    here && id !== undefined && (kind === 'prompt-router' || kind === DEFAULT_KIND)
      ? await findRouter(reader, kind, id, call)
      : undefined;
  if (!found) throw notFound('Could not find the prompt router with the given ARN.');
  return found;
}

/** A router by its ARN, AWS's or the account's own. */
export const GetPromptRouter: Bedrock['GetPromptRouter'] = async (call, { promptRouterArn }) =>
  shown(call, await find(call.kernel.store, call, promptRouterArn!));

/** AWS's routers and the account's own, or those of one type. */
export const ListPromptRouters: Bedrock['ListPromptRouters'] = async (
  call,
  { type, maxResults = PAGE_DEFAULT, nextToken },
) => {
  const own = type === 'default' ? [] : await call.kernel.store.range(promptRouters, [call.account, call.region]);
  const all = [...(type === 'custom' ? [] : defaultRouters(call)), ...own.map(({ value }) => value)];
  const { items, nextToken: next } = page(all, nextToken, maxResults, () =>
    invalid('The provided pagination token is invalid.'),
  );
  return {
    promptRouterSummaries: items.map((router) => shown(call, router)),
    ...(next === undefined ? {} : { nextToken: next }),
  };
};

/** Removes a router of the account's own. */
export const DeletePromptRouter: Bedrock['DeletePromptRouter'] = async (call, { promptRouterArn }) => {
  await call.kernel.store.transact(async (tx) => {
    const router = await find(tx, call, promptRouterArn!);
    if (isDefault(router)) throw invalid('A default prompt router cannot be deleted.');
    tx.delete(promptRouters, [call.account, call.region, router.id]);
    tx.delete(taggedResources, [promptRouterArn!]);
  });
  return {};
};
