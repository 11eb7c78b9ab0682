/**
 * The types of the library, by themselves: what `import { startOutcrop } from 'outcrop'` gives to a TypeScript program. Self-contained, so
 * that users need no AWS packages to compile.
 */

/** Milliseconds, or a text: `250ms`, `2s`, `1m`, `5h`, `1d`. */
export type Duration = number | string;

/** What a value must be; all of it must hold. */
export type Condition = {
  equals?: string | number | boolean | null;
  not?: string | number | boolean | null;
  in?: (string | number | boolean | null)[];
  /** RE2 syntax, found anywhere; its groups are `{{match.1}}` … */
  matches?: string;
  contains?: string;
  exists?: boolean;
  lt?: number;
  lte?: number;
  gt?: number;
  gte?: number;
};

/** What a model says, whatever its family. */
export type Speech = {
  text?: string;
  toolUse?: ToolUse | ToolUse[];
  reasoning?: string;
  stopReason?: 'end_turn' | 'tool_use' | 'max_tokens' | 'stop_sequence' | 'content_filtered';
  usage?: { inputTokens?: number; outputTokens?: number };
  tokensPerSecond?: number;
};
/** `input` as JSON, or as the very text that is streamed for it. */
export type ToolUse = { name: string; input?: Record<string, unknown> | string };

/** What goes wrong: one of the first five lines ends the call, the others change an answer. */
export type Fault = {
  throttle?: true;
  /** By name: the status is the model's, unless it says another. */
  error?: string;
  status?: number;
  reset?: true;
  timeout?: true | Duration;
  message?: string;
  members?: Record<string, unknown>;
  retryAfter?: Duration;
  /** Ends a stream of events: by default before the event that ends the message, with the connection. */
  cut?: true | { frames?: number; characters?: number; beforeStop?: true; error?: string; message?: string };
  /** Waited before each event of a stream. */
  slow?: Duration;
  malformedToolJson?: true;
  /** So many items of a batch, or those at these places, from 0. */
  failItems?: number | number[];
  /** Bytes of the body that are sent. */
  truncate?: number;
  wrongChecksum?: true;
};
type FaultName = 'throttle' | 'reset' | 'timeout' | 'cut' | 'malformedToolJson' | 'wrongChecksum';

/** One answer of a sequence. */
export type RuleStep = {
  answer?: Record<string, unknown>;
  say?: string | Speech;
  fault?: Fault | FaultName;
  delay?: Duration | [Duration, Duration];
  compute?: true;
};

/**
 * Which calls are meant, and what they are answered with instead of computing. The rule with the highest priority is asked first; the first
 * that matches decides. See docs/rules.md.
 */
export type Rule = {
  id?: string;
  description?: string;
  enabled?: boolean;
  priority?: number;

  /** SDK client name: `bedrock-runtime`; here and below with `*` and `?`, absent: any. */
  service?: string | string[];
  operation?: string | string[];
  /** Without the prefix of an inference profile: `anthropic.claude-*`. */
  model?: string | string[];
  /** ARNs of callers. */
  principal?: string | string[];
  account?: string | string[];
  region?: string | string[];
  /** JSONPath → what a value there must be. */
  input?: Record<string, string | number | boolean | null | Condition>;
  /** The last text that the user said to a model: an expression, or a condition. */
  prompt?: string | Condition;
  /** The whole request body as text. */
  body?: string | Condition;
  header?: Record<string, string | number | boolean | null | Condition>;
  when?: { state: string | string[]; scenario?: string };
  then?: { state: string; scenario?: string };

  nth?: number | number[];
  every?: number;
  after?: number;
  /** How often it answers; absent: always. */
  times?: number;
  /** 0 to 1, drawn from the stack's seed. */
  probability?: number;

  delay?: Duration | [Duration, Duration];
  /** The operation's output, in the SDK's own shape. */
  answer?: Record<string, unknown>;
  say?: string | Speech;
  script?: { say: string | Speech; expect?: { prompt?: string | Condition; toolResults?: string | string[] } }[];
  sequence?: RuleStep[];
  sequenceEnd?: 'last' | 'loop' | 'error' | 'compute';
  tokensPerSecond?: number;
  fault?: Fault | FaultName;
  limit?: {
    requests?: number;
    tokens?: number;
    per?: Duration;
    by?: 'principal' | 'model' | 'account' | 'all';
    burndown?: number;
  };
  record?:
    | string
    | {
        cassette: string;
        passThrough?: true | { endpoint?: string; region?: string; profile?: string };
        scrub?: { paths?: string[]; patterns?: string[] };
        ignore?: string[];
      };
  replay?:
    | string
    | {
        cassette: string;
        miss?: 'error' | 'compute' | 'record';
        timing?: boolean;
        ignore?: string[];
        scrub?: { paths?: string[]; patterns?: string[] };
      };
  compute?: true;
};

