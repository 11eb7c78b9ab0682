import { Readable } from 'node:stream';
import type { CallRequest } from '../kernel/calls.ts';
import { AwsError } from '../kernel/errors.ts';
import type { WireRequest, WireResponse } from '../protocol/message.ts';
import { hostId } from '../protocol/s3.ts';
import { bareProtocol } from '../protocol/rpc.ts';
import { leaveBody } from './body.ts';
import { cors } from './cors.ts';
import { describeError } from './errors.ts';
import type { Accepted, Exchange, Step } from './exchange.ts';
import { guessCodec, identify, unbuiltOperation } from './identify.ts';
import type { Rules } from './rules/rules.ts';
import { applyRules, changeOutput, ConnectionReset } from './rules/step.ts';
import type { Services } from './services.ts';
import { authorise, encodeDenial } from './authorise.ts';
import { answerHeader, record } from './record.ts';
import { authenticate, callOf, decode, encode, invoke, validate } from './steps.ts';
import type { House } from './house.ts';

/** For errors before any service is known. */
const NO_SERVICE = {
  sdk: '',
  protocol: 'json1_1',
  namespace: 'outcrop',
  xmlNamespace: '',
  awsQueryCompatible: false,
  errors: new Map(),
  sdkProtocol: bareProtocol(),
};
/** Rules may answer for operations that are not built; where there are none, nothing needs to be known of the caller to say so. */
async function identifyForRules(exchange: Exchange, services: Services, rules: Rules): Promise<void> {
  try {
    await identify(exchange, services);
  } catch (error) {
    if (!exchange.operation || rules.isEmpty) throw error;
    exchange.absent = error;
  }
}

const errorOf = ({ name, message, status, members }: ReturnType<typeof describeError>): Exchange['error'] => ({
  name,
  message,
  status,
  ...(members ? { members } : {}),
});

const EMPTY = Readable.from([]);
const NEVER = new AbortController().signal;

/**
 * The one way of a call through the house. `accept` (listener.ts) has bounded headers and times before anything here runs; nothing
 * unbounded happens before `authenticate`.
 */
export class Pipeline {
  readonly services: Services;
  readonly #house: House;
  readonly #steps: [string, Step][];
  readonly #inner: [string, Step][];
  readonly #record: Step;

