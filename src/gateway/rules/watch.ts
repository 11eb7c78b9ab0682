import { readFileSync, watch } from 'node:fs';
import { createHash } from 'node:crypto';
import { dirname } from 'node:path';
import type { Logger } from 'pino';
import { ruleFiles } from './file.ts';

/** Editors write a file in several strokes. Milliseconds. */
const SETTLE_MS = 100;
/** Not every file system tells of changes: looked for now and then as well. */
const LOOK_MS = 2_000;

/**
 * Calls `changed` with the rule files once they have changed, one call at a time. Returns the way to stop it.
 *
 * @param path a file, or a folder of them
 */
export function watchFiles(path: string, changed: (files: string[]) => Promise<void>, log: Logger): () => void {
  let standing = printOf(path);
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  let stopped = false;
  const look = () => {
    running = running.then(async () => {
      if (stopped) return;
      const seen = printOf(path);
      if (seen.print === standing.print) return;
      standing = seen;
      await changed(seen.files).catch((error: unknown) =>
        log.error({ err: error, rules: path }, 'rules could not be read anew'),
      );
    });
  };
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(look, SETTLE_MS);
    timer.unref();
  };
  // The folder, not the file: editors put another file in its place.
  const folder = standing.files[0] === undefined ? path : dirname(standing.files[0]);
  const watcher = watch(folder, { persistent: false }, soon);
  watcher.on('error', (error) => log.warn({ err: error, rules: path }, 'rule files are looked at now and then only'));
  const poll = setInterval(look, LOOK_MS);
  poll.unref();
  return () => {
    stopped = true;
    clearTimeout(timer);
    clearInterval(poll);
    watcher.close();
  };
}

function printOf(path: string): { files: string[]; print: string } {
  const hash = createHash('sha256');
  let files: string[] = [];
  try {
    files = ruleFiles(path);
    for (const file of files) hash.update(`${file}\0`).update(readFileSync(file)).update('\0');
  } catch (error) {
    // A file that is gone for a moment is one that is being written; one that stays away is told as such.
    hash.update((error as Error).message);
    if (files.length === 0) files = [path];
  }
  return { files, print: hash.digest('hex') };
}
