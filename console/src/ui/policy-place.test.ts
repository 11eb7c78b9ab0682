import { describe, expect, it } from 'vitest';
import { policyPlace } from './policy-place.ts';

/** The cursor is at the bar. */
const at = (text: string) => policyPlace(text.replace('|', ''), text.indexOf('|'));

describe('the place in a policy', () => {
  it('is told in unfinished documents', () => {
    expect(at('{"Statement": [{"Action": ["s3:Get*", "bedrock:|')).toEqual({
      path: ['Statement', 'Action'],
      expects: 'value',
      stringFrom: '{"Statement": [{"Action": ["s3:Get*", "'.length,
    });
    expect(at('{"Statement": {"Eff|": "Allow"}}')).toEqual({ path: ['Statement'], expects: 'name', stringFrom: 16 });
    expect(at('{"Statement": [{"Effect": "Allow",\n |}]}')).toEqual({ path: ['Statement'], expects: 'name' });
    expect(at('{"Statement": [{"Condition": {"StringEquals": {"aws:|"}}}]}')).toMatchObject({
      path: ['Statement', 'Condition', 'StringEquals'],
      expects: 'name',
    });
    expect(at('{"Version": |')).toEqual({ path: ['Version'], expects: 'value' });
    expect(at('|')).toEqual({ path: [], expects: 'value' });
    expect(at('{"Statement": [], "|')).toMatchObject({ path: [], expects: 'name' });
  });
});
