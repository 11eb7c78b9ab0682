/** A file that was chosen, and its path below the folder it is uploaded to. */
export type Chosen = { file: File; path: string };

/** Files of a picker; those of a folder with their paths in it. */
export const filesOfPicker = (list: FileList | null): Chosen[] =>
  [...(list ?? [])].map((file) => ({
    file,
    path: file.webkitRelativePath === '' ? file.name : file.webkitRelativePath,
  }));

/** Files that were dropped, those of folders included. */
export async function filesOfDrop(transfer: DataTransfer): Promise<Chosen[]> {
  // Both are empty once the event is over.
  const files = filesOfPicker(transfer.files);
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry());
  if (entries.every((entry) => entry === null || entry.isFile)) return files;
  const found: Chosen[] = [];
  for (const entry of entries) if (entry) await walk(entry, found);
  return found;
}

async function walk(entry: FileSystemEntry, found: Chosen[]): Promise<void> {
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
    found.push({ file, path: entry.fullPath.replace(/^\//, '') });
    return;
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  for (;;) {
    // A folder is told in pieces, until one is empty.
    const entries = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (entries.length === 0) return;
    for (const each of entries) await walk(each, found);
  }
}

/** Types that browsers do not know by a file's name. */
const TYPES: Record<string, string> = {
  csv: 'text/csv',
  jsonl: 'application/jsonl',
  log: 'text/plain',
  md: 'text/markdown',
  parquet: 'application/vnd.apache.parquet',
  tsv: 'text/tab-separated-values',
  yaml: 'application/yaml',
  yml: 'application/yaml',
};

/** The type an object of a file is given. */
export const typeOfFile = (file: File): string =>
  file.type || TYPES[file.name.split('.').at(-1)!.toLowerCase()] || 'application/octet-stream';
