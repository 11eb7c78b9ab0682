import {
  DeleteParameterCommand,
  DeleteParametersCommand,
  DescribeParametersCommand,
  GetParameterCommand,
  GetParameterHistoryCommand,
  GetParametersByPathCommand,
  GetParametersCommand,
  LabelParameterVersionCommand,
  paginateDescribeParameters,
  paginateGetParametersByPath,
  PutParameterCommand,
  UnlabelParameterVersionCommand,
  type GetParametersByPathRequest,
  type ParameterStringFilter,
  type PutParameterRequest,
} from '@aws-sdk/client-ssm';
import { describe, expect, it } from 'vitest';
import { publishedEvents } from '../../../tests/events.ts';
import { refusal } from '../../../tests/identities.ts';
import { openSsm } from './ssm.fixture.ts';

const { outcrop, ssm, put, text, newName, integer, random, nowMs } = await openSsm('parameters');
const get = async (Name: string) => (await ssm.send(new GetParameterCommand({ Name }))).Parameter!;
const refused = (more: Partial<PutParameterRequest>) => refusal(put(more));
const label = (Name: string, ParameterVersion: number, ...Labels: string[]) =>
  ssm.send(new LabelParameterVersionCommand({ Name, ParameterVersion, Labels }));

describe('PutParameter', () => {
  it('makes a parameter, and a version of it with each Overwrite', async () => {
    const { name, value, version, tier } = await put();
    expect([version, tier]).toEqual([1, 'Standard']);
    expect(await get(name)).toEqual({
      Name: name,
      Type: 'String',
      Value: value,
      Version: 1,
      LastModifiedDate: new Date(nowMs()),
      ARN: `arn:aws:ssm:us-east-1:000000000000:parameter${name}`,
      DataType: 'text',
    });
    expect(await refused({ Name: name })).toMatchObject({
      name: 'ParameterAlreadyExists',
      message:
        'The parameter already exists. To overwrite this value, set the overwrite option in the request to true.',
    });
    const next = text();
    const { Version } = await ssm.send(new PutParameterCommand({ Name: name, Value: next, Overwrite: true }));
    expect(Version).toBe(2);
    expect((await get(name)).Value).toBe(next);
    expect((await get(`${name}:1`)).Value).toBe(value);
  });

  const NAME_RULES =
    'Parameter name: can\'t be prefixed with "ssm" (case-insensitive). If formed as a path, it can consist of sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_';
  it.each([
    ['/ssm/x', 'ValidationException', NAME_RULES],
    ['SSMx', 'ValidationException', NAME_RULES],
    ['a b', 'ValidationException', NAME_RULES],
    ['/a//b', 'ValidationException', NAME_RULES],
    ['/a/', 'ValidationException', NAME_RULES],
    ['/a@b', 'ValidationException', NAME_RULES],
    ['a/b', 'ValidationException', 'Parameter name must be a fully qualified name.'],
    ['/aws/x', 'AccessDeniedException', 'No access to reserved parameter name: /aws/x.'],
    ['AwsThing', 'AccessDeniedException', 'No access to reserved parameter name: AwsThing.'],
  ])('refuses the name %s', async (Name, name, message) => {
    expect(await refused({ Name })).toMatchObject({ name, message });
  });

  it('takes hierarchies of 15 levels and ARNs of 1,011 characters, and no more', async () => {
    const levels = (count: number) => `/${Array.from({ length: count }, (_, at) => `l${at}`).join('/')}`;
    expect((await put({ Name: levels(15) })).version).toBe(1);
    expect((await refused({ Name: levels(16) })).name).toBe('HierarchyLevelLimitExceededException');
    const before = 'arn:aws:ssm:us-east-1:000000000000:parameter/'.length;
    expect((await put({ Name: `/${'x'.repeat(1011 - before)}` })).version).toBe(1);
    expect((await refused({ Name: `/${'y'.repeat(1012 - before)}` })).name).toBe('ValidationException');
  });

  it('needs a type at first, and keeps it', async () => {
    const Name = newName();
    const none = ssm.send(new PutParameterCommand({ Name, Value: 'x' }));
    expect(await refusal(none)).toMatchObject({
      name: 'ValidationException',
      message: 'A parameter type is required when you create a parameter.',
    });
    await put({ Name, Type: 'StringList', Value: 'a,b' });
    expect((await refused({ Name, Type: 'String', Overwrite: true })).name).toBe('HierarchyTypeMismatchException');
    await ssm.send(new PutParameterCommand({ Name, Value: 'c,d', Overwrite: true }));
    expect(await get(Name)).toMatchObject({ Type: 'StringList', Value: 'c,d', Version: 2 });
  });

  it('refuses values that refer to others, tags with Overwrite, and keys of plain text', async () => {
    for (const Value of ['{{ssm:other}}', 'a {{x}} b'])
      expect(await refused({ Value })).toMatchObject({
        name: 'ValidationException',
        message: 'Parameter value can\'t nest another parameter. Do not use "{{}}" in the value.',
      });
    expect(await refused({ Overwrite: true, Tags: [{ Key: 'a', Value: 'b' }] })).toMatchObject({
      message:
        "Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please remove overwrite flag. To update tags for an existing parameter, please use AddTagsToResource or RemoveTagsFromResource.",
    });
    expect((await refused({ KeyId: 'alias/x' })).message).toBe(
      'KeyId is required for SecureString type parameter only.',
    );
    expect((await refused({ Value: '' })).name).toBe('ValidationException');
  });

  it('holds values to their pattern, whole, in linear time', async () => {
    const AllowedPattern = '^\\d{3,5}$';
    expect((await put({ Value: '1234', AllowedPattern })).version).toBe(1);
    expect(await refused({ Value: '12', AllowedPattern })).toMatchObject({
      name: 'ParameterPatternMismatchException',
      message: `Parameter value, cannot be validated against allowedPattern: ${AllowedPattern}`,
    });
    expect((await refused({ Value: 'xa', AllowedPattern: 'a' })).name).toBe('ParameterPatternMismatchException');
    expect((await refused({ AllowedPattern: '(' })).name).toBe('InvalidAllowedPatternException');
    // It would take a backtracking engine longer than the stars burn.
    const evil = { Value: `${'a'.repeat(4000)}!`, AllowedPattern: '^(a+)+$' };
    expect((await refused(evil)).name).toBe('ParameterPatternMismatchException');
  });

  it('holds values to their data type', async () => {
    for (const [DataType, good, bad] of [
      ['integer', '-42', '4.2'],
      ['float', '4.2e3', 'four'],
      ['boolean', 'true', 'yes'],
      ['ipv4-address', '192.0.2.1', '192.0.2.256'],
      ['ipv6-address', '2001:db8::1', '2001::db8::1'],
      ['hostname', 'db-1.example.com', '-db.example.com'],
      ['email', 'ann@example.com', 'ann'],
      ['aws:region', 'eu-central-1', 'Frankfurt'],
      ['aws:account:id', '111122223333', '1111'],
    ] as const) {
      const { name } = await put({ DataType, Value: good });
      expect((await get(name)).DataType).toBe(DataType);
      expect((await refused({ DataType, Value: bad })).name).toBe('ValidationException');
    }
    expect((await refused({ DataType: 'colour' })).name).toBe('ValidationException');
    expect(await refused({ DataType: 'aws:ec2:image', Value: 'ami-1' })).toMatchObject({
      name: 'NotImplemented',
      status: 501,
    });
  });

  it('keeps 100 versions, and never drops one with a label', async () => {
    const { name } = await put();
    for (let version = 2; version <= 100; version++) await put({ Name: name, Overwrite: true });
    await label(name, 1, 'keep');
    expect(await refused({ Name: name, Overwrite: true })).toMatchObject({
      name: 'ParameterMaxVersionLimitExceeded',
      message: `You attempted to create a new version of ${name} by calling the PutParameter API with the overwrite flag. Version 1, the oldest version, can't be deleted because it has a label associated with it. Move the label to another version of the parameter, and try again.`,
    });
    await label(name, 50, 'keep');
    expect((await put({ Name: name, Overwrite: true })).version).toBe(101);
    expect(await refusal(get(`${name}:1`))).toMatchObject({
      name: 'ParameterVersionNotFound',
      message: `Systems Manager could not find version 1 of ${name}. Verify the version and try again.`,
    });
    const history = await ssm.send(new GetParameterHistoryCommand({ Name: name }));
    expect(history.Parameters!.map(({ Version }) => Version)).toEqual(Array.from({ length: 50 }, (_, at) => at + 2));
    const rest = await ssm.send(new GetParameterHistoryCommand({ Name: name, NextToken: history.NextToken! }));
    expect(rest.Parameters!.at(-1)).toMatchObject({ Version: 101 });
    expect(rest.NextToken).toBeUndefined();
    expect(history.Parameters!.find(({ Version }) => Version === 50)!.Labels).toEqual(['keep']);
  }, 60_000);

  it('gives each of many writers at once a version of its own', async () => {
    const { name } = await put();
    const made = await Promise.all(Array.from({ length: 15 }, () => put({ Name: name, Overwrite: true })));
    expect(made.map(({ version }) => version).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 15 }, (_, at) => at + 2),
    );
    for (const { version, value } of made) expect((await get(`${name}:${version}`)).Value).toBe(value);
  });
});

