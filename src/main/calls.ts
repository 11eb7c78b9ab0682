import { keptCall } from '../gateway/calls/kept.ts';
import type { Exchange } from '../gateway/exchange.ts';
import { manifest } from '../gateway/manifest.ts';
import { Services } from '../gateway/services.ts';

/** A call as the pipeline has it when the last byte of its answer has left. */
export type MadeCall = {
  service: string;
  operation: string;
  input: Record<string, unknown>;
  output: Record<string, unknown>;
  body: Uint8Array;
};

/** What keeps a call for `/_outcrop/calls/<id>`, by itself: for measurements. Returns the bytes that it says it takes. */
export async function callKeeper({ service, operation, input, output, body }: MadeCall): Promise<() => number> {
  const loaded = await new Services(manifest).load(service);
  const exchange = {
    request: {
      method: 'POST',
      rawPath: '/',
      rawQuery: '',
      headers: { 'content-length': '1000' },
      host: '127.0.0.1',
    },
    requestId: '00000000-0000-0000-0000-000000000000',
    ip: '127.0.0.1',
    secure: false,
    service: loaded,
    operation: loaded.model.operations.get(operation)!,
    codec: {},
    input,
    output,
    response: { status: 200, headers: {}, body },
  } as unknown as Exchange;
  return () => keptCall(exchange, 1_000, 0).bytes;
}
