import { join } from 'node:path';
import type { ModelRegistry } from '../engines/llm/registry/index.ts';

/** The model registry of a data directory, for the CLI: a running stack sees what is changed here on its next call. */
export async function openModels(data: string): Promise<ModelRegistry> {
  const [{ ModelRegistry }, { createBuiltin }] = await Promise.all([
    import('../engines/llm/registry/index.ts'),
    import('../engines/llm/builtin/index.ts'),
  ]);
  return new ModelRegistry({
    directory: modelsDirectory(data),
    factories: { builtin: () => createBuiltin() },
    runtimeDir: runtimeDirectory(data),
  });
}

/** Where model files and bindings lie. */
export const modelsDirectory = (data: string) => join(data, 'models');

/** Where the runtime of GGUF models is installed: beside the models, not in the user's project. */
export const runtimeDirectory = (data: string) => join(data, 'runtimes', 'llama');

/** Installs the runtime of GGUF models (85 MB from the npm registry), once. */
export async function installLlama(data: string, onProgress?: (line: string) => void): Promise<void> {
  const { installRuntime } = await import('../engines/llm/gguf/index.ts');
  await installRuntime(runtimeDirectory(data), onProgress ? { onProgress } : {});
}
