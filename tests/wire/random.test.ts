import { NormalizedSchema } from '@smithy/core/schema';
import { NumericValue } from '@smithy/core/serde';
import { describe, expect, it } from 'vitest';
import type { Rng, SchemaRef } from './random.ts';
import { hasEventStream, randomValue, rngFrom, sameValue } from './random.ts';

const SEED = Math.floor(Math.random() * 2 ** 32);
console.log(`seed ${SEED}`);

const CLIENTS = {
  bedrock: () => import('@aws-sdk/client-bedrock'),
  'bedrock-runtime': () => import('@aws-sdk/client-bedrock-runtime'),
  dynamodb: () => import('@aws-sdk/client-dynamodb'),
  ec2: () => import('@aws-sdk/client-ec2'),
  glacier: () => import('@aws-sdk/client-glacier'),
  iam: () => import('@aws-sdk/client-iam'),
  polly: () => import('@aws-sdk/client-polly'),
  s3: () => import('@aws-sdk/client-s3'),
};

interface Operation {
  name: string;
  schemas: SchemaRef[];
}

function operationsOf(client: object): Operation[] {
  const schemas = Object.entries(client).filter(
    ([name, value]) => name.endsWith('$') && Array.isArray(value) && value[0] === 9,
  );
  return schemas.map(([name, schema]) => ({ name, schemas: [schema[4], schema[5]] as SchemaRef[] }));
}

/** Says what a value breaks of its schema and of what its place allows. */
function faults(ns: NormalizedSchema, value: unknown, at: string): string[] {
  const traits = ns.getMergedTraits();
  const wrong = (what: string): string[] => [`${at}: ${what}`];
  if (ns.isDocumentSchema()) return typeof value === 'object' && value !== null ? [] : wrong('no document');
  if (ns.isUnitSchema()) return [];
  if (ns.isStructSchema()) {
    const record = value as Record<string, unknown>;
    const members = new Map(ns.structIterator());
    const own = Object.entries(record);
    const found = own.flatMap(([key, inner]) => {
      const member = members.get(key);
      return member === undefined ? wrong(`unknown member ${key}`) : faults(member, inner, `${at}.${key}`);
    });
    if (ns.isUnionSchema()) return own.length === 1 ? found : wrong(`union with ${own.length} members`);
    const schema = ns.getSchema() as unknown as [number, string, string, unknown, string[], unknown, number?];
    const missing = schema[4].slice(0, schema[6] ?? 0).filter((name) => {
      const member = members.get(name)!;
      return record[name] === undefined && !(member.isStreaming() && member.isStructSchema());
    });
    return missing.length > 0 ? wrong(`misses ${missing.join()}`) : found;
  }
  if (ns.isListSchema())
    return (value as unknown[]).flatMap((element, index) => faults(ns.getValueSchema(), element, `${at}[${index}]`));
  if (ns.isMapSchema())
    return Object.entries(value as object).flatMap(([key, inner]) =>
      faults(ns.getValueSchema(), inner, `${at}.${key}`),
    );
  if (ns.isStringSchema()) {
    if (typeof value !== 'string') return wrong('no string');
    const bound = 'httpLabel' in traits || 'httpHeader' in traits || 'httpQuery' in traits;
    if (bound && traits['mediaType'] === undefined && !/^[a-z0-9]+$/.test(value))
      return wrong(`${value} in ${JSON.stringify(traits)}`);
    return /^\s|\s$|[^\P{C}\p{Cf}]/u.test(value) ? wrong('white space or control characters') : [];
  }
  const right =
    (ns.isBlobSchema() && value instanceof Uint8Array) ||
    (ns.isTimestampSchema() && value instanceof Date && !Number.isNaN(value.getTime())) ||
    (ns.isBooleanSchema() && typeof value === 'boolean') ||
    (ns.isNumericSchema() && Number.isInteger(value) && !Object.is(value, -0)) ||
    (ns.isBigIntegerSchema() && typeof value === 'bigint') ||
    (ns.isBigDecimalSchema() && value instanceof NumericValue);
  return right ? [] : wrong('of the wrong type');
}

