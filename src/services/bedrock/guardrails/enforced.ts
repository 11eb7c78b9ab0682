import type { Call } from '../../../kernel/call.ts';
import {
  enforcedGuardrails,
  guardrailArn,
  guardrailKey,
  guardrails,
  type EnforcedGuardrail,
} from '../../../kernel/inference/guardrails.ts';
import type { Handlers } from '../../../kernel/service.ts';
import { invalid, notFound, quotaExceeded } from '../errors.ts';
import { DRAFT } from './guardrails.ts';
import { ENFORCED_MAX } from './limits.ts';

type Bedrock = Handlers<typeof import('@aws-sdk/client-bedrock')>;

/** Makes every invocation of the account in this region go through a version of a guardrail. */
export const PutEnforcedGuardrailConfiguration: Bedrock['PutEnforcedGuardrailConfiguration'] = (call, input) => {
  const { store, clock, ids } = call.kernel;
  const config = input.guardrailInferenceConfig!;
  const key = guardrailKey(config.guardrailIdentifier!, call);
  const version = config.guardrailVersion!;
  if (!key) throw invalid('The provided guardrail identifier is invalid.');
  if (version === DRAFT) throw invalid('A draft cannot be enforced: create a version of the guardrail first.');
  const now = clock.now();
  const newId = ids.text(12, 'abcdefghijklmnopqrstuvwxyz0123456789');
  return store.transact(async (tx) => {
    // Another account's is none that its calls go through.
    const guardrail =
      key.account === call.account ? await tx.get(guardrails, [key.account, key.region, key.id, version]) : undefined;
    if (!guardrail) throw notFound(`Could not find guardrail ${config.guardrailIdentifier} with version ${version}.`);
    const known = (await tx.range(enforcedGuardrails, [call.account, call.region])).map(({ value }) => value);
    const before = known.find(({ configId }) => configId === input.configId);
    if (input.configId !== undefined && !before)
      throw notFound(`Could not find the enforced guardrail configuration ${input.configId}.`);
    if (!before && known.length >= ENFORCED_MAX)
      throw quotaExceeded('enforced guardrail configurations per account', ENFORCED_MAX);
    const record: EnforcedGuardrail = {
      account: call.account,
      region: call.region,
      configId: before?.configId ?? newId,
      guardrailId: key.id,
      version,
      guardrailArn: guardrailArn(guardrail),
      selective: {
        system: config.selectiveContentGuarding?.system ?? 'COMPREHENSIVE',
        messages: config.selectiveContentGuarding?.messages ?? 'COMPREHENSIVE',
      },
      includedModels: config.modelEnforcement?.includedModels ?? ['ALL'],
      excludedModels: config.modelEnforcement?.excludedModels ?? [],
      createdAtMs: before?.createdAtMs ?? now,
      createdBy: before?.createdBy ?? call.principal.arn,
      updatedAtMs: now,
      updatedBy: call.principal.arn,
    };
    tx.put(enforcedGuardrails, [call.account, call.region, record.configId], record);
    return { configId: record.configId, updatedAt: new Date(now), updatedBy: record.updatedBy };
  });
};

/** The enforced configurations of the account in this region. */
export const ListEnforcedGuardrailsConfiguration: Bedrock['ListEnforcedGuardrailsConfiguration'] = async (
  call: Call,
) => {
  const found = await call.kernel.store.range(enforcedGuardrails, [call.account, call.region]);
  return {
    guardrailsConfig: found.map(({ value }) => ({
      configId: value.configId,
      guardrailArn: value.guardrailArn,
      guardrailId: value.guardrailId,
      guardrailVersion: value.version,
      selectiveContentGuarding: value.selective,
      modelEnforcement: { includedModels: value.includedModels, excludedModels: value.excludedModels },
      createdAt: new Date(value.createdAtMs),
      createdBy: value.createdBy,
      updatedAt: new Date(value.updatedAtMs),
      updatedBy: value.updatedBy,
      owner: 'ACCOUNT' as const,
    })),
  };
};

/** Lifts an enforcement. */
export const DeleteEnforcedGuardrailConfiguration: Bedrock['DeleteEnforcedGuardrailConfiguration'] = (call, input) =>
  call.kernel.store.transact(async (tx) => {
    const key = [call.account, call.region, input.configId!];
    if (!(await tx.get(enforcedGuardrails, key)))
      throw notFound(`Could not find the enforced guardrail configuration ${input.configId}.`);
    tx.delete(enforcedGuardrails, key);
    return {};
  });
