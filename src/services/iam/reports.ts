import type { Blob } from '../../kernel/blobs/blobs.ts';
import type { Call } from '../../kernel/call.ts';
import { identityArn } from '../../kernel/principals/principal.ts';
import type { ServiceJob } from '../../kernel/service.ts';
import { collection } from '../../kernel/store/store.ts';
import { ACCESS_REPORT_MS } from './credential-limits.ts';
import { noSuchEntity } from './errors.ts';
import type { Asker } from './policy-source.ts';

/** A report that is made in the background: asked for, looked at until it is there, kept for a time. */
export type Report<Ask> = {
  ask: Ask;
  /** ARN of who asked: nobody else reads it. */
  asker: string;
  createdAtMs: number;
  endedAtMs?: number;
  /** JSON. */
  content?: Blob;
  failure?: string;
};

type Input = { account: string; partition: string };

/**
 * Reports of one kind.
 *
 * @param kind of their jobs, and the name of their collection: `iam/access-report`
 * @param make the report that was asked for
 */
export function reportsOf<Ask, Content>(
  kind: string,
  make: (asker: Asker, ask: Ask, signal: AbortSignal) => Promise<Content>,
) {
  // Keyed by account and job.
  const reports = collection<Report<Ask>>(kind);

  const report: ServiceJob<Input> = {
    async run({ job, kernel, signal }) {
      const { account, partition } = job.input;
      const asked = await kernel.store.get(reports, [account, job.id]);
      if (!asked) return;
      const made = await make({ kernel, account, partition }, asked.ask, signal);
      const content = await kernel.blobs.put(Buffer.from(JSON.stringify(made)));
      const kept = await kernel.store.transact(async (tx) => {
        const standing = await tx.get(reports, [account, job.id]);
        if (!standing || standing.content) return false;
        await kernel.blobs.retain(tx, content);
        tx.put(reports, [account, job.id], { ...standing, content, endedAtMs: kernel.clock.now() });
        return true;
      });
      if (!kept) await kernel.blobs.discard(content);
    },
    async ended(tx, { id, state, input: { account }, reason, endedAtMs }) {
      const standing = await tx.get(reports, [account, id]);
      if (standing && state !== 'completed')
        tx.put(reports, [account, id], { ...standing, failure: reason ?? state, endedAtMs: endedAtMs! });
    },
  };

  const expiry: ServiceJob<Input> = {
    async run({ job, kernel }) {
      await kernel.store.transact(async (tx) => {
        const key = [job.input.account, job.id];
        const standing = await tx.get(reports, key);
        if (standing?.content) await kernel.blobs.release(tx, standing.content);
        tx.delete(reports, key);
      });
    },
  };

  return {
    jobs: { [kind]: report, [`${kind}-expiry`]: expiry },

    /** Asks for one; resolves with its id. */
    async begin({ account, partition, kernel, principal }: Call, ask: Ask): Promise<string> {
      const id = kernel.ids.uuid();
      const createdAtMs = kernel.clock.now();
      const input = { account, partition };
      await kernel.store.transact(async (tx) => {
        tx.put(reports, [account, id], { ask, asker: identityArn(principal), createdAtMs });
        await kernel.jobs.submit<Input>(tx, { kind, id, input });
        const runAtMs = createdAtMs + ACCESS_REPORT_MS;
        await kernel.jobs.submit<Input>(tx, { kind: `${kind}-expiry`, id, input, runAtMs });
      });
      return id;
    },

    /** Rejects with NoSuchEntity unless the caller has asked for it. */
    async open(call: Call, id: string) {
      const found = await call.kernel.store.get(reports, [call.account, id]);
      if (!found || found.asker !== identityArn(call.principal))
        throw noSuchEntity(`The job with id ${id} cannot be found.`);
      const { ask, createdAtMs, endedAtMs, content, failure } = found;
      return {
        ask,
        failure: failure === undefined ? undefined : { Code: 'InternalFailure', Message: failure },
        content: content
          ? (JSON.parse((await call.kernel.blobs.bytes(content)).toString('utf8')) as Content)
          : undefined,
        state: {
          JobStatus:
            failure !== undefined ? ('FAILED' as const) : content ? ('COMPLETED' as const) : ('IN_PROGRESS' as const),
          JobCreationDate: new Date(createdAtMs),
          // Absent while the job runs, whatever the SDK's type says.
          JobCompletionDate: (endedAtMs === undefined ? undefined : new Date(endedAtMs)) as Date,
        },
      };
    },
  };
}
