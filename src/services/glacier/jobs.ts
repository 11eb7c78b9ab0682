import type { JobParameters } from '@aws-sdk/client-glacier';
import type { Handlers, ServiceJob } from '../../kernel/service.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import type { Reader, Transaction } from '../../kernel/store/store.ts';
import { pageToken } from '../../kernel/resources.ts';
import { rangeTreeHash, releaseContent, retainContent } from './content.ts';
import { readDescription } from './description.ts';
import { invalid, missing, noLongerSupported, notFound } from './errors.ts';
import { newId } from './ids.ts';
import { writeInventory, type InventoryQuery } from './inventory.ts';
import { GIB, MIB, OUTPUT_MS, PAGE_MAX, RETRIEVAL_MS, type Tier } from './limits.ts';
import { meterVault } from './metering.ts';
import { notify, readTopic } from './notifications.ts';
import { readLimit, readMarker, readPage } from './paging.ts';
import { archives, retrievalJobs, vaults, type RetrievalJob, type Vault } from './records.ts';
import { admitRetrieval } from './retrieval-policy.ts';
import { openVault } from './vaults.ts';

type Glacier = Handlers<typeof import('@aws-sdk/client-glacier')>;
type ArchiveJob = Extract<RetrievalJob, { action: 'ArchiveRetrieval' }>;
type InventoryJob = Extract<RetrievalJob, { action: 'InventoryRetrieval' }>;
type Run = Pick<Vault, 'account' | 'region' | 'name'> & { vaultId: string; jobId: string };

/** Job ids are 92 characters. Source: API Reference, Initiate a Job. */
const JOB_ID_LENGTH = 92;

const noJob = (jobId: string) => notFound(`The job ID was not found: ${jobId}`);

/** A job of the vault that is still known. */
export async function findJob(reader: Reader, vault: Vault, jobId = '', nowMs: number): Promise<RetrievalJob> {
  const job = await reader.get(retrievalJobs, [vault.id, jobId]);
  if (!job || isExpired(job, nowMs)) throw noJob(jobId);
  return job;
}

const isExpired = ({ expiresAtMs = Infinity }: RetrievalJob, nowMs: number) => expiresAtMs <= nowMs;

/** Begins to bring back an archive, or the list of them: a job on the stack's clock, done after the time of its tier. */
export const InitiateJob: Glacier['InitiateJob'] = async (call, input) => {
  const { kernel } = call;
  const { jobParameters: given } = input;
  if (!given) throw missing('jobParameters');
  if (given.Type === undefined || given.Type === '') throw missing('Type');
  if (given.Type === 'select' || given.SelectParameters || given.OutputLocation)
    throw noLongerSupported('Amazon S3 Glacier Select is no longer available: use an archive-retrieval job');
  if (given.Type !== 'archive-retrieval' && given.Type !== 'inventory-retrieval')
    throw invalid(`Invalid job type: ${given.Type}`);
  const description = readDescription(given.Description, 'job');
  const topic = given.SNSTopic === undefined ? undefined : readTopic(given.SNSTopic);
  const isArchive = given.Type === 'archive-retrieval';
  const own = isArchive ? readArchiveJob(given) : readInventoryJob(given);
  const tier: Tier = 'tier' in own ? own.tier : 'Standard';
  const [least, most] = RETRIEVAL_MS[tier];
  const jobId = newId(kernel, JOB_ID_LENGTH);
  const createdAtMs = kernel.clock.now();
  const vault = await kernel.store.transact(async (tx) => {
    const vault = await openVault(call, input, tx);
    const base = {
      jobId,
      vaultId: vault.id,
      vaultArn: vault.arn,
      createdAtMs,
      status: 'InProgress' as const,
      ...(description === '' ? {} : { description }),
      ...(topic === undefined ? {} : { topic }),
    };
    let job: RetrievalJob;
    if ('tier' in own) {
      const archive = await tx.get(archives, [vault.id, own.archiveId]);
      if (!archive) throw notFound(`The archive ID was not found: ${own.archiveId}`);
      const { start, end } = readByteRange(own.range, archive.size);
      if (tier === 'Standard') await admitRetrieval(call, tx, end - start);
      job = { ...base, action: 'ArchiveRetrieval', tier, archive, start, end };
    } else {
      if (!vault.inventory)
        throw notFound(
          `There is no inventory of the vault yet: ${vault.arn}. One is made within a day of the first upload`,
        );
      job = { ...base, action: 'InventoryRetrieval', ...own };
    }
    tx.put(retrievalJobs, [vault.id, jobId], job);
    const { id: vaultId, account, region, name } = vault;
    const run: Run = { vaultId, jobId, account, region, name };
    const runAtMs = Math.ceil(createdAtMs + least + kernel.ids.random() * (most - least));
    await kernel.jobs.submit(tx, { kind: 'glacier/retrieval', id: jobId, input: run, runAtMs });
    return vault;
  });
  if (isArchive) call.meter({ type: REQUESTS[tier], quantity: 1, unit: 'requests' });
  return { jobId, location: `/${vault.account}/vaults/${vault.name}/jobs/${jobId}` };
};

