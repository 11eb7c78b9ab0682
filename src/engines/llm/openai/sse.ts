/**
 * Server-sent events as the HTML standard frames them
 * (https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream), read from raw bytes.
 */
import { LlmError } from '../types.ts';

/** One dispatched event; `event` is absent where the stream named none. */
export type ServerSentEvent = { event?: string; data: string };

/** The largest single event that is read, in bytes. Model servers send a few hundred bytes; whole base64 files would still fit. */
const SSE_EVENT_BYTES_MAX = 8 * 1024 * 1024;

const LF = 10;
const CR = 13;

/**
 * Splits a byte stream into events. Chunk borders may fall anywhere, inside a UTF-8 character or between CR and LF. Lines may
 * end in LF, CR or CRLF; comments and unknown fields are skipped; an event without `data` is not dispatched. An event that
 * the end of the stream cuts off before its blank line is yielded as well: several model servers omit the last blank line.
 *
 * @throws LlmError 'stream' when one event is larger than {@link SSE_EVENT_BYTES_MAX}.
 */
export async function* readServerSentEvents(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<ServerSentEvent> {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  let data: string[] = [];
  let event: string | undefined;
  let eventBytes = 0;
  let pending: Uint8Array[] = [];
  let skipLf = false;
  let firstLine = true;

  const finishLine = (tail: Uint8Array): ServerSentEvent | undefined => {
    let line = decoder.decode(pending.length === 0 ? tail : Buffer.concat([...pending, tail]));
    pending = [];
    if (firstLine) {
      firstLine = false;
      if (line.startsWith('\u{FEFF}')) line = line.slice(1);
    }
    if (line === '') {
      const dispatched =
        data.length === 0 ? undefined : { data: data.join('\n'), ...(event === undefined ? {} : { event }) };
      data = [];
      event = undefined;
      eventBytes = 0;
      return dispatched;
    }
    const colon = line.indexOf(':');
    if (colon === 0) return undefined;
    const field = colon < 0 ? line : line.slice(0, colon);
    const start = colon < 0 ? line.length : line[colon + 1] === ' ' ? colon + 2 : colon + 1;
    if (field === 'data') data.push(line.slice(start));
    else if (field === 'event') event = line.slice(start);
    return undefined;
  };

  for await (const chunk of chunks) {
    let start = 0;
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at];
      if (skipLf && byte === LF) {
        skipLf = false;
        start = at + 1;
        continue;
      }
      skipLf = false;
      if (byte !== LF && byte !== CR) continue;
      eventBytes += at - start;
      if (eventBytes > SSE_EVENT_BYTES_MAX) throw tooLarge();
      const dispatched = finishLine(chunk.subarray(start, at));
      if (dispatched) yield dispatched;
      start = at + 1;
      skipLf = byte === CR;
    }
    if (start < chunk.length) {
      eventBytes += chunk.length - start;
      if (eventBytes > SSE_EVENT_BYTES_MAX) throw tooLarge();
      pending.push(chunk.slice(start));
    }
  }
  if (pending.length > 0) finishLine(new Uint8Array(0));
  const last = finishLine(new Uint8Array(0));
  if (last) yield last;
}

const tooLarge = () =>
  new LlmError('stream', `The model server sent an event larger than ${SSE_EVENT_BYTES_MAX} bytes.`);
