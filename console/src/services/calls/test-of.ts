import { boto3Name, clientName, kebab, packageName, snake } from '../../aws/code.ts';
import { expectedOf, isWhole, sourceOf } from './marks.ts';
import { ruleOf } from './rule-of.ts';
import { errorOf, type CallDetail } from './types.ts';

export type TestLanguage = 'vitest' | 'pytest';

/** Why no test can be made of a call; undefined where one can. */
export function noTestOf(call: CallDetail): string | undefined {
  if (call.serviceId === undefined || call.input === undefined) return 'What was asked is not known.';
  if (!isWhole(call.input))
    return 'The request has secrets, a body that is a stream, or values that are too long to be kept: a test of it has to be written by hand.';
  return undefined;
}

/** A test file that makes a call through the SDK, has its answer declared by a rule, and expects it. It runs as it stands. */
export function testOf(call: CallDetail, language: TestLanguage): string {
  return language === 'vitest' ? vitest(call) : pytest(call);
}

const titleOf = ({ operation, serviceId }: CallDetail): string => `${operation} of ${serviceId} answers as declared`;

/** What the answer has, without what differs from run to run. */
function expectations(call: CallDetail): { answer: unknown; events?: unknown[] } {
  const { eventsOf, frames, output = {} } = call;
  const rest = Object.fromEntries(Object.entries(output).filter(([key]) => key !== eventsOf));
  return {
    answer: expectedOf(rest),
    ...(eventsOf === undefined || !frames
      ? {}
      : {
          events: frames.filter(({ error }) => !error).map(({ event, content }) => ({ [event]: expectedOf(content) })),
        }),
  };
}

function vitest(call: CallDetail): string {
  const service = call.serviceId!;
  const client = clientName(service);
  const error = call.frames ? undefined : errorOf(call);
  const { answer, events } = expectations(call);
  const head = [
    `import { ${client}, ${call.operation}Command } from '@aws-sdk/client-${packageName(service)}';`,
    "import { startOutcrop } from 'outcrop';",
    "import { afterAll, beforeAll, expect, it } from 'vitest';",
    '',
    '/** The answer is declared: the test needs neither a model nor what was there when the call was made. */',
    `const rules = [${sourceOf(ruleOf(call).rule, 'javascript')}];`,
    '',
    'let outcrop;',
    'beforeAll(async () => {',
    '  outcrop = await startOutcrop({ ephemeral: true, port: 0, rules });',
    '}, 60_000);',
    'afterAll(() => outcrop?.stop());',
    '',
    '/** Bytes as the text or JSON that they are. */',
    'const plain = (value) =>',
    '  JSON.parse(JSON.stringify(value, (_key, each) => (each instanceof Uint8Array ? textOf(each) : each)));',
    'const textOf = (bytes) => {',
    '  const text = new TextDecoder().decode(bytes);',
    '  try {',
    '    return JSON.parse(text);',
    '  } catch {',
    '    return text;',
    '  }',
    '};',
    '',
    `it(${sourceOf(titleOf(call), 'javascript')}, async () => {`,
    `  const client = new ${client}({ ...outcrop.clients, maxAttempts: 1${service === 'S3' ? ', forcePathStyle: true' : ''} });`,
    `  const command = new ${call.operation}Command(${sourceOf(call.input, 'javascript', '  ')});`,
  ];
  const body = error
    ? [`  await expect(client.send(command)).rejects.toMatchObject({ name: ${sourceOf(error.name, 'javascript')} });`]
    : [
        '  const answer = await client.send(command);',
        ...(events
          ? [
              '  const events = [];',
              `  for await (const event of answer.${call.eventsOf}) events.push(plain(event));`,
              `  expect(events).toMatchObject(${sourceOf(events, 'javascript', '  ')});`,
            ]
          : [`  expect(plain(answer)).toMatchObject(${sourceOf(answer, 'javascript', '  ')});`]),
        '  expect(outcrop.calls(1)[0].answer).toMatch(/^declared/);',
      ];
  return [...head, ...body, '});', ''].join('\n');
}

