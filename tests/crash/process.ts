import { spawn } from 'node:child_process';
import net from 'node:net';

// Plain JavaScript without types.
const build = (await import(new URL('../../tools/build.mjs', import.meta.url).href)) as { isFresh: () => boolean };
/** What was built last if it is of these sources, else the sources. */
const COMMAND = build.isFresh() ? ['dist/cli/outcrop.js'] : ['--import', 'tsx', 'cli/outcrop.ts'];

/** A stack in a process of its own, as a user starts it. */
export type Running = {
  endpoint: string;
  pid: number;
  /** What it printed, both streams. */
  output: () => string;
  exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  kill: (signal: NodeJS.Signals) => void;
};

/** Starts `outcrop start` on a free port and waits for its banner. */
export async function startProcess(data: string, flags: string[] = []): Promise<Running> {
  const port = await freePort();
  const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('OUTCROP_')));
  const child = spawn(process.execPath, [...COMMAND, 'start', '--port', String(port), '--data', data, ...flags], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...environment, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
  });
  let output = '';
  const exited = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) =>
    child.once('exit', (code, signal) => resolve({ code, signal })),
  );
  const endpoint = await new Promise<string>((resolve, reject) => {
    const look = (chunk: Buffer) => {
      output += chunk.toString();
      const found = /address\s+(http:\S+)/.exec(output)?.[1];
      if (found) resolve(found);
    };
    child.stdout.on('data', look);
    child.stderr.on('data', look);
    void exited.then(({ code, signal }) => reject(new Error(`it did not start (${signal ?? code}): ${output}`)));
  });
  return { endpoint, pid: child.pid!, output: () => output, exited, kill: (signal) => void child.kill(signal) };
}

export const clientsOf = ({ endpoint }: { endpoint: string }) => ({
  endpoint,
  region: 'us-east-1',
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
});

/** Not 0: workers that come later must find the port of those before. */
async function freePort(): Promise<number> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as net.AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
