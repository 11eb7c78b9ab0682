import type { MadeCall } from './history.ts';

/** The same call by the AWS CLI, the SDK for JavaScript, or boto3. */
export type CodeLanguage = 'cli' | 'javascript' | 'python';

/** `GetObject` → `get-object`. */
export const kebab = (name: string): string =>
  name
    .replaceAll(/([a-z\d])([A-Z])/g, '$1-$2')
    .replaceAll(/([A-Z]+)([A-Z][a-z])/g, '$1-$2')
    .replaceAll(' ', '-')
    .toLowerCase();

/** Where the CLI and boto3 name a service otherwise than its id does. */
const CLI: Record<string, string> = { S3: 's3api', 'Secrets Manager': 'secretsmanager', CloudTrail: 'cloudtrail' };
const BOTO: Record<string, string> = { ...CLI, S3: 's3' };
const PACKAGES: Record<string, string> = { CloudTrail: 'cloudtrail' };
/** The CLI has no command that reads a stream of events. */
const STREAMED = new Set(['ConverseStream', 'InvokeModelWithResponseStream', 'SelectObjectContent']);

/** Code that makes calls, one after another. `endpoint`: of the stack, `http://127.0.0.1:4566`. */
export function codeOf(language: CodeLanguage, calls: readonly MadeCall[], endpoint: string, region: string): string {
  if (language === 'cli') return calls.map((call) => cli(call, endpoint, region)).join('\n\n');
  return language === 'javascript' ? javascript(calls, endpoint, region) : python(calls, endpoint, region);
}

function cli({ serviceId, operation, input }: MadeCall, endpoint: string, region: string): string {
  const service = CLI[serviceId] ?? kebab(serviceId);
  if (STREAMED.has(operation)) return `# aws ${service} ${kebab(operation)}: the AWS CLI does not read event streams`;
  const words = Object.entries(input)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => {
      if (typeof value === 'boolean') return value ? `--${kebab(name)}` : `--no-${kebab(name)}`;
      // A body of S3's is a file's path.
      if (service === 's3api' && name === 'Body') return '--body body.bin';
      return `--${kebab(name)} ${cliValue(value)}`;
    });
  return [`aws ${service} ${kebab(operation)}`, ...words, `--endpoint-url ${endpoint} --region ${region}`].join(
    ' \\\n  ',
  );
}

function cliValue(value: unknown): string {
  if (isBytes(value)) return 'fileb://body.bin';
  return shellQuote(
    typeof value === 'string' ? value : typeof value === 'number' ? String(value) : JSON.stringify(plain(value)),
  );
}

const shellQuote = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;

function javascript(calls: readonly MadeCall[], endpoint: string, region: string): string {
  const lines: string[] = [];
  const services = [...new Set(calls.map(({ serviceId }) => serviceId))];
  for (const id of services) {
    const commands = [
      ...new Set(calls.filter(({ serviceId }) => serviceId === id).map(({ operation }) => `${operation}Command`)),
    ];
    lines.push(
      `import { ${className(id)}, ${commands.join(', ')} } from '@aws-sdk/client-${PACKAGES[id] ?? kebab(id)}';`,
    );
  }
  lines.push(
    '',
    `const stack = { endpoint: '${endpoint}', region: '${region}'${services.includes('S3') ? ', forcePathStyle: true' : ''} };`,
  );
  for (const id of services) lines.push(`const ${variable(id)} = new ${className(id)}(stack);`);
  for (const { serviceId, operation, input } of calls)
    lines.push(
      '',
      `console.log(await ${variable(serviceId)}.send(new ${operation}Command(${literal(plain(input), 'javascript')})));`,
    );
  return lines.join('\n');
}

function python(calls: readonly MadeCall[], endpoint: string, region: string): string {
  const lines = ['import boto3', '', `stack = dict(endpoint_url='${endpoint}', region_name='${region}')`];
  for (const id of new Set(calls.map(({ serviceId }) => serviceId)))
    lines.push(`${snake(id)} = boto3.client('${BOTO[id] ?? kebab(id)}', **stack)`);
  for (const { serviceId, operation, input } of calls) {
    const words = Object.entries(input)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => `\n    ${name}=${literal(plain(value), 'python').replaceAll('\n', '\n    ')},`);
    lines.push('', `print(${snake(serviceId)}.${snake(operation)}(${words.join('')}${words.length > 0 ? '\n' : ''}))`);
  }
  return lines.join('\n');
}

const className = (serviceId: string): string => `${serviceId.replaceAll(' ', '')}Client`;
/** The client class of a service, the npm package that has it, and its name in boto3. */
export const clientName = (serviceId: string): string => className(serviceId);
export const packageName = (serviceId: string): string => PACKAGES[serviceId] ?? kebab(serviceId);
export const boto3Name = (serviceId: string): string => BOTO[serviceId] ?? kebab(serviceId);
const variable = (serviceId: string): string => {
  const name = serviceId.replaceAll(' ', '');
  return /^[A-Z\d]+$/.test(name) ? name.toLowerCase() : name.charAt(0).toLowerCase() + name.slice(1);
};
/** `GetObject` → `get_object`. */
export const snake = (name: string): string => kebab(name).replaceAll('-', '_');
const isBytes = (value: unknown): boolean =>
  value instanceof Uint8Array || (typeof Blob !== 'undefined' && value instanceof Blob);

/** Bytes and dates as a text that stands for them. */
function plain(value: unknown): unknown {
  if (isBytes(value)) return '<bytes>';
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, each]) => each !== undefined)
      .map(([key, each]) => [key, plain(each)]),
  );
}

/** A value as source text. */
function literal(value: unknown, language: 'javascript' | 'python'): string {
  const text = JSON.stringify(value, undefined, 2);
  if (language === 'javascript') return text.replaceAll(/^(\s*)"([A-Za-z_$][\w$]*)":/gm, '$1$2:');
  // Outside of strings only: a value may say true as a word.
  return text.replaceAll(/"(?:[^"\\]|\\.)*"|\btrue\b|\bfalse\b|\bnull\b/g, (found) =>
    found === 'true' ? 'True' : found === 'false' ? 'False' : found === 'null' ? 'None' : found,
  );
}
