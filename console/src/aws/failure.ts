/** What a failed call tells: of AWS's APIs, or of the stack's own. */
export type FailureFacts = { name: string; message: string; requestId?: string; status?: number };

/** What is shown of any error. */
export function factsOf(error: unknown): FailureFacts {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error) };
  const { $metadata } = error as { $metadata?: { requestId?: string; httpStatusCode?: number } };
  return {
    name: error.name,
    message:
      error.message === '' || error.message === 'UnknownError' ? describe($metadata?.httpStatusCode) : error.message,
    ...($metadata?.requestId === undefined ? {} : { requestId: $metadata.requestId }),
    ...($metadata?.httpStatusCode === undefined ? {} : { status: $metadata.httpStatusCode }),
  };
}

const describe = (status: number | undefined): string =>
  status === undefined
    ? 'The stack did not answer. Is it still running?'
    : `The stack answered ${status} without a text.`;

/** Answers of HEAD requests and alike have a name only in their status. */
export const isMissing = (error: unknown): boolean =>
  factsOf(error).status === 404 || /NotFound|NoSuch|NoSuchEntity/.test(factsOf(error).name);

/** Whether somebody gave up on the call. */
export const isAbort = (error: unknown): boolean => error instanceof Error && error.name === 'AbortError';
