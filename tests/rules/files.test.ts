import { BedrockRuntimeClient, ConverseCommand } from '@aws-sdk/client-bedrock-runtime';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signRequest } from '../../src/gateway/sign.ts';
import { checkRuleFiles, ConfigError, startOutcrop, type Outcrop } from '../../src/main.ts';
import { startForTests } from '../start.ts';

const folder = mkdtempSync(join(tmpdir(), 'outcrop-rules-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const write = (name: string, text: string) => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
const who = async (outcrop: Outcrop) =>
  (await new STSClient({ ...outcrop.clients, maxAttempts: 1 }).send(new GetCallerIdentityCommand())).UserId;

/** Asks the management API as the account's root. */
async function ask(
  outcrop: Outcrop,
  method: string,
  path: string,
  body?: unknown,
): Promise<{ status: number; body: any }> {
  const url = `${outcrop.endpoint}/_outcrop/${path}`;
  const text = body === undefined ? '' : JSON.stringify(body);
  const headers = signRequest({
    method,
    url,
    body: text,
    service: 'outcrop',
    region: 'us-east-1',
    ...outcrop.credentials,
  });
  const answer = await fetch(url, { method, headers, ...(body === undefined ? {} : { body: text }) });
  return { status: answer.status, body: await answer.json() };
}

describe('a rule file', () => {
  it('names every fault by file, line and column, and what was meant', async () => {
    const file = write(
      'wrong.yaml',
      `rules:
  - id: one
    servce: sts
  - service: s3
    operation: GetObjet
  - service: kms
    fault: { error: DisabledExeption }
  - service: sts
    operation: GetCallerIdentity
    answer:
      Account: "1"
      UserID: x
  - say: [1]
`,
    );
    await expect(checkRuleFiles(file)).rejects.toThrow(
      `${file}:3:5: rules[0].servce: unknown key servce; did you mean service?`,
    );
    write('wrong.yaml', readFileSync(file, 'utf8').replace('    servce: sts\n', '').replace('  - say: [1]\n', ''));
    const error = await checkRuleFiles(file).catch((thrown: unknown) => thrown as Error);
    expect((error as Error).message.split('\n')).toEqual([
      `${file}:4:16: rules[1].operation: S3 has no operation GetObjet; did you mean GetObject?`,
      `${file}:6:21: rules[2].fault.error: KMS has no error DisabledExeption; did you mean DisabledException? (one that it does not have needs a status)`,
      `${file}:11:15: rules[3].answer.UserID: GetCallerIdentityResponse has no UserID; did you mean UserId?`,
    ]);
    await expect(startOutcrop({ ephemeral: true, port: 0, log: 'silent', rules: file })).rejects.toThrow(ConfigError);
    await expect(
      startOutcrop({ ephemeral: true, port: 0, log: 'silent', rules: join(folder, 'none.yaml') }),
    ).rejects.toThrow('no such file');
    write('wrong.yaml', 'rules:\n  - { service: sts\n');
    await expect(checkRuleFiles(file)).rejects.toThrow(/wrong\.yaml:\d+:\d+: /);
  });

  it('may be JSON, a list, or one of a folder; files beside it are answered with', async () => {
    const place = join(folder, 'several');
    mkdirSync(join(place, 'bodies'), { recursive: true });
    writeFileSync(join(place, 'bodies', 'report.txt'), 'the report');
    writeFileSync(
      join(place, 'a.json'),
      JSON.stringify([{ service: 's3', operation: 'GetObject', answer: { Body: { file: 'bodies/report.txt' } } }]),
    );
    writeFileSync(join(place, 'b.yml'), 'rules:\n  - say: from b\n    model: amazon.*\n');
    writeFileSync(join(place, 'notes.txt'), 'no rule file');
    symlinkSync('/etc/hostname', join(place, 'bodies', 'link'));
    expect(await checkRuleFiles(place)).toBe(2);
    const outcrop = await startForTests({ rules: place });
    const { Body } = await new S3Client(outcrop.clients).send(new GetObjectCommand({ Bucket: 'any', Key: 'thing' }));
    expect(await Body!.transformToString()).toBe('the report');
    const converse = new ConverseCommand({
      modelId: 'us.amazon.nova-pro-v1:0',
      messages: [{ role: 'user', content: [{ text: 'x' }] }],
    });
    const { output } = await new BedrockRuntimeClient(outcrop.clients).send(converse);
    expect(output!.message!.content).toEqual([{ text: 'from b' }]);
    expect((await outcrop.rules.list()).map(({ id, source }) => [id, source.replace(/^.*\//, '')])).toEqual([
      ['a.1', 'a.json:1'],
      ['b.1', 'b.yml:2'],
    ]);
    writeFileSync(
      join(place, 'a.json'),
      JSON.stringify([{ service: 's3', operation: 'GetObject', answer: { Body: { file: 'bodies/link' } } }]),
    );
    await expect(checkRuleFiles(place)).rejects.toThrow('is not below');
  });

  it('is read anew when it changes; a broken one leaves the last good rules, and says so', async () => {
    const rule = (id: string) => `- service: sts\n  operation: GetCallerIdentity\n  answer: { UserId: ${id} }\n`;
    const file = write('hot.yaml', rule('first'));
    const outcrop = await startForTests({ rules: file, log: 'silent' });
    expect(await who(outcrop)).toBe('first');
    write('hot.yaml', rule('second'));
    await expect.poll(() => who(outcrop), { timeout: 10_000 }).toBe('second');
    write('hot.yaml', `${rule('third')}  fualt: throttle\n`);
    await expect
      .poll(() => outcrop.rules.faults(), { timeout: 10_000 })
      .toMatchObject([{ file, line: 4, message: expect.stringContaining('did you mean fault?') }]);
    expect(await who(outcrop)).toBe('second');
    const { body } = await ask(outcrop, 'GET', 'rules');
    expect(body.faults).toMatchObject([{ line: 4, column: 3 }]);
    write('hot.yaml', rule('fourth'));
    await expect.poll(() => who(outcrop), { timeout: 10_000 }).toBe('fourth');
    expect(outcrop.rules.faults()).toEqual([]);
    rmSync(file);
    await expect.poll(() => outcrop.rules.faults(), { timeout: 10_000 }).toHaveLength(1);
    expect(await who(outcrop)).toBe('fourth');
  });
});

describe('/_outcrop/rules', () => {
  let outcrop: Outcrop;
  beforeAll(async () => {
    outcrop = await startForTests({ rules: write('standing.yaml', '- { id: standing, service: kms, delay: 0 }\n') });
  });

  it('lists, sets, adds, replaces and removes; what is wrong is told fault by fault', async () => {
    expect(
      (await ask(outcrop, 'POST', 'rules', { id: 'mine', service: 'sts', answer: { UserId: 'mine' } })).body,
    ).toEqual({ id: 'mine' });
    expect(await who(outcrop)).toBe('mine');
    expect((await ask(outcrop, 'GET', 'rules/mine')).body).toMatchObject({
      id: 'mine',
      used: 1,
      source: 'api',
      last: [{ operation: 'GetCallerIdentity' }],
    });
    await ask(outcrop, 'PUT', 'rules/mine', { service: 'sts', answer: { UserId: 'other' } });
    expect(await who(outcrop)).toBe('other');
    expect((await ask(outcrop, 'GET', 'rules')).body).toMatchObject({
      rules: [{ id: 'mine', used: 1 }, { id: 'standing' }],
      faults: [],
    });
    const wrong = await ask(outcrop, 'PUT', 'rules', { rules: [{ service: 'sts', fualt: 'throttle' }, { nth: 0 }] });
    expect(wrong).toMatchObject({ status: 400, body: { message: expect.stringContaining('did you mean fault?') } });
    expect(wrong.body.faults).toHaveLength(2);
    expect(await ask(outcrop, 'POST', 'rules', { id: 'standing', service: 'sts' })).toMatchObject({
      status: 400,
      body: { message: expect.stringContaining('already') },
    });
    expect(await ask(outcrop, 'DELETE', 'rules/standing')).toMatchObject({
      status: 400,
      body: { message: expect.stringContaining('standing.yaml:1') },
    });
    expect((await ask(outcrop, 'DELETE', 'rules/mine')).body).toEqual({ removed: 'mine' });
    expect(await ask(outcrop, 'GET', 'rules/mine')).toMatchObject({
      status: 400,
      body: { message: 'there is no rule mine' },
    });
    expect((await ask(outcrop, 'DELETE', 'rules')).body.rules).toMatchObject([{ id: 'standing' }]);
    expect(await who(outcrop)).toBe('000000000000');
  });

  it('checks rules without setting them, as values or as the text of a file', async () => {
    expect((await ask(outcrop, 'POST', 'rules/check', { text: '- say: hello', file: 'x.yaml' })).body).toEqual({
      rules: ['rule-1'],
    });
    const { body } = await ask(outcrop, 'POST', 'rules/check', { text: '- say: hello\n  when: {}\n', file: 'x.yaml' });
    expect(body.faults).toMatchObject([{ file: 'x.yaml', line: 2 }]);
    expect((await ask(outcrop, 'GET', 'rules')).body.rules).toHaveLength(1);
  });

  it('has the schema of rule files for editors', async () => {
    const { body } = await ask(outcrop, 'GET', 'rules/schema');
    expect(body).toMatchObject({ $schema: expect.stringContaining('2020-12'), title: 'Outcrop rules' });
    expect(JSON.stringify(body)).toContain('tokensPerSecond');
    expect(body).toEqual(JSON.parse(readFileSync('docs/rules.schema.json', 'utf8')));
  });

  it('is for the account’s root only', async () => {
    const answer = await fetch(`${outcrop.endpoint}/_outcrop/rules`, { method: 'PUT', body: '{"rules":[]}' });
    expect(answer.status).toBe(403);
  });
});
