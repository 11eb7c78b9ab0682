import { pageToken, readPageToken } from '../../kernel/resources.ts';
import type { Handlers } from '../../kernel/service.ts';
import { changeSecret } from './change.ts';
import { readVersions } from './history.ts';
import { invalidParameter, invalidToken, notFound } from './errors.ts';
import { PAGE_DEFAULT } from './limits.ts';
import { findSecret } from './lookup.ts';
import { continueSchedule } from './schedule.ts';
import { CURRENT, moveStage, removeStage, versionAt } from './stages.ts';

type SecretsManager = Handlers<typeof import('@aws-sdk/client-secrets-manager')>;

/** What ListSecretVersionIds says of a version under the key that AWS manages. */
const DEFAULT_KEY = 'DefaultEncryptionKey';

/** The versions of a secret, the oldest first; those without a label on request. */
export const ListSecretVersionIds: SecretsManager['ListSecretVersionIds'] = async (call, input) => {
  const secret = await findSecret(call, input.SecretId!);
  const after = readPageToken<{ serial: number }>(input.NextToken, invalidToken)?.serial ?? 0;
  const size = input.MaxResults ?? PAGE_DEFAULT;
  const all = (await readVersions(call.kernel.store, secret.arn)).filter(
    ({ serial, stages }) => serial > after && (input.IncludeDeprecated === true || stages.length > 0),
  );
  const page = all.slice(0, size);
  return {
    ARN: secret.arn,
    Name: secret.name,
    Versions: page.map(({ versionId, stages, createdAtMs, accessedDayMs, value }) => ({
      VersionId: versionId,
      ...(stages.length > 0 ? { VersionStages: stages } : {}),
      ...(accessedDayMs === undefined ? {} : { LastAccessedDate: new Date(accessedDayMs) }),
      CreatedDate: new Date(createdAtMs),
      ...(value ? { KmsKeyIds: [value.isDefaultKey ? DEFAULT_KEY : value.keyArn] } : {}),
    })),
    ...(all.length > size ? { NextToken: pageToken({ serial: page.at(-1)!.serial }) } : {}),
  };
};

/** Moves a label from one version to another, or takes it off. Source: API Reference, UpdateSecretVersionStage. */
export const UpdateSecretVersionStage: SecretsManager['UpdateSecretVersionStage'] = (call, input) => {
  const { VersionStage: stage, RemoveFromVersionId: from, MoveToVersionId: to } = input;
  if (from === undefined && to === undefined)
    throw invalidParameter('You must provide MoveToVersionId, RemoveFromVersionId, or both.');
  return changeSecret(call, input.SecretId!, async (secret, all, tx) => {
    for (const id of [from, to])
      if (id !== undefined && !all.some(({ versionId }) => versionId === id))
        throw notFound(`Secrets Manager can't find the specified secret version: ${id}`);
    const holder = versionAt(all, stage!);
    if (to === undefined) {
      if (stage === CURRENT)
        throw invalidParameter(
          `You can only move staging label ${CURRENT} to a different secret version. It can’t be completely removed.`,
        );
      if (holder?.versionId !== from)
        throw invalidParameter(`Staging label ${stage} is not attached to version ${from}.`);
      removeStage(all, stage!);
    } else {
      if (holder && from === undefined && holder.versionId !== to)
        throw invalidParameter(
          `The parameter RemoveFromVersionId can't be empty. Staging label ${stage} is currently attached to version ${holder.versionId}, so you must explicitly reference that version in RemoveFromVersionId.`,
        );
      if (from !== undefined && holder?.versionId !== from)
        throw invalidParameter(
          `When you move staging label ${stage}, if you specify RemoveFromVersionId, it must be set to the version that currently has the staging label ${stage}.`,
        );
      moveStage(
        all,
        stage!,
        all.find(({ versionId }) => versionId === to)!,
      );
      if (stage === CURRENT) await continueSchedule(call.kernel, tx, secret);
    }
    return { ARN: secret.arn, Name: secret.name };
  });
};
