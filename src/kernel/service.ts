import type { Readable } from 'node:stream';
import type { Access, Resource } from './access.ts';
import type { Call } from './call.ts';
import type { Engines } from './engines.ts';
import type { JobContext, JobHandler } from './jobs.ts';
import type { Kernel } from './kernel.ts';

/**
 * How a service is written: a table of operations, each a function of a call and its input, typed by the SDK's own types.
 *
 * ```ts
 * type Client = typeof import('@aws-sdk/client-sts');
 * export const service = defineService<Client>({ sdk: 'sts', operations: { async GetCallerIdentity(call, input) { … } } });
 * ```
 */
type Io<T> = T extends {
  readonly input: infer I;
  resolveMiddleware(...args: any): (...args: any) => Promise<{ output: infer O }>;
}
  ? { input: I; output: O }
  : never;

type Operations<M> = {
  [K in keyof M as K extends `${infer N}Command` ? (N extends '' | '$' ? never : N) : never]: M[K] extends new (
    ...args: any
  ) => infer T
    ? Io<T>
    : never;
};

/** A streaming blob: an output may be given in any of these forms; an input always is a Readable. */
export type BlobStream = Readable | AsyncIterable<Uint8Array> | Uint8Array | string;

/** Output members whose SDK type is a stream may be plain bytes here. */
type Answer<O> = {
  [K in keyof Omit<O, '$metadata'>]: K extends 'Body' | 'body' | 'audioStream' ? BlobStream | O[K] : O[K];
};

type Request<I> = {
  [K in keyof I]: K extends 'Body' | 'body'
    ? NonNullable<I[K]> extends Uint8Array | string
      ? I[K]
      : Readable | Uint8Array | Extract<I[K], undefined>
    : I[K];
};

type AskedInput<T> = T extends { input: infer I } ? Request<I> : never;

export type Handler<I, O> = (call: Call, input: Request<I>) => Promise<Answer<O>> | Answer<O>;

export type Handlers<M> = {
  [K in keyof Operations<M>]: Operations<M>[K] extends { input: infer I; output: infer O } ? Handler<I, O> : never;
};

/** The handler of a job as a service writes it: its `run` gets the house it works in beside the job. */
export type ServiceJob<I = any> = Omit<JobHandler<I>, 'run'> & {
  run(context: JobContext<I> & { readonly kernel: Kernel; readonly engines: Engines }): Promise<unknown>;
};

/** A plain HTTP request to what AWS serves beside its API: website endpoints, browser forms, CORS. */
export type WebRequest = {
  method: string;
  host: string;
  /** The bucket that host or path name, as for an API call. */
  bucket?: string;
  /** Decoded once; starts with `/`. */
  path: string;
  query: URLSearchParams;
  headers: Record<string, string>;
  body: Readable;
};
/** How a call went: told once its last byte has left. */
export type Outcome = {
  /** Absent for HTTP that is no API call. */
  input?: Readonly<Record<string, unknown>>;
  /** `CALL` for a call from inside. */
  method: string;
  /** As sent: percent-encoded, with the query, but for the signature and the token of a presigned URL. */
  target: string;
  /** Of the request. */
  headers: Readonly<Record<string, string>>;
  /** How the caller proved who it is; absent: not at all, or from inside. */
  signature?: 'header' | 'query';
  status: number;
  /** The code of the error that was answered. */
  error?: string;
  /** Bytes of the answer's body, where its length was known when it began. */
  bytesSent?: number;
  durationUs: number;
};

/** What the trail shows of an operation. */
export type TrailRule = {
  /** The only members of the input that are shown: where prompts, documents and the like are among the others. */
  request?: readonly string[];
  /** The only members of the output that are shown; also of an operation that only reads. */
  response?: readonly string[];
  /** Where the operation's verb does not tell. */
  readOnly?: boolean;
};

export type WebAnswer = { status: number; headers: Record<string, string>; body?: BlobStream };

export type ServiceDefinition<M = any> = {
  /** The SDK client's name without `client-`: also the folder. */
  readonly sdk: string;
  /** What is built; every other operation of the client answers 501. */
  readonly operations: Partial<Handlers<M>>;
  /** IAM actions and resources where they are not `<iam prefix>:<Operation>` on `*`. */
  readonly access?: {
    [K in keyof Operations<M>]?: (
      call: Call,
      input: Operations<M>[K] extends { input: infer I } ? I : never,
    ) => Access[] | Promise<Access[]>;
  };
  /**
   * What an operation asks by `call.require` as it works, as far as its input and what is stored tell. Where a rule answers in its place, it
   * is asked before; else the operation asks by itself.
   */
  readonly asks?: { [K in keyof Operations<M>]?: (call: Call, input: AskedInput<Operations<M>[K]>) => Promise<void> };
  /** What stands on a resource of this service; undefined when it does not exist, or is another service's. */
  readonly resource?: (call: Call, access: Access) => Promise<Resource | undefined>;
  /** Operations that no policy denies to anyone who has signed. */
  readonly neverDenied?: ReadonlySet<string>;
  /** Operations that CloudTrail counts as data events: they are not management records. */
  readonly dataEvents?: ReadonlySet<string>;
  /** What the trail shows of an operation where it is not all that the schemas do not mark as sensitive. */
  readonly trail?: { readonly [K in keyof Operations<M>]?: TrailRule };
  /**
   * The error a violated constraint is answered with; absent: `ValidationException`. `undefined` from the function: this service does
   * not enforce that constraint before its operation runs, and does so by itself.
   */
  readonly violation?: (operation: string, message: string) => Error | undefined;
  /** Holds a body that was read whole to what its headers say of it, before it is decoded. Throws the service's error. */
  readonly checkBody?: (operation: string, headers: Record<string, string>, bytes: Uint8Array) => void;
  /** Handlers of this service's jobs, by kind (`<sdk>/<what>`). */
  readonly jobs?: Record<string, ServiceJob>;
  /** Told of each call that got as far as an input. Access logs. */
  readonly ended?: (call: Call, outcome: Outcome) => Promise<void>;
  /** HTTP that is no API call; returns undefined when the request is none of its own. */
  readonly web?: (call: Call, request: WebRequest) => Promise<WebAnswer | undefined>;
  /** Headers that let a browser page of `origin` read the answer; undefined when the bucket (or whatever) does not allow it. */
  readonly cors?: (
    kernel: Kernel,
    request: {
      host: string;
      /** The bucket that host or path name, as for an API call. */
      bucket?: string;
      path: string;
      origin: string;
      method: string;
      headers: string[];
      /** Asked before the call proper; what is thrown then is the answer. */
      preflight: boolean;
    },
  ) => Promise<Record<string, string> | undefined>;
};

export function defineService<M>(definition: ServiceDefinition<M>): ServiceDefinition<M> {
  return definition;
}
