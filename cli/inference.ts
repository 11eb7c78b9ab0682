import type { Command } from 'commander';
import { manage } from '../src/main.ts';

type Outage = { region: string; model?: string; since?: string };

/** Commands on outages of regions and quotas of models in a running stack. */
export function addInferenceCommands(program: Command): void {
  const outage = program.command('outage').description('regions whose models do not answer');
  outage.command('list').description('the outages there are').action(show);
  outage
    .command('add <region>')
    .description('take the models of a region down: direct calls fail, cross-region profiles go elsewhere')
    .option('--model <pattern>', 'only these, e.g. "anthropic.*"')
    .action(async (region: string, { model }: { model?: string }) => {
      await put([...(await standing()), { region, ...(model === undefined ? {} : { model }) }]);
      await show();
    });
  outage
    .command('clear [region]')
    .description('end the outages of a region, or all')
    .option('--model <pattern>', 'only the outage of this pattern')
    .action(async (region: string | undefined, { model }: { model?: string }) => {
      const kept = (await standing()).filter(
        (each) => (region !== undefined && each.region !== region) || (model !== undefined && each.model !== model),
      );
      await put(kept);
      await show();
    });

  const quotas = program
    .command('quotas')
    .description('what accounts may ask of models by the minute')
    .action(async () => print(await manage('GET', 'quotas')));
  quotas
    .command('set <json>')
    .description('replace all quotas, e.g. \'[{"model":"anthropic.*","tokensPerMinute":10000}]\'')
    .action(async (json: string) => print(await manage('PUT', 'quotas', { quotas: JSON.parse(json) as unknown })));
}

const list = async () => ((await manage('GET', 'outages')) as { outages: Outage[] }).outages;
const standing = async () => (await list()).map(({ since: _since, ...rest }) => rest);
const put = (outages: Outage[]) => manage('PUT', 'outages', { outages });

async function show(): Promise<void> {
  const outages = await list();
  if (outages.length === 0) console.log('No outages');
  for (const { region, model = '*', since } of outages)
    console.log(`${region.padEnd(16)} ${model.padEnd(40)} since ${since}`);
}

const print = (value: unknown) => console.log(JSON.stringify(value, undefined, 2));
