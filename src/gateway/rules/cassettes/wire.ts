import type { Exchange } from '../../exchange.ts';

/** Answers' headers that are of one call, or of one connection. */
const FLEETING_HEADERS =
  /^(date|connection|keep-alive|transfer-encoding|set-cookie|server|via|x-amzn-requestid|x-amz-request-id|x-amz-id-2|x-amzn-trace-id|x-amz-cf-.*|x-outcrop-.*|access-control-.*)$/;
/** Those that do not hold for a body that was scrubbed. */
const DIGEST_HEADERS = /^(x-amz-crc32|x-amz-checksum-.*|content-md5)$/;

/** The headers of an answer that are not of one call only. `isScrubbed`: nor those that hold for the whole body. */
export function stayingHeaders(headers: Record<string, string>, isScrubbed = false): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).filter(
      ([name]) => !FLEETING_HEADERS.test(name) && !(isScrubbed && DIGEST_HEADERS.test(name)),
    ),
  );
}

/** What the call speaks: answers in one protocol are none in another. */
export function protocolOf({ request, service }: Pick<Exchange, 'request' | 'service'>): string {
  if (request.headers['smithy-protocol'] === 'rpc-v2-cbor') return 'cbor';
  const { protocol } = service!.model;
  if (request.headers['x-amz-target'] === undefined || protocol.startsWith('json')) return protocol;
  return (request.headers['content-type'] ?? '').includes('json-1.1') ? 'json1_1' : 'json1_0';
}
