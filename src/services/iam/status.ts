import { validation } from './errors.ts';

/** Of a credential's record. */
export const statusOf = ({ inactive }: { inactive?: boolean }): 'Active' | 'Inactive' =>
  inactive ? 'Inactive' : 'Active';

/** Whether a request makes a credential inactive. `Expired` is for time to set. */
export function isInactive(status: string | undefined): boolean {
  if (status === 'Expired') throw validation('Status must be Active or Inactive.');
  return status === 'Inactive';
}