function pytest(call: CallDetail): string {
  const service = call.serviceId!;
  const error = call.frames ? undefined : errorOf(call);
  const { answer, events } = expectations(call);
  const words = Object.entries(call.input!)
    .map(([name, value]) => `\n        ${name}=${sourceOf(value, 'python', '        ')},`)
    .join('');
  const made = `client.${snake(call.operation)}(${words}${words === '' ? '' : '\n    '})`;
  const head = [
    `"""${titleOf(call)}: the test needs neither a model nor what was there when the call was made."""`,
    '',
    'import base64',
    'import json',
    'import os',
    'import shlex',
    'import socket',
    'import subprocess',
    'import time',
    'import urllib.request',
    '',
    'import boto3',
    'import pytest',
    ...(error ? ['from botocore.exceptions import ClientError'] : []),
    'from botocore.config import Config',
    '',
    `RULES = [${sourceOf(ruleOf(call).rule, 'python')}]`,
    '',
    '',
    "@pytest.fixture(scope='module')",
    'def client(tmp_path_factory):',
    '    """A client of a stack that is started for the test: `npx outcrop`, or what STACK_COMMAND says."""',
    "    rules = tmp_path_factory.mktemp('outcrop') / 'rules.json'",
    '    rules.write_text(json.dumps(RULES))',
    '    with socket.socket() as probe:',
    "        probe.bind(('127.0.0.1', 0))",
    '        port = probe.getsockname()[1]',
    "    endpoint = f'http://127.0.0.1:{port}'",
    "    command = shlex.split(os.environ.get('STACK_COMMAND', 'npx outcrop'))",
    "    process = subprocess.Popen([*command, 'start', '--ephemeral', '--port', str(port), '--rules', str(rules)])",
    '    try:',
    '        for _ in range(600):',
    '            try:',
    "                urllib.request.urlopen(f'{endpoint}/_outcrop/health', timeout=1).close()",
    '                break',
    '            except OSError:',
    "                assert process.poll() is None, 'the stack did not start'",
    '                time.sleep(0.1)',
    '        yield boto3.client(',
    `            '${boto3Name(service)}',`,
    '            endpoint_url=endpoint,',
    "            region_name='us-east-1',",
    "            aws_access_key_id='test',",
    "            aws_secret_access_key='test',",
    "            config=Config(retries={'total_max_attempts': 1}),",
    '        )',
    '    finally:',
    '        process.terminate()',
    '        process.wait(10)',
    '',
    '',
    'def plain(value):',
    '    """Bytes and bodies as the text or JSON that they are."""',
    "    if hasattr(value, 'read'):",
    '        value = value.read()',
    '    if isinstance(value, bytes):',
    '        try:',
    '            return json.loads(value)',
    '        except ValueError:',
    "            return value.decode('utf8', 'replace')",
    '    if isinstance(value, dict):',
    '        return {key: plain(each) for key, each in value.items()}',
    '    return [plain(each) for each in value] if isinstance(value, list) else value',
    '',
    '',
    'def has(found, expected):',
    '    """Whether all that is expected is there."""',
    '    if isinstance(expected, dict):',
    '        return isinstance(found, dict) and all(has(found.get(key), each) for key, each in expected.items())',
    '    if isinstance(expected, list):',
    '        return isinstance(found, list) and len(found) == len(expected) and all(map(has, found, expected))',
    '    return found == expected',
    '',
    '',
    `def test_${snake(call.operation)}(client):`,
  ];
  const body = error
    ? [
        '    with pytest.raises(ClientError) as failed:',
        `        ${made.replaceAll('\n', '\n    ')}`,
        `    assert failed.value.response['Error']['Code'] == ${sourceOf(error.name, 'python')}`,
      ]
    : [
        `    answer = ${made}`,
        ...(events
          ? [
              `    events = [plain(event) for event in answer[${sourceOf(call.eventsOf, 'python')}]]`,
              `    assert has(events, ${sourceOf(events, 'python', '    ')})`,
            ]
          : [`    assert has(plain(answer), ${sourceOf(answer, 'python', '    ')})`]),
        "    assert answer['ResponseMetadata']['HTTPHeaders']['x-outcrop-answer'].startswith('declared')",
      ];
  const text = [...head, ...body, ''].join('\n');
  // What the rule and the request do not need is not imported.
  return text.includes('base64.b64decode(') ? text : text.replace('import base64\n', '');
}

export const fileNameOf = (call: CallDetail, language: TestLanguage): string =>
  language === 'vitest' ? `${kebab(call.operation)}.test.mjs` : `test_${snake(call.operation)}.py`;
