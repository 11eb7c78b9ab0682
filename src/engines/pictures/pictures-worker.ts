import { decode } from './codec.ts';
import { finished, preparedEdit, checkPicture } from './editing.ts';
import { PictureError } from './error.ts';
import type { Job, Outcome } from './pictures.ts';
import { detect } from './watermark.ts';

/** The worker's one function. An error's class does not survive the way out of a thread, so its members go by themselves. */
export default async function work(job: Job): Promise<Outcome> {
  try {
    return { done: await run(job) };
  } catch (error) {
    if (error instanceof PictureError) return { error: { code: error.code, message: error.message } };
    throw error;
  }
}

function run(job: Job): Promise<unknown> {
  switch (job.kind) {
    case 'edit':
      return preparedEdit(job.original);
    case 'picture':
      return checkPicture(job.picture);
    case 'finish':
      return finished(job.made, job.over, job.marked);
    default:
      return decode(job.picture).then(detect);
  }
}
