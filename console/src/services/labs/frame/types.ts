import type { send } from '../../../aws/call.ts';
import type { Credentials, Session } from '../../../aws/session.ts';

type Send = typeof send;
type Of<T> = new (configuration: any) => T;
type AnyClient = Parameters<Send>[0];
type Sent = Parameters<Send>[1];

/** What checks and runs have of the learner: clients in their name, and what they filled in. */
export type LabContext = {
  session: Session;
  /** What was filled in, by the widget's id; the empty text where nothing was. */
  input: (id: string) => string;
  /** What a run has kept, by the widget's id. */
  kept: (id: string) => unknown;
  /** A client in the name of other credentials, in the learner's region or another. */
  client: <C extends AnyClient>(of: Of<C>, credentials: Credentials, region?: string) => C;
  /** Sends a command in the learner's name. */
  send: <K extends Sent>(
    of: Of<AnyClient>,
    Command: K,
    input: Parameters<typeof send<K>>[2],
  ) => ReturnType<typeof send<K>>;
  signal: AbortSignal;
  /** Says how far it is. */
  progress: (text: string) => void;
};

/** One thing that a check looked at: what it wants, and what it measured. */
export type Finding = { what: string; ok: boolean; found: string };

/** What a check found; a step is passed when there are findings and all are in order. */
export type Check = (context: LabContext) => Promise<Finding[]>;

/** What a run shows: words, a table; `kept` is for the check. */
export type RunResult = { text?: string; rows?: Record<string, string>[]; kept?: unknown };
export type Run = (context: LabContext) => Promise<RunResult>;

/** Something that a lab made in the account. */
export type Made = { type: string; name: string; remove: () => Promise<unknown> };

/** What a lab's `checks.ts` exports. */
export type LabModule = {
  /** By the step's id; each step has one. */
  checks: Record<string, Check>;
  runs?: Record<string, Run>;
  /** What `call` widgets send, by operation: the client and the command. */
  calls?: Record<string, readonly [Of<AnyClient>, Sent]>;
  /** What the lab made, to be deleted when it is reset; in an order in which it can be. */
  made?: (context: LabContext) => Promise<Made[]>;
};