const REQUESTS: Record<Tier, string> = {
  Expedited: 'Requests-Tier6',
  Standard: 'Requests-Tier3',
  Bulk: 'Requests-Tier5',
};

function readArchiveJob(given: JobParameters): { tier: Tier; archiveId: string; range: string | undefined } {
  if (given.ArchiveId === undefined || given.ArchiveId === '') throw missing('ArchiveId');
  if (given.Format !== undefined) throw invalid('Format cannot be given for an archive-retrieval job');
  if (given.InventoryRetrievalParameters)
    throw invalid('InventoryRetrievalParameters cannot be given for an archive-retrieval job');
  const { Tier: tier = 'Standard' } = given;
  if (!(tier in RETRIEVAL_MS)) throw invalid(`Invalid tier: ${tier}. Valid values are Expedited, Standard and Bulk`);
  return { tier: tier as Tier, archiveId: given.ArchiveId, range: given.RetrievalByteRange };
}

/** `0-1048575`: it begins at a MiB, and ends at one or at the end of the archive. The end is given back exclusive. */
function readByteRange(given: string | undefined, size: number): { start: number; end: number } {
  if (given === undefined || given === '') return { start: 0, end: size };
  const [, first = '', last = ''] = /^(\d{1,15})-(\d{1,15})$/.exec(given) ?? [];
  const start = Number(first);
  const end = Number(last) + 1;
  const wrong = (why: string) => invalid(`Invalid RetrievalByteRange: ${given}. ${why}`);
  if (first === '' || end <= start) throw wrong('It must be "<first>-<last>"');
  if (end > size) throw wrong(`The archive has ${size} bytes`);
  if (start % MIB !== 0) throw wrong('It must start at a multiple of 1 MiB');
  if (end % MIB !== 0 && end !== size) throw wrong('It must end at a multiple of 1 MiB or at the end of the archive');
  return { start, end };
}

function readInventoryJob(given: JobParameters): InventoryQuery {
  for (const name of ['ArchiveId', 'RetrievalByteRange', 'Tier'] as const) {
    if (given[name] !== undefined) throw invalid(`${name} cannot be given for an inventory-retrieval job`);
  }
  const { Format: format = 'JSON', InventoryRetrievalParameters: range = {} } = given;
  if (format !== 'JSON' && format !== 'CSV') throw invalid(`Invalid format: ${format}. Valid values are JSON and CSV`);
  const startMs = readDate(range.StartDate, 'StartDate');
  const endMs = readDate(range.EndDate, 'EndDate');
  if (startMs !== undefined && endMs !== undefined && endMs <= startMs)
    throw invalid('Invalid date range: EndDate must be after StartDate');
  if (range.Limit !== undefined && !/^[1-9]\d{0,15}$/.test(range.Limit)) throw invalid(`Invalid Limit: ${range.Limit}`);
  const marker = readMarker<string>(range.Marker);
  return {
    format,
    ...(startMs === undefined ? {} : { startMs }),
    ...(endMs === undefined ? {} : { endMs }),
    ...(range.Limit === undefined ? {} : { limit: Number(range.Limit) }),
    ...(marker === undefined ? {} : { marker }),
  };
}

