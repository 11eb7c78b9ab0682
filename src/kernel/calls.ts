import type { Principal } from './principals.ts';

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
