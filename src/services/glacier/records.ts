import type { Blob } from '../../kernel/blobs/blobs.ts';
import { collection } from '../../kernel/store/store.ts';
import type { Tier } from './limits.ts';

/** Times are virtual ms since the epoch, sizes bytes, hashes lower-case hexadecimal. */
export type Vault = {
  /** Never used again: what belongs to a vault that is deleted is not another's of that name. */
  id: string;
  account: string;
  region: string;
  name: string;
  arn: string;
  createdAtMs: number;
  tags: Record<string, string>;
  accessPolicy?: string;
  lock?: VaultLock;
  notifications?: { topic: string; events: string[] };
  inventory?: Inventory;
};

export type VaultLock = {
  policy: string;
  lockId: string;
  createdAtMs: number;
  /** Absent once it is locked. */
  expiresAtMs?: number;
};

/** The state of a vault as it was last looked through; `blob` holds a line of JSON for each archive, in order of id. */
export type Inventory = { atMs: number; archives: number; bytes: number; blob: Blob };

/** The bytes of an archive: parts that stand in `parts` under `contentId`, all of `partSize` but the last. */
export type Content = { contentId: string; size: number; partSize: number };

export type Archive = Content & {
  archiveId: string;
  description: string;
  createdAtMs: number;
  treeHash: string;
};

/** `leaves` holds the hashes of its MiBs, 32 bytes each; absent when there is one only, which is `treeHash`. */
export type Part = { start: number; size: number; treeHash: string; writtenAtMs: number; blob: Blob; leaves?: Blob };

export type Upload = {
  uploadId: string;
  vaultId: string;
  description: string;
  partSize: number;
  createdAtMs: number;
};

/** What became of an upload; kept for a while, as to complete or abort it again is no error. */
export type EndedUpload = { vaultId: string; archive?: { archiveId: string; treeHash: string } };

export type RetrievalJob = {
  jobId: string;
  vaultId: string;
  vaultArn: string;
  description?: string;
  topic?: string;
  createdAtMs: number;
  status: 'InProgress' | 'Succeeded' | 'Failed';
  statusMessage?: string;
  completedAtMs?: number;
  /** From then on the job is unknown. */
  expiresAtMs?: number;
} & (
  | {
      action: 'ArchiveRetrieval';
      tier: Tier;
      archive: Archive;
      /** `start` inclusive, `end` exclusive. */
      start: number;
      end: number;
      /** Of the range, where it is a node of the archive's tree; known when the job has succeeded. */
      treeHash?: string;
    }
  | {
      action: 'InventoryRetrieval';
      format: 'JSON' | 'CSV';
      startMs?: number;
      endMs?: number;
      limit?: number;
      marker?: string;
      /** Where the next job goes on. */
      nextMarker?: string;
      output?: Blob;
    }
);

export type DataRetrievalRule = { strategy: 'BytesPerHour' | 'FreeTier' | 'None'; bytesPerHour?: number };

/** What Standard retrievals have been begun lately: of this month, and of the last hour by the minute. */
export type RetrievalUse = { month: string; bytes: number; minutes: { minute: number; bytes: number }[] };

/** [account, region, name]. */
export const vaults = collection<Vault>('glacier/vault');
/** [vault id, archive id]: ids begin with their time, so that archives are in order of making. */
export const archives = collection<Archive>('glacier/archive');
/** [content id, start]. */
export const parts = collection<Part>('glacier/part');
/** [content id]: how many archives and job outputs are made of it. */
export const contents = collection<{ references: number }>('glacier/content');
/** [vault id, upload id], under way; the id is that of its content too. */
export const uploads = collection<Upload>('glacier/upload');
/** [vault id, upload id]. */
export const endedUploads = collection<EndedUpload>('glacier/ended-upload');
/** [vault id, job id]. */
export const retrievalJobs = collection<RetrievalJob>('glacier/job');
/** [vault id]: stands while the vault has been written to since its inventory. */
export const inventoryDue = collection<{ atMs: number; running: boolean; again: boolean }>('glacier/inventory-due');
/** [account, region]. */
export const retrievalPolicies = collection<DataRetrievalRule>('glacier/retrieval-policy');
/** [account, region]. */
export const retrievalUse = collection<RetrievalUse>('glacier/retrieval-use');
/** [account, region, capacity id]. */
export const capacityUnits = collection<{ startMs: number; expiresAtMs: number }>('glacier/capacity');
