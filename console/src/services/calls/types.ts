/** What `/_outcrop/calls` answers. */
export type CallLine = {
  requestId: string;
  timeMs: number;
  service: string;
  operation: string;
  model?: string;
  principal: string;
  region: string;
  status: number;
  durationUs: number;
  errorMessage?: string;
  /** `declared; rule=weather` */
  answer?: string;
  rule?: string;
  usd?: number;
  /** Absent: no permission was asked for. */
  allowed?: boolean;
};

export type ListedCall = CallLine & { error?: string };

export type Frame = { atMs: number; event: string; bytes: number; error?: true; content: unknown };
export type Cost = { type: string; quantity: number; unit: string; resource?: string; usd?: number };

/** One decision on a call, and the policies that bear on it. */
export type DecisionReason = {
  action: string;
  resource: string;
  principal: string;
  allowed: boolean;
  explicit?: boolean;
  by?: string;
  policies?: { type: string; id: string; from: string; statements?: { applies?: boolean }[] }[];
};

/** One call, in all that is kept of it. */
export type CallDetail = CallLine & {
  serviceId?: string;
  error?: { name: string; message: string; members?: unknown } | string;
  decisions: DecisionReason[];
  /** Only its line is known any more. */
  forgotten?: true;
  request?: {
    method: string;
    path: string;
    host: string;
    ip: string;
    userAgent: string;
    secure: boolean;
    signature: string;
    accessKeyId?: string;
    invokedBy?: string;
  };
  input?: Record<string, unknown>;
  output?: Record<string, unknown>;
  /** The member of the output that is a stream of events. */
  eventsOf?: string;
  frames?: Frame[];
  frameCount?: number;
  answeredUs?: number;
  costs?: Cost[];
  /** Whether it can be put into a cassette. */
  recordable?: boolean;
};

/** The name and message of what a call failed with. */
export function errorOf({ error, errorMessage }: CallDetail): { name: string; message: string } | undefined {
  if (error === undefined) return undefined;
  return typeof error === 'string' ? { name: error, message: errorMessage ?? '' } : error;
}

/** `declared; rule=weather` → `declared`. */
export const kindOf = ({ answer }: Pick<CallLine, 'answer'>): string | undefined => answer?.split(';')[0];

/** `arn:aws:iam::0:user/ann` → `user/ann`. */
export const whoOf = (arn: string): string => (arn.startsWith('arn:') ? arn.split(':').slice(5).join(':') : arn);

/** Failures of credentials and signatures, before any permission is asked for. */
const TURNED_AWAY =
  /AccessDenied|SignatureDoesNotMatch|InvalidSignature|InvalidClientTokenId|UnrecognizedClient|InvalidAccessKeyId|ExpiredToken/;

/** Whether a call was not let through: by policies, or for its credentials. An error that a rule injects is none of either. */
export const isDenied = ({ allowed, error }: { allowed?: boolean; error?: string }): boolean =>
  error !== undefined && (allowed === undefined ? TURNED_AWAY.test(error) : !allowed);
