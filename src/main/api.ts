/**
 * The types of the library, by themselves: what `import { startOutcrop } from 'outcrop'` gives to a TypeScript program. Self-contained, so
 * that users need no AWS packages to compile.
 */

/** What a call is answered with instead of computing; the first that matches and is not used up decides. */
export type Rule = {
  /** SDK client name: `bedrock-runtime`. Absent: any. */
  service?: string;
  operation?: string;
  /** How often it answers; absent: always. */
  times?: number;
  /** 0 to 1, drawn from the stack's seed. */
  probability?: number;
  delayMs?: number;
  fault?: { error: string; message?: string; status?: number };
  /** The operation's output, in the SDK's own shape. */
  answer?: Record<string, unknown>;
};

export type OutcropOptions = {
  host?: string;
  /** One or more; 0 takes a free one. Default 4566. */
  port?: number | number[];
  /** Where state lives. Default `./.outcrop`. */
  data?: string;
  /** State goes with the process. */
  ephemeral?: boolean;
  accountId?: string;
  region?: string;
  /** `open`: any credentials act as the account root (loopback only). Default `strict`. */
  auth?: 'strict' | 'open';
  rootKey?: string;
  rootSecret?: string;
  /**
   * What all that is secret is sealed under: 32 bytes in base64 or hexadecimal, never in the store. Absent: `root.key` in the data
   * directory, made at the first start; ephemeral, one in memory.
   */
  encryptionKey?: string;
  /** `postgres://…` */
  store?: string;
  /** `s3://…` */
  blobs?: string;
  log?: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'silent';
  /** Makes ids and sampling repeatable. */
  seed?: string | number;
  allowReset?: boolean;
  /** Lets what users name be fetched from this machine and its network: an identity provider's keys. Default false. */
  allowPrivateFetch?: boolean;
  tlsCert?: string;
  tlsKey?: string;
  /** Model id patterns and the backends that answer them: `{ 'anthropic.claude-*': 'openai:http://localhost:11434/v1#qwen3' }`. */
  models?: Record<string, string>;
  /** Records that a batch inference job of Bedrock must have at least; default 100, as on AWS. */
  batchMinimumRecords?: number;
  /** Where the clock starts. */
  clock?: Date | { frozenAt: Date };
  /** Rules in effect from the start: a list, or the path of a YAML or JSON file. */
  rules?: Rule[] | string;
};

export type ClockSetting = { offsetMs: number; frozenAtMs?: number };

/** One call, as `/_outcrop/calls` lists it. */
export type CallLine = {
  requestId: string;
  timeMs: number;
  service: string;
  operation: string;
  principal: string;
  region: string;
  status: number;
  /** Microseconds from the first byte in to the last byte out. */
  durationUs: number;
  error?: string;
  errorMessage?: string;
  /** How an AI answer came about. */
  answer?: string;
  usd?: number;
};

/** Usage of one day, account, region, service, type, resource and principal; `usd` by list prices where one is known. */
export type LedgerLine = {
  day: string;
  account: string;
  region: string;
  service: string;
  principal: string;
  type: string;
  quantity: number;
  unit: string;
  resource?: string;
  usd?: number;
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
  /** SDK client names of what is served. */
  services: string[];
};

/**
 * Starts a whole stack in this process. For tests: `await startOutcrop({ ephemeral: true, port: 0 })`.
 * Throws ConfigError on bad options, and the system's error when a port is taken.
 */
export type StartOutcrop = (options?: OutcropOptions) => Promise<Outcrop>;
