import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { manifest } from '../manifest.ts';
import { Services } from '../services.ts';
import { compileRules } from './compile.ts';
import { compileCondition, compileTextCondition } from './conditions.ts';
import { RuleError } from './faults.ts';
import { checkRules, parseRules } from './file.ts';
import { compilePath, compileRegex, compileWildcard } from './paths.ts';
import { promptOf, toolResultsOf } from './prompt.ts';
import { Subject } from './subject.ts';
import { compileTemplate, type TemplateFacts } from './template.ts';
import { viewOf, type Json } from './view.ts';
import { testSeed } from '../../../tests/start.ts';

const seed = testSeed('rules properties');
const check = <T>(arbitrary: fc.Arbitrary<T>, predicate: (value: T) => void, numRuns = 300) =>
  fc.assert(fc.property(arbitrary, predicate), { seed, numRuns });

const anything = fc.anything({
  withDate: true,
  withBigInt: true,
  withTypedArray: true,
  withMap: true,
  withNullPrototype: true,
});
const names = fc.constantFrom(
  'messages',
  'content',
  'text',
  'role',
  'body',
  'prompt',
  'user',
  'toolResult',
  'a',
  'b',
  '__proto__',
);
/** Inputs that look like those of models, but need not be. */
const inputs: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.string(),
    fc.constantFrom('user', 'assistant', 'tool'),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    anything,
    tie('list'),
    tie('object'),
  ),
  list: fc.array(tie('value'), { maxLength: 4 }),
  object: fc.dictionary(names, tie('value'), { maxKeys: 5 }),
})).object;

const factsOf = (input: unknown): TemplateFacts => {
  const view = viewOf(input);
  return {
    input: () => view,
    match: { '0': 'x', '1': 'y' },
    nth: 3,
    now: () => new Date(0),
    uuid: () => 'id',
    prompt: () => promptOf(view),
    toolResults: () => toolResultsOf(view),
    seq: { a: 1 },
    call: { service: 's', operation: 'o', model: undefined, principal: 'p', account: 'a', region: 'r', requestId: 'q' },
  };
};

describe('templates', () => {
  const expressions = fc.constantFrom(
    'input.a.b[0]',
    'input',
    'input.messages[*].content',
    'match.1',
    'match.9',
    'nth',
    'uuid',
    'now',
    'now.epoch',
    'seq.a',
    'prompt',
    'toolResult',
    'toolResult[2]',
    'model',
    'input.x ?? {"y":[1]}',
  );
  const texts = fc
    .array(
      fc.oneof(
        fc.string(),
        expressions.map((text) => `{{${text}}}`),
      ),
      { maxLength: 4 },
    )
    .map((parts) => parts.join(''));
  const templates = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      texts,
      fc.integer(),
      fc.constant(null),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(names, tie('value'), { maxKeys: 3 }),
    ),
  })).value;

  it('never throw when they are rendered, whatever the call is', () => {
    check(fc.tuple(templates, inputs), ([template, input]) => {
      let compiled;
      try {
        compiled = compileTemplate(template);
      } catch (error) {
        expect(error).toBeInstanceOf(SyntaxError);
        return;
      }
      expect(() => compiled.render(factsOf(input))).not.toThrow();
    });
  });

  it('leave alone what is no template, and keep the type of a value that is one by itself', () => {
    check(fc.jsonValue(), (value) => {
      if (JSON.stringify(value).includes('{{')) return;
      expect(compileTemplate(value).render(factsOf({}))).toEqual(value);
      const input = { a: { b: [value] } };
      expect(compileTemplate('{{input.a.b[0]}}').render(factsOf(input))).toEqual(viewOf(value));
      expect(compileTemplate({ x: ['{{input.a.b}}'] }).render(factsOf(input))).toEqual({ x: [viewOf([value])] });
    });
    expect(compileTemplate(String.raw`\{{nth}} is {{nth}}`).render(factsOf({}))).toBe('{{nth}} is 3');
    expect(
      compileTemplate({ gone: '{{match.9}}', text: '[{{match.9}}]', list: ['{{match.9}}'] }).render(factsOf({})),
    ).toEqual({ text: '[]', list: [null] });
  });

  it('are refused for what they do not know', () => {
    for (const text of [
      '{{constructor}}',
      '{{__proto__}}',
      '{{toString}}',
      '{{process.env}}',
      '{{match}}',
      '{{seq}}',
      '{{nth ?? x}}',
      '{{ }}',
    ])
      expect(() => compileTemplate(text)).toThrow(SyntaxError);
  });
});

