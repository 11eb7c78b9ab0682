import { existsSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import { nearest } from '../gateway/rules/nearest.ts';
import { quotaList } from '../gateway/inference.ts';
import { parseRootKey } from '../kernel/keys/root-key.ts';

/** Configuration: flags, then environment, then `outcrop.yaml`; one schema; unknown keys are errors with a suggestion. */
const flag = z.union([
  z.boolean(),
  z.enum(['true', 'false', '1', '0', '']).transform((text) => text === 'true' || text === '1'),
]);
const port = z.coerce.number().int().min(0).max(65535);
const ports = z.union([
  z.array(port).min(1),
  z.string().transform((text, context) => {
    const parsed = text.split(',').map((part) => port.safeParse(part.trim()));
    const bad = parsed.find((result) => !result.success);
    if (bad) context.addIssue({ code: 'custom', message: `not a port: ${text}` });
    return parsed.map((result) => result.data ?? 0);
  }),
  port.transform((one) => [one]),
]);

/** Environment variables are text. */
function readJson(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

export const configSchema = z.strictObject({
  host: z.string().min(1).default('127.0.0.1'),
  /** One or more; 0 takes a free one. */
  port: ports.default([4566]),
  data: z.string().min(1).default('./.outcrop'),
  ephemeral: flag.default(false),
  accountId: z.coerce
    .string()
    .regex(/^\d{12}$/, 'an account id has 12 digits')
    .default('000000000000'),
  region: z
    .string()
    .regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'not a region, e.g. us-east-1')
    .default('us-east-1'),
  auth: z.enum(['strict', 'open']).default('strict'),
  rootKey: z.string().min(3).max(128).default('test'),
  rootSecret: z.string().min(1).optional(),
  /** What all that is secret is sealed under; absent: a key made at the first start, in the data directory. */
  encryptionKey: z
    .string()
    .refine((text) => parseRootKey(text) !== undefined, '32 bytes, in base64 or hexadecimal')
    .optional(),
  /** `postgres://…`; absent: LMDB in the data directory. */
  store: z
    .string()
    .regex(/^postgres(ql)?:\/\//, 'postgres://user:password@host/database')
    .optional(),
  /** `s3://bucket/prefix?endpoint=…`; absent: files in the data directory. */
  blobs: z
    .string()
    .regex(/^s3:\/\//, 's3://bucket/prefix')
    .optional(),
  workers: z.coerce.number().int().min(1).max(64).default(1),
  log: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('warn'),
  seed: z.union([z.string(), z.number()]).optional(),
  allowReset: flag.default(false),
  /** Let what users name be fetched from this machine and its network: an identity provider's keys. */
  allowPrivateFetch: flag.default(false),
  tlsCert: z.string().optional(),
  tlsKey: z.string().optional(),
  /** Bedrock's prices (YAML or JSON), where they are not the list prices that are built in. */
  prices: z.string().min(1).optional(),
  /** A rule file (YAML or JSON), or a folder of them. */
  rules: z.string().min(1).optional(),
  /** `agreement`: models that are sold through AWS Marketplace need an agreement by the account first, as they did before late 2025. */
  modelAccess: z.enum(['open', 'agreement']).default('open'),
  /** What accounts may ask of models by the minute: a list, or the same as JSON. Absent: no limits, or those set before. */
  quotas: z.preprocess(readJson, quotaList.optional()),
  /** Tokens by the minute of one provisioned model unit, by pattern of model ids: `{ "anthropic.*": 200000 }`. */
  modelUnits: z.preprocess(readJson, z.record(z.string().min(1), z.number().positive()).optional()),
  /** Bindings of model ids to backends: `{ "anthropic.claude-*": "openai:http://localhost:11434/v1#qwen3" }`. */
  models: z.record(z.string(), z.string()).optional(),
  /** Records that a batch inference job of Bedrock must have at least; absent: AWS's 100. */
  batchMinimumRecords: z.coerce.number().int().min(1).max(50_000).optional(),
  /** Credits that each user may spend on running apps in a day (UTC). */
  appCredits: z.coerce.number().int().min(0).max(1e12).default(100_000),
});

export type Config = z.output<typeof configSchema>;

export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

const LOOPBACK = new Set(['127.0.0.1', 'localhost', '::1']);
const ENVIRONMENT_PREFIX = 'OUTCROP_';
/** Read by tests and benches. */
const OTHER_VARIABLES = /^OUTCROP_(TEST|BENCH)_/;

/** Merges the sources, most specific first, and checks them. Throws ConfigError with one line a fault. */
export function readConfig(
  flags: Record<string, unknown> = {},
  environment: NodeJS.ProcessEnv = process.env,
  file = 'outcrop.yaml',
): Config {
  const fromFile = existsSync(file) ? readFile(file) : {};
  const fromEnvironment: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(environment)) {
    if (!name.startsWith(ENVIRONMENT_PREFIX) || value === undefined || OTHER_VARIABLES.test(name)) continue;
    fromEnvironment[camel(name.slice(ENVIRONMENT_PREFIX.length))] = value;
  }
  const given = Object.fromEntries(Object.entries(flags).filter(([, value]) => value !== undefined));
  return checkConfig({ ...fromFile, ...fromEnvironment, ...given });
}

/** Checks a configuration given as an object. */
export function checkConfig(values: Record<string, unknown>): Config {
  const result = configSchema.safeParse(values);
  if (!result.success) {
    const lines = result.error.issues.flatMap((issue) =>
      issue.code === 'unrecognized_keys'
        ? issue.keys.map((key) => {
            const meant = nearest(key, Object.keys(configSchema.shape));
            return `${key}: unknown${meant ? `; did you mean ${meant}?` : ''}`;
          })
        : [`${issue.path.join('.')}: ${issue.message}`],
    );
    throw new ConfigError(lines.join('\n'));
  }
  const config = result.data;
  const loopback = LOOPBACK.has(config.host);
  if (!loopback && config.rootSecret === undefined)
    throw new ConfigError(
      `host: ${config.host} can be reached from elsewhere; set a root secret (OUTCROP_ROOT_SECRET) to serve it`,
    );
  if (!loopback && config.auth === 'open') throw new ConfigError('auth: open is for loopback addresses only');
  if ((config.tlsCert === undefined) !== (config.tlsKey === undefined))
    throw new ConfigError('tlsCert and tlsKey go together');
  return config;
}

function readFile(file: string): Record<string, unknown> {
  try {
    const value: unknown = parse(readFileSync(file, 'utf8')) ?? {};
    if (typeof value !== 'object' || Array.isArray(value)) throw new Error('not a mapping');
    return value as Record<string, unknown>;
  } catch (error) {
    throw new ConfigError(`${file}: ${(error as Error).message}`, { cause: error });
  }
}

const camel = (name: string) => name.toLowerCase().replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
