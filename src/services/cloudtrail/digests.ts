import type { Kernel } from '../../kernel/kernel.ts';
import type { ServiceJob } from '../../kernel/service.ts';
import type { Transaction } from '../../kernel/store/store.ts';
import { DELIVERY_MS } from '../../kernel/trail/outbox.ts';
import { secondsOf } from '../../kernel/trail/record.ts';
import { destinationOf } from './distribution.ts';
import { dayOf, folderOf, putFile, sha256, stampOf } from './files.ts';
import type { OrganizationOf } from './interest.ts';
import { DIGEST_MS } from './limits.ts';
import {
  deliveryStates,
  digestChains,
  logFiles,
  trails,
  waiting,
  type DigestChain,
  type LogFile,
  type Trail,
} from './records.ts';
import { signer } from './signing-keys.ts';

/**
 * Digest files: each hour, what was delivered since the last one, signed together with that one's signature. Whoever changes or removes
 * a log file or a digest breaks the chain there. Source: CloudTrail User Guide, "CloudTrail digest file structure" and "Custom
 * implementations of CloudTrail log file integrity validation".
 */
type Input = { account: string; region: string; name: string; trailArn: string; sinceMs: number };

export const DIGEST_JOB = 'cloudtrail/digest';
const FOLDER = 'CloudTrail-Digest';

/** Begins a series of digests, in the transaction that turns validation or logging on. */
export async function beginDigests(
  kernel: Kernel,
  tx: Transaction,
  trail: Trail,
  organization: OrganizationOf,
): Promise<void> {
  const { account, region, name, arn: trailArn } = trail;
  const sinceMs = trail.digestSinceMs!;
  if (!(await tx.get(digestChains, [trailArn, account, region])))
    tx.put(digestChains, [trailArn, account, region], {
      destination: destinationOf(trail, organization),
      endMs: sinceMs,
    });
  await submit(kernel, tx, { account, region, name, trailArn, sinceMs }, sinceMs + DIGEST_MS);
}

const jobId = ({ trailArn, sinceMs }: Input, runAtMs: number) => `${trailArn}#${sinceMs}/${runAtMs}`;

async function submit(kernel: Kernel, tx: Transaction, input: Input, runAtMs: number): Promise<void> {
  await kernel.jobs.submit(tx, { kind: DIGEST_JOB, id: jobId(input, runAtMs), input, runAtMs });
}

export const digestJob: ServiceJob<Input> = {
  async run({ job, kernel, signal }) {
    const { input, dueAtMs } = job;
    const runAtMs = dueAtMs ?? job.runAtMs;
    const trail = await kernel.store.get(trails, [input.account, input.region, input.name]);
    const goesOn = trail?.arn === input.trailArn && trail.digestSinceMs === input.sinceMs;
    // Turned off and on again: the series that has begun since goes on with the chain.
    const takenOver = !goesOn && trail?.digestSinceMs !== undefined;
    if (!goesOn && !takenOver && (await isUnderWay(kernel, trail, input))) {
      await kernel.store.transact((tx) => submit(kernel, tx, input, runAtMs + DELIVERY_MS));
      return;
    }
    const chains = takenOver ? [] : await kernel.store.range(digestChains, [input.trailArn]);
    for (const { key } of chains) {
      const [, account, region] = key as [string, string, string];
      if (!trail || goesOn || (await hasFiles(kernel, key as string[])))
        await writeDigest(kernel, { trail, trailArn: input.trailArn, account, region, endMs: runAtMs, signal });
      if (!goesOn) await kernel.store.transact((tx) => tx.delete(digestChains, key));
    }
    await kernel.store.transact(async (tx) => {
      await kernel.jobs.remove(tx, DIGEST_JOB, jobId(input, runAtMs - DIGEST_MS));
      if (goesOn) await submit(kernel, tx, input, nextRun(kernel, runAtMs));
    });
  },
};

/** Whether the last log files of a trail that logs no more are not written yet. */
async function isUnderWay(kernel: Kernel, trail: Trail | undefined, { account, trailArn }: Input): Promise<boolean> {
  if (trail?.stoppedBy !== undefined) return true;
  return (await kernel.store.range(waiting, [account, trailArn], { limit: 1 })).length > 0;
}

const hasFiles = async (kernel: Kernel, place: string[]) =>
  (await kernel.store.range(logFiles, place, { limit: 1 })).length > 0;

