import { readFileSync } from 'node:fs';
import { NormalizedSchema } from '@smithy/core/schema';
import { describe, expect, it } from 'vitest';
import type { ConstraintData } from './data.ts';

const SERVICES: Record<string, () => Promise<Record<string, unknown>>> = {
  bedrock: () => import('@aws-sdk/client-bedrock'),
  'bedrock-runtime': () => import('@aws-sdk/client-bedrock-runtime'),
  glacier: () => import('@aws-sdk/client-glacier'),
  s3: () => import('@aws-sdk/client-s3'),
  sts: () => import('@aws-sdk/client-sts'),
};

/** The SDK's static schemas: arrays that start with what they are. */
const OPERATION = 9;
const ERROR = -3;
/** Errors of the SDK's own: the base class of each client, and S3's for a 404 that has no body to name it. */
const SDK_ONLY = /ServiceException$|^NotFound$/;

function schemasOf(client: Record<string, unknown>, kind: number): Map<string, unknown[]> {
  const schemas = Object.entries(client).filter(
    ([name, value]) => name.endsWith('$') && Array.isArray(value) && value[0] === kind,
  );
  return new Map(schemas.map(([name, value]) => [name.slice(0, -1), value as unknown[]]));
}

/** Walks a constrained shape and the SDK's schema side by side; returns where they part. */
function differences(data: ConstraintData, input: string, schema: NormalizedSchema, at: string): string[] {
  const seen = new Set<string>();
  const found: string[] = [];
  const walk = (name: string, ns: NormalizedSchema, at: string): void => {
    if (seen.has(name)) return;
    seen.add(name);
    const facts = data.shapes[name]!;
    const agrees = {
      structure: ns.isStructSchema(),
      list: ns.isListSchema(),
      map: ns.isMapSchema(),
      string: ns.isStringSchema(),
      blob: ns.isBlobSchema(),
      integer: ns.isNumericSchema(),
      float: ns.isNumericSchema(),
    }[facts.type];
    if (!agrees) {
      found.push(`${at} is no ${facts.type} in the SDK`);
    } else if (facts.type === 'structure') {
      const members = new Set([...ns.structIterator()].map(([member]) => member));
      for (const member of facts.required ?? [])
        if (!members.has(member)) found.push(`${at}.${member} is not in the SDK`);
      for (const [member, target] of Object.entries(facts.members ?? {})) {
        if (members.has(member)) walk(target, ns.getMemberSchema(member), `${at}.${member}`);
        else found.push(`${at}.${member} is not in the SDK`);
      }
    } else {
      const element = facts.type === 'list' ? facts.member : facts.value;
      if (element !== undefined) walk(element, ns.getValueSchema(), `${at}.member`);
    }
  };
  walk(input, schema, at);
  return found;
}

describe.each(Object.entries(SERVICES))('the constraints of %s', (service, load) => {
  const data = JSON.parse(readFileSync(new URL(`${service}.json`, import.meta.url), 'utf8')) as ConstraintData;

  it('cover every operation of the SDK client', async () => {
    const operations = schemasOf(await load(), OPERATION);
    expect(operations.size).toBeGreaterThan(9);
    expect([...operations.keys()].filter((name) => data.operations[name] === undefined)).toEqual([]);
  });

  it('speak of members that the SDK client has, as what they are', async () => {
    const operations = schemasOf(await load(), OPERATION);
    const found = [...operations].flatMap(([name, schema]) => {
      const input = data.operations[name]?.input;
      return input === undefined ? [] : differences(data, input, NormalizedSchema.of(schema[4] as never), name);
    });
    expect(found).toEqual([]);
  });

  it('know the errors that the SDK client has', async () => {
    const errors = [...schemasOf(await load(), ERROR).keys()].filter((name) => !SDK_ONLY.test(name));
    expect(errors.filter((name) => data.errors[name] === undefined)).toEqual([]);
    for (const { errors: names = [] } of Object.values(data.operations)) {
      for (const name of names) expect(data.errors[name]).toBeDefined();
    }
  });
});
