import type { Principal } from './principals.ts';

/** Where a call came from. */
export type CallSource = {
  ip: string;
  userAgent: string;
  secure: boolean;
  /** Host header, for URLs in answers. */
  host: string;
};

/**
 * How a service calls another: as an AWS call, in process, under a principal; authorised, metered and on the trail like one that came
 * over the wire. The gateway hands in the way; the input and output are the SDK's own types.
 */
export type CallRequest = {
  /** SDK client name. */
  service: string;
  operation: string;
  input: unknown;
  principal: Principal;
  region: string;
  /** The service on whose behalf it is made, e.g. `bedrock.amazonaws.com`. */
  invokedBy?: string;
  /** Where it came from, when a request from outside is passed on as it is; absent: from `invokedBy`, or this machine. */
  source?: CallSource;
  signal?: AbortSignal;
};

export class Calls {
  #way: ((request: CallRequest) => Promise<unknown>) | undefined;

  /** The gateway says how calls are made; once. */
  connect(way: (request: CallRequest) => Promise<unknown>): void {
    this.#way = way;
  }

  /** Rejects with the called service's own error. */
  async send<O>(request: CallRequest): Promise<O> {
    if (!this.#way) throw new Error('calls are not connected');
    return (await this.#way(request)) as O;
  }
}
