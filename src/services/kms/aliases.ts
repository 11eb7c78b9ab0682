import type { Call } from '../../kernel/call.ts';
import { pageToken, readPageToken } from '../../kernel/resources.ts';
import type { Handlers } from '../../kernel/service.ts';
import type { Transaction } from '../../kernel/store/store.ts';
import { alreadyExists, invalidAliasName, invalidMarker, limitExceeded, notFound, validation } from './errors.ts';
import { aliasArn, LIVING, openOwnKey, readLimit, requireState, reread } from './key-id.ts';
import { ALIASES_PAGE, ALIASES_PER_KEY_MAX } from './limits.ts';
import { aliases, aliasesOfKey, type Alias, type Key } from './records.ts';

type Kms = Handlers<typeof import('@aws-sdk/client-kms')>;

const NAME = /^alias\/[a-zA-Z0-9/_-]+$/;
const RESERVED = 'alias/aws/';

function checkName(name: string): void {
  if (!NAME.test(name))
    throw invalidAliasName(
      "Alias must start with the prefix 'alias/' and may contain alphanumeric characters, forward slashes, underscores and dashes only",
    );
  if (name.startsWith(RESERVED))
    throw invalidAliasName(`Aliases that begin with ${RESERVED} are reserved for AWS managed keys`);
}

/** Gives a key a name. */
export const CreateAlias: Kms['CreateAlias'] = async (call, input) => {
  const name = input.AliasName!;
  checkName(name);
  const target = await openOwnKey(call, input.TargetKeyId!);
  const now = call.kernel.clock.now();
  await call.kernel.store.transact(async (tx) => {
    const key = await reread(tx, target);
    requireState(key, ...LIVING);
    if (await tx.get(aliases, [key.account, key.region, name]))
      throw alreadyExists(`An alias with the name ${aliasArn(call, key.account, name)} already exists`);
    await point(tx, key, { name, target: key.id, createdAtMs: now, updatedAtMs: now });
  });
  return {};
};

async function point(tx: Transaction, key: Key, alias: Alias): Promise<void> {
  const place = [key.account, key.region, key.id];
  if ((await tx.range(aliasesOfKey, place)).length >= ALIASES_PER_KEY_MAX)
    throw limitExceeded(`The number of aliases exceeds the quota of ${ALIASES_PER_KEY_MAX} for a KMS key.`);
  tx.put(aliases, [key.account, key.region, alias.name], alias);
  tx.put(aliasesOfKey, [...place, alias.name], true);
}

/** Points a name to another key of the same type and usage. */
export const UpdateAlias: Kms['UpdateAlias'] = async (call, input) => {
  const name = input.AliasName!;
  checkName(name);
  const target = await openOwnKey(call, input.TargetKeyId!);
  await call.kernel.store.transact(async (tx) => {
    const alias = await openAlias(call, tx, name);
    const key = await reread(tx, target);
    requireState(key, ...LIVING);
    const current = await reread(tx, { ...key, id: alias.target });
    if (current.usage !== key.usage || isSymmetric(current) !== isSymmetric(key))
      throw validation(
        'The current and new KMS keys of an alias must be of the same type and have the same key usage.',
      );
    tx.delete(aliasesOfKey, [key.account, key.region, alias.target, name]);
    await point(tx, key, { ...alias, target: key.id, updatedAtMs: call.kernel.clock.now() });
  });
  return {};
};

const isSymmetric = ({ publicKey }: Key) => publicKey === undefined;

export const DeleteAlias: Kms['DeleteAlias'] = async (call, input) => {
  const name = input.AliasName!;
  checkName(name);
  await call.kernel.store.transact(async (tx) => {
    const { target } = await openAlias(call, tx, name);
    tx.delete(aliases, [call.account, call.region, name]);
    tx.delete(aliasesOfKey, [call.account, call.region, target, name]);
  });
  return {};
};

async function openAlias(call: Call, tx: Transaction, name: string): Promise<Alias> {
  const alias = await tx.get(aliases, [call.account, call.region, name]);
  if (!alias) throw notFound(`Alias ${aliasArn(call, call.account, name)} is not found.`);
  return alias;
}

/** The names of the account in the region, or those of one key, in their order. */
export const ListAliases: Kms['ListAliases'] = async (call, input) => {
  const { store } = call.kernel;
  const limit = readLimit(input.Limit, ALIASES_PAGE);
  const after = readPageToken<{ after: string }>(input.Marker, invalidMarker)?.after;
  const found: Alias[] = [];
  if (input.KeyId === undefined) {
    const prefix = [call.account, call.region];
    const options = { limit: limit + 1, ...(after === undefined ? {} : { after: [...prefix, after] }) };
    for (const { value } of await store.range(aliases, prefix, options)) found.push(value);
  } else {
    const key = await openOwnKey(call, input.KeyId);
    const prefix = [key.account, key.region, key.id];
    const options = { limit: limit + 1, ...(after === undefined ? {} : { after: [...prefix, after] }) };
    for (const { key: parts } of await store.range(aliasesOfKey, prefix, options)) {
      const alias = await store.get(aliases, [key.account, key.region, parts[3] as string]);
      if (alias) found.push(alias);
    }
  }
  const items = found.slice(0, limit);
  return {
    Aliases: items.map(({ name, target, createdAtMs, updatedAtMs }) => ({
      AliasName: name,
      AliasArn: aliasArn(call, call.account, name),
      TargetKeyId: target,
      CreationDate: new Date(createdAtMs),
      LastUpdatedDate: new Date(updatedAtMs),
    })),
    Truncated: found.length > limit,
    ...(found.length > limit ? { NextMarker: pageToken({ after: items.at(-1)!.name }) } : {}),
  };
};
