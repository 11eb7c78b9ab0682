import type { ImportStatus } from '@aws-sdk/client-cloudtrail';
import { collection, type Reader } from '../../kernel/store/store.ts';

/** What is kept of imports. */
export type Import = {
  id: string;
  account: string;
  region: string;
  /** ARN of the event data store. */
  destination: string;
  uri: string;
  bucketRegion: string;
  roleArn: string;
  fromMs?: number;
  toMs?: number;
  status: ImportStatus;
  createdAtMs: number;
  updatedAtMs: number;
  /** How often it has been begun: each has a job of its own. */
  runs: number;
  statistics: Statistics;
  /** The last object that was done: a run goes on after it. */
  after?: string;
};
type Statistics = { prefixesFound: number; prefixesCompleted: number; files: number; events: number; failed: number };
export type Failure = { location: string; type: string; message: string; atMs: number };

/** Keys: account, region, id. */
export const imports = collection<Import>('cloudtrail/import');
/** Keys: import id, location. */
export const failures = collection<Failure>('cloudtrail/import-failure');

export const IN_PROGRESS: ReadonlySet<ImportStatus> = new Set(['INITIALIZING', 'IN_PROGRESS']);

/** Whether an import into an event data store is in progress. */
export async function isImporting(
  reader: Reader,
  { account, region, arn }: { account: string; region: string; arn: string },
): Promise<boolean> {
  const all = await reader.range(imports, [account, region]);
  return all.some(({ value }) => value.destination === arn && IN_PROGRESS.has(value.status));
}
