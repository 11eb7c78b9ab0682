import { openGateway } from './gateway/gateway.ts';
import { manifest } from './gateway/manifest.ts';
import { Rules, type Rule } from './gateway/rules.ts';
import { Services, type ManifestEntry } from './gateway/services.ts';
import type { ClockSetting } from './kernel/clock.ts';
import { openKernel, type Kernel } from './kernel/kernel.ts';
import type { LedgerLine } from './kernel/ledger.ts';
import { openLog } from './kernel/log.ts';
import type { CallLine } from './kernel/trail.ts';
import { checkConfig, type ConfigInput } from './main/config.ts';
import { openEngines } from './main/engines.ts';
import { pages } from './main/pages.ts';
import { VERSION } from './main/version.ts';

export { ConfigError, readConfig, type Config, type ConfigInput } from './main/config.ts';
export { manage } from './main/manage.ts';
export { VERSION } from './main/version.ts';
export type { Rule } from './gateway/rules.ts';

export type OutcropOptions = ConfigInput & {
  /** Where the clock starts: a date, or `frozen` at one. */
  clock?: Date | { frozenAt: Date };
  /** Rules in effect from the start. */
  initialRules?: Rule[];
  /** More services than the manifest's: for tests of the wire layer. */
  extraServices?: ManifestEntry[];
};

export type Outcrop = {
  /** `http://127.0.0.1:4566` */
  endpoint: string;
  region: string;
  credentials: { accessKeyId: string; secretAccessKey: string };
  /** What an AWS SDK client is made with: `new S3Client(outcrop.clients)`. */
  clients: { endpoint: string; region: string; credentials: { accessKeyId: string; secretAccessKey: string } };
  clock: {
    now(): Date;
    setting(): ClockSetting;
    /** Moves time, and waits for what falls due on the way. Returns the number of jobs that ran. */
    advance(ms: number): Promise<number>;
    freeze(at?: Date): Promise<void>;
    run(): Promise<void>;
    reset(): Promise<void>;
  };
  rules: { set(rules: Rule[]): void; list(): (Rule & { used: number })[] };
  /** The latest calls, newest first. */
  calls(limit?: number): CallLine[];
  cost(): Promise<{ usd: number; lines: LedgerLine[] }>;
  /** Empties the stack. */
  reset(): Promise<void>;
  stop(): Promise<void>;
  /** What is built. */
  services: string[];
};

/**
 * Starts a whole stack in this process. For tests: `await startOutcrop({ ephemeral: true, port: 0 })`.
 * Throws ConfigError on bad options, and the system's error when the port is taken.
 */
export async function startOutcrop(options: OutcropOptions = {}): Promise<Outcrop> {
  const { clock: clockStart, initialRules = [], extraServices = [], ...rest } = options;
  const config = checkConfig(rest);
  const rootSecret = config.rootSecret ?? 'test';
  const log = openLog(config.log);
  const services = new Services([...extraServices, ...manifest]);
  const kernel: Kernel = await openKernel({
    directory: config.data,
    ephemeral: config.ephemeral,
    accountId: config.accountId,
    region: config.region,
    rootKey: config.rootKey,
    rootSecret,
    shared: config.workers > 1,
    log,
    jobHandler: async (kind) => {
      const job = await services.jobHandler(kind);
      return job && { ...job, run: (context) => job.run({ ...context, kernel, engines }) };
    },
    ...(config.seed === undefined ? {} : { seed: config.seed }),
    ...(config.store === undefined ? {} : { storeUrl: config.store }),
    ...(config.blobs === undefined ? {} : { blobsUrl: config.blobs }),
  });
  if (clockStart instanceof Date) await kernel.clock.set(clockStart.getTime());
  else if (clockStart) await kernel.clock.freeze(clockStart.frozenAt.getTime());
  const rules = new Rules();
  rules.set(initialRules);
  const engines = openEngines({ directory: kernel.directory, random: () => kernel.ids.random(), ...(config.models ? { models: config.models } : {}) });
  const reset = async () => {
    await kernel.clear();
  };
  const gateway = await openGateway({
    services,
    kernel,
    engines,
    auth: config.auth,
    rules,
    version: VERSION,
    pages: pages(),
    listen: config.port.map((port) => ({
      host: config.host,
      port,
      ...(config.tlsCert && config.tlsKey ? { tls: { cert: config.tlsCert, key: config.tlsKey } } : {}),
    })),
    ...(config.ephemeral || config.allowReset ? { reset } : {}),
  }).catch(async (error: unknown) => {
    await kernel.stop();
    throw error;
  });
  kernel.start();

  const endpoint = `http://${config.host.includes(':') ? `[${config.host}]` : config.host}:${gateway.ports[0]}`;
  const credentials = { accessKeyId: config.rootKey, secretAccessKey: rootSecret };
  return {
    endpoint,
    region: config.region,
    credentials,
    clients: { endpoint, region: config.region, credentials },
    clock: {
      now: () => kernel.clock.date(),
      setting: () => kernel.clock.setting,
      advance: (ms) => kernel.jobs.advance(ms),
      freeze: (at) => kernel.clock.freeze(at?.getTime()),
      run: () => kernel.clock.run(),
      reset: () => kernel.clock.reset(),
    },
    rules: { set: (next) => rules.set(next), list: () => rules.list() },
    calls: (limit) => kernel.trail.recent(limit),
    cost: async () => {
      const lines = await kernel.ledger.read('0000-01-01', '9999-12-31');
      return { usd: lines.reduce((sum, line) => sum + (line.usd ?? 0), 0), lines };
    },
    reset,
    async stop() {
      await gateway.close(config.ephemeral ? 1_000 : undefined);
      await engines.close();
      await kernel.stop();
    },
    services: services.entries.filter((entry) => entry.service).map((entry) => entry.sdk),
  };
}