  constructor(services: Services, house: House, rules: Rules) {
    this.services = services;
    this.#house = house;
    this.#record = record(house);
    // A call from one service to another enters where the outer one is past the wire.
    this.#inner = [
      ['validate', validate],
      ['authorise', authorise(house)],
      ['rules', applyRules(rules, house)],
      ['invoke', invoke],
      ['change', changeOutput],
    ];
    this.#steps = [
      ['identify', (exchange) => identifyForRules(exchange, services, rules)],
      ['preflight', cors(services, house)],
      ['authenticate', authenticate(house)],
      ['decode', decode(house)],
      ...this.#inner,
      ['encode', encode],
    ];
    house.kernel.calls.connect((request) => this.#callInside(request));
  }

  /** Answers a request. Never rejects. `finished` must be called when the answer has left, or could not. */
  async handle(accepted: Accepted): Promise<{ response: WireResponse; finished: () => void }> {
    const exchange = this.#open(accepted);
    try {
      for (const [, step] of this.#steps) {
        await step(exchange);
        if (exchange.response) break;
      }
      if (!exchange.response) throw new Error('no step answered');
    } catch (error) {
      if (error instanceof ConnectionReset) return this.#reset(exchange);
      await encodeDenial(exchange, error);
      exchange.response = this.#fail(exchange, error);
      await leaveBody(exchange);
    }
    Object.assign(exchange.response.headers, exchange.extraHeaders);
    try {
      for (const change of exchange.onResponse ?? []) exchange.response = await change(exchange.response);
    } catch (error) {
      // Nobody will read what it was to be made of.
      if (exchange.response.body instanceof Readable) exchange.response.body.destroy();
      exchange.response = this.#fail(exchange, error);
      Object.assign(exchange.response.headers, exchange.extraHeaders);
    }
    const { response } = exchange;
    this.#stamp(exchange, response);
    exchange.answeredUs = Math.round(performance.now() * 1000 - exchange.startedUs);
    return { response, finished: () => void this.#record(exchange) };
  }

  #open({ request, source, secure, ip, signal, tls }: Accepted): Exchange {
    const { ids, region } = this.#house.kernel;
    return {
      request,
      source,
      secure,
      ...(tls ? { tls } : {}),
      ip,
      signal,
      requestId: ids.uuid(),
      startedUs: performance.now() * 1000,
      labels: {},
      query: [],
      region,
      trailers: { declared: [], values: {} },
      extraHeaders: {},
    };
  }

  /** A rule ends the connection: nothing is answered, and the call is on the record. */
  #reset(exchange: Exchange): { response: WireResponse; finished: () => void } {
    exchange.error = { name: 'ConnectionReset', message: 'Ended by a rule without an answer', status: 0 };
    exchange.answered = { kind: 'faulted' };
    exchange.response = { status: 0, headers: {}, reset: true };
    return { response: exchange.response, finished: () => void this.#record(exchange) };
  }

  #fail(exchange: Exchange, error: unknown): WireResponse {
    const described = describeError(error, exchange.service, exchange.requestId);
    exchange.error = errorOf(described);
    const log = this.#house.kernel.log;
    const line = {
      requestId: exchange.requestId,
      service: exchange.service?.model.sdk,
      operation: exchange.operation?.name,
      error: described.name,
    };
    // What fails because nobody waits for it any more is no defect.
    if (exchange.signal.aborted) log.debug(line, 'a call was given up by its client');
    else if (described.unexpected) log.error({ ...line, err: error }, 'a call failed');
    else log.debug({ ...line, message: described.message }, 'a call was refused');
    const codec = exchange.codec ?? guessCodec(exchange);
    const model = exchange.service?.model ?? NO_SERVICE;
    const response = codec.encodeError(model as never, described);
    if (exchange.request.method === 'HEAD') {
      // Only the status tells; S3's clients read nothing else of a HEAD.
      const { body: _body, ...rest } = response;
      return rest;
    }
    return response;
  }

  #stamp(exchange: Exchange, response: WireResponse): void {
    const { headers } = response;
    if (exchange.service?.model.sdk === 's3') {
      headers['x-amz-request-id'] ??= exchange.requestId;
      headers['x-amz-id-2'] ??= hostId(exchange.requestId);
    } else headers['x-amzn-requestid'] ??= exchange.requestId;
    const answer = answerHeader(exchange);
    if (answer !== undefined) headers['x-outcrop-answer'] = answer;
    if (exchange.usd !== undefined) headers['x-outcrop-cost'] = exchange.usd.toFixed(10);
  }

  async #callInside({
    service: sdk,
    operation: name,
    input,
    principal,
    region,
    invokedBy,
    via,
    source,
    billing,
    told,
    signal,
  }: CallRequest): Promise<unknown> {
    const entry = this.services.entry(sdk);
    if (!entry) throw new AwsError('NotImplemented', `The service ${sdk} is not built in Outcrop`, 501);
    const service = await this.services.load(sdk);
    const operation = service.model.operations.get(name);
    if (!operation)
      throw new AwsError('UnknownOperationException', `${service.model.serviceId} has no operation ${name}`, 404);
    if (!service.definition || !(name in service.definition.operations)) throw unbuiltOperation(service, name);
    const request: WireRequest = {
      method: 'CALL',
      rawPath: '/',
      rawQuery: '',
      headers: { 'user-agent': source?.userAgent ?? invokedBy ?? 'outcrop' },
      host: source?.host ?? 'inside',
    };
    const exchange = this.#open({
      request,
      source: EMPTY,
      secure: source?.secure ?? true,
      ip: source?.ip ?? invokedBy ?? '127.0.0.1',
      signal: signal ?? NEVER,
    });
    Object.assign(exchange, {
      service,
      operation,
      principal,
      region,
      via: via && invokedBy !== undefined ? [...via, invokedBy] : [],
      input: input as Record<string, unknown>,
      ...(invokedBy === undefined ? {} : { invokedBy }),
      ...(billing === undefined ? {} : { billing }),
    });
    exchange.call = callOf(exchange, this.#house);
    try {
      for (const [, step] of this.#inner) {
        await step(exchange);
      }
      exchange.response = { status: 200, headers: {} };
      told?.(exchange.answered);
      return exchange.output;
    } catch (error) {
      const described = describeError(error, service, exchange.requestId);
      exchange.error = errorOf(described);
      exchange.response = { status: described.status, headers: {} };
      throw error;
    } finally {
      void this.#record(exchange);
    }
  }
}