/** On the beat of the series; after a long stop not once for each hour of it. */
function nextRun(kernel: Kernel, runAtMs: number): number {
  const late = Math.max(0, Math.floor((kernel.clock.now() - runAtMs) / DIGEST_MS));
  return runAtMs + (late + 1) * DIGEST_MS;
}

/** Log files of one digest; more wait for the next. */
const FILES_MAX = 1000;

async function writeDigest(
  kernel: Kernel,
  {
    trail,
    trailArn,
    account,
    region,
    endMs,
    signal,
  }: {
    trail: Trail | undefined;
    trailArn: string;
    account: string;
    region: string;
    endMs: number;
    signal: AbortSignal;
  },
): Promise<void> {
  const place = [trailArn, account, region];
  const chain = await kernel.store.get(digestChains, place);
  if (!chain || chain.endMs >= endMs) return;
  const organization = trail && (await kernel.principals.organizationOf(trail.account));
  const destination = trail ? destinationOf(trail, organization) : chain.destination;
  const files = await kernel.store.range(logFiles, place, { limit: FILES_MAX });
  const { fingerprint, sign } = await signer(kernel, destination.homeRegion);
  const { key, body } = digestOf(chain, {
    account,
    region,
    endMs,
    fingerprint,
    destination,
    files: files.map(({ value }) => value),
  });
  const previous = chain.previous?.signature ?? 'null';
  const hash = sha256(body);
  const signature = sign(`${secondsOf(endMs)}\n${destination.bucket}/${key}\n${hash}\n${previous}`);
  let error: string | undefined;
  try {
    await putFile(kernel, destination, {
      key,
      body,
      metadata: { signature, 'signature-algorithm': 'SHA256withRSA' },
      signal,
    });
  } catch (reason) {
    signal.throwIfAborted();
    error = reason instanceof Error ? reason.name : String(reason);
    kernel.log.warn({ err: reason, trail: trailArn, bucket: destination.bucket }, 'a digest could not be delivered');
  }
  await kernel.store.transact(async (tx) => {
    const { digestError: _before, ...state } = (await tx.get(deliveryStates, [trailArn])) ?? {};
    if (error !== undefined) {
      // What it would have told of waits for the next one.
      tx.put(deliveryStates, [trailArn], { ...state, digestError: error });
      return;
    }
    for (const { key: each } of files) tx.delete(logFiles, each);
    tx.put(deliveryStates, [trailArn], { ...state, digestAtMs: endMs });
    tx.put(digestChains, place, {
      destination,
      endMs,
      previous: { bucket: destination.bucket, key, sha256: hash, signature },
    });
  });
}

function digestOf(
  { endMs: startMs, previous }: DigestChain,
  parts: {
    account: string;
    region: string;
    endMs: number;
    fingerprint: string;
    destination: DigestChain['destination'];
    files: LogFile[];
  },
): { key: string; body: string } {
  const { account, region, endMs, fingerprint, destination, files } = parts;
  const { name, homeRegion, bucket } = destination;
  const stamp = stampOf(endMs, { seconds: true });
  const key = `${folderOf(destination, account, FOLDER)}/${region}/${dayOf(endMs)}/${account}_${FOLDER}_${region}_${name}_${homeRegion}_${stamp}.json.gz`;
  const digest = {
    awsAccountId: account,
    digestStartTime: secondsOf(startMs),
    digestEndTime: secondsOf(endMs),
    digestS3Bucket: bucket,
    digestS3Object: key,
    digestPublicKeyFingerprint: fingerprint,
    digestSignatureAlgorithm: 'SHA256withRSA',
    newestEventTime:
      files
        .map(({ newest }) => newest)
        .toSorted()
        .at(-1) ?? null,
    oldestEventTime: files.map(({ oldest }) => oldest).toSorted()[0] ?? null,
    previousDigestS3Bucket: previous?.bucket ?? null,
    previousDigestS3Object: previous?.key ?? null,
    previousDigestHashValue: previous?.sha256 ?? null,
    previousDigestHashAlgorithm: previous ? 'SHA-256' : null,
    previousDigestSignature: previous?.signature ?? null,
    logFiles: files.map((file) => ({
      s3Bucket: file.bucket,
      s3Object: file.key,
      hashValue: file.sha256,
      hashAlgorithm: 'SHA-256',
      newestEventTime: file.newest,
      oldestEventTime: file.oldest,
    })),
  };
  return { key, body: JSON.stringify(digest) };
}
