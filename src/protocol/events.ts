import { EventStreamCodec } from '@smithy/core/event-streams';
import { fromUtf8, toUtf8 } from '@smithy/core/serde';
import { members, type ErrorModel, type OperationModel, type ServiceModel } from './catalog.ts';

/**
 * Event streams, both ways. A frame is: total length, header length, CRC of these, headers, payload, CRC of all.
 * What the SDK's serde lacks for a server (exception frames, enveloped signed frames) is here.
 */
const codec = new EventStreamCodec(toUtf8, fromUtf8);
/** AWS's own bound of one message. Bytes. */
const FRAME_BYTES_MAX = 24 * 1024 * 1024;

export type EventMessage = { headers: Record<string, { type: string; value: any }>; body: Uint8Array };

/** Encodes an output stream frame by frame; an error thrown by the source ends it as an exception frame of the union, or as an error frame. */
export async function* encodeEvents(
  service: ServiceModel,
  operation: OperationModel,
  output: Record<string, any>,
  describe: (error: unknown) => { name: string; message: string; model?: ErrorModel },
): AsyncGenerator<Uint8Array> {
  const member = operation.outputEvents!;
  const union = operation.output.getMemberSchema(member);
  const known = new Set(members(union).map(([name]) => name));
  const serde = await service.sdkProtocol.loadEventStreamCapability();
  const rpc = operation.http === undefined;
  if (rpc) {
    const { [member]: _events, ...initial } = output;
    service.sdkProtocol.serializer.write(operation.output, initial);
    yield frame(
      { ':event-type': 'initial-response', ':message-type': 'event', ':content-type': serde.defaultContentType },
      toBytes(service.sdkProtocol.serializer.flush()),
    );
  }
  try {
    for await (const event of output[member] as AsyncIterable<Record<string, any>>) {
      const name = Object.keys(event).find((key) => event[key] !== undefined);
      if (name === undefined || !known.has(name)) throw new Error(`${operation.name} has no event ${name}`);
      // The SDK's writer takes header members out of the event it is given: hand it a copy.
      const { body, eventType, explicitPayloadContentType, additionalHeaders } = serde.writeEventBody(name, union, {
        [name]: { ...event[name] },
      });
      yield codec.encode({
        headers: {
          ':event-type': { type: 'string', value: eventType },
          ':content-type': { type: 'string', value: explicitPayloadContentType ?? serde.defaultContentType },
          ':message-type': { type: 'string', value: 'event' },
          ...additionalHeaders,
        },
        body: toBytes(body),
      });
    }
  } catch (error) {
    const { name, message, model } = describe(error);
    const exception = members(union).find(([, ns]) => ns.getName() === name)?.[0];
    if (exception === undefined || !model) {
      yield frame({ ':message-type': 'error', ':error-code': name, ':error-message': message }, new Uint8Array());
      return;
    }
    service.sdkProtocol.serializer.write(model.schema, { ...(error as object), message });
    yield frame(
      { ':message-type': 'exception', ':exception-type': exception, ':content-type': serde.defaultContentType },
      toBytes(service.sdkProtocol.serializer.flush()),
    );
  }
}

/** The decoded events of an input stream; `initial` receives the members that RPC protocols send as the first message. */
export async function* decodeEvents(
  service: ServiceModel,
  operation: OperationModel,
  frames: AsyncIterable<EventMessage>,
  initial: Record<string, unknown>,
): AsyncGenerator<Record<string, unknown>> {
  const serde = await service.sdkProtocol.loadEventStreamCapability();
  const encoded = (async function* () {
    for await (const message of frames)
      if (message.headers[':message-type'] || message.body.length > 0) yield codec.encode(message as never);
  })();
  yield* await serde.deserializeEventStream({
    response: { body: encoded },
    responseSchema: operation.input,
    initialMessageType: 'initial-request',
    initialResponseContainer: initial,
  });
}

/** Cuts a byte stream into frames and checks both CRCs. Throws on malformed frames. */
export async function* readFrames(source: AsyncIterable<Uint8Array>): AsyncGenerator<EventMessage> {
  let held = Buffer.alloc(0);
  for await (const chunk of source) {
    held = held.length === 0 ? Buffer.from(chunk) : Buffer.concat([held, chunk]);
    while (held.length >= 4) {
      const length = held.readUInt32BE(0);
      if (length < 16 || length > FRAME_BYTES_MAX) throw new Error(`event stream frame of ${length} bytes`);
      if (held.length < length) break;
      yield codec.decode(held.subarray(0, length));
      held = held.subarray(length);
    }
  }
  if (held.length > 0) throw new Error('the event stream ends within a frame');
}

/** One frame with string headers. */
export function frame(headers: Record<string, string>, body: Uint8Array): Uint8Array {
  return codec.encode({
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, { type: 'string', value }])),
    body,
  } as never);
}

export function decodeFrame(bytes: Uint8Array): EventMessage {
  return codec.decode(bytes);
}

/** The bytes of encoded headers: what an event signature covers. */
export function encodeHeaders(headers: EventMessage['headers']): Uint8Array {
  const message = codec.encode({ headers, body: new Uint8Array() } as never);
  return message.subarray(12, message.length - 4);
}

export function toBytes(value: unknown): Uint8Array {
  if (value === undefined || value === null) return new Uint8Array();
  if (typeof value === 'string') return Buffer.from(value, 'utf8');
  // The SDK's serializers give a view that behaves as a string as well, and warns when it is: a plain view does not.
  const { buffer, byteOffset, byteLength } = value as Uint8Array;
  return new Uint8Array(buffer, byteOffset, byteLength);
}
