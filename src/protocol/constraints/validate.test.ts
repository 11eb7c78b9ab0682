import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { ConstraintData, ShapeFacts } from './data.ts';
import { compileValidator, DEPTH_MAX, formatViolations, VIOLATIONS_MAX } from './validate.ts';

function load(service: string): ConstraintData {
  return JSON.parse(readFileSync(new URL(`${service}.json`, import.meta.url), 'utf8')) as ConstraintData;
}

/** A service with one operation, `Call`, whose input has the given shapes; the first is the input's. */
function service(shapes: Record<string, ShapeFacts>): ConstraintData {
  return { source: 'test', operations: { Call: { input: Object.keys(shapes)[0]! } }, errors: {}, shapes };
}

function message(data: ConstraintData, operation: string, input: unknown): string | undefined {
  const violations = compileValidator(data)(operation, input);
  return violations.length === 0 ? undefined : formatViolations(violations);
}

const stringMember = (facts: Partial<ShapeFacts>): ConstraintData =>
  service({ Input: { type: 'structure', members: { UserName: 'Name' } }, Name: { type: 'string', ...facts } });

describe('the wording of a violation', () => {
  const sts = load('sts');
  const runtime = load('bedrock-runtime');
  const role = 'arn:aws:iam::123456789012:role/demo';

  it.each([
    [
      'STS on a role session name',
      sts,
      'AssumeRole',
      { RoleArn: role, RoleSessionName: 'a b' },
      "1 validation error detected: Value 'a b' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]*",
    ],
    [
      'STS on a short role ARN',
      sts,
      'AssumeRole',
      { RoleArn: 'x', RoleSessionName: 'demo' },
      "1 validation error detected: Value 'x' at 'roleArn' failed to satisfy constraint: Member must have length greater than or equal to 20",
    ],
    [
      'STS on two missing members',
      sts,
      'AssumeRole',
      {},
      "2 validation errors detected: Value null at 'roleArn' failed to satisfy constraint: Member must not be null; Value null at 'roleSessionName' failed to satisfy constraint: Member must not be null",
    ],
    [
      'STS on a duration',
      sts,
      'AssumeRole',
      { RoleArn: role, RoleSessionName: 'demo', DurationSeconds: 899 },
      "1 validation error detected: Value '899' at 'durationSeconds' failed to satisfy constraint: Member must have value greater than or equal to 900",
    ],
    [
      'STS on a tag within a list',
      sts,
      'AssumeRole',
      { RoleArn: role, RoleSessionName: 'demo', Tags: [{ Key: 'a', Value: '' }, { Key: 'b' }] },
      "1 validation error detected: Value null at 'tags.2.member.value' failed to satisfy constraint: Member must not be null",
    ],
    [
      'STS on the elements of a list of strings, which it reports at the list',
      sts,
      'AssumeRole',
      { RoleArn: role, RoleSessionName: 'demo', TransitiveTagKeys: ['ok', '', '!'] },
      "1 validation error detected: Value '[ok, , !]' at 'transitiveTagKeys' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 128, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+, Member must not be null]",
    ],
    [
      'Bedrock on a role that is no role of a message',
      runtime,
      'Converse',
      {
        modelId: 'amazon.nova-lite-v1:0',
        messages: [
          { role: 'user', content: [] },
          { role: 'robot', content: [] },
        ],
      },
      "1 validation error detected: Value 'robot' at 'messages.2.member.role' failed to satisfy constraint: Member must satisfy enum value set: [user, assistant, system]",
    ],
    [
      'Bedrock on an empty system prompt',
      runtime,
      'Converse',
      { modelId: 'amazon.nova-lite-v1:0', system: [{ text: '' }] },
      "1 validation error detected: Value '' at 'system.1.member.text' failed to satisfy constraint: Member must have length greater than or equal to 1",
    ],
    [
      'Bedrock on a tool name',
      runtime,
      'Converse',
      {
        modelId: 'amazon.nova-lite-v1:0',
        toolConfig: { tools: [{ toolSpec: { name: 'get weather', inputSchema: { json: {} } } }] },
      },
      "1 validation error detected: Value 'get weather' at 'toolConfig.tools.1.member.toolSpec.name' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_-]+",
    ],
    [
      'Bedrock on a temperature',
      runtime,
      'Converse',
      { modelId: 'amazon.nova-lite-v1:0', inferenceConfig: { temperature: 2, topP: 0.5, maxTokens: 0 } },
      "2 validation errors detected: Value '0' at 'inferenceConfig.maxTokens' failed to satisfy constraint: Member must have value greater than or equal to 1; Value '2.0' at 'inferenceConfig.temperature' failed to satisfy constraint: Member must have value less than or equal to 1",
    ],
  ])('is that of %s', (_, data, operation, input, expected) => {
    expect(message(data, operation, input)).toBe(expected);
  });

  it('names every broken constraint of a value, lengths before patterns', () => {
    expect(message(stringMember({ min: 3, max: 255, pattern: '[a-zA-Z0-9_.-]+' }), 'Call', { UserName: '' })).toBe(
      "2 validation errors detected: Value '' at 'userName' failed to satisfy constraint: Member must have length greater than or equal to 3; " +
        "Value '' at 'userName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+",
    );
  });

  it('leaves a secret out', () => {
    expect(message(stringMember({ max: 3, sensitive: true }), 'Call', { UserName: 'hunter2' })).toBe(
      "1 validation error detected: Value at 'userName' failed to satisfy constraint: Member must have length less than or equal to 3",
    );
  });

  it('leaves a list out that holds a secret', () => {
    const data = service({
      Input: { type: 'structure', members: { Answers: 'Answers' } },
      Answers: { type: 'list', max: 1, member: 'Answer', sensitive: true },
      Answer: { type: 'string', min: 1, sensitive: true },
    });
    const text = message(data, 'Call', { Answers: ['hunter2', 'hunter3'] });
    expect(text).toBe(
      "1 validation error detected: Value at 'answers' failed to satisfy constraint: Member must have length less than or equal to 1",
    );
  });

  it('prints lists, maps, structures and blobs as Java does', () => {
    const data = service({
      Input: { type: 'structure', members: { Keys: 'Keys', Tags: 'Tags', Data: 'Data' } },
      Keys: { type: 'list', max: 1, member: 'KeySchemaElement' },
      KeySchemaElement: { type: 'structure', required: ['AttributeName'] },
      Tags: { type: 'map', max: 1 },
      Data: { type: 'blob', max: 2 },
    });
    const violations = compileValidator(data)('Call', {
      Keys: [{ AttributeName: 'pk', KeyType: 'HASH' }, { AttributeName: 'sk' }],
      Tags: { a: '1', b: '2' },
      Data: new Uint8Array(3),
    });
    expect(violations.map(({ path, value }) => [path, value])).toEqual([
      ['keys', '[KeySchemaElement(attributeName=pk, keyType=HASH), KeySchemaElement(attributeName=sk)]'],
      ['tags', '{a=1, b=2}'],
      ['data', 'java.nio.HeapByteBuffer[pos=0 lim=3 cap=3]'],
    ]);
  });

  it('keeps the message short however long the value is', () => {
    const text = message(stringMember({ max: 10 }), 'Call', { UserName: '\u{1f600}'.repeat(1_000_000) })!;
    expect(text.length).toBeLessThan(1300);
    expect(text).toContain("...' at 'userName'");
    expect(text).not.toMatch(/[\uD800-\uDBFF](?![\uDC00-\uDFFF])/);
  });

  it('refuses to speak of no violations', () => {
    expect(() => formatViolations([])).toThrow('no violations to format');
  });
});

