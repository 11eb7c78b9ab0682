import type { Command } from 'commander';
import { manage } from '../src/main.ts';
import { runChild, stackFor } from './child.ts';

type Line = {
  day: string;
  account: string;
  region: string;
  service: string;
  principal: string;
  type: string;
  quantity: number;
  unit: string;
  resource?: string;
  usd?: number;
  tags?: Record<string, string>;
};
type Cost = { usd: number; lines: Line[] };

const read = async () => (await manage('GET', 'cost')) as Cost;
const dollars = (usd: number) => `$${usd.toFixed(8)}`;

/** `outcrop cost`: what the calls would have cost on AWS, and a sum that a command must not exceed. */
export function addCostCommand(program: Command): void {
  program
    .command('cost [command...]')
    .description('what the calls would have cost on AWS, by list prices; with a command, what that command costs')
    .option(
      '--by <what>',
      'model, service, type, principal, account, region, day, tag, or tag:<key>; several with commas',
      'service',
    )
    .option('--budget <usd>', 'fail when the command costs more than this')
    .option('--json', 'every line, as JSON')
    .passThroughOptions()
    .action(async (command: string[], options: { by: string; budget?: string; json?: boolean }) => {
      const budget = options.budget === undefined ? undefined : Number(options.budget);
      if (budget !== undefined && !(budget >= 0)) throw new Error(`--budget ${options.budget} is no sum in dollars`);
      if (command.length === 0) {
        if (budget !== undefined) throw new Error('--budget needs a command: outcrop cost --budget 0.50 -- npm test');
        show(await read(), options);
        return;
      }
      process.exitCode = await runWithin(command, budget, options);
    });
}

async function runWithin(
  command: string[],
  budget: number | undefined,
  options: { by: string; json?: boolean },
): Promise<number> {
  const stack = await stackFor();
  try {
    const before = await read();
    const code = await runChild(command, stack.env);
    const spent = since(before, await read());
    show(spent, options);
    if (budget === undefined) return code;
    const unpriced = spent.lines.filter(({ usd }) => usd === undefined).length;
    if (unpriced > 0) console.error(`${unpriced} lines have no known price and count as nothing.`);
    if (spent.usd > budget) {
      console.error(`Over budget: ${dollars(spent.usd)} is more than ${dollars(budget)}.`);
      return code === 0 ? 1 : code;
    }
    console.error(`Within budget: ${dollars(spent.usd)} of ${dollars(budget)}.`);
    return code;
  } finally {
    await stack.stop();
  }
}

const keyOf = ({ quantity: _quantity, usd: _usd, tags: _tags, ...line }: Line) => JSON.stringify(line);

/** What was added between two readings. */
function since(before: Cost, after: Cost): Cost {
  const known = new Map(before.lines.map((line) => [keyOf(line), line]));
  const lines = after.lines.flatMap((line): Line[] => {
    const old = known.get(keyOf(line));
    const quantity = line.quantity - (old?.quantity ?? 0);
    if (quantity <= 0) return [];
    return [{ ...line, quantity, ...(line.usd === undefined ? {} : { usd: line.usd - (old?.usd ?? 0) }) }];
  });
  return { usd: lines.reduce((sum, { usd }) => sum + (usd ?? 0), 0), lines };
}

/** What a line is counted under. */
function valueOf(line: Line, by: string): string {
  if (by === 'model') return line.resource ?? '-';
  if (by === 'tag') {
    const tags = Object.entries(line.tags ?? {}).map(([key, value]) => `${key}=${value}`);
    return tags.length > 0 ? tags.sort().join(' ') : '-';
  }
  if (by.startsWith('tag:')) return line.tags?.[by.slice('tag:'.length)] ?? '-';
  const value = (line as Record<string, unknown>)[by];
  return typeof value === 'string' ? value : '-';
}

const KNOWN = ['model', 'service', 'type', 'resource', 'principal', 'account', 'region', 'day', 'tag'];

function show({ usd, lines }: Cost, { by, json }: { by: string; json?: boolean }): void {
  if (json) {
    console.log(JSON.stringify({ usd, lines }, undefined, 2));
    return;
  }
  const dimensions = by.split(',').map((each) => each.trim());
  const unknown = dimensions.find((each) => !KNOWN.includes(each) && !each.startsWith('tag:'));
  if (unknown !== undefined) throw new Error(`--by ${unknown} is unknown; there is ${KNOWN.join(', ')} and tag:<key>`);
  const sums = new Map<string, { usd: number; unpriced: number }>();
  for (const line of lines) {
    const key = dimensions.map((each) => valueOf(line, each)).join('  ');
    const sum = sums.get(key) ?? { usd: 0, unpriced: 0 };
    if (line.usd === undefined) sum.unpriced++;
    else sum.usd += line.usd;
    sums.set(key, sum);
  }
  const width = Math.max(48, ...[...sums.keys()].map((key) => key.length));
  for (const [key, sum] of [...sums].sort(([, a], [, b]) => b.usd - a.usd)) {
    const unpriced = sum.unpriced ? `  (${sum.unpriced} lines without a known price)` : '';
    console.log(`${key.padEnd(width)} ${dollars(sum.usd)}${unpriced}`);
  }
  console.log(`${'total'.padEnd(width)} ${dollars(usd)}`);
}
