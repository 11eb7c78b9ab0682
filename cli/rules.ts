import { rmSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import type { Command } from 'commander';
import { checkRuleFiles, manage, ruleFileSchema } from '../src/main.ts';
import { runChild, stackFor } from './child.ts';

type Listed = {
  id: string;
  source: string;
  used: number;
  priority?: number;
  description?: string;
  enabled?: boolean;
  last: { timeMs: number; service: string; operation: string; requestId: string }[];
};
type Fault = { file?: string; line?: number; column?: number; path?: string; message: string };
type Cassette = { cassette: string; entries: number; played: number; recorded: number; misses: number };

const RECORDING = 'outcrop-record';
const REPLAYING = 'outcrop-replay';

/** `outcrop rules`, `outcrop cassettes`, and commands that run another under a cassette. */
export function addRuleCommands(program: Command): void {
  const rules = program
    .command('rules')
    .description('the rules in effect, in the order in which they are asked, with how often each has decided')
    .option('--json', 'all of each rule, and its last calls')
    .action(async ({ json }: { json?: boolean }) => {
      const listed = (await manage('GET', 'rules')) as { rules: Listed[]; faults: Fault[] };
      if (json) console.log(JSON.stringify(listed, undefined, 2));
      else show(listed);
      // Whoever asks in a script is told that what stands in the files is not in effect.
      if (listed.faults.length > 0) process.exitCode = 1;
    });
  rules
    .command('check <path>')
    .description('check a rule file, or a folder of them; no stack is needed')
    .action(async (path: string) => console.log(`${await checkRuleFiles(path)} rules, all right`));
  rules
    .command('clear')
    .description('remove the rules that were set over the API, and begin all counts anew')
    .action(async () => show((await manage('DELETE', 'rules')) as { rules: Listed[]; faults: Fault[] }));
  rules
    .command('schema')
    .description('the JSON Schema of rule files, for editors; no stack is needed')
    .action(() => console.log(JSON.stringify(ruleFileSchema(), undefined, 2)));

  program
    .command('cassettes')
    .description('what was recorded to and played from cassettes since the stack started')
    .action(async () => {
      const { cassettes } = (await manage('GET', 'cassettes')) as { cassettes: Cassette[] };
      for (const { cassette, entries, played, recorded, misses } of cassettes)
        console.log(`${cassette}: ${entries} entries; ${played} played, ${recorded} recorded, ${misses} not found`);
      if (cassettes.length === 0) console.log('No cassette has been used.');
    });

  program
    .command('record <cassette> <command...>')
    .description('run a command and record what it calls: outcrop record calls.yaml -- npm test')
    .option('--add', 'add to the cassette instead of beginning it anew')
    .option('--pass-through', 'send the calls on to AWS, with the credentials of the environment')
    .option('--endpoint <url>', 'where to send them instead')
    .passThroughOptions()
    .action(
      async (
        cassette: string,
        command: string[],
        { add, passThrough, endpoint }: { add?: boolean; passThrough?: boolean; endpoint?: string },
      ) => {
        const path = resolve(cassette);
        if (!add) remove(path);
        process.exitCode = await under(command, {
          id: RECORDING,
          priority: -1_000,
          record: {
            cassette: path,
            ...(endpoint !== undefined ? { passThrough: { endpoint } } : passThrough ? { passThrough: true } : {}),
          },
        });
      },
    );

  program
    .command('replay <cassette> <command...>')
    .description('run a command whose calls are answered from a cassette: outcrop replay calls.yaml -- npm test')
    .option('--miss <what>', 'for calls that it does not have: error, compute, record', 'error')
    .option('--timing', 'let events of streams come as slowly as they did')
    .passThroughOptions()
    .action(async (cassette: string, command: string[], { miss, timing }: { miss: string; timing?: boolean }) => {
      process.exitCode = await under(command, {
        id: REPLAYING,
        priority: -1_000,
        replay: { cassette: resolve(cassette), miss, ...(timing ? { timing } : {}) },
      });
    });
}

/** Runs a command while a rule is in effect; the rule goes with it. Rules of a higher priority, faults for one, still hold. */
async function under(given: string[], rule: { id: string } & Record<string, unknown>): Promise<number> {
  // After the cassette's name the two dashes are left to the command.
  const command = given[0] === '--' ? given.slice(1) : given;
  if (command.length === 0) throw new Error('Which command? outcrop record calls.yaml -- npm test');
  const stack = await stackFor();
  try {
    await manage('POST', 'rules', rule);
    try {
      return await runChild(command, stack.env);
    } finally {
      const { cassettes } = (await manage('GET', 'cassettes')) as { cassettes: Cassette[] };
      for (const { cassette, entries, played, recorded, misses } of cassettes)
        console.error(`${cassette}: ${entries} entries; ${played} played, ${recorded} recorded, ${misses} not found`);
      await manage('DELETE', `rules/${rule.id}`);
    }
  } finally {
    await stack.stop();
  }
}

function remove(path: string): void {
  rmSync(path, { force: true });
  rmSync(join(dirname(path), `${basename(path).replace(/\.[^.]*$/, '')}.bodies`), { recursive: true, force: true });
}

function show({ rules, faults }: { rules: Listed[]; faults: Fault[] }): void {
  for (const { id, source, used, priority = 0, description, enabled, last } of rules) {
    const when = last.at(-1);
    const facts = [
      `${used} ${used === 1 ? 'call' : 'calls'}`,
      ...(priority === 0 ? [] : [`priority ${priority}`]),
      ...(enabled === false ? ['not in effect'] : []),
      ...(when ? [`last ${new Date(when.timeMs).toISOString()} ${when.service}:${when.operation}`] : []),
    ];
    console.log(
      `${id.padEnd(28)} ${source.padEnd(28)} ${facts.join(', ')}${description === undefined ? '' : `\n  ${description}`}`,
    );
  }
  if (rules.length === 0) console.log('There are no rules.');
  if (faults.length === 0) return;
  console.error('\nRule files are wrong; the last good ones are in effect:');
  for (const { file, line, column, path, message } of faults)
    console.error(
      `  ${[file, line, column].filter((part) => part !== undefined).join(':')}: ${path === undefined ? '' : `${path}: `}${message}`,
    );
}
