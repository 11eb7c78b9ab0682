/** What a service that a job asked has answered against it: it will be said again, so that the job is failed by it, not tried again. */
type Refusal = { status?: number; $fault?: 'client' | 'server'; name?: string };

/** Statuses of modelled errors that are neither 400 nor 500. */
const STATUSES: Record<string, number> = {
  AccessDeniedException: 403,
  ModelErrorException: 424,
  ModelNotReadyException: 429,
  ModelTimeoutException: 408,
  ResourceNotFoundException: 404,
  ServiceUnavailableException: 503,
  ThrottlingException: 429,
};

/** The HTTP status of a service's refusal; undefined for what is no answer of a service. */
export function statusOf(error: unknown): number | undefined {
  const { status, $fault, name } = error as Refusal;
  if (typeof status === 'number') return status;
  if ($fault === undefined) return undefined;
  return STATUSES[name ?? ''] ?? ($fault === 'client' ? 400 : 500);
}

export const isRefusal = (error: unknown) => statusOf(error) !== undefined;
