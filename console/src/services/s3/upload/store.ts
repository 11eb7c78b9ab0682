import type { S3Client } from '@aws-sdk/client-s3';
import { useSyncExternalStore } from 'react';
import { isMissing } from '../../../aws/failure.ts';
import { tellFailure } from '../../../shell/notices.tsx';
import { typeOfFile, type Chosen } from './choose.ts';
import { forgetUpload, rememberUpload, type UploadRecord } from './records.ts';
import { abortUpload, transfer, type UploadOptions } from './transfer.ts';

/** The uploads of this tab. They go on while other pages of the console are shown. */
export type UploadStatus = 'waiting' | 'running' | 'paused' | 'done' | 'failed' | 'cancelled';

export type Upload = {
  id: string;
  /** Who uploads it. */
  arn: string;
  bucket: string;
  key: string;
  size: number;
  /** Bytes that are with S3. */
  sent: number;
  status: UploadStatus;
  error?: unknown;
  uploadId?: string;
};

type Task = Upload & {
  account: string;
  client: S3Client;
  file: File;
  options: UploadOptions;
  partSize?: number;
  controller?: AbortController;
  /** What becomes of it once its parts have ended. */
  wish?: 'paused' | 'cancelled';
};

const FILES_AT_ONCE = 4;
const TELL_EVERY_MS = 150;
const LIST_EVERY_MS = 3_000;
/** Over how long the speed is taken. */
const SPEED_WINDOW_MS = 5_000;

const tasks: Task[] = [];
const listeners = new Set<() => void>();
const uploaded = new Set<{ bucket: string; listener: () => void }>();
let seen: { uploads: readonly Upload[]; bytesPerSecond: number } = { uploads: [], bytesPerSecond: 0 };
let samples: { at: number; bytes: number }[] = [];
let counted = 0;
let toldAt = 0;
let telling: number | undefined;

function tell(): void {
  telling ??= window.setTimeout(() => {
    telling = undefined;
    const now = performance.now();
    samples = samples.filter(({ at }) => now - at < SPEED_WINDOW_MS);
    const first = samples[0];
    const bytes = samples.reduce((sum, sample) => sum + sample.bytes, 0);
    seen = {
      uploads: tasks.map(({ id, arn, bucket, key, size, sent, status, error, uploadId }) => ({
        id,
        arn,
        bucket,
        key,
        size,
        sent,
        status,
        error,
        uploadId,
      })),
      bytesPerSecond: first && now > first.at ? (1000 * bytes) / (now - first.at) : 0,
    };
    for (const listener of listeners) listener();
  }, TELL_EVERY_MS);
}

/** All uploads of this tab, and how fast they go. */
export const useUploads = () =>
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => seen,
  );

/** Calls when something was uploaded to a bucket; returns how to end that. */
export function onUploaded(bucket: string, listener: () => void): () => void {
  const entry = { bucket, listener };
  uploaded.add(entry);
  return () => uploaded.delete(entry);
}

type By = { client: S3Client; arn: string; account: string };

/** Uploads files into a folder of a bucket. */
export function startUploads(
  by: By,
  bucket: string,
  prefix: string,
  chosen: readonly Chosen[],
  options: UploadOptions,
): void {
  for (const { file, path } of chosen) add(by, { bucket, key: prefix + path, file, options });
  pump();
}

/** Goes on with an upload that was begun before, of a file that was chosen again. */
export function resumeUpload(by: By, { bucket, key, uploadId, partSize }: UploadRecord, file: File): void {
  add(by, { bucket, key, file, options: {}, uploadId, partSize });
  pump();
}

function add(by: By, of: Pick<Task, 'bucket' | 'key' | 'file' | 'options' | 'uploadId' | 'partSize'>): void {
  counted += 1;
  tasks.push({ ...by, ...of, id: `upload-${counted}`, size: of.file.size, sent: 0, status: 'waiting' });
}

