import type { Handlers } from '../../kernel/service.ts';
import { rangeTreeHash, readContent } from './content.ts';
import { invalid } from './errors.ts';
import { findJob } from './jobs.ts';
import { openVault } from './vaults.ts';

type Glacier = Handlers<typeof import('@aws-sdk/client-glacier')>;
type Stretch = { start: number; end: number };

/** What a job has brought, whole or a range of it; an archive's with its tree hash, where the range has one. */
export const GetJobOutput: Glacier['GetJobOutput'] = async (call, input) => {
  const { kernel } = call;
  const vault = await openVault(call, input);
  const job = await findJob(kernel.store, vault, input.jobId, kernel.clock.now());
  if (job.status !== 'Succeeded') throw invalid(`The job is not currently available for download: ${job.jobId}`);
  if (job.action === 'InventoryRetrieval') {
    const { output, format } = job;
    if (!output) throw new Error(`job ${job.jobId} has no output`);
    const range = readRange(input.range, output.size);
    const { start, end } = range ?? { start: 0, end: output.size };
    return {
      body: kernel.blobs.get(output, start, end),
      contentType: format === 'CSV' ? 'text/csv' : 'application/json',
      ...ranged(range, output.size),
    };
  }
  const { archive, start: offset } = job;
  const size = job.end - offset;
  const range = readRange(input.range, size);
  const start = offset + (range?.start ?? 0);
  const end = offset + (range?.end ?? size);
  const checksum = await rangeTreeHash(kernel, archive, start, end);
  return {
    body: readContent(kernel, archive, start, end),
    contentType: 'application/octet-stream',
    ...(checksum === undefined ? {} : { checksum }),
    ...(archive.description === '' ? {} : { archiveDescription: archive.description }),
    ...ranged(range, size),
  };
};

const ranged = (range: Stretch | undefined, size: number) => ({
  acceptRanges: 'bytes',
  status: range ? 206 : 200,
  ...(range ? { contentRange: `bytes ${range.start}-${range.end - 1}/${size}` } : {}),
});

/** `bytes=0-1048575`, counted within the output; the end is given back exclusive. Source: RFC 9110, section 14. */
function readRange(header: string | undefined, size: number): Stretch | undefined {
  if (header === undefined || header === '') return undefined;
  const [, first = '', last = ''] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header) ?? [];
  const wrong = () => invalid(`Invalid range: ${header}. The output has ${size} bytes`);
  if (first === '' && last === '') throw wrong();
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === '' || last === '' ? size : Math.min(size, Number(last) + 1);
  if (start >= end) throw wrong();
  return { start, end };
}
