import { servicePrincipal, type Principal } from './principals/principal.ts';
import type { Principals } from './principals/principals.ts';

/** How an answer came about; the `x-outcrop-answer` header. */
export type Answered = {
  /** `passed`: AWS itself has answered, or another stack, to which the call was sent on. */
  kind: 'computed' | 'heuristic' | 'declared' | 'replayed' | 'faulted' | 'passed';
  engine?: string;
  version?: string;
  /** The cassette that a replayed answer is from, and its place there. */
  cassette?: string;
  entry?: number;
};

/** Where a call came from. */
export type CallSource = {
  ip: string;
  userAgent: string;
  secure: boolean;
  /** Host header, for URLs in answers. */
  host: string;
  /** The page that a browser came from. */
  referer?: string;
  /** How it was signed; absent: not at all, or a call from inside. */
  signature?: {
    algorithm: 'AWS4-HMAC-SHA256' | 'AWS';
    by: 'header' | 'query';
    /** Real ms since it was made; version 2 does not tell. */
    ageMs?: number;
    /** As declared: a digest, `UNSIGNED-PAYLOAD`, `STREAMING-…`. */
    contentSha256?: string;
  };
  /** `1.3` */
  tlsVersion?: string;
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
  /** The service that makes it, e.g. `bedrock.amazonaws.com`. */
  invokedBy?: string;
  /** `call.via` of the call it is made for, when it is made with that caller's rights. */
  via?: readonly string[];
  /** Where it came from, when a request from outside is passed on as it is; absent: from `invokedBy`, or this machine. */
  source?: CallSource;
  /** How the called service bills it, where it has more than one price: `batch`. */
  billing?: string;
  /** Told how the answer was made, before it is given. */
  told?: (how: Answered | undefined) => void;
  signal?: AbortSignal;
};

export class Calls {
  readonly #principals: Pick<Principals, 'credential'>;
  #way: ((request: CallRequest) => Promise<unknown>) | undefined;

  constructor(principals: Pick<Principals, 'credential'>) {
    this.#principals = principals;
  }

  /** The gateway says how calls are made; once. */
  connect(way: (request: CallRequest) => Promise<unknown>): void {
    this.#way = way;
  }

  /**
   * A session of a role that was handed to a service, for work of the service's own. The role must trust the service; `sourceArn` and
   * `sourceAccount` say for which resource it works, so that a role can hold it to that. Rejects with STS's AccessDenied.
   */
  async assumeRole(request: {
    roleArn: string;
    /** `s3.amazonaws.com` */
    service: string;
    sessionName: string;
    sourceArn: string;
    sourceAccount: string;
    region: string;
  }): Promise<Principal> {
    const { roleArn, service, sessionName, sourceArn, sourceAccount, region } = request;
    const { Credentials } = await this.send<{ Credentials?: { AccessKeyId?: string } }>({
      service: 'sts',
      operation: 'AssumeRole',
      input: { RoleArn: roleArn, RoleSessionName: sessionName },
      principal: servicePrincipal(service, sourceAccount, { sourceArn, sourceAccount }),
      region,
      invokedBy: service,
    });
    const credential = await this.#principals.credential(Credentials!.AccessKeyId!);
    return credential!.principal;
  }

  /** Rejects with the called service's own error. */
  async send<O>(request: CallRequest): Promise<O> {
    if (!this.#way) throw new Error('calls are not connected');
    return (await this.#way(request)) as O;
  }
}
