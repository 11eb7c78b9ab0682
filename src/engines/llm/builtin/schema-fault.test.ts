import { describe, expect, it } from 'vitest';
import { answerRequest } from './generation.ts';
import { schemaFault } from './schema-fault.ts';
import type { Json } from '../types.ts';

const FAULTY: [Json, RegExp][] = [
  [{ type: 'xxx' }, /^schema\.type: "xxx" is not one of/],
  [{ type: 'object', properties: { a: { type: ['string', 'text'] } } }, /^schema\.properties\.a\.type: "text"/],
  [
    { type: 'array', items: { type: 'integer', minimum: 5, maximum: 2 } },
    /^schema\.items: minimum 5 is above maximum 2/,
  ],
  [{ enum: [] }, /^schema\.enum/],
  [{ type: 'object', properties: {}, required: ['n'], additionalProperties: false }, /"n" is not among the properties/],
  [{ anyOf: [{ type: 'null' }, { $ref: '#/$defs/gone' }] }, /^schema\.anyOf\[1\]\.\$ref: #\/\$defs\/gone/],
  [5, /must be an object/],
];

describe('schemaFault', () => {
  it.each(FAULTY)('says why nothing can fit %j', (schema, reason) => expect(schemaFault(schema)).toMatch(reason));

  it('finds nothing wrong with schemas that values can fit', () => {
    const fitting: Json[] = [
      true,
      {},
      { type: 'STRING' },
      { type: ['number', 'null'], minimum: 2, maximum: 2 },
      { $ref: '#/$defs/node', $defs: { node: { type: 'object', properties: { next: { $ref: '#/$defs/node' } } } } },
      { type: 'object', properties: { 'a/b': { const: 1 } }, required: ['a/b'], additionalProperties: false },
    ];
    for (const schema of fitting) expect(schemaFault(schema)).toBeUndefined();
  });

  it.each(FAULTY)('makes a request for %j invalid, not a failure of the model', (responseSchema) => {
    const ask = () =>
      answerRequest(
        { system: [], messages: [{ role: 'user', content: [{ type: 'text', text: 'Anna is 41.' }] }], responseSchema },
        1000,
        0,
      );
    expect(ask).toThrow(expect.objectContaining({ kind: 'invalid' }));
  });
});
