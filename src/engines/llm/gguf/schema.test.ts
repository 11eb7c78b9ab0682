import { describe, expect, it } from 'vitest';

import { LlmError, type Json } from '../types.ts';
import { toArgumentsSchema, toGrammarSchema } from './schema.ts';

describe('JSON Schema as a grammar', () => {
  it.each<[string, Json, object]>([
    ['anything', true, {}],
    ['a union of types', { type: ['string', 'null'] }, { oneOf: [{ type: 'string' }, { type: 'null' }] }],
    ['anyOf', { anyOf: [{ type: 'string' }, { const: 3 }] }, { oneOf: [{ type: 'string' }, { enum: [3] }] }],
    ['a bounded integer', { type: 'integer', minimum: 2.5, exclusiveMaximum: 6 }, { enum: [3, 4, 5] }],
    ['strings', { type: 'string', minLength: 1, maxLength: 9 }, { type: 'string', minLength: 1, maxLength: 9 }],
    ['dates', { type: 'string', format: 'date-time' }, { type: 'string', format: 'date-time' }],
    ['other formats, which only describe', { type: 'string', format: 'email' }, { type: 'string' }],
    [
      'a tuple',
      { type: 'array', prefixItems: [{ type: 'boolean' }, { type: 'null' }], items: false },
      { type: 'array', prefixItems: [{ type: 'boolean' }, { type: 'null' }], minItems: 2, maxItems: 2 },
    ],
    [
      'an object, its optional properties included',
      { properties: { a: { type: 'number' }, b: {} }, required: ['b', 'c'] },
      { type: 'object', properties: { a: { type: 'number' }, b: {}, c: {} }, additionalProperties: false },
    ],
    [
      'a map',
      { type: 'object', additionalProperties: { type: 'number' }, minProperties: 1 },
      { type: 'object', additionalProperties: { type: 'number' }, minProperties: 1 },
    ],
    ['any object', { type: 'object' }, { type: 'object', additionalProperties: true }],
    [
      'an empty object',
      { type: 'object', additionalProperties: false },
      { type: 'object', properties: {}, additionalProperties: false },
    ],
    [
      'allOf, joined',
      {
        allOf: [
          { type: 'object', properties: { a: { type: 'string' } } },
          { properties: { a: { maxLength: 3 } }, required: ['a'] },
        ],
      },
      { type: 'object', properties: { a: { type: 'string', maxLength: 3 } }, additionalProperties: false },
    ],
    [
      'alternatives beside what they share',
      {
        type: 'object',
        properties: { kind: { type: 'string' } },
        anyOf: [{ properties: { x: { type: 'null' } } }, {}],
      },
      {
        oneOf: [
          {
            type: 'object',
            properties: { kind: { type: 'string' }, x: { type: 'null' } },
            additionalProperties: false,
          },
          { type: 'object', properties: { kind: { type: 'string' } }, additionalProperties: false },
        ],
      },
    ],
    [
      'references, also with strange names',
      { $ref: '#/definitions/a~1b c', definitions: { 'a/b c': { type: 'null' } } },
      { $ref: '#/$defs/-definitions-a-1b-c', $defs: { '-definitions-a-1b-c': { type: 'null' } } },
    ],
  ])('takes %s', (_, schema, expected) => {
    expect(toGrammarSchema(schema, true)).toEqual(expected);
  });

  it('goes round in a recursive schema where it can end, and leaves out an optional property where it could not', () => {
    const schema = {
      $ref: '#/$defs/node',
      $defs: {
        node: {
          type: 'object',
          properties: { kids: { type: 'array', items: { $ref: '#/$defs/node' } }, next: { $ref: '#/$defs/node' } },
        },
      },
    };
    const name = '-defs-node';
    expect(toGrammarSchema(schema, true)).toEqual({
      $ref: `#/$defs/${name}`,
      $defs: {
        [name]: {
          type: 'object',
          properties: { kids: { type: 'array', items: { $ref: `#/$defs/${name}` } } },
          additionalProperties: false,
        },
      },
    });
  });

  it.each<[Json, string]>([
    [{ type: 'string', pattern: '^a' }, 'pattern'],
    [{ type: 'number', minimum: 1 }, 'minimum'],
    [{ type: 'object', properties: { a: { type: 'array', uniqueItems: true } } }, 'uniqueItems'],
    [{ not: { type: 'null' } }, 'not'],
    [{ allOf: [{ maxLength: 3 }, { maxLength: 4 }] }, 'maxLength'],
  ])('refuses %j where the schema binds, naming %s, and leaves it out where it guides', (schema, keyword) => {
    expect(() => toGrammarSchema(schema, true)).toThrow(LlmError);
    expect(() => toGrammarSchema(schema, true)).toThrow(keyword);
    expect(() => toGrammarSchema(schema, false)).not.toThrow();
  });

  it('lets a model leave out the optional arguments of a tool: any of few, all or none of many', () => {
    const schema = (optional: string[]) => ({
      type: 'object',
      properties: Object.fromEntries(['must', ...optional].map((key) => [key, { type: 'null' }])),
      required: ['must'],
    });
    const keys = (made: { [key: string]: unknown }) =>
      (made['oneOf'] as { properties: object }[]).map(({ properties }) => Object.keys(properties).join());
    expect(keys(toArgumentsSchema(schema(['a']), false))).toEqual(['must,a', 'must']);
    expect(keys(toArgumentsSchema(schema(['a', 'b']), false))).toEqual(['must,a,b', 'must,b', 'must,a', 'must']);
    expect(keys(toArgumentsSchema(schema(['a', 'b', 'c']), false))).toEqual(['must,a,b,c', 'must']);
    expect(toArgumentsSchema(schema([]), false)).toEqual(toGrammarSchema(schema([]), false));
    expect(toArgumentsSchema({ properties: { a: {} } }, false)['oneOf']).toContainEqual({
      type: 'object',
      properties: {},
      additionalProperties: false,
    });
  });

  it.each<Json>([
    { const: { a: 1 } },
    { enum: [] },
    { $ref: '#/nowhere' },
    { $ref: 'https://example.com/schema' },
    { type: 'text' },
    3,
    { properties: { a: 'string' } },
  ])('refuses the broken schema %j', (schema) => {
    expect(() => toGrammarSchema(schema, true)).toThrow(LlmError);
  });
});
