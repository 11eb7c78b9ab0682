import type { Command } from 'commander';
import { manage } from '../src/main.ts';
import { reasoningText, type Reasoning } from './why.ts';

const UNITS_MS: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** Commands that ask a running stack over `/_outcrop/`. It is found by AWS_ENDPOINT_URL, or at 127.0.0.1:4566. */
export function addManagementCommands(program: Command): void {
  program
    .command('status')
    .description('whether a stack runs, and which')
    .action(async () => print(await manage('GET', 'version')));

  program
    .command('coverage [service]')
    .description('what is built, operation by operation')
    .action(async (service?: string) => {
      const { services } = (await manage('GET', 'coverage')) as {
        services: { sdk: string; name: string; built: string[]; unbuilt: string[] }[];
      };
      for (const one of services.filter(({ sdk }) => service === undefined || sdk === service)) {
        console.log(`${one.sdk}: ${one.built.length} of ${one.built.length + one.unbuilt.length} operations`);
        if (service) console.log(`  built    ${one.built.join(', ')}\n  unbuilt  ${one.unbuilt.join(', ')}`);
      }
    });

  const clock = program
    .command('clock')
    .description('show the virtual clock')
    .action(async () => print(await manage('GET', 'clock')));
  clock
    .command('advance <duration>')
    .description('move time forward, e.g. 30d, 12h, 90s; what falls due happens')
    .action(async (duration: string) =>
      print(await manage('POST', 'clock', { action: 'advance', ms: readDuration(duration) })),
    );
  clock
    .command('set <time>')
    .description('set the time (ISO 8601)')
    .action(async (at: string) =>
      print(await manage('POST', 'clock', { action: 'set', at: new Date(at).toISOString() })),
    );
  clock
    .command('freeze [time]')
    .description('stop the clock')
    .action(async (at?: string) =>
      print(await manage('POST', 'clock', { action: 'freeze', ...(at ? { at: new Date(at).toISOString() } : {}) })),
    );
  clock
    .command('run')
    .description('let a frozen clock run on')
    .action(async () => print(await manage('POST', 'clock', { action: 'run' })));
  clock
    .command('reset')
    .description('back to real time')
    .action(async () => print(await manage('POST', 'clock', { action: 'reset' })));

  program
    .command('calls [request-id]')
    .description('the latest calls, newest first; with an id all that is known of that call, without its secrets')
    .option('-n, --limit <n>', 'how many', '20')
    .action(async (requestId: string | undefined, { limit }: { limit: string }) => {
      if (requestId !== undefined) return print(await manage('GET', `calls/${encodeURIComponent(requestId)}`));
      const { calls } = (await manage('GET', `calls?limit=${encodeURIComponent(limit)}`)) as {
        calls: {
          timeMs: number;
          service: string;
          operation: string;
          status: number;
          durationUs: number;
          error?: string;
          usd?: number;
          answer?: string;
          requestId: string;
        }[];
      };
      for (const call of calls) {
        const cost = call.usd === undefined ? '' : `  $${call.usd.toFixed(8)}`;
        console.log(
          `${new Date(call.timeMs).toISOString()}  ${call.status}  ${`${call.service}:${call.operation}`.padEnd(44)} ${(call.durationUs / 1000).toFixed(1).padStart(9)} ms${cost}  ${call.error ?? call.answer ?? ''}  ${call.requestId}`,
        );
      }
    });

  program
    .command('why [request-id]')
    .description(
      'why a call was allowed or denied, by default the latest denied one: every policy that bears on it, statement by statement',
    )
    .option('--json', 'the whole reasoning as JSON')
    .action(async (given: string | undefined, { json }: { json?: boolean }) => {
      const requestId = given ?? (await latestDenied());
      const found = (await manage('GET', `why?request=${encodeURIComponent(requestId)}`)) as { decisions: Reasoning[] };
      if (json) print(found);
      else for (const decision of found.decisions) console.log(reasoningText(decision));
    });

  program
    .command('reset')
    .description('empty the stack (ephemeral, or started with --allow-reset)')
    .action(async () => print(await manage('POST', 'reset')));
}

const CALLS_LOOKED_AT = 1_000;

async function latestDenied(): Promise<string> {
  const { calls } = (await manage('GET', `calls?limit=${CALLS_LOOKED_AT}`)) as {
    calls: { requestId: string; status: number; error?: string }[];
  };
  const denied = calls.find(({ error }) =>
    /^(AccessDenied|AccessDeniedException|UnauthorizedOperation)$/.test(error ?? ''),
  );
  if (!denied) throw new Error(`None of the latest ${calls.length} calls was denied`);
  return denied.requestId;
}

/** `30d` → milliseconds. */
export function readDuration(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h|d|w)$/.exec(text.trim());
  if (!match) throw new Error(`${text} is no duration; write 30d, 12h, 15m, 90s or 250ms`);
  return Number(match[1]) * UNITS_MS[match[2]!]!;
}

function print(value: unknown): void {
  console.log(JSON.stringify(value, undefined, 2));
}
