import type { OperationModel } from '../../protocol/catalog.ts';
import { decodeFrame } from '../../protocol/events.ts';
import { budget, shown, shownJson, type Budget } from './shown.ts';

/** Bytes of the frames that are kept of one call, and how many; of what follows only the number is. */
const BYTES_MAX = 256 * 1024;
const FRAMES_MAX = 5_000;

/** One message of an event stream, as it is shown. */
export type ShownFrame = {
  /** Milliseconds after the request came in. */
  atMs: number;
  /** `contentBlockDelta`; of an error its name. */
  event: string;
  bytes: number;
  error?: true;
  content: unknown;
};

/** The frames of an answer as they left, with their times: encoded, so that a token on its way costs next to nothing. */
export class FrameTape {
  readonly #startedUs: number;
  readonly frames: { atMs: number; bytes: Uint8Array }[] = [];
  bytes = 0;
  /** Frames that have left, kept or not. */
  count = 0;

  constructor(startedUs: number) {
    this.#startedUs = startedUs;
  }

  get isWhole(): boolean {
    return this.count === this.frames.length;
  }

  async *through(frames: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const frame of frames) {
      this.count++;
      if (this.bytes + frame.length <= BYTES_MAX && this.frames.length < FRAMES_MAX) {
        this.bytes += frame.length;
        const atMs = Math.round(performance.now() * 10 - this.#startedUs / 100) / 10;
        this.frames.push({ atMs, bytes: frame });
      }
      yield frame;
    }
  }
}

/** What the frames say, by the operation's model. */
export function shownFrames(tape: FrameTape, operation: OperationModel | undefined): ShownFrame[] {
  const left = budget();
  left.characters *= 8;
  left.values *= 8;
  return tape.frames.map(({ atMs, bytes }) => ({ atMs, bytes: bytes.length, ...contentOf(bytes, operation, left) }));
}

function contentOf(
  bytes: Uint8Array,
  operation: OperationModel | undefined,
  left: Budget,
): Pick<ShownFrame, 'event' | 'error' | 'content'> {
  const { headers, body } = decodeFrame(bytes);
  const header = (name: string): string | undefined => headers[name]?.value as string | undefined;
  if (header(':message-type') === 'error')
    return { event: header(':error-code') ?? 'error', error: true, content: { message: header(':error-message') } };
  const exception = header(':exception-type');
  const event = exception ?? header(':event-type') ?? 'event';
  const buffer = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const content = (() => {
    if (!(header(':content-type') ?? '').includes('json')) return shownJson(body, left);
    const value: unknown = JSON.parse(buffer.toString('utf8') || '{}');
    const union = operation?.outputEvents ? operation.output.getMemberSchema(operation.outputEvents) : undefined;
    const member =
      union?.isStructSchema() && event in union.getMemberSchemas() ? union.getMemberSchema(event) : undefined;
    return member ? shown(member, withBytes(value), left) : shownJson(value, left);
  })();
  return { event, ...(exception === undefined ? {} : { error: true as const }), content };
}

/** The bytes of a native body's chunk are base64 on the wire. */
function withBytes(value: unknown): unknown {
  const { bytes, ...rest } = (value ?? {}) as { bytes?: unknown };
  return typeof bytes === 'string' ? { ...rest, bytes: Buffer.from(bytes, 'base64') } : value;
}
