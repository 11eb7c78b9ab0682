import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ModelRegistry } from '../engines/llm/registry/index.ts';

/** What the configuration bound when the stack last started with these directories: pattern to backend. */
const FILE = 'configured.json';

/**
 * Binds what the configuration names, and takes back what it named before and names no more. Bindings made by other means stay, unless the
 * configuration has another for the same pattern. Throws `LlmError` ('invalid') for a bad pattern or backend.
 */
export async function bindConfigured(
  registry: ModelRegistry,
  directory: string,
  models: Record<string, string>,
): Promise<void> {
  const path = join(directory, FILE);
  const before = await readBound(path);
  const gone = Object.entries(before).filter(([pattern]) => !Object.hasOwn(models, pattern));
  if (gone.length > 0) {
    const { bindings } = await registry.list();
    for (const [pattern, backend] of gone) {
      if (bindings.some((each) => each.pattern === pattern && each.backend === backend)) await registry.unbind(pattern);
    }
  }
  const bound: Record<string, string> = {};
  for (const [pattern, backend] of Object.entries(models))
    bound[pattern] = (await registry.bind(pattern, backend)).backend;
  if (JSON.stringify(bound) === JSON.stringify(before)) return;
  await mkdir(directory, { recursive: true });
  const part = `${path}.${process.pid}`;
  await writeFile(part, JSON.stringify(bound));
  await rename(part, path);
}

async function readBound(path: string): Promise<Record<string, string>> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Record<string, string>;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw error;
  }
}
