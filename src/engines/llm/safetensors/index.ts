/** Models as they are published, taken over for llama.cpp: safetensors of some architectures become GGUF, and GGUF is looked into. */
import { Piscina } from 'piscina';
import { threadEntry } from '../../threads/entry.ts';
import type { Converted } from './convert.ts';
import { ConversionError } from './error.ts';
import type { Result, Work } from './safetensors-worker.ts';

/**
 * Writes a model of Hugging Face's form (a folder with config.json, *.safetensors, and tokenizer.json or tokenizer.model) as one GGUF file, in
 * a thread of its own. Llama, Mistral, Qwen 2 and Qwen 3; F32, F16 and BF16. Throws ConversionError, and the reason of `signal`.
 */
export const convertModel = (folder: string, to: string, name: string, signal: AbortSignal): Promise<Converted> =>
  run({ type: 'convert', folder, to, name }, signal);

/** What a GGUF file says of itself; 0 context tokens: it does not. Throws ConversionError. */
export const inspectGguf = (path: string, signal: AbortSignal): Promise<Converted> =>
  run({ type: 'head', path }, signal);

async function run(work: Work, signal: AbortSignal): Promise<Converted> {
  const { filename, execArgv } = threadEntry('safetensors-worker', import.meta.url);
  const piscina = new Piscina({ filename, execArgv, minThreads: 0, maxThreads: 1 });
  piscina.on('error', () => undefined);
  try {
    const result = (await piscina.run(work, { signal })) as Result;
    if ('refused' in result) throw new ConversionError(result.refused);
    return result.converted;
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw error;
  } finally {
    await piscina.destroy();
  }
}