describe('what is checked', () => {
  it('counts the length of a string in code points, of a blob in bytes', () => {
    const text = stringMember({ min: 2, max: 2 });
    expect(message(text, 'Call', { UserName: '\u{1f600}\u{1f600}' })).toBeUndefined();
    expect(message(text, 'Call', { UserName: '\u{1f600}' })).toContain('greater than or equal to 2');
    expect(message(text, 'Call', { UserName: 'abc' })).toContain('less than or equal to 2');
    const blob = service({ Input: { type: 'structure', members: { B: 'B' } }, B: { type: 'blob', max: 2 } });
    expect(message(blob, 'Call', { B: Buffer.from('é') })).toBeUndefined();
    expect(message(blob, 'Call', { B: Buffer.from('éa') })).toContain('less than or equal to 2');
  });

  it('reports the keys of a map once and its values once, at the map', () => {
    const data = service({
      Input: { type: 'structure', members: { Tags: 'Tags' } },
      Tags: { type: 'map', key: 'Key', value: 'Value' },
      Key: { type: 'string', min: 1, max: 4, pattern: '\\S+' },
      Value: { type: 'string', max: 2 },
    });
    expect(message(data, 'Call', { Tags: { 'a b': 'ok', 'c d': 'long', ef: 'longer' } })).toBe(
      "2 validation errors detected: Value '{a b=ok, c d=long, ef=longer}' at 'tags' failed to satisfy constraint: Map keys must satisfy constraint: [Member must have length less than or equal to 4, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: \\S+]; " +
        "Value '{a b=ok, c d=long, ef=longer}' at 'tags' failed to satisfy constraint: Map value must satisfy constraint: [Member must have length less than or equal to 2]",
    );
  });

  it('walks into the structures of a map under their keys', () => {
    const data = service({
      Input: { type: 'structure', members: { RequestItems: 'Items' } },
      Items: { type: 'map', value: 'Requests' },
      Requests: { type: 'list', min: 1, max: 2, member: 'Request' },
      Request: { type: 'structure', required: ['Kind'] },
    });
    expect(message(data, 'Call', { RequestItems: { music: [{ Kind: 'put' }, {}] } })).toBe(
      "1 validation error detected: Value null at 'requestItems.music.member.2.member.kind' failed to satisfy constraint: Member must not be null",
    );
    expect(message(data, 'Call', { RequestItems: { music: [] } })).toBe(
      "1 validation error detected: Value '{music=[]}' at 'requestItems' failed to satisfy constraint: Map value must satisfy constraint: [Member must have length less than or equal to 2, Member must have length greater than or equal to 1]",
    );
  });

  it('does not walk a list that is longer than it may be', () => {
    const data = service({
      Input: { type: 'structure', members: { Names: 'Names' } },
      Names: { type: 'list', max: 1, member: 'Item' },
      Item: { type: 'structure', required: ['Name'] },
    });
    expect(compileValidator(data)('Call', { Names: [{}, {}] })).toHaveLength(1);
  });

  it(`stops at ${VIOLATIONS_MAX} violations`, () => {
    const names = Array.from({ length: 25 }, (_, index) => `Member${index}`);
    const data = service({ Input: { type: 'structure', required: names } });
    expect(compileValidator(data)('Call', {})).toHaveLength(VIOLATIONS_MAX);
    expect(message(data, 'Call', {})).toMatch(/^10 validation errors detected: /);
  });

  it('follows recursive shapes as far as the value goes, and refuses a bottomless one', () => {
    const data = service({
      Filter: { type: 'structure', members: { All: 'Filters', Name: 'Name' } },
      Filters: { type: 'list', member: 'Filter' },
      Name: { type: 'string', min: 1 },
    });
    const nested = (depth: number): object => (depth === 0 ? { Name: '' } : { All: [nested(depth - 1)] });
    expect(compileValidator(data)('Call', nested(3)).map(({ path }) => path)).toEqual([
      'all.1.member.all.1.member.all.1.member.name',
    ]);
    const deep = compileValidator(data)('Call', nested(2000));
    expect(deep.map(({ kind }) => kind)).toEqual(['depth']);
    expect(deep[0]!.path.split('.').length).toBeLessThanOrEqual(DEPTH_MAX + 2);
    const cyclic: { All?: unknown[] } = {};
    cyclic.All = [cyclic];
    expect(compileValidator(data)('Call', cyclic).map(({ kind }) => kind)).toEqual(['depth']);
  });

  it('takes absent input as an empty structure', () => {
    expect(message(load('sts'), 'GetFederationToken', undefined)).toContain("Value null at 'name'");
  });

  it('has nothing to say of an operation without constraints, and does not know a foreign one', () => {
    const validate = compileValidator(load('sts'));
    expect(validate('GetCallerIdentity', {})).toEqual([]);
    expect(() => validate('ListBuckets', {})).toThrow(RangeError);
    expect(() => validate('toString', {})).toThrow(RangeError);
  });

  it('sees only own members, so that a member of every object is still missing', () => {
    const data = service({ Input: { type: 'structure', required: ['constructor'] } });
    expect(message(data, 'Call', {})).toContain("Value null at 'constructor'");
  });
});
