import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A server in a process of its own, so that its CPU and memory are its own. */
export type Server = {
  endpoint: string;
  pid: number;
  /** From spawn to the first answered call, ms. */ startMs: number;
  rssMiB(): number;
  stop(): Promise<void>;
};

let nextPort = 24_600 + (process.pid % 1000);

export async function startStack(flags: string[] = []): Promise<Server & { data: string }> {
  const data = mkdtempSync(join(tmpdir(), 'outcrop-bench-'));
  const port = nextPort++;
  const server = await start(
    ['dist/cli/outcrop.js', 'start', '--port', String(port), '--data', data, ...flags],
    port,
    '/_outcrop/health',
  );
  return { ...server, data, stop: () => server.stop().then(() => rmSync(data, { recursive: true, force: true })) };
}

/** Node's own HTTP server doing the least: what a request costs before any of ours. */
export function startBare(directory: string): Promise<Server> {
  const port = nextPort++;
  return start(['bench/bare.mjs', String(port), directory], port, '/');
}

async function start(args: string[], port: number, path: string): Promise<Server> {
  const began = performance.now();
  const child: ChildProcess = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  const endpoint = `http://127.0.0.1:${port}`;
  for (;;) {
    const answered = await fetch(`${endpoint}${path}`).then(
      (response) => response.text(),
      () => undefined,
    );
    if (answered !== undefined) break;
    if (child.exitCode !== null) throw new Error(`${args[0]} ended with ${child.exitCode}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return {
    endpoint,
    pid: child.pid!,
    startMs: performance.now() - began,
    rssMiB: () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))![1]) / 1024,
    stop: () =>
      new Promise((resolve) => {
        child.once('exit', () => resolve());
        child.kill('SIGTERM');
      }),
  };
}
