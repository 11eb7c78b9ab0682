import { useSyncExternalStore } from 'react';

/**
 * Uploads in parts that are under way, so that they go on after a reload: a browser does not let a page keep a file itself, so it is
 * chosen again and known by its name, size and time.
 */
export type UploadRecord = {
  account: string;
  bucket: string;
  key: string;
  uploadId: string;
  name: string;
  size: number;
  lastModified: number;
  partSize: number;
};

const KEY = 'outcrop.s3.uploads';
const RECORDS_MAX = 500;
const listeners = new Set<() => void>();
let current: readonly UploadRecord[] = read();

function read(): readonly UploadRecord[] {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? '[]') as UploadRecord[];
  } catch {
    return [];
  }
}

/** Another tab may have changed them. */
function change(next: (records: readonly UploadRecord[]) => UploadRecord[]): void {
  current = next(read()).slice(-RECORDS_MAX);
  localStorage.setItem(KEY, JSON.stringify(current));
  for (const listener of listeners) listener();
}

export const rememberUpload = (record: UploadRecord): void =>
  change((records) => [...records.filter(({ uploadId }) => uploadId !== record.uploadId), record]);

export const forgetUpload = (uploadId: string): void =>
  change((records) => records.filter((record) => record.uploadId !== uploadId));

/** The uploads that this browser began and did not end. */
export const useUploadRecords = (): readonly UploadRecord[] =>
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => current,
  );

/** Whether a file is the one of which parts have been sent. */
export const isFileOf = ({ name, size, lastModified }: UploadRecord, file: File): boolean =>
  file.name === name && file.size === size && file.lastModified === lastModified;
