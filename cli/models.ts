import { basename } from 'node:path';
import type { Command } from 'commander';
import { installLlama, openModels, readConfig } from '../src/main.ts';

/** `outcrop models`: which backend answers which model id. Works on the data directory; a running stack sees the change on its next call. */
export function addModelCommands(program: Command): void {
  const models = program
    .command('models')
    .description('language models: list, add, bind, pull, remove')
    .option('--data <directory>', 'the stack’s data directory (./.outcrop)');
  const data = () => readConfig({ data: models.opts<{ data?: string }>().data }).data;
  const withRegistry = async (work: (registry: Awaited<ReturnType<typeof openModels>>) => Promise<void>) => {
    const registry = await openModels(data());
    try {
      await work(registry);
    } finally {
      await registry.close();
    }
  };

  models
    .command('list', { isDefault: true })
    .description('bindings in the order they are tried, and model files')
    .action(() =>
      withRegistry(async (registry) => {
        const { bindings, models: files } = await registry.list();
        for (const { pattern, backend } of bindings) console.log(`${pattern.padEnd(44)} ${backend}`);
        console.log(`${'(every other id)'.padEnd(44)} builtin`);
        for (const { name, bytes, sha256, source } of files)
          console.log(`\n${name}  ${(bytes / 2 ** 20).toFixed(1)} MiB  sha256 ${sha256.slice(0, 12)}…  ${source}`);
      }),
    );

  models
    .command('add <kind> <source> [name]')
    .description('add a model file or URL: outcrop models add llm ./qwen3.gguf')
    .option('--sha256 <hex>', 'what the file must hash to')
    .action((kind: string, source: string, name: string | undefined, { sha256 }: { sha256?: string }) =>
      withRegistry(async (registry) => {
        if (kind !== 'llm') throw new Error(`no models of kind ${kind}; there is: llm (GGUF)`);
        console.error('Installing the runtime if it is missing (once, 85 MB) …');
        await installLlama(data());
        const called = name ?? basename(new URL(source, 'file:///').pathname).replace(/\.gguf$/i, '');
        const model = await registry.add(called, source, {
          ...(sha256 === undefined ? {} : { sha256 }),
          onProgress: progress,
        });
        console.error('');
        console.log(`added ${model.name}; bind it:\n  outcrop models bind 'anthropic.claude-*' gguf:${model.name}`);
      }),
    );

  models
    .command('bind <pattern> <backend>')
    .description(
      "answer ids by a backend: outcrop models bind 'anthropic.claude-*' openai:http://localhost:11434/v1#qwen3",
    )
    .action((pattern: string, backend: string) =>
      withRegistry(async (registry) => {
        const bound = await registry.bind(pattern, backend);
        console.log(`${bound.pattern} → ${bound.backend}`);
      }),
    );

  models
    .command('unbind <pattern>')
    .description('take a binding back')
    .action((pattern: string) => withRegistry((registry) => registry.unbind(pattern)));

  models
    .command('pull <name>')
    .description('fetch a model again if its source has changed; resumes what was cut off')
    .action((name: string) =>
      withRegistry(async (registry) => {
        const { updated } = await registry.pull(name, { onProgress: progress });
        console.error('');
        console.log(updated ? `${name} is new` : `${name} is up to date`);
      }),
    );

  models
    .command('remove <name>')
    .description('remove a model file; refused while it is bound')
    .action((name: string) => withRegistry((registry) => registry.remove(name)));
}

function progress({ receivedBytes, totalBytes }: { receivedBytes: number; totalBytes?: number }): void {
  if (!process.stderr.isTTY) return;
  process.stderr.write(
    `\r${(receivedBytes / 2 ** 20).toFixed(1)} MiB${totalBytes ? ` of ${(totalBytes / 2 ** 20).toFixed(1)}` : ''} `,
  );
}