describe('reading', () => {
  it('goes by name, ARN, version and label', async () => {
    const { name, value } = await put();
    await put({ Name: name, Overwrite: true });
    await label(name, 1, 'stable');
    const { ARN } = await get(name);
    for (const id of [`${name}:1`, `${name}:stable`, `${ARN}:stable`, `${ARN}:1`])
      expect(await get(id)).toMatchObject({
        Name: name,
        Value: value,
        Version: 1,
        Selector: `:${id.split(':').at(-1)}`,
      });
    expect(await get(ARN!)).toMatchObject({ Version: 2 });
    const plain = newName('').slice(1);
    await put({ Name: plain, Value: 'plain' });
    expect((await get((await get(plain)).ARN!)).Value).toBe('plain');
  });

  it('finds nothing under other names, as AWS says it: with no words', async () => {
    const { name } = await put();
    for (const id of [`${name}x`, name.toUpperCase()]) expect((await refusal(get(id))).name).toBe('ParameterNotFound');
    expect(await refusal(get(`${name}:gone`))).toMatchObject({
      name: 'ParameterVersionNotFound',
      message: `Systems Manager could not find label gone for parameter ${name}. Verify the label and try again.`,
    });
    expect((await refusal(get(`${name}:constructor`))).name).toBe('ParameterVersionNotFound');
    expect(await refusal(get('/aws/service/ami-amazon-linux-latest/x'))).toMatchObject({ status: 501 });
  });

  it('of several tells what there is none of', async () => {
    const made = [await put(), await put()];
    const none = newName();
    const answer = await ssm.send(
      new GetParametersCommand({ Names: [made[0]!.name, none, `${made[1]!.name}:1`, `${made[1]!.name}:7`] }),
    );
    expect(answer.Parameters!.map(({ Value }) => Value)).toEqual(made.map(({ value }) => value));
    expect(answer.InvalidParameters).toEqual([none, `${made[1]!.name}:7`]);
  });
});

