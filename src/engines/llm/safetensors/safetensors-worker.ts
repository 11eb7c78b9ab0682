/** Entry of the worker thread that converts: reads, turns and writes away from the event loop. */
import { convert, type Converted } from './convert.ts';
import { ConversionError } from './error.ts';
import { readGgufHead } from './gguf-file.ts';

export type Work = { type: 'convert'; folder: string; to: string; name: string } | { type: 'head'; path: string };
export type Result = { converted: Converted } | { refused: string };

export default async function work(work: Work): Promise<Result> {
  try {
    if (work.type === 'convert') return { converted: await convert(work.folder, work.to, work.name) };
    const { architecture, contextTokens, hasChatTemplate } = await readGgufHead(work.path);
    return { converted: { architecture, contextTokens: contextTokens ?? 0, hasChatTemplate } };
  } catch (error) {
    // Errors lose their class on the way between threads.
    if (error instanceof ConversionError) return { refused: error.message };
    throw error;
  }
}
