import type { Logger } from 'pino';
import type { Answered, CallSource } from './calls.ts';
import type { Engines } from './engines.ts';
import type { Kernel } from './kernel.ts';
import type { Usage } from './ledger.ts';
import type { FederatedSignIn, Principal } from './principals/principal.ts';
import type { Access } from './access.ts';

/** What a rule has a model say in one turn of a conversation. */
export type ScriptTurn = {
  text?: string;
  /** A tool's input as JSON, or as the text that stands for it. */
  toolUse?: { name: string; input?: unknown }[];
  reasoning?: string;
  stopReason?: string;
  usage?: { inputTokens?: number; outputTokens?: number };
  tokensPerSecond?: number;
  /** What must have come before; else the script does not fit the conversation. */
  expect?: {
    prompt?: (text: string | undefined) => boolean;
    /** The expectation, for people. */
    promptText?: string;
    /** Names of the tools whose results must have come. */
    toolResults?: string[];
  };
};

/** What a rule has a model say, whatever its family: one answer to everything, or one for each turn of the conversation. */
export type Script = { rule: string; turns: ScriptTurn[]; perTurn: boolean };

/** One AWS call on its way: who, what, where, and the house it runs in. Handlers get it with the decoded input. */
export type Call = {
  /** SDK client name: `s3`. */
  readonly service: string;
  readonly operation: string;
  readonly requestId: string;
  readonly principal: Principal;
  /** The key the call was signed with; absent for anonymous and inner calls. */
  readonly accessKeyId?: string;
  /** The account whose resources are meant: the caller's own. */
  readonly account: string;
  readonly region: string;
  readonly partition: string;
  /** Aborted when the client has gone or the server stops. */
  readonly signal: AbortSignal;
  readonly source: CallSource;
  /**
   * The services this call came through with the caller's own rights, first to last: `aws:CalledVia`. Empty from outside. A service that
   * makes a call for its caller passes it on.
   */
  readonly via: readonly string[];
  /** How it is billed, where its service has more than one price for it: `batch`. Only services of the stack say so. */
  readonly billing?: string;
  /**
   * Decides on more than the operation's own `access` asks: each key of a batch, a role that is passed. Rejects with the service's
   * access-denied error, in AWS's words.
   *
   * @param as who asks, where nobody has signed and the operation itself has found out who it is
   */
  require(access: Access, as?: FederatedSignIn): Promise<void>;
  readonly kernel: Kernel;
  readonly engines: Engines;
  readonly log: Logger;
  /**
   * HTTP trailers of the request, by lower-case name; complete once its body has been read. S3 sends checksums so.
   * `declared` names those announced before the body.
   */
  readonly trailers: { readonly declared: string[]; readonly values: Record<string, string> };
  /** Meters what the call used; priced by the ledger. */
  meter(usage: Usage): void;
  /** Tells how the answer was made; last one wins. */
  answered(how: Answered): void;
  /** Sets a response header that no output member carries, e.g. `x-amzn-bedrock-input-token-count`. */
  header(name: string, value: string): void;
  /** Overrides the modelled status of a success, e.g. 206 for a range. */
  status(code: number): void;
};
