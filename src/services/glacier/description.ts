import { invalid } from './errors.ts';
import { DESCRIPTION_LENGTH_MAX } from './limits.ts';

/** Of an archive or a job: at most 1,024 printable ASCII characters, 32 to 126. */
export function readDescription(given: string | undefined, of: 'archive' | 'job'): string {
  const description = given ?? '';
  if (description.length > DESCRIPTION_LENGTH_MAX)
    throw invalid(`Invalid ${of} description: it is longer than ${DESCRIPTION_LENGTH_MAX} characters`);
  if (!/^[\x20-\x7e]*$/.test(description))
    throw invalid(`Invalid ${of} description: only printable ASCII characters are allowed`);
  return description;
}