describe.each(Object.entries(CLIENTS))('random values of %s', (_, load) => {
  it('are of their schemas, with every required member and one member in each union', async () => {
    const rng = rngFrom(SEED);
    const operations = operationsOf(await load());
    expect(operations.length).toBeGreaterThan(8);
    for (const { name, schemas } of operations) {
      for (const schema of schemas) {
        const ns = NormalizedSchema.of(schema);
        for (let run = 0; run < 3; run += 1) expect(faults(ns, randomValue(schema, rng), name)).toEqual([]);
        expect(faults(ns, randomValue(schema, rng, { depth: 0 }), name)).toEqual([]);
      }
    }
  });

  it('follow from the seed alone', async () => {
    const operations = operationsOf(await load());
    const all = (rng: Rng): unknown[] =>
      operations.flatMap(({ schemas }) => schemas.map((schema) => randomValue(schema, rng)));
    expect(sameValue(all(rngFrom(SEED)), all(rngFrom(SEED)))).toBeUndefined();
    expect(sameValue(all(rngFrom(SEED)), all(rngFrom(SEED + 1)))).toBeDefined();
  });
});

describe('random values', () => {
  it('pass through the SDK’s own JSON codec unchanged', async () => {
    const { BedrockRuntimeClient, ...client } = await import('@aws-sdk/client-bedrock-runtime');
    const { config } = new BedrockRuntimeClient({
      region: 'us-east-1',
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    });
    const protocol = config.protocol as unknown as {
      serializer: { codecSerializer: Codec };
      deserializer: { codecDeserializer: { read(schema: SchemaRef, text: string): Promise<unknown> } };
    };
    interface Codec {
      write(schema: SchemaRef, value: unknown): void;
      flush(): string;
    }
    const rng = rngFrom(SEED);
    let compared = 0;
    // A message holds unions, documents, blobs and recursion, and nothing outside the body.
    for (let run = 0; run < 200; run += 1) {
      const schema = NormalizedSchema.of(client.Message$);
      const value = randomValue(schema, rng, { depth: 8 });
      protocol.serializer.codecSerializer.write(schema, value);
      const text = protocol.serializer.codecSerializer.flush();
      expect(sameValue(value, await protocol.deserializer.codecDeserializer.read(schema, text))).toBeUndefined();
      compared += text.length;
    }
    expect(compared).toBeGreaterThan(10_000);
  });

  it('leave event streams out', async () => {
    const { StartSpeechSynthesisStream$ } = (await import('@aws-sdk/client-polly')) as unknown as Record<
      string,
      unknown[]
    >;
    const input = StartSpeechSynthesisStream$?.[4] as SchemaRef;
    expect(hasEventStream(input)).toBe(true);
    const member = NormalizedSchema.of(input).getEventStreamMember();
    for (let seed = 0; seed < 20; seed += 1) expect(randomValue(input, rngFrom(seed))).not.toHaveProperty(member);
  });

  it('leave members out that are not wanted', () => {
    const schema = [3, 'test', 'Input', 0, ['Body', 'Checksum'], [0, 0], 2] as never;
    expect(Object.keys(randomValue(schema, rngFrom(SEED), { omit: new Set(['Checksum']) }) as object)).toEqual([
      'Body',
    ]);
  });

  it('fill the elements of lists, also of structures that are made of themselves', () => {
    const filter: unknown[] = [3, 'test', 'Filter', 0, ['And', 'Not', 'Term'], []];
    const term = [3, 'test', 'Term', 0, ['Values'], [64]];
    filter[5] = [() => [1, 'test', 'Filters', 0, [() => filter, 0]], () => filter, () => term];
    const rng = rngFrom(SEED);
    const holds = (value: unknown): boolean =>
      Array.isArray(value)
        ? value.length > 0 && value.every(holds)
        : typeof value !== 'object' || Object.keys(value!).length > 0;
    for (let run = 0; run < 100; run += 1) {
      const { And = [] } = randomValue(filter as never, rng) as { And?: unknown[] };
      expect(And.filter((element) => !holds(element))).toEqual([]);
      for (const element of And) expect(sameValue(element, {})).toBeDefined();
    }
    const bottomless: unknown[] = [3, 'test', 'Node', 0, ['Nodes'], []];
    bottomless[5] = [() => [1, 'test', 'Nodes', 0, [() => bottomless, 0]]];
    expect(randomValue(bottomless as never, rng)).toBeDefined();
  });

  it('refuse a schema that requires itself', () => {
    const node: unknown[] = [3, 'test', 'Node', 0, ['Next'], [], 1];
    node[5] = [() => node];
    expect(() => randomValue(node as never, rngFrom(SEED))).toThrow('test#Node requires itself without end');
  });

  it('have whole seconds on request, and in headers always', () => {
    const body = [3, 'test', 'Body', 0, ['At'], [4], 1] as never;
    const header = [3, 'test', 'Header', 0, ['At'], [[4, { httpHeader: 'at' }]], 1] as never;
    const at = (schema: SchemaRef, seed: number, wholeSeconds: boolean): number =>
      (randomValue(schema, rngFrom(seed), { wholeSeconds }) as { At: Date }).At.getTime() % 1000;
    const seeds = Array.from({ length: 20 }, (_, seed) => seed);
    expect(seeds.some((seed) => at(body, seed, false) !== 0)).toBe(true);
    expect(seeds.every((seed) => at(body, seed, true) === 0 && at(header, seed, false) === 0)).toBe(true);
  });
});