describe('matching', () => {
  it('tells of any input whether a condition holds, and never throws', () => {
    const conditions = fc.record(
      {
        equals: fc.oneof(fc.string(), fc.integer(), fc.constant(null)),
        not: fc.oneof(fc.string(), fc.integer()),
        in: fc.array(fc.oneof(fc.string(), fc.integer()), { minLength: 1 }),
        matches: fc.constantFrom('a+', '(b)(c)?', '^$', '\\d', '.'),
        contains: fc.string(),
        exists: fc.boolean(),
        lt: fc.integer(),
        gte: fc.double({ noNaN: true }),
      },
      { requiredKeys: [] },
    );
    check(fc.tuple(conditions, fc.array(inputs, { maxLength: 3 })), ([condition, values]) => {
      const test = compileCondition(condition);
      const found = test(values.map((value) => viewOf(value)));
      expect(found === undefined || typeof found === 'object').toBe(true);
      expect(() => compileTextCondition(condition)(undefined)).not.toThrow();
    });
  });

  it('finds with a JSONPath of one place what the whole language finds there', () => {
    const paths = fc.array(
      fc.oneof(
        names.map((name) => `.${name}`),
        fc.nat(3).map((index) => `[${index}]`),
        names.map((name) => `['${name}']`),
      ),
      { maxLength: 5 },
    );
    check(fc.tuple(paths, inputs), ([parts, input]) => {
      const view = viewOf(input);
      const place = `$${parts.join('')}`;
      // A union of a place with itself is no single place: the library walks it.
      const walked = compilePath(`${place}[?1 == 1]`);
      expect(() => walked(view)).not.toThrow();
      const found = compilePath(place)(view);
      let expected: Json | undefined = view;
      for (const part of parts) {
        const key = part.replace(/^\.|^\['?|'?\]$/g, '');
        const isIndex = /^\[\d/.test(part);
        expected =
          typeof expected === 'object' &&
          expected !== null &&
          Array.isArray(expected) === isIndex &&
          Object.hasOwn(expected, key)
            ? (expected as any)[key]
            : undefined;
      }
      expect(found).toEqual(expected === undefined ? [] : [expected]);
    });
  });

  it('takes wildcards for any run and any one character, and nothing else', () => {
    check(fc.tuple(fc.string({ maxLength: 12 }), fc.string({ maxLength: 12 })), ([text, other]) => {
      if (/[*?]/.test(text)) return;
      expect(compileWildcard(text)(text)).toBe(true);
      expect(compileWildcard(text)(`${text}x`)).toBe(false);
      expect(compileWildcard(`${text}*`)(text + other)).toBe(true);
      expect(compileWildcard(`*${text}`)(other + text)).toBe(true);
      expect(compileWildcard(`*${text}*?`)(`${other}${text}${other}!`)).toBe(true);
    });
  });

  it('takes linear time for expressions that take others exponential time', () => {
    expect(compileRegex('(a+)+$').find(`${'a'.repeat(50_000)}!`)).toBeUndefined();
    expect(compileWildcard('*a*a*a*a*a*a*a*a*b')('a'.repeat(50_000))).toBe(false);
  });

  it('finds the last words of the user in any body, or none', () => {
    check(inputs, (input) => {
      const view = viewOf(input);
      const prompt = promptOf(view);
      expect(prompt === undefined || typeof prompt === 'string').toBe(true);
      expect(toolResultsOf(view)).toBeInstanceOf(Array);
    });
    const last = 'the last';
    for (const body of [
      {
        messages: [
          { role: 'user', content: 'first' },
          { role: 'assistant', content: 'x' },
          { role: 'user', content: [{ type: 'text', text: last }] },
          { role: 'assistant', content: 'y' },
        ],
      },
      {
        messages: [
          { role: 'user', content: [{ text: last }] },
          { role: 'user', content: [{ toolResult: { content: [{ text: 'r' }] } }] },
        ],
      },
      { prompt: `<s>[INST] first [/INST] x</s>[INST] ${last} [/INST]` },
      { prompt: `\n\nHuman: first\n\nAssistant: x\n\nHuman: ${last}\n\nAssistant:` },
      { message: last, chat_history: [] },
      { inputText: last },
    ])
      expect(promptOf({ body } as never)).toBe(last);
  });
});

describe('rule files', () => {
  const services = new Services(manifest);
  const keys = fc.constantFrom(
    'id',
    'service',
    'operation',
    'fault',
    'say',
    'script',
    'sequence',
    'answer',
    'limit',
    'times',
    'nth',
    'when',
    'then',
    'input',
    'prompt',
    'record',
    'replay',
    'delay',
    'priority',
    'servce',
  );
  const values = fc.oneof(
    fc.constantFrom('sts', 's3', 'throttle', 'reset', 'GetCallerIdentity', 'x*', '1m', '{{nth}}', '(', '$.a'),
    fc.jsonValue(),
    fc.dictionary(
      fc.constantFrom(
        'error',
        'status',
        'cut',
        'text',
        'toolUse',
        'state',
        'requests',
        'matches',
        'cassette',
        'answer',
      ),
      fc.oneof(fc.jsonValue(), fc.constantFrom('throttle', 'Throttling', 500)),
      { maxKeys: 3 },
    ),
  );
  const rules = fc.array(fc.dictionary(keys, values, { maxKeys: 4 }), { maxLength: 3 });

  it('are taken, or refused with every fault at its place; nothing else ever comes of them', async () => {
    let taken = 0;
    await fc.assert(
      fc.asyncProperty(fc.oneof({ weight: 4, arbitrary: rules }, { weight: 1, arbitrary: anything }), async (value) => {
        try {
          const compiled = await compileRules(checkRules(value, '/tmp', 'test'), services);
          taken++;
          for (const rule of compiled) {
            const exchange: any = {
              service: await services.load('sts'),
              operation: (await services.load('sts')).model.operations.get('GetCallerIdentity'),
              input: {},
              region: 'us-east-1',
              request: { headers: {} },
              principal: { arn: 'arn' },
              call: { account: '1' },
              codec: {},
            };
            expect(() => rule.matches(new Subject(exchange))).not.toThrow();
          }
        } catch (error) {
          expect(error).toBeInstanceOf(RuleError);
          expect((error as RuleError).faults.length).toBeGreaterThan(0);
        }
      }),
      { seed, numRuns: 400 },
    );
    expect(taken).toBeGreaterThan(0);
  });

  it('of any text are rules, or faults by line and column', () => {
    const fragments = fc.constantFrom(
      'rules:',
      '- id: a',
      '  say: x',
      '\n',
      '  ',
      '{',
      '}',
      '[',
      ']',
      ': ',
      '&a',
      '*a',
      '!!binary',
      '"',
      "'",
      '|',
      '#',
      '\t',
      'fault: throttle',
      '<<: *a',
    );
    check(
      fc.array(fc.oneof(fragments, fc.string()), { maxLength: 20 }).map((parts) => parts.join('')),
      (text) => {
        try {
          parseRules(text, 'f.yaml');
        } catch (error) {
          expect(error).toBeInstanceOf(RuleError);
          for (const { line, column } of (error as RuleError).faults) {
            expect(line).toBeGreaterThan(0);
            expect(column).toBeGreaterThan(0);
          }
        }
      },
    );
  });

  it('cannot be made to grow by what they refer to', () => {
    const bomb = [
      'a: &a [x,x,x,x,x,x,x,x,x]',
      ...'bcdefgh'
        .split('')
        .map((name, index) => `${name}: &${name} [${Array(9).fill(`*${'abcdefgh'[index]}`).join(',')}]`),
    ].join('\n');
    expect(() => parseRules(bomb, 'f.yaml')).toThrow(RuleError);
  });
});
