import { openGateway } from './gateway/gateway.ts';
import { manifest } from './gateway/manifest.ts';
import { RuleError } from './gateway/rules/faults.ts';
import { Rules } from './gateway/rules/rules.ts';
import { Services, type ManifestEntry } from './gateway/services.ts';
import { openKernel, type Kernel } from './kernel/kernel.ts';
import { RootKeyError } from './kernel/keys/root-key.ts';
import { openLog } from './kernel/log.ts';
import type { Access } from './kernel/access.ts';
import { scriptedModel } from './engines/llm/scripted/index.ts';
import type { Outcrop, OutcropOptions, StartOutcrop } from './main/api.ts';
import { appRoutes } from './main/apps/routes.ts';
import { checkConfig, ConfigError } from './main/config.ts';
import { openEngines } from './main/engines.ts';
import { configureInference, inferenceControls } from './main/inference.ts';
import { pages } from './main/pages.ts';
import { reviewDesk } from './main/review.ts';
import { bedrockPrices, readPrices, type BedrockPrices } from './main/prices/bedrock.ts';
import { priceTables, pricesWith } from './main/prices/index.ts';
import { readCost } from './kernel/cost.ts';
import { VERSION } from './main/version.ts';

export type * from './main/api.ts';
export { ConfigError, readConfig, type Config } from './main/config.ts';
export { bedrockApiKey } from './main/api-key.ts';
export { manage, stackOf } from './main/manage.ts';
export { checkRuleFiles, ruleFileSchema } from './main/rules.ts';
export { installLlama, openModels } from './main/models.ts';
export { VERSION } from './main/version.ts';

/** Characters after the prefix in Bedrock's ids of tool uses. */
const TOOL_USE_ID_LENGTH = 22;
/** Of the root on loopback, unless another is configured. */
const WELL_KNOWN_SECRET = 'test';

/** Starts a whole stack in this process; see `StartOutcrop`. */
export const startOutcrop: StartOutcrop = (options) => startStack(options);

/** `startOutcrop` with more services than the manifest's, and a look inside: for tests. */
export async function startStack(
  options: OutcropOptions = {},
  inside: {
    extraServices?: ManifestEntry[];
    /** Told of each permission that was decided on. */
    decided?: (access: Access) => void;
  } = {},
): Promise<Outcrop> {
  const { clock: clockStart, rules: given, ...rest } = options;
  const config = checkConfig({ ...rest, ...(typeof given === 'string' ? { rules: given } : {}) });
  const rootSecret = config.rootSecret ?? WELL_KNOWN_SECRET;
  const log = openLog(config.log);
  const services = new Services([...(inside.extraServices ?? []), ...manifest]);
  const kernel: Kernel = await openKernel({
    directory: config.data,
    ephemeral: config.ephemeral,
    accountId: config.accountId,
    region: config.region,
    rootKey: config.rootKey,
    rootSecret,
    allowPrivateFetch: config.allowPrivateFetch,
    shared: config.workers > 1,
    log,
    settings: config.batchMinimumRecords === undefined ? {} : { batchMinimumRecords: config.batchMinimumRecords },
    jobHandler: async (kind) => {
      const job = await services.jobHandler(kind);
      return job && { ...job, run: (context) => job.run({ ...context, kernel, engines }) };
    },
    ...(config.encryptionKey === undefined ? {} : { encryptionKey: config.encryptionKey }),
    ...(config.seed === undefined ? {} : { seed: config.seed }),
    ...(config.store === undefined ? {} : { storeUrl: config.store }),
    ...(config.blobs === undefined ? {} : { blobsUrl: config.blobs }),
  }).catch((error: unknown) => {
    throw error instanceof RootKeyError ? new ConfigError(error.message, { cause: error }) : error;
  });
  if (clockStart instanceof Date) await kernel.clock.set(clockStart.getTime());
  else if (clockStart) await kernel.clock.freeze(clockStart.frozenAt.getTime());
  const bedrock = bedrockPricesOf(config.prices);
  kernel.ledger.priceWith(pricesWith(bedrock));
  await configureInference(kernel, config);
  const rules = await Rules.open({
    services,
    store: kernel.store,
    clock: kernel.clock,
    ids: kernel.ids,
    log,
    shared: config.workers > 1 || config.store !== undefined,
    ...(config.seed === undefined ? {} : { seed: config.seed }),
    ...(config.rules === undefined ? {} : { path: config.rules }),
    ...(Array.isArray(given) ? { first: given } : {}),
  }).catch(async (error: unknown) => {
    await kernel.stop();
    throw error instanceof RuleError ? new ConfigError(error.message, { cause: error }) : error;
  });
  const engines = openEngines({
    directory: kernel.directory,
    random: () => kernel.ids.random(),
    ...(config.models ? { models: config.models } : {}),
  });
  const reset = async () => {
    await kernel.clear();
    await configureInference(kernel, config);
    await rules.reset();
  };
  const files = pages();
  const gateway = await openGateway({
    services,
    kernel,
    engines,
    auth: config.auth,
    wellKnownKey: rootSecret === WELL_KNOWN_SECRET,
    rules,
    scripted: (script) => scriptedModel(script, { id: () => `tooluse_${kernel.ids.text(TOOL_USE_ID_LENGTH)}` }),
    version: VERSION,
    pages: files,
    review: reviewDesk(kernel, files),
    routes: { 'GET prices': async () => ({ tables: priceTables, bedrock }) },
    routesForAll: appRoutes({ kernel, engines, creditsADay: config.appCredits }),
    ...(inside.decided ? { decided: inside.decided } : {}),
    listen: config.port.map((port) => ({
      host: config.host,
      port,
      ...(config.tlsCert && config.tlsKey ? { tls: { cert: config.tlsCert, key: config.tlsKey } } : {}),
    })),
    ...(config.ephemeral || config.allowReset ? { reset } : {}),
  }).catch(async (error: unknown) => {
    rules.close();
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
    rules: {
      set: (next) => rules.set(next),
      add: (rule) => rules.add(rule),
      remove: (id) => rules.remove(id),
      clear: () => rules.clear(),
      list: () => rules.list(),
      faults: () => [...rules.faults],
    },
    cassettes: () => rules.cassettes.list(),
    ...inferenceControls(kernel),
    calls: (limit) => kernel.trail.recent(limit),
    cost: () => readCost(kernel),
    reset,
    async stop() {
      await gateway.close(config.ephemeral ? 1_000 : undefined);
      rules.close();
      await engines.close();
      await kernel.stop();
    },
    services: services.entries.filter((entry) => entry.service).map((entry) => entry.sdk),
  };
}

/** Bedrock's list prices, and a user's over them. */
function bedrockPricesOf(file: string | undefined): BedrockPrices {
  if (file === undefined) return bedrockPrices;
  try {
    return readPrices(file);
  } catch (error) {
    throw new ConfigError((error as Error).message, { cause: error });
  }
}