describe('hierarchies', async () => {
  const root = newName('/tree');
  const paths = ['', '/dev', '/dev/db', '/prod', '/prod/db', '/production'];
  const all: { Name: string; Value: string; Type: 'String' | 'StringList' }[] = [];
  for (let at = 0; at < 37; at++) {
    const one = {
      Name: `${root}${paths[integer(0, paths.length - 1)]}/p${at}`,
      Value: text(),
      Type: random() < 0.5 ? ('String' as const) : ('StringList' as const),
    };
    all.push(one);
    await put({ ...one, Tags: [{ Key: 'parity', Value: String(at % 2) }] });
  }
  all.sort((a, b) => (a.Name < b.Name ? -1 : 1));
  const under = async (input: Omit<GetParametersByPathRequest, 'MaxResults'>) => {
    const found: string[] = [];
    for await (const { Parameters } of paginateGetParametersByPath({ client: ssm, pageSize: integer(1, 10) }, input))
      found.push(...Parameters!.map(({ Name }) => Name!));
    return found;
  };
  const described = async (...ParameterFilters: ParameterStringFilter[]) => {
    const found: string[] = [];
    for await (const { Parameters } of paginateDescribeParameters({ client: ssm, pageSize: 4 }, { ParameterFilters }))
      found.push(...Parameters!.map(({ Name }) => Name!));
    return found;
  };
  const names = (test: (one: (typeof all)[number]) => boolean) => all.filter(test).map(({ Name }) => Name);
  const isChild = (path: string) => (one: { Name: string }) =>
    one.Name.startsWith(`${path}/`) && !one.Name.slice(path.length + 1).includes('/');

  it('are read one level, or all of them', async () => {
    for (const path of ['', '/dev', '/prod']) {
      const Path = `${root}${path}`;
      expect(await under({ Path })).toEqual(names(isChild(Path)));
      expect(await under({ Path: `${Path}/`, Recursive: true })).toEqual(
        names(({ Name }) => Name.startsWith(`${Path}/`)),
      );
    }
    expect(
      await under({ Path: root, Recursive: true, ParameterFilters: [{ Key: 'Type', Values: ['StringList'] }] }),
    ).toEqual(names(({ Type }) => Type === 'StringList'));
  });

  it('are read by label, in the version that has it', async () => {
    const { Name, Value } = all[integer(0, all.length - 1)]!;
    await label(Name, 1, 'release');
    await ssm.send(new PutParameterCommand({ Name, Value: 'later', Overwrite: true }));
    const { Parameters } = await ssm.send(
      new GetParametersByPathCommand({
        Path: root,
        Recursive: true,
        ParameterFilters: [{ Key: 'Label', Values: ['release'] }],
      }),
    );
    expect(Parameters!.map((one) => [one.Name, one.Value, one.Version])).toEqual([[Name, Value, 1]]);
  });

  it('are searched by name, path, type and tags', async () => {
    const here = { Key: 'Path', Option: 'Recursive', Values: [root] };
    expect(await described(here)).toEqual(names(() => true));
    expect(await described({ Key: 'Path', Option: 'OneLevel', Values: [`${root}/dev`] })).toEqual(
      names(isChild(`${root}/dev`)),
    );
    expect(await described(here, { Key: 'Name', Option: 'Contains', Values: ['/db/'] })).toEqual(
      names(({ Name }) => Name.includes('/db/')),
    );
    expect(await described({ Key: 'Name', Option: 'BeginsWith', Values: [`${root}/prod`] })).toEqual(
      names(({ Name }) => Name.startsWith(`${root}/prod`)),
    );
    expect(await described({ Key: 'Name', Values: [all[0]!.Name, all[3]!.Name] })).toEqual([
      all[0]!.Name,
      all[3]!.Name,
    ]);
    expect(await described(here, { Key: 'tag:parity', Values: ['1'] })).toEqual(
      names(({ Name }) => Number(/p(\d+)$/.exec(Name)![1]) % 2 === 1),
    );
    for (const tag of ['none', 'constructor', 'toString'])
      expect(await described(here, { Key: `tag:${tag}`, Values: ['1'] })).toEqual([]);
    expect(await described(here, { Key: 'tag:parity', Option: 'BeginsWith', Values: ['0'] })).toEqual(
      names(({ Name }) => Number(/p(\d+)$/.exec(Name)![1]) % 2 === 0),
    );
    expect(await described(here, { Key: 'Tier', Values: ['Advanced'] })).toEqual([]);
  });

  it('are not searched by what is no filter', async () => {
    const name = async (filter: ParameterStringFilter, more: ParameterStringFilter[] = []) =>
      (await refusal(ssm.send(new DescribeParametersCommand({ ParameterFilters: [filter, ...more] })))).name;
    expect(await name({ Key: 'Label', Values: ['x'] })).toBe('InvalidFilterKey');
    expect(await name({ Key: 'Type', Option: 'Contains', Values: ['x'] })).toBe('InvalidFilterOption');
    expect(await name({ Key: 'Path', Option: 'Equals', Values: ['/x'] })).toBe('InvalidFilterOption');
    expect(await name({ Key: 'Path', Values: ['x'] })).toBe('InvalidFilterValue');
    const twice = { Key: 'Type', Values: ['String'] };
    expect(await name(twice, [twice])).toBe('InvalidFilterKey');
    const path = ssm.send(
      new GetParametersByPathCommand({ Path: '/a', ParameterFilters: [{ Key: 'Name', Values: ['x'] }] }),
    );
    expect((await refusal(path)).name).toBe('InvalidFilterKey');
    expect((await refusal(ssm.send(new GetParametersByPathCommand({ Path: 'a/b' })))).name).toBe('ValidationException');
    const token = ssm.send(new DescribeParametersCommand({ NextToken: 'abc' }));
    expect((await refusal(token)).name).toBe('InvalidNextToken');
  });
});