/** `2013-03-20T17:03:43Z`, with or without fractions of a second. */
function readDate(given: string | undefined, name: string): number | undefined {
  if (given === undefined || given === '') return undefined;
  const ms = /^\d{4}-\d\d-\d\d(T\d\d:?\d\d:?\d\d(\.\d+)?Z)?$/.test(given) ? Date.parse(given) : Number.NaN;
  if (Number.isNaN(ms)) throw invalid(`Invalid ${name}: ${given}`);
  return ms;
}

const iso = (ms: number) => new Date(ms).toISOString();

/** What DescribeJob answers, and what the notification of its end says. Source: API Reference, Describe Job. */
export function describe(job: RetrievalJob) {
  const isDone = job.status !== 'InProgress';
  return {
    Action: job.action,
    JobId: job.jobId,
    VaultARN: job.vaultArn,
    CreationDate: iso(job.createdAtMs),
    Completed: isDone,
    StatusCode: job.status,
    ...(job.description === undefined ? {} : { JobDescription: job.description }),
    ...(job.topic === undefined ? {} : { SNSTopic: job.topic }),
    ...(job.completedAtMs === undefined ? {} : { CompletionDate: iso(job.completedAtMs) }),
    ...(job.statusMessage === undefined ? {} : { StatusMessage: job.statusMessage }),
    ...(job.action === 'ArchiveRetrieval' ? describeArchive(job) : describeInventory(job)),
  };
}

const describeArchive = ({ archive, start, end, tier, treeHash }: ArchiveJob) => ({
  ArchiveId: archive.archiveId,
  ArchiveSizeInBytes: archive.size,
  ArchiveSHA256TreeHash: archive.treeHash,
  RetrievalByteRange: `${start}-${end - 1}`,
  Tier: tier,
  ...(treeHash === undefined ? {} : { SHA256TreeHash: treeHash }),
});

const describeInventory = ({ format, startMs, endMs, limit, marker, nextMarker, output, status }: InventoryJob) => {
  const at = status === 'InProgress' ? marker : nextMarker;
  return {
    ...(output ? { InventorySizeInBytes: output.size } : {}),
    InventoryRetrievalParameters: {
      Format: format,
      ...(startMs === undefined ? {} : { StartDate: iso(startMs) }),
      ...(endMs === undefined ? {} : { EndDate: iso(endMs) }),
      ...(limit === undefined ? {} : { Limit: String(limit) }),
      // Once the job is done it says where the next one goes on; nothing means that there is no more.
      ...(at === undefined ? {} : { Marker: pageToken({ after: at }) }),
    },
  };
};

export const DescribeJob: Glacier['DescribeJob'] = async (call, input) => {
  const vault = await openVault(call, input);
  return describe(await findJob(call.kernel.store, vault, input.jobId, call.kernel.clock.now()));
};

const STATUSES = ['InProgress', 'Succeeded', 'Failed'];

/** Jobs in the order of their beginning, those that ended within the day included. */
export const ListJobs: Glacier['ListJobs'] = async (call, input) => {
  const limit = readLimit(input.limit, PAGE_MAX);
  const { statuscode, completed, marker } = input;
  if (statuscode !== undefined && !STATUSES.includes(statuscode))
    throw invalid(`Invalid statuscode: ${statuscode}. Valid values are ${STATUSES.join(', ')}`);
  if (completed !== undefined && completed !== 'true' && completed !== 'false')
    throw invalid(`Invalid completed: ${completed}. Valid values are true and false`);
  const vault = await openVault(call, input);
  const now = call.kernel.clock.now();
  const wanted = (job: RetrievalJob) =>
    !isExpired(job, now) &&
    (statuscode === undefined || job.status === statuscode) &&
    (completed === undefined || (job.status !== 'InProgress') === (completed === 'true'));
  const { page, ...next } = await readPage(call, retrievalJobs, [vault.id], { marker, limit }, wanted);
  return { JobList: page.map(describe), ...next };
};