/** A rule in effect: where it is from, how often it has decided, and the last calls that it decided. */
export type ListedRule = Rule & {
  id: string;
  source: string;
  used: number;
  last: { requestId: string; timeMs: number; service: string; operation: string }[];
};

/** What is wrong with a rule file. */
export type RuleFault = {
  file?: string;
  line?: number;
  column?: number;
  rule?: string;
  path?: string;
  message: string;
};

/** A limit for each account, region and model or profile id that it means; the first of a list that means a call decides. */
export type Quota = {
  /** Pattern of the model and profile ids as they are called: `us.anthropic.*`. Absent: all. */
  model?: string;
  account?: string;
  region?: string;
  requestsPerMinute?: number;
  tokensPerMinute?: number;
};

/** A region whose models do not answer. */
export type Outage = { region: string; /** Pattern of model ids; absent: all. */ model?: string };

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
  /** `agreement`: models that are sold through AWS Marketplace need an agreement by the account first. Default `open`. */
  modelAccess?: 'open' | 'agreement';
  /** What accounts may ask of models by the minute; none by default. */
  quotas?: Quota[];
  /** Tokens by the minute of one provisioned model unit, by pattern of model ids. */
  modelUnits?: Record<string, number>;
  /** Model id patterns and the backends that answer them: `{ 'anthropic.claude-*': 'openai:http://localhost:11434/v1#qwen3' }`. */
  models?: Record<string, string>;
  /** Records that a batch inference job of Bedrock must have at least; default 100, as on AWS. */
  batchMinimumRecords?: number;
  /** Credits that each user may spend on running apps in a day (UTC); default 100,000. */
  appCredits?: number;
  /** A file (YAML or JSON) of Bedrock prices, over the list prices that are built in. */
  prices?: string;
  /** Where the clock starts. */
  clock?: Date | { frozenAt: Date };
  /** Rules in effect from the start: a list, or the path of a YAML or JSON file, or of a folder of them. */
  rules?: Rule[] | string;
};

export type ClockSetting = { offsetMs: number; frozenAtMs?: number };

/** One call, as `/_outcrop/calls` lists it. */
export type CallLine = {
  requestId: string;
  timeMs: number;
  service: string;
  operation: string;
  /** The model that was asked, without ARN and profile. */
  model?: string;
  principal: string;
  region: string;
  status: number;
  /** Microseconds from the first byte in to the last byte out. */
  durationUs: number;
  error?: string;
  errorMessage?: string;
  /** How an AI answer came about. */
  answer?: string;
  /** The rule that decided on it. */
  rule?: string;
  usd?: number;
  /** Whether every permission that it asked for was given; absent: it asked for none. */
  allowed?: boolean;
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
  /** ARN of what was called, where it carries tags. */
  tagged?: string;
  usd?: number;
  tags?: Record<string, string>;
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
  /** All reject with an error that says, fault by fault, what is wrong with a rule. */
  rules: {
    /** Replaces the rules that were set; those of files stay. */
    set(rules: Rule[]): Promise<void>;
    /** Adds a rule before the others, or in the place of the one with its id. Resolves with its id. */
    add(rule: Rule): Promise<string>;
    /** Resolves with whether there was one. */
    remove(id: string): Promise<boolean>;
    /** Removes the rules that were set, and begins all counts anew. */
    clear(): Promise<void>;
    /** In the order in which they are asked. */
    list(): Promise<ListedRule[]>;
    /** What is wrong with rule files that have changed since the start: the last good ones are in effect. */
    faults(): RuleFault[];
  };
  /** What was recorded to and played from cassettes since the start. */
  cassettes(): Promise<{ cassette: string; entries: number; played: number; recorded: number; misses: number }[]>;
  /** The latest calls, newest first. */
  calls(limit?: number): CallLine[];
  cost(): Promise<{ usd: number; lines: LedgerLine[] }>;
  /** Regions whose models are down: direct calls there fail, cross-region profiles go to other regions. Each resolves with what then stands. */
  outages: {
    list(): Promise<(Outage & { since: string })[]>;
    set(outages: Outage[]): Promise<(Outage & { since: string })[]>;
    add(outage: Outage): Promise<(Outage & { since: string })[]>;
    /** All, or those of a region or pattern. */
    clear(of?: { region?: string; model?: string }): Promise<(Outage & { since: string })[]>;
  };
  quotas: { list(): Promise<Quota[]>; set(quotas: Quota[]): Promise<Quota[]> };
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