describe('labels', () => {
  it('are on one version each, ten at most, and move', async () => {
    const { name } = await put();
    await put({ Name: name, Overwrite: true });
    const ten = Array.from({ length: 10 }, (_, at) => `label-${at}`);
    await label(name, 1, ...ten);
    expect((await refusal(label(name, 1, 'eleventh'))).name).toBe('ParameterVersionLabelLimitExceeded');
    expect(await label(name, 2, ten[0]!, '1st', 'aws-x', 'SSM', 'a b')).toMatchObject({
      ParameterVersion: 2,
      InvalidLabels: ['1st', 'aws-x', 'SSM', 'a b'],
    });
    const { Parameters } = await ssm.send(new GetParameterHistoryCommand({ Name: name }));
    expect(Parameters!.map(({ Labels }) => Labels!.sort())).toEqual([ten.slice(1), [ten[0]]]);
    const removed = await ssm.send(
      new UnlabelParameterVersionCommand({ Name: name, ParameterVersion: 2, Labels: [ten[0]!, ten[1]!] }),
    );
    expect(removed).toMatchObject({ RemovedLabels: [ten[0]], InvalidLabels: [ten[1]] });
    expect((await refusal(label(name, 3, 'x'))).name).toBe('ParameterVersionNotFound');
    expect((await refusal(label(newName(), 1, 'x'))).name).toBe('ParameterNotFound');
  });
});