/** What a job comes to at its time. */
export const retrievalJob: ServiceJob<Run> = {
  async run({ job: { input: run }, kernel, signal }) {
    const key = [run.vaultId, run.jobId];
    const job = await kernel.store.get(retrievalJobs, key);
    const vault = await kernel.store.get(vaults, [run.account, run.region, run.name]);
    if (job?.status !== 'InProgress' || vault?.id !== run.vaultId) return { status: 'gone' };
    return job.action === 'ArchiveRetrieval'
      ? finishArchive(kernel, run, job)
      : finishInventory(kernel, run, job, vault, signal);
  },
  async ended(tx, { state, reason = state, input: { vaultId, jobId }, endedAtMs = 0 }) {
    if (state === 'completed') return;
    const job = await tx.get(retrievalJobs, [vaultId, jobId]);
    if (job?.status !== 'InProgress') return;
    const end = { status: 'Failed' as const, statusMessage: reason, completedAtMs: endedAtMs };
    tx.put(retrievalJobs, [vaultId, jobId], { ...job, ...end, expiresAtMs: endedAtMs + OUTPUT_MS });
  },
};

async function finishArchive(kernel: Kernel, run: Run, job: ArchiveJob): Promise<{ status: string }> {
  const { archive, start, end, tier } = job;
  const treeHash = await rangeTreeHash(kernel, archive, start, end);
  const done = await kernel.store.transact(async (tx) => {
    const isThere = (await tx.get(archives, [run.vaultId, archive.archiveId])) !== undefined;
    if (isThere) await retainContent(tx, archive.contentId);
    return finish(
      kernel,
      tx,
      run,
      isThere
        ? { ...job, status: 'Succeeded', statusMessage: 'Succeeded', ...(treeHash === undefined ? {} : { treeHash }) }
        : { ...job, status: 'Failed', statusMessage: `The archive ID was not found: ${archive.archiveId}` },
    );
  });
  if (done.status === 'Succeeded')
    meterVault(kernel, run, { type: `${tier}-Retrieval-Bytes`, quantity: (end - start) / GIB, unit: 'GB' });
  return { status: done.status };
}

async function finishInventory(
  kernel: Kernel,
  run: Run,
  job: InventoryJob,
  vault: Vault,
  signal: AbortSignal,
): Promise<{ status: string }> {
  const written = await writeInventory(kernel, vault, job, signal);
  try {
    const done = await kernel.store.transact(async (tx) => {
      await kernel.blobs.retain(tx, written.output);
      return finish(kernel, tx, run, { ...job, ...written, status: 'Succeeded', statusMessage: 'Succeeded' });
    });
    return { status: done.status };
  } catch (error) {
    await kernel.blobs.discard(written.output);
    throw error;
  }
}

/** Writes the end of a job, tells those who asked, and lets it expire. */
async function finish(kernel: Kernel, tx: Transaction, run: Run, job: RetrievalJob): Promise<RetrievalJob> {
  const key = [run.vaultId, run.jobId];
  const vault = await tx.get(vaults, [run.account, run.region, run.name]);
  const now = await tx.get(retrievalJobs, key);
  if (vault?.id !== run.vaultId || now?.status !== 'InProgress') throw new Error('the vault of the job is gone');
  const completedAtMs = kernel.clock.now();
  const done = { ...job, completedAtMs, expiresAtMs: completedAtMs + OUTPUT_MS };
  tx.put(retrievalJobs, key, done);
  await kernel.jobs.submit(tx, {
    kind: 'glacier/job-expiry',
    id: run.jobId,
    input: { vaultId: run.vaultId, jobId: run.jobId },
    runAtMs: done.expiresAtMs,
  });
  notify(kernel, tx, vault, `${job.action}Completed`, job.topic, describe(done));
  return done;
}

/** Forgets a job and lets go of its output. */
export const jobExpiryJob: ServiceJob<{ vaultId: string; jobId: string }> = {
  run: ({ job: { input }, kernel }) =>
    kernel.store.transact(async (tx) => {
      const key = [input.vaultId, input.jobId];
      const job = await tx.get(retrievalJobs, key);
      if (!job) return { expired: false };
      tx.delete(retrievalJobs, key);
      await kernel.jobs.remove(tx, 'glacier/retrieval', input.jobId);
      if (job.action === 'ArchiveRetrieval' && job.status === 'Succeeded')
        await releaseContent(kernel, tx, job.archive.contentId);
      if (job.action === 'InventoryRetrieval' && job.output) await kernel.blobs.release(tx, job.output);
      return { expired: true };
    }),
};
