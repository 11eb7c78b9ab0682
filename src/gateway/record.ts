import type { Outcome } from '../kernel/service.ts';
import { userIdentity } from '../kernel/trail.ts';
import type { Exchange, Step } from './exchange.ts';
import type { House } from './steps.ts';

/** The call, on the record: once, after the last byte. */
export function record({ kernel }: House): Step {
  return (exchange) => {
    const { service, operation, principal, error } = exchange;
    const durationUs = Math.round(performance.now() * 1000 - exchange.startedUs);
    const status = exchange.response?.status ?? 500;
    kernel.trail.note(
      {
        requestId: exchange.requestId,
        timeMs: kernel.clock.now(),
        service: service?.model.sdk ?? 'unknown',
        operation: operation?.name ?? `${exchange.request.method} ${exchange.request.rawPath.slice(0, 200)}`,
        principal: principal?.arn ?? 'unknown',
        region: exchange.region,
        status,
        durationUs,
        ...(error ? { error: error.name, errorMessage: error.message } : {}),
        ...(exchange.answered ? { answer: answerHeader(exchange.answered) } : {}),
        ...(exchange.usd === undefined ? {} : { usd: exchange.usd }),
      },
      operation && principal && !service!.definition?.dataEvents?.has(operation.name)
        ? {
            eventSource: service!.entry.eventSource,
            eventName: operation.name,
            awsRegion: exchange.region,
            sourceIPAddress: exchange.ip,
            userAgent: exchange.request.headers['user-agent'] ?? '',
            userIdentity: userIdentity(principal, exchange.auth?.credential.accessKeyId),
            requestParameters: null,
            responseElements: null,
            requestID: exchange.requestId,
            managementEvent: true,
            readOnly: /^(Get|List|Describe|Head|Lookup|BatchGet|Search|Decode|Count|Converse|Invoke)/.test(
              operation.name,
            ),
            eventCategory: 'Management',
            recipientAccountId: principal.type === 'anonymous' ? kernel.accountId : principal.account,
            ...(error ? { errorCode: error.name, errorMessage: error.message } : {}),
          }
        : undefined,
    );
    const { ended } = service?.definition ?? {};
    if (!ended || !exchange.call) return;
    void ended(exchange.call, outcomeOf(exchange, status, durationUs)).catch((reason: unknown) =>
      kernel.log.error({ err: reason, requestId: exchange.requestId }, 'what follows a call failed'),
    );
  };
}

function outcomeOf(exchange: Exchange, status: number, durationUs: number): Outcome {
  const { request, response, auth, error, input } = exchange;
  const { body } = response ?? {};
  const length = response?.headers['content-length'];
  const whole = typeof body === 'string' || body instanceof Uint8Array ? Buffer.byteLength(body) : undefined;
  const bytesSent = request.method === 'HEAD' ? 0 : (whole ?? (length === undefined ? undefined : Number(length)));
  return {
    ...(input ? { input } : {}),
    method: request.method,
    target: request.rawQuery === '' ? request.rawPath : `${request.rawPath}?${request.rawQuery}`,
    headers: request.headers,
    ...(auth ? { signature: auth.presigned ? 'query' : 'header' } : {}),
    status,
    ...(error ? { error: error.name } : {}),
    ...(bytesSent === undefined ? {} : { bytesSent }),
    durationUs,
  };
}

export const answerHeader = ({ kind, engine, version }: { kind: string; engine: string; version: string }) =>
  `${kind}; engine=${engine}; version=${version}`;