describe('deleting', () => {
  it('takes parameters with all of their versions', async () => {
    const made = [await put(), await put(), await put()];
    const none = newName();
    await ssm.send(new DeleteParameterCommand({ Name: made[0]!.name }));
    const again = ssm.send(new DeleteParameterCommand({ Name: made[0]!.name }));
    expect((await refusal(again)).name).toBe('ParameterNotFound');
    const answer = await ssm.send(new DeleteParametersCommand({ Names: [made[1]!.name, none, made[2]!.name] }));
    expect(answer).toMatchObject({
      DeletedParameters: [made[1]!.name, made[2]!.name],
      InvalidParameters: [none],
    });
    expect((await put({ Name: made[0]!.name })).version).toBe(1);
  });
});

describe('events', () => {
  it('tell of each change', async () => {
    const { name } = await put({ Description: 'first' });
    await put({ Name: name, Overwrite: true, Description: 'second' });
    await label(name, 1, 'x');
    await ssm.send(new DeleteParameterCommand({ Name: name }));
    const arn = `arn:aws:ssm:us-east-1:000000000000:parameter${name}`;
    const events = await publishedEvents(outcrop, ({ resources }) => resources[0] === arn, 4);
    expect(events.map(({ source, detailType }) => [source, detailType])).toEqual(
      Array.from({ length: 4 }, () => ['aws.ssm', 'Parameter Store Change']),
    );
    expect(events.map(({ detail }) => detail)).toEqual([
      { operation: 'Create', name, type: 'String', description: 'first' },
      { operation: 'Update', name, type: 'String', description: 'second' },
      { operation: 'LabelParameterVersion', name, type: 'String', description: 'second' },
      { operation: 'Delete', name, type: 'String', description: 'second' },
    ]);
  });
});
