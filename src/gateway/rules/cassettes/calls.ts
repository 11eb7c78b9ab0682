import { randomBytes } from 'node:crypto';
import type { KeptCall, Wire } from '../../calls/kept.ts';
import { insideFolder } from '../output.ts';
import { appendEntry, beginCassette, CassetteError, keepBody, keepFrame, type Entry } from './entry.ts';
import { normalInput } from './input.ts';
import { scrubberOf } from './scrub.ts';
import { protocolOf, stayingHeaders } from './wire.ts';

/**
 * Adds calls that were made to a cassette, as a rule that records them would have. Throws CassetteError, and writes nothing, where one of them
 * cannot be in a cassette.
 */
export async function writeCalls(
  name: string,
  calls: readonly { requestId: string; kept: KeptCall }[],
): Promise<{ path: string; written: number }> {
  const path = insideFolder(process.cwd(), name);
  if (!path) throw new CassetteError(`the cassette ${name} is not below the folder that the stack works in`);
  const wires = calls.map(({ requestId, kept: { wire, frames } }): Wire => {
    if (!wire || (frames && !frames.isWhole))
      throw new CassetteError(
        `call ${requestId} cannot be put into a cassette: it may hold secrets, has a body that is a stream, is too long, or was made inside the stack; a rule that records such calls keeps them as they are made`,
      );
    return wire;
  });
  const salt = beginCassette(path, randomBytes(8).toString('hex'));
  const scrubber = scrubberOf({}, salt);
  for (const { exchange, atMs: madeMs, status, headers, body } of wires) {
    const output = exchange.operation!.output;
    const answer =
      body instanceof Uint8Array
        ? await keepBody(body, path)
        : {
            events: body.frames.map(({ bytes, atMs }) => {
              const kept = keepFrame(bytes, Math.round(atMs - (body.frames[0]?.atMs ?? 0)));
              return 'json' in kept ? { ...kept, json: scrubber.payload(output, kept.json) } : kept;
            }),
          };
    const entry: Entry = {
      call: `${exchange.service!.model.sdk}:${exchange.operation!.name}`,
      protocol: protocolOf(exchange),
      at: new Date(madeMs).toISOString(),
      input: normalInput(exchange, scrubber, []),
      answer: {
        status,
        headers: stayingHeaders(headers),
        ...(exchange.error ? { error: exchange.error.name } : {}),
        ...answer,
      },
    };
    await appendEntry(path, entry);
  }
  return { path, written: wires.length };
}