function pump(): void {
  let running = tasks.filter(({ status }) => status === 'running').length;
  for (const task of tasks) {
    if (running >= FILES_AT_ONCE) break;
    if (task.status !== 'waiting') continue;
    running += 1;
    void run(task);
  }
  tell();
}

/** Lists are read again when all is there, and now and then before. */
function tellUploaded(bucket: string): void {
  const now = performance.now();
  const open = tasks.some((task) => task.bucket === bucket && (task.status === 'waiting' || task.status === 'running'));
  if (open && now - toldAt < LIST_EVERY_MS) return;
  toldAt = now;
  for (const { bucket: of, listener } of uploaded) if (of === bucket) listener();
}

async function run(task: Task): Promise<void> {
  const controller = new AbortController();
  Object.assign(task, { controller, status: 'running', error: undefined, wish: undefined });
  try {
    const { client, bucket, key, file, options, uploadId, partSize } = task;
    await transfer({
      client,
      bucket,
      key,
      file,
      options,
      contentType: typeOfFile(file),
      uploadId,
      partSize,
      signal: controller.signal,
      began: (begun, size) => {
        Object.assign(task, { uploadId: begun, partSize: size });
        const { account } = task;
        const { name, lastModified } = file;
        rememberUpload({
          account,
          bucket,
          key,
          uploadId: begun,
          name,
          size: file.size,
          lastModified,
          partSize: size,
        });
      },
      sent: (bytes) => {
        samples.push({ at: performance.now(), bytes: Math.max(0, bytes - task.sent) });
        task.sent = bytes;
        tell();
      },
    });
    task.status = 'done';
    if (task.uploadId !== undefined) forgetUpload(task.uploadId);
    tellUploaded(bucket);
  } catch (error) {
    if (task.wish === 'paused') task.status = 'paused';
    else if (task.wish === 'cancelled') await end(task);
    else {
      Object.assign(task, { status: 'failed', error });
      // Somebody else has aborted it: it begins anew when it is tried again.
      if (task.uploadId !== undefined && isMissing(error)) {
        forgetUpload(task.uploadId);
        Object.assign(task, { uploadId: undefined, partSize: undefined, sent: 0 });
      }
    }
  }
  pump();
}

/** Leaves nothing of it with S3. */
async function end(task: Task): Promise<void> {
  task.status = 'cancelled';
  task.sent = 0;
  if (task.uploadId === undefined) return;
  try {
    await abortUpload(task.client, task.bucket, task.key, task.uploadId);
    forgetUpload(task.uploadId);
    task.uploadId = undefined;
  } catch (error) {
    tellFailure(error);
  }
}

const byId = (id: string): Task | undefined => tasks.find((task) => task.id === id);

/** Stops it; what was sent stays with S3. */
export function pauseUpload(id: string): void {
  const task = byId(id);
  if (task?.status === 'running') {
    task.wish = 'paused';
    task.controller!.abort();
  } else if (task?.status === 'waiting') task.status = 'paused';
  tell();
}

/** Goes on with one that was paused or has failed: only what is missing is sent. */
export function continueUpload(id: string): void {
  const task = byId(id);
  if (task?.status === 'paused' || task?.status === 'failed') task.status = 'waiting';
  pump();
}

/** Gives it up, with what was sent of it. */
export function cancelUpload(id: string): void {
  const task = byId(id);
  if (task?.status === 'running') {
    task.wish = 'cancelled';
    task.controller!.abort();
  } else if (task && task.status !== 'done' && task.status !== 'cancelled') void end(task).then(tell);
  tell();
}

/** Takes what is over off the list. */
export function clearUploads(): void {
  for (let at = tasks.length - 1; at >= 0; at -= 1)
    if (['done', 'cancelled'].includes(tasks[at]!.status)) tasks.splice(at, 1);
  tell();
}

// A page that is left loses the files, though not the parts that were sent.
window.addEventListener('beforeunload', (event) => {
  if (tasks.some(({ status }) => status === 'running' || status === 'waiting')) event.preventDefault();
});
