import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import type { Blob } from '../../kernel/blobs/blobs.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import type { ServiceJob } from '../../kernel/service.ts';
import type { Transaction } from '../../kernel/store/store.ts';
import { DAY_MS, FIRST_INVENTORY_MS } from './limits.ts';
import { billedBytes } from './metering.ts';
import { archives, inventoryDue, vaults, type Vault } from './records.ts';

/** Vault inventories: about daily, where there is something new. */
export type InventoryEntry = {
  ArchiveId: string;
  ArchiveDescription: string;
  CreationDate: string;
  Size: number;
  SHA256TreeHash: string;
};

type Input = Pick<Vault, 'account' | 'region' | 'name'> & { vaultId: string };

/** Bytes that are gathered before they are written. */
const CHUNK_BYTES = 64 * 1024;

/** Ends only when the process cannot go on at all: without an inventory a vault can be neither listed nor deleted. */
const ATTEMPTS_MAX = 100;

/** Tells that a vault's archives have changed, within the transaction that changes them: an inventory will be made. */
export async function noteWrite(kernel: Kernel, tx: Transaction, vault: Vault): Promise<void> {
  const due = await tx.get(inventoryDue, [vault.id]);
  if (!due) return schedule(kernel, tx, vault);
  if (due.running && !due.again) tx.put(inventoryDue, [vault.id], { ...due, again: true });
}

async function schedule(kernel: Kernel, tx: Transaction, vault: Vault): Promise<void> {
  const now = kernel.clock.now();
  const [least, most] = FIRST_INVENTORY_MS;
  const first = now + least + kernel.ids.random() * (most - least);
  const lastMs = vault.inventory?.atMs;
  // After the first, at the same time each day.
  const runAtMs = Math.ceil(
    lastMs === undefined ? first : lastMs + Math.max(1, Math.ceil((now - lastMs) / DAY_MS)) * DAY_MS,
  );
  const { id: vaultId, account, region, name } = vault;
  const input: Input = { vaultId, account, region, name };
  tx.put(inventoryDue, [vaultId], { atMs: runAtMs, running: false, again: false });
  await kernel.jobs.submit(tx, { kind: 'glacier/inventory', id: `${vaultId}/${kernel.ids.hex(12)}`, input, runAtMs });
}

export const inventoryJob: ServiceJob<Input> = {
  attemptsMax: ATTEMPTS_MAX,
  async run({ job, kernel, signal }) {
    const { vaultId, account, region, name } = job.input;
    const begun = await kernel.store.transact(async (tx) => {
      const due = await tx.get(inventoryDue, [vaultId]);
      if (due) tx.put(inventoryDue, [vaultId], { ...due, running: true, again: false });
      return due !== undefined;
    });
    if (!begun) return { archives: 0 };
    const atMs = kernel.clock.now();
    const sums = { archives: 0, bytes: 0 };
    const blob = await kernel.blobs.put(chunks(lines(kernel, vaultId, sums, signal)));
    const kept = await kernel.store.transact(async (tx) => {
      const vault = await tx.get(vaults, [account, region, name]);
      const due = await tx.get(inventoryDue, [vaultId]);
      tx.delete(inventoryDue, [vaultId]);
      if (vault?.id !== vaultId) return false;
      await kernel.blobs.retain(tx, blob);
      if (vault.inventory) await kernel.blobs.release(tx, vault.inventory.blob);
      const next: Vault = { ...vault, inventory: { atMs, ...sums, blob } };
      tx.put(vaults, [account, region, name], next);
      if (due?.again) await schedule(kernel, tx, next);
      return true;
    });
    if (!kept) await kernel.blobs.discard(blob);
    return sums;
  },
};

async function* lines(
  kernel: Kernel,
  vaultId: string,
  sums: { archives: number; bytes: number },
  signal: AbortSignal,
): AsyncGenerator<string> {
  for await (const { value } of kernel.store.all(archives, [vaultId])) {
    signal.throwIfAborted();
    sums.archives++;
    sums.bytes += billedBytes(value);
    const entry: InventoryEntry = {
      ArchiveId: value.archiveId,
      ArchiveDescription: value.description,
      CreationDate: new Date(value.createdAtMs).toISOString(),
      Size: value.size,
      SHA256TreeHash: value.treeHash,
    };
    yield `${JSON.stringify(entry)}\n`;
  }
}

async function* chunks(texts: AsyncGenerator<string>): AsyncGenerator<Uint8Array> {
  let gathered = '';
  for await (const text of texts) {
    gathered += text;
    if (gathered.length < CHUNK_BYTES) continue;
    yield Buffer.from(gathered);
    gathered = '';
  }
  if (gathered !== '') yield Buffer.from(gathered);
}

export type InventoryQuery = {
  format: 'JSON' | 'CSV';
  /** Only archives made at or after it. */
  startMs?: number;
  /** Only archives made before it. */
  endMs?: number;
  limit?: number;
  /** Only archives after this id. */
  marker?: string;
};

/** Writes the inventory as a job puts it out. `nextMarker` is there when `limit` has left some out. */
export async function writeInventory(
  kernel: Kernel,
  vault: Vault,
  query: InventoryQuery,
  signal: AbortSignal,
): Promise<{ output: Blob; nextMarker?: string }> {
  const { inventory } = vault;
  if (!inventory) throw new Error('the vault has no inventory');
  let next: string | undefined;
  async function* chosen(): AsyncGenerator<InventoryEntry> {
    const input = Readable.from(kernel.blobs.get(inventory!.blob));
    let count = 0;
    let last = '';
    for await (const line of createInterface({ input, crlfDelay: Infinity })) {
      signal.throwIfAborted();
      const entry = JSON.parse(line) as InventoryEntry;
      if (!isChosen(entry, query)) continue;
      if (count++ === query.limit) {
        next = last;
        return;
      }
      last = entry.ArchiveId;
      yield entry;
    }
  }
  const entries = chosen();
  const texts = query.format === 'CSV' ? csv(entries) : json(vault, inventory.atMs, entries);
  const output = await kernel.blobs.put(chunks(texts));
  return { output, ...(next === undefined ? {} : { nextMarker: next }) };
}

function isChosen(
  entry: InventoryEntry,
  { startMs = -Infinity, endMs = Infinity, marker = '' }: InventoryQuery,
): boolean {
  const madeMs = Date.parse(entry.CreationDate);
  return entry.ArchiveId > marker && madeMs >= startMs && madeMs < endMs;
}

/** Source: API Reference, Get Job Output, "Example 2". */
async function* json(vault: Vault, atMs: number, entries: AsyncGenerator<InventoryEntry>): AsyncGenerator<string> {
  const head = JSON.stringify({ VaultARN: vault.arn, InventoryDate: new Date(atMs).toISOString() });
  yield `${head.slice(0, -1)},"ArchiveList":[`;
  let separator = '';
  for await (const entry of entries) {
    yield separator + JSON.stringify(entry);
    separator = ',';
  }
  yield ']}';
}

const COLUMNS = ['ArchiveId', 'ArchiveDescription', 'CreationDate', 'Size', 'SHA256TreeHash'] as const;

async function* csv(entries: AsyncGenerator<InventoryEntry>): AsyncGenerator<string> {
  yield `${COLUMNS.join(',')}\n`;
  for await (const entry of entries) yield `${COLUMNS.map((name) => field(entry[name])).join(',')}\n`;
}

const field = (value: string | number) =>
  typeof value === 'string' && /[",\n\r]/.test(value) ? `"${value.replaceAll('"', '""')}"` : String(value);
