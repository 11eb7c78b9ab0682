import type { OperationModel } from '../../protocol/catalog.ts';
import type { Exchange } from '../exchange.ts';
import { tells } from '../parameters.ts';
import type { FrameTape } from './frames.ts';
import { budget, mayHoldSecrets, shown, shownJson, unsigned } from './shown.ts';

/** What is kept of a call beside its line: how it came, what was asked and answered, and what it cost. */
export type KeptCall = {
  request: {
    method: string;
    path: string;
    host: string;
    ip: string;
    userAgent: string;
    secure: boolean;
    /** How it was signed: `header`, `query` (a presigned URL), `bearer`, `none`; `inside`: by a service of the stack. */
    signature: string;
    accessKeyId?: string;
    /** The service that made the call in its caller's name. */
    invokedBy?: string;
  };
  operation?: OperationModel;
  /** As the SDK names the service: `Bedrock Runtime`. */
  serviceId?: string;
  input?: unknown;
  output?: unknown;
  error?: { name: string; message: string; members?: unknown };
  frames?: FrameTape;
  /** Microseconds until the answer began. */
  answeredUs?: number;
  costs: { type: string; quantity: number; unit: string; resource?: string; usd?: number }[];
  wire?: Wire;
};

/** What a cassette needs of a call that holds no secrets: what was asked, and the answer as it was on the wire. */
export type Wire = {
  exchange: Pick<Exchange, 'service' | 'operation' | 'input' | 'request' | 'error'>;
  /** On the stack's clock. */
  atMs: number;
  status: number;
  headers: Record<string, string>;
  body: Uint8Array | FrameTape;
};

/** Bytes of a request, and of an answer, that are kept for cassettes. */
const WIRE_BYTES_MAX = 64 * 1024;
/** Bytes that a kept call takes whatever is in it. */
const OVERHEAD_BYTES = 1_000;
/** Bytes of an answer that no operation has given, which are looked at: a cassette's, an error's. */
const BODY_BYTES_MAX = 64 * 1024;
const NO_BYTES = new Uint8Array();
const NO_COSTS: KeptCall['costs'] = [];
/** Characters of a path, and of a client's name. */
const LINE_MAX = 2_000;
const cut = (line: string) => (line.length > LINE_MAX ? line.slice(0, LINE_MAX) : line);

/** What is kept of a call, how many bytes that takes at most, and the message of its error as it may be shown. */
export function keptCall(
  exchange: Exchange,
  durationUs: number,
  nowMs: number,
): { kept: KeptCall; bytes: number; errorMessage?: string } {
  const { request, operation, auth, error, tape, invokedBy } = exchange;
  const left = budget();
  const all = left.characters;
  const input = operation && exchange.input ? shown(operation.input, exchange.input, left) : undefined;
  const used = all - left.characters;
  left.characters = all;
  const output = outputOf(exchange, left);
  const isHidden = error !== undefined && tells(error.message, exchange.input, input);
  const errorMessage = isHidden ? 'HIDDEN_DUE_TO_SECURITY_REASONS' : error && unsigned(error.message);
  const wire = left.partial || isHidden ? undefined : wireOf(exchange, nowMs - durationUs / 1000);
  // Made member by member: this is on the way of every call.
  const from: KeptCall['request'] = {
    method: request.method,
    path: cut(request.rawPath),
    host: request.host,
    ip: exchange.ip,
    userAgent: cut(request.headers['user-agent'] ?? ''),
    secure: exchange.secure,
    signature: signatureOf(exchange),
  };
  if (auth && !auth.bearer) from.accessKeyId = auth.credential.accessKeyId;
  if (invokedBy !== undefined) from.invokedBy = invokedBy;
  const kept: KeptCall = { request: from, costs: exchange.costs ?? NO_COSTS };
  if (operation) {
    kept.operation = operation;
    kept.serviceId = exchange.service!.model.serviceId;
  }
  if (input !== undefined) kept.input = input;
  if (output !== undefined) kept.output = output;
  if (error) kept.error = errorOf(error, errorMessage!);
  if (tape) kept.frames = tape;
  if (exchange.answeredUs !== undefined) kept.answeredUs = exchange.answeredUs;
  if (wire) kept.wire = wire;
  const bytes =
    OVERHEAD_BYTES +
    2 * (used + all - left.characters) +
    (tape?.bytes ?? 0) +
    (wire ? lengthOf(request.headers['content-length']) + (wire.body instanceof Uint8Array ? wire.body.length : 0) : 0);
  return { kept, bytes, ...(errorMessage === undefined ? {} : { errorMessage }) };
}

function signatureOf({ request, auth }: Exchange): string {
  if (request.method === 'CALL') return 'inside';
  if (!auth) return 'none';
  return auth.bearer ? 'bearer' : auth.presigned ? 'query' : 'header';
}

function errorOf({ name, members }: NonNullable<Exchange['error']>, message: string): NonNullable<KeptCall['error']> {
  const said = members && Object.values(members).some((member) => member !== undefined);
  return { name, message, ...(said ? { members: shownJson(members, budget()) } : {}) };
}

const lengthOf = (header: string | undefined): number => Number(header ?? 0) || 0;

function outputOf(exchange: Exchange, left: ReturnType<typeof budget>): unknown {
  const { operation, output, error, response } = exchange;
  if (!operation) return undefined;
  if (output && !(error && !exchange.tape)) return shown(operation.output, output, left);
  if (error) return undefined;
  // A cassette, or AWS itself, has answered: JSON is looked into, which holds no secrets that its names do not tell.
  const body = response?.body;
  if (!(body instanceof Uint8Array) || body.length > BODY_BYTES_MAX || mayHoldSecrets(operation.output)) {
    left.partial = true;
    return undefined;
  }
  try {
    return shown(operation.output, JSON.parse(Buffer.from(body).toString('utf8')), left);
  } catch {
    left.partial = true;
    return undefined;
  }
}

/** Undefined for what a cassette does not hold, or that is secret or long: a rule records such calls as they are made. */
function wireOf(exchange: Exchange, atMs: number): Wire | undefined {
  const { service, operation, input, request, response, tape, error } = exchange;
  if (!service || !operation || !input || !response || !exchange.codec || response.reset) return undefined;
  if (operation.inputStream ?? operation.inputEvents) return undefined;
  if (lengthOf(request.headers['content-length']) > WIRE_BYTES_MAX) return undefined;
  const { body: sent, status, headers } = response;
  const body = tape ?? (sent === undefined ? NO_BYTES : typeof sent === 'string' ? Buffer.from(sent) : sent);
  if (!(body instanceof Uint8Array) && body !== tape) return undefined;
  if (body instanceof Uint8Array && body.length > WIRE_BYTES_MAX) return undefined;
  return {
    exchange: { service, operation, input, request, ...(error ? { error } : {}) },
    atMs,
    status,
    headers,
    body: body as Uint8Array | FrameTape,
  };
}
