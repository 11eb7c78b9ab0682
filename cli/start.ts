import cluster from 'node:cluster';
import type { Command } from 'commander';
import { ConfigError, readConfig, startOutcrop, VERSION, type Config, type Outcrop } from '../src/main.ts';

const FLAGS: [string, string][] = [
  ['--host <address>', 'address to listen on (127.0.0.1)'],
  ['--port <ports>', 'port, or several with commas (4566)'],
  ['--data <directory>', 'where state lives (./.outcrop)'],
  ['--ephemeral', 'keep nothing: state goes with the process'],
  ['--account-id <id>', 'account id (000000000000)'],
  ['--region <region>', 'default region (us-east-1)'],
  ['--auth <mode>', 'strict, or open: any key passes as root (loopback only)'],
  ['--store <url>', 'postgres://… instead of the embedded store'],
  ['--blobs <url>', 's3://… instead of files'],
  ['--workers <n>', 'processes over one store (1)'],
  ['--rules <path>', 'rule file, or a folder of them: declared answers, faults, limits, cassettes'],
  ['--seed <seed>', 'make ids and sampling repeatable'],
  ['--model-access <mode>', 'open, or agreement: models of AWS Marketplace need an agreement first'],
  ['--log <level>', 'trace, debug, info, warn, error, silent (warn)'],
  ['--allow-reset', 'let POST /_outcrop/reset empty this stack'],
  ['--tls-cert <file>', 'PEM certificate: HTTPS on the same port'],
  ['--tls-key <file>', 'PEM key of the certificate'],
];

/** `outcrop start`, also the default: runs until SIGINT or SIGTERM, then drains. */
export function addStartCommand(program: Command): void {
  const command = program.command('start', { isDefault: true }).description('start the stack');
  for (const [flag, description] of FLAGS) command.option(flag, description);
  command.addHelpText(
    'after',
    '\nEach flag has an environment variable (OUTCROP_PORT …) and a key in outcrop.yaml (port: …).',
  );
  command.action(async (flags: Record<string, unknown>) => {
    const config = readConfig(flags);
    if (config.auth === 'open') console.error('Warning: --auth=open lets any credentials act as the account root.');
    if (config.workers > 1 && cluster.isPrimary) return runPrimary(config);
    if (config.workers > 1 && config.ephemeral)
      throw new ConfigError('workers share a store on disk: --ephemeral is for one process');
    const outcrop = await startOutcrop(config).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE')
        throw new ConfigError(`${config.host}:${config.port.join(',')} is in use: choose another with --port`, {
          cause: error,
        });
      throw error;
    });
    if (cluster.isPrimary) banner(config, outcrop);
    else process.send?.({ endpoint: outcrop.endpoint, services: outcrop.services });
    onStop(() => outcrop.stop());
  });
}

/** Starts the workers and restarts one that dies; they share the listening port. */
function runPrimary(config: Config): void {
  let shown = false;
  let stopping = false;
  // Workers accept by themselves. Dealt out by the primary, a connection that was on its way to a worker as it died would be neither
  // answered nor closed.
  cluster.schedulingPolicy = cluster.SCHED_NONE;
  for (let i = 0; i < config.workers; i++) cluster.fork();
  cluster.on('message', (_worker, message: Partial<Outcrop>) => {
    if (shown || !message.endpoint) return;
    shown = true;
    banner(config, message as Outcrop);
  });
  cluster.on('exit', (worker, code, signal) => {
    if (stopping) return;
    // None has ever served: what keeps them from starting would keep the next one too, and they have said what it is.
    if (!shown) process.exit(1);
    console.error(`worker ${worker.process.pid} ended (${signal ?? code}); starting another`);
    setTimeout(() => cluster.fork(), 500);
  });
  onStop(async () => {
    stopping = true;
    const workers = Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined);
    await Promise.all(
      workers.map(
        (worker) => new Promise<void>((resolve) => worker.once('exit', () => resolve()).process.kill('SIGTERM')),
      ),
    );
  });
}

function onStop(stop: () => Promise<void>): void {
  let stopping = false;
  const end = () => {
    // A second signal is somebody in a hurry.
    if (stopping) process.exit(1);
    stopping = true;
    void stop().then(
      () => process.exit(0),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  };
  // Ctrl-C reaches workers too; they end when the primary tells them, and must not take the two for somebody in a hurry.
  process.on('SIGINT', cluster.isWorker ? () => {} : end);
  process.on('SIGTERM', end);
}

function banner(config: Config, { endpoint, services }: Pick<Outcrop, 'endpoint' | 'services'>): void {
  const secret = config.rootSecret === undefined ? 'test' : '(OUTCROP_ROOT_SECRET)';
  const { hostname, port } = new URL(endpoint);
  console.log(`Outcrop ${VERSION}

  address      ${endpoint}${config.tlsCert ? `  (and https://${hostname}:${port})` : ''}
  credentials  ${config.rootKey} / ${secret}   account ${config.accountId}   region ${config.region}
  console      ${endpoint}/ in a browser
  data         ${config.ephemeral ? 'none kept (ephemeral)' : config.store ? 'the store given by --store' : config.data}
  serves       ${services.join(', ')}
  coverage     outcrop coverage, or ${endpoint}/_outcrop/coverage

Paste one of these:

  CLI     AWS_ACCESS_KEY_ID=${config.rootKey} AWS_SECRET_ACCESS_KEY=${secret} AWS_DEFAULT_REGION=${config.region} AWS_ENDPOINT_URL=${endpoint} aws s3 mb s3://my-bucket
  JS      new S3Client({ endpoint: '${endpoint}', region: '${config.region}', credentials: { accessKeyId: '${config.rootKey}', secretAccessKey: '${secret}' } })
  Python  boto3.client('bedrock-runtime', endpoint_url='${endpoint}', region_name='${config.region}', aws_access_key_id='${config.rootKey}', aws_secret_access_key='${secret}')
`);
}