describe('the same value', () => {
  it.each([
    ['nothing and nothing', undefined, null],
    ['nothing and what holds nothing', undefined, { a: [], b: { c: {} }, d: [{}] }],
    ['nothing and no bytes', undefined, new Uint8Array(0)],
    ['a member that is absent or empty', { a: 1, b: [] }, { a: 1 }],
    ['dates of one time', { at: new Date(5) }, { at: new Date(5) }],
    ['a Buffer and its bytes', Buffer.from('abc'), new Uint8Array([97, 98, 99])],
    ['a text and a lazy one', 'x', Object('x') as unknown],
    ['numbers beyond doubles', new NumericValue('1.10', 'bigDecimal'), new NumericValue('1.10', 'bigDecimal')],
    ['a result and its metadata', { a: 1 }, { a: 1, $metadata: { httpStatusCode: 200 } }],
  ])('is %s', (_, a, b) => {
    expect(sameValue(a, b)).toBeUndefined();
    expect(sameValue(b, a)).toBeUndefined();
  });

  it.each([
    ["a: 1 is not '1'", { a: 1 }, { a: '1' }],
    ["a[1].b: 'y' is not 'z'", { a: [{ b: 'x' }, { b: 'y' }] }, { a: [{ b: 'x' }, { b: 'z' }] }],
    ['a: [ 1 ] is not [ 1, 2 ]', { a: [1] }, { a: [1, 2] }],
    ['a.b: false is not undefined', { a: { b: false } }, {}],
    ["a: undefined is not ''", {}, { a: '' }],
    ["a: 'Date 1' is not 'Date 2'", { a: new Date(1) }, { a: new Date(2) }],
    ["a: 'bytes 01' is not 'bytes 02'", { a: new Uint8Array([1]) }, { a: new Uint8Array([2]) }],
    ['a: 0 is not undefined', { a: 0 }, { a: undefined }],
    ['value: 5 is not 6', 5, 6],
    ['a: 5n is not 5', { a: 5n }, { a: 5 }],
  ])('tells where it differs: %s', (path, a, b) => {
    expect(sameValue(a, b)).toBe(path);
    expect(sameValue(b, a)?.split(':')[0]).toBe(path.split(':')[0]);
  });
});
