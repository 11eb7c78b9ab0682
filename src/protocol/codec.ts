import type { Readable } from 'node:stream';
import type { ErrorModel, OperationModel, ServiceModel } from './catalog.ts';
import type { WireResponse } from './message.ts';

/** What a codec is given to decode: the routed request, its body either read or still a stream. */
export type DecodeRequest = {
  service: ServiceModel;
  operation: OperationModel;
  labels: Record<string, string>;
  query: [string, string][];
  headers: Record<string, string>;
  body: Uint8Array | Readable;
};

/** An error on its way to the wire. */
export type WireError = {
  /** Shape name of a modelled error, or the code. */
  name: string;
  message: string;
  status: number;
  fault: 'client' | 'server';
  /** The modelled error, when it is one. */
  model?: ErrorModel;
  /** Members beside the message. */
  members: Record<string, unknown>;
  requestId: string;
};

/** One wire protocol: reads inputs, writes outputs and errors. */
export interface Codec {
  /** Throws SerializationError when the body is not of the protocol. */
  decode(request: DecodeRequest): Promise<Record<string, unknown>>;
  encode(
    service: ServiceModel,
    operation: OperationModel,
    output: Record<string, unknown>,
    requestId: string,
  ): Promise<WireResponse>;
  encodeError(service: ServiceModel, error: WireError): WireResponse;
}

export const EVENT_STREAM = 'application/vnd.amazon.eventstream';
