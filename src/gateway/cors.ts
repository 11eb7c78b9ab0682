import { AwsError } from '../kernel/errors.ts';
import { isForeignPage, onlyReads } from './browser.ts';
import type { Exchange, Step } from './exchange.ts';
import type { Services } from './services.ts';
import type { House } from './house.ts';

/**
 * Browsers. A preflight is answered from what the service allows (S3: the bucket's CORS rules); the answer to a call with an Origin
 * carries the same headers. Nothing else allows cross-origin reads.
 */
export function cors(services: Services, { kernel, guarded }: House): Step {
  return async (exchange: Exchange) => {
    const { request } = exchange;
    const { origin } = request.headers;
    const definition = exchange.service?.definition;
    const foreign = guarded && isForeignPage(request) && !onlyReads(request, exchange.service?.model.sdk);
    if (!origin) {
      if (foreign) throw foreignPage();
      return;
    }
    const method =
      request.method === 'OPTIONS' ? (request.headers['access-control-request-method'] ?? '') : request.method;
    const headers = (request.headers['access-control-request-headers'] ?? '')
      .split(',')
      .map((name) => name.trim())
      .filter(Boolean);
    const allowed = await definition?.cors?.(kernel, {
      host: request.host,
      ...(exchange.labels['Bucket'] === undefined ? {} : { bucket: exchange.labels['Bucket'] }),
      path: request.rawPath,
      origin,
      method,
      headers,
      preflight: request.method === 'OPTIONS',
    });
    if (request.method !== 'OPTIONS') {
      if (foreign && !allowed) throw foreignPage();
      Object.assign(exchange.extraHeaders, allowed);
      return;
    }
    exchange.response = allowed
      ? { status: 200, headers: allowed }
      : {
          status: 403,
          headers: { 'content-type': 'application/xml' },
          body: `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>AccessForbidden</Code><Message>CORSResponse: This CORS request is not allowed. This is usually because the evalution of Origin, request method / Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the resource's CORS spec.</Message><Method>${method.replace(/\W/g, '')}</Method><ResourceType>OBJECT</ResourceType><RequestId>${exchange.requestId}</RequestId></Error>`,
        };
  };
}

const foreignPage = () =>
  new AwsError(
    'AccessDenied',
    'A page of another site may only read public objects, or what CORS rules of the bucket allow. A root secret of your own (OUTCROP_ROOT_SECRET) lifts this.',
    403,
  );
