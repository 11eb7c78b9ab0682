import type { CreateKeyRequest, KeyUsageType } from '@aws-sdk/client-kms';
import type { Call } from '../../kernel/call.ts';
import { pageToken, readPageToken } from '../../kernel/resources.ts';
import type { Handlers } from '../../kernel/service.ts';
import { countKey, makeKey } from './creation.ts';
import { invalidMarker, notImplemented, unsupported, validation } from './errors.ts';
import { changeKey, LIVING, openKey, openOwnKey, readLimit, requireState } from './key-id.ts';
import { KEYS_PAGE } from './limits.ts';
import { metadataOf } from './metadata.ts';
import { checkPolicy, defaultPolicy } from './policies.ts';
import { keys, regionSets } from './records.ts';
import { SPECS, type Spec } from './specs.ts';
import { readTags } from './tags.ts';

type Kms = Handlers<typeof import('@aws-sdk/client-kms')>;

/** Makes a key with material of its own, or (origin EXTERNAL) one that waits for material to be imported. */
export const CreateKey: Kms['CreateKey'] = async (call, input) => {
  const { spec, usage, origin } = kindOf(input);
  const tags = readTags(input.Tags);
  const bypass = input.BypassPolicyLockoutSafetyCheck ?? false;
  const policy = await checkPolicy(call, input.Policy ?? defaultPolicy(call), call.account, bypass);
  const multiRegion = input.MultiRegion ?? false;
  const made = await makeKey(call, {
    spec,
    usage,
    origin,
    description: input.Description ?? '',
    ...policy,
    tags,
    multiRegion,
  });
  const { key } = made;
  await call.kernel.store.transact(async (tx) => {
    await countKey(tx, key, 1);
    made.write(tx, key);
    if (multiRegion) tx.put(regionSets, [key.account, key.id], { primary: key.region, replicas: [] });
  });
  return { KeyMetadata: await metadataOf(call.kernel.store, key) };
};

function kindOf(input: CreateKeyRequest) {
  if (input.CustomKeyStoreId !== undefined || input.XksKeyId !== undefined)
    throw notImplemented('Custom key stores are not built in Outcrop: CustomKeyStoreId and XksKeyId are refused');
  const origin = input.Origin ?? 'AWS_KMS';
  if (origin !== 'AWS_KMS' && origin !== 'EXTERNAL')
    throw notImplemented(`Custom key stores are not built in Outcrop: the origin ${origin} is refused`);
  if (input.KeySpec !== undefined && input.CustomerMasterKeySpec !== undefined)
    throw validation(
      'You cannot specify KeySpec and CustomerMasterKeySpec in the same request. CustomerMasterKeySpec is deprecated.',
    );
  const name = input.KeySpec ?? input.CustomerMasterKeySpec ?? 'SYMMETRIC_DEFAULT';
  const spec = SPECS[name];
  if (!spec) throw unsupported(`KeySpec ${name} is not supported in this region.`);
  if (origin === 'EXTERNAL' && (spec.kind === 'ml-dsa' || spec.kind === 'ml-kem'))
    throw unsupported(`KeySpec ${name} is not supported for Origin EXTERNAL.`);
  return { spec: name, usage: usageOf(name, spec, input.KeyUsage), origin };
}

function usageOf(name: string, spec: Spec, given: KeyUsageType | undefined): KeyUsageType {
  if (given === undefined) {
    if (spec.kind === 'symmetric') return 'ENCRYPT_DECRYPT';
    throw validation('You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.');
  }
  if (!spec.usages.includes(given)) throw validation(`KeyUsage ${given} is not compatible with KeySpec ${name}`);
  return given;
}

/** Also by alias, and of another account's key by ARN. An AWS managed key is made when its service asks for it first. */
export const DescribeKey: Kms['DescribeKey'] = async (call, input) => {
  const key = await openKey(call, input.KeyId!);
  return { KeyMetadata: await metadataOf(call.kernel.store, key) };
};

/** The keys of the account in the region, in order of their ids. */
export const ListKeys: Kms['ListKeys'] = async (call, input) => {
  const prefix = [call.account, call.region];
  const limit = readLimit(input.Limit, KEYS_PAGE);
  const after = readPageToken<{ after: string }>(input.Marker, invalidMarker)?.after;
  const found = await call.kernel.store.range(keys, prefix, {
    limit: limit + 1,
    ...(after === undefined ? {} : { after: [...prefix, after] }),
  });
  const items = found.slice(0, limit).map(({ value }) => value);
  const isTruncated = found.length > limit;
  return {
    Keys: items.map(({ id, arn }) => ({ KeyId: id, KeyArn: arn })),
    Truncated: isTruncated,
    ...(isTruncated ? { NextMarker: pageToken({ after: items.at(-1)!.id }) } : {}),
  };
};

export const UpdateKeyDescription: Kms['UpdateKeyDescription'] = async (call, input) => {
  const description = input.Description!;
  await change(call, input.KeyId!, (key) => {
    requireState(key, ...LIVING);
    return { ...key, description };
  });
  return {};
};

export const EnableKey: Kms['EnableKey'] = async (call, input) => {
  await change(call, input.KeyId!, (key) => {
    requireState(key, 'Enabled', 'Disabled');
    return { ...key, state: 'Enabled' };
  });
  return {};
};

export const DisableKey: Kms['DisableKey'] = async (call, input) => {
  await change(call, input.KeyId!, (key) => {
    requireState(key, 'Enabled', 'Disabled');
    return { ...key, state: 'Disabled' };
  });
  return {};
};

async function change(call: Call, keyId: string, how: Parameters<typeof changeKey>[2]): Promise<void> {
  await changeKey(call, await openOwnKey(call, keyId), how);
}
