import type { Access } from '../../kernel/access.ts';
import type { Call } from '../../kernel/call.ts';
import { foundationModelArn, inferenceProfileArn, splitProfileId } from '../../kernel/foundation-models/model.ts';
import { customModels } from '../../kernel/inference/custom-models.ts';
import { provisionedThroughputs } from '../../kernel/inference/provisioned-throughput.ts';
import { parseArn } from '../../kernel/resources.ts';
import { bedrockArn } from './jobs/ids.ts';
import { withTags } from '../../kernel/inference/tags.ts';
import { PROVISIONED_MAX } from './limits.ts';
import { canHavePolicy } from './resource-policies.ts';

type Tags = Parameters<typeof withTags>[1]['tags'];

const modelArn = (call: Call, id: string) => (id.startsWith('arn:') ? id : foundationModelArn({ id }, call));

/** A profile by id or ARN: those that AWS defines have a geography before the model's id. */
function profileArn(call: Call, id: string): string {
  if (id.startsWith('arn:')) return id;
  return splitProfileId(id) ? inferenceProfileArn(id, call) : bedrockArn(call, 'application-inference-profile', id);
}

const onProfile = (
  call: Call,
  { inferenceProfileIdentifier = '' }: { inferenceProfileIdentifier?: string | undefined },
) => [{ action: `bedrock:${call.operation}`, resource: profileArn(call, inferenceProfileIdentifier) }];

const onRouter = (call: Call, { promptRouterArn = '*' }: { promptRouterArn?: string | undefined }) => [
  { action: `bedrock:${call.operation}`, resource: promptRouterArn },
];

/** The ARN of what a name means; any where there is none of it, which the operation then says. */
async function provisionedArn(call: Call, id: string): Promise<string> {
  if (id.startsWith('arn:')) return id;
  const all = await call.kernel.store.range(provisionedThroughputs, [call.account, call.region], {
    limit: PROVISIONED_MAX,
  });
  const found = all.find(({ value }) => value.name === id);
  return bedrockArn(call, 'provisioned-model', found ? found.value.id : '*');
}

/** The ARN of a model that units are for: a foundation model's by id, a custom model's by name. */
async function unitsModelArn(call: Call, id: string): Promise<string> {
  if (id.startsWith('arn:') || id.includes('.')) return modelArn(call, id);
  const found = await call.kernel.store.range(customModels, [call.account, call.region]);
  return found.find(({ value }) => value.name === id)?.value.arn ?? bedrockArn(call, 'custom-model', '*');
}

const onProvisioned = async (call: Call, { provisionedModelId = '' }: { provisionedModelId?: string | undefined }) => [
  { action: `bedrock:${call.operation}`, resource: await provisionedArn(call, provisionedModelId) },
];

const onTagged = (call: Call, { resourceARN = '*' }: { resourceARN?: string | undefined }) => [
  { action: `bedrock:${call.operation}`, resource: resourceARN },
];

/** What no policy can stand on is refused whoever asks: there is nothing to be permitted. */
const onPolicied = (call: Call, { resourceArn = '' }: { resourceArn?: string | undefined }) =>
  canHavePolicy(resourceArn) ? [{ action: `bedrock:${call.operation}`, resource: resourceArn }] : [];

/** What operations ask for where it is not `bedrock:<Operation>` on `*`. Source: Service Authorization Reference, Amazon Bedrock. */
export const access = {
  CreateInferenceProfile: (
    call: Call,
    { modelSource, tags }: { modelSource?: { copyFrom?: string | undefined } | undefined; tags?: Tags },
  ) => {
    const own = bedrockArn(call, 'application-inference-profile', '*');
    const source = modelSource?.copyFrom;
    const on = [own, ...(source !== undefined && parseArn(source) ? [source] : [])];
    return withTags(
      on.map((resource) => ({ action: 'bedrock:CreateInferenceProfile', resource })),
      { tags, resource: own },
    );
  },
  CreatePromptRouter: (
    call: Call,
    { models = [], tags }: { models?: { modelArn?: string | undefined }[] | undefined; tags?: Tags },
  ) =>
    withTags(
      models.map(({ modelArn: resource = '*' }) => ({ action: 'bedrock:CreatePromptRouter', resource })),
      { tags, resource: bedrockArn(call, 'prompt-router', '*') },
    ),
  CreateProvisionedModelThroughput: async (
    call: Call,
    { modelId = '', tags }: { modelId?: string | undefined; tags?: Tags },
  ) =>
    withTags([{ action: 'bedrock:CreateProvisionedModelThroughput', resource: await unitsModelArn(call, modelId) }], {
      tags,
      resource: bedrockArn(call, 'provisioned-model', '*'),
    }),
  DeleteInferenceProfile: onProfile,
  DeletePromptRouter: onRouter,
  DeleteProvisionedModelThroughput: onProvisioned,
  DeleteResourcePolicy: onPolicied,
  GetFoundationModel: (call: Call, { modelIdentifier = '' }: { modelIdentifier?: string | undefined }) => [
    { action: 'bedrock:GetFoundationModel', resource: modelArn(call, modelIdentifier) },
  ],
  GetInferenceProfile: onProfile,
  GetPromptRouter: onRouter,
  GetProvisionedModelThroughput: onProvisioned,
  GetResourcePolicy: onPolicied,
  ListTagsForResource: onTagged,
  PutAccountDataRetention: (_call: Call, { mode }: { mode?: string | undefined }) => [
    {
      action: 'bedrock:PutAccountDataRetention',
      resource: '*',
      ...(mode === undefined ? {} : { keys: { 'bedrock:dataretentionmode': mode } }),
    },
  ],
  PutResourcePolicy: onPolicied,
  TagResource: onTagged,
  UntagResource: onTagged,
  UpdateProvisionedModelThroughput: async (
    call: Call,
    {
      provisionedModelId = '',
      desiredModelId,
    }: { provisionedModelId?: string | undefined; desiredModelId?: string | undefined },
  ): Promise<Access[]> => {
    const on = [
      await provisionedArn(call, provisionedModelId),
      ...(desiredModelId === undefined ? [] : [await unitsModelArn(call, desiredModelId)]),
    ];
    return on.map((resource) => ({ action: 'bedrock:UpdateProvisionedModelThroughput', resource }));
  },
};
