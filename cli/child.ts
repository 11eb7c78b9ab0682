import { spawn } from 'node:child_process';
import { manage, stackOf, startOutcrop } from '../src/main.ts';

/** A stack that a command runs against: the one that is running, or an ephemeral one of its own. */
export type Stack = { env: Environment; stop(): Promise<void> };

/** Variables that a command gets, or is not to have. */
type Environment = Record<string, string | undefined>;

/** The running stack (AWS_ENDPOINT_URL, or 127.0.0.1:4566), else a new ephemeral one on a free port. */
export async function stackFor(): Promise<Stack> {
  try {
    const { region } = (await manage('GET', 'version')) as { region: string };
    // Whoever set the endpoint has set the rest; a command that nobody told of the stack would call AWS itself.
    const env =
      process.env['AWS_ENDPOINT_URL'] === undefined ? onlyFor(settingsOf({ ...stackOf(process.env), region })) : {};
    return { env, stop: async () => {} };
  } catch (error) {
    if (!(error instanceof Error) || !error.message.startsWith('No stack answers')) throw error;
  }
  const outcrop = await startOutcrop({ ephemeral: true, port: 0 });
  const env = settingsOf({ endpoint: outcrop.endpoint, region: outcrop.region, ...outcrop.credentials });
  // What is asked of the stack from here goes to it as well.
  Object.assign(process.env, env);
  return { env: onlyFor(env), stop: () => outcrop.stop() };
}

type Settings = { endpoint: string; accessKeyId: string; secretAccessKey: string; region: string };

/** What a command's clients are told by. */
const settingsOf = ({ endpoint, accessKeyId, secretAccessKey, region }: Settings) => ({
  AWS_ENDPOINT_URL: endpoint,
  AWS_ACCESS_KEY_ID: accessKeyId,
  AWS_SECRET_ACCESS_KEY: secretAccessKey,
  AWS_REGION: region,
  AWS_DEFAULT_REGION: region,
});

/** The settings, without what would have clients sign as somebody else or call another endpoint: AWS's own, at worst. */
const onlyFor = (settings: Record<string, string>): Environment => ({
  ...Object.fromEntries(
    Object.keys(process.env)
      .filter((name) => OTHERS.has(name) || name.startsWith('AWS_ENDPOINT_URL_'))
      .map((name) => [name, undefined]),
  ),
  ...settings,
});

const OTHERS = new Set([
  'AWS_SESSION_TOKEN',
  'AWS_SECURITY_TOKEN',
  'AWS_PROFILE',
  'AWS_DEFAULT_PROFILE',
  'AWS_IGNORE_CONFIGURED_ENDPOINT_URLS',
]);

/** Runs a command in the foreground; resolves with its exit code, 128 and more for a signal. Rejects when it cannot be started. */
export function runChild([command, ...args]: string[], env: Environment): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(command!, args, { stdio: 'inherit', env: { ...process.env, ...env } });
    const pass = (signal: NodeJS.Signals) => child.kill(signal);
    process.on('SIGINT', pass).on('SIGTERM', pass);
    child.once('error', (error) => reject(new Error(`${command} cannot be run: ${error.message}`)));
    child.once('exit', (code, signal) => {
      process.off('SIGINT', pass).off('SIGTERM', pass);
      resolve(code ?? (signal === 'SIGINT' ? 130 : 143));
    });
  });
}
