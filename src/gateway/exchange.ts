import type { Readable } from 'node:stream';
import type { Authenticated } from '../identity/sigv4.ts';
import type { Call } from '../kernel/call.ts';
import type { Answered } from '../kernel/calls.ts';
import type { Principal } from '../kernel/principals/principal.ts';
import type { Access } from '../kernel/access.ts';
import type { OperationModel } from '../protocol/catalog.ts';
import type { Codec } from '../protocol/codec.ts';
import type { WireRequest, WireResponse } from '../protocol/message.ts';
import type { FrameTape } from './calls/frames.ts';
import type { Service } from './services.ts';

/** What the listener hands in. */
export type Accepted = {
  request: WireRequest;
  source: Readable;
  secure: boolean;
  ip: string;
  signal: AbortSignal;
  tls?: Tls;
};
/** Version and cipher suite of a connection: `TLSv1.3`, `TLS_AES_128_GCM_SHA256`. */
export type Tls = { version: string; cipher: string };

/** One request on its way through the pipeline; each step reads what those before it wrote. */
export type Exchange = {
  request: WireRequest;
  /** A WebSocket upgrade as it was signed, where `request` is what it stands for. */
  signed?: WireRequest;
  /** The body as it comes off the socket. */
  readonly source: Readable;
  readonly secure: boolean;
  readonly tls?: Tls;
  readonly ip: string;
  readonly requestId: string;
  readonly startedUs: number;
  readonly signal: AbortSignal;

  /** identify */
  service?: Service;
  operation?: OperationModel;
  codec?: Codec;
  labels: Record<string, string>;
  query: [string, string][];
  region: string;
  /** The body, where a step had to read it. */
  bytes?: Uint8Array;
  /** An HTTP face of the service beside its API: website, form upload. */
  web?: boolean;

  /** authenticate */
  auth?: Authenticated;
  principal?: Principal;
  /** Services that an inner call came through with its caller's rights. */
  via?: readonly string[];
  /** The service that made an inner call. */
  invokedBy?: string;
  /** How an inner call is billed. */
  billing?: string;

  /** decode */
  body?: Uint8Array | Readable;
  trailers: { declared: string[]; values: Record<string, string> };
  input?: Record<string, unknown>;
  call?: Call;

  /** authorise */
  access?: Access[];
  /** Accounts that own what the call asks for. */
  owners?: Set<string>;

  /** What the service has to say of an operation that is not built, or a resource that is not there: unless a rule answers for it. */
  absent?: unknown;

  /** rules: the one that decided. */
  rule?: string;
  /** What the rule answers with is an injected fault, or has one in it. */
  faulted?: boolean;
  /** Changes of the output before it is encoded, and of the answer before it leaves; first to last. */
  onOutput?: ((output: Record<string, unknown>) => Record<string, unknown> | Promise<Record<string, unknown>>)[];
  onResponse?: ((response: WireResponse) => WireResponse | Promise<WireResponse>)[];

  /** invoke */
  output?: Record<string, unknown>;
  answered?: Answered;
  extraHeaders: Record<string, string>;
  status?: number;
  usd?: number;
  /** What was metered, the first of it. */
  costs?: { type: string; quantity: number; unit: string; resource?: string; usd?: number }[];

  /** encode, or any step that answers by itself */
  response?: WireResponse;
  error?: { name: string; message: string; status: number; members?: Record<string, unknown> };
  /** The frames of the answer, where it is a stream of events. */
  tape?: FrameTape;
  /** Microseconds from the start until the answer began to leave. */
  answeredUs?: number;
};

/** A step answers by setting `response` (the rest up to `record` is then skipped) or throws. */
export type Step = (exchange: Exchange) => Promise<void> | void;
