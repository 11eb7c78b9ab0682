import { limitExceeded } from './errors.ts';
import { STAGES_MAX, VERSION_KEPT_MS, VERSIONS_MAX } from './limits.ts';
import type { Version } from './records.ts';

/** Staging labels: each is on one version of a secret at most. */
export const CURRENT = 'AWSCURRENT';
export const PREVIOUS = 'AWSPREVIOUS';
export const PENDING = 'AWSPENDING';

export const versionAt = (all: readonly Version[], stage: string) => all.find(({ stages }) => stages.includes(stage));

function take(all: readonly Version[], stage: string): void {
  for (const version of all) version.stages = version.stages.filter((one) => one !== stage);
}

/**
 * Puts a label on a version and off the one that had it. Where AWSCURRENT leaves a version, AWSPREVIOUS comes to it.
 * Source: API Reference, PutSecretValue and UpdateSecretVersionStage.
 */
export function moveStage(all: readonly Version[], stage: string, to: Version): void {
  const from = versionAt(all, stage);
  if (from === to) return;
  take(all, stage);
  to.stages = [...to.stages, stage];
  if (stage !== CURRENT || !from) return;
  take(all, PREVIOUS);
  from.stages = [...from.stages, PREVIOUS];
}

export function removeStage(all: readonly Version[], stage: string): void {
  take(all, stage);
}

/** Throws LimitExceededException when the versions have more labels than a secret may. */
export function checkStages(all: readonly Version[]): void {
  const count = all.reduce((sum, { stages }) => sum + stages.length, 0);
  if (count > STAGES_MAX)
    throw limitExceeded(`The secret would have ${count} staging labels; a secret has at most ${STAGES_MAX}.`);
}

/**
 * The versions that make room for the newest: the oldest ones without a label, except those of the last 24 hours. Throws
 * LimitExceededException when too few can go, which comes of more than one PutSecretValue each 10 minutes for a day.
 */
export function surplus(all: readonly Version[], nowMs: number): Version[] {
  const excess = all.length - VERSIONS_MAX;
  if (excess <= 0) return [];
  const deprecated = all
    .filter(({ stages, createdAtMs }) => stages.length === 0 && nowMs - createdAtMs >= VERSION_KEPT_MS)
    .toSorted((a, b) => a.serial - b.serial);
  if (deprecated.length < excess)
    throw limitExceeded(
      `A secret has at most ${VERSIONS_MAX} versions; those with a staging label, and those created within the last 24 hours, are kept.`,
    );
  return deprecated.slice(0, excess);
}
