import { fault } from './errors.ts';
import { PAGE_MAX } from './limits.ts';

/** How many a page may hold. */
export function readMaxResults(given: number | undefined): number {
  if (given === undefined) return PAGE_MAX;
  if (given < 1 || given > PAGE_MAX)
    throw fault('InvalidMaxResultsException', `MaxResults must be between 1 and ${PAGE_MAX}.`);
  return given;
}

export const badToken = () => fault('InvalidNextTokenException', 'The NextToken is not valid for this request.');
