import { describe, expect, it } from 'vitest';
import { parsePolicy, PolicyError, readPolicy, type PolicyKind } from './policy.ts';

const GOOD = { Effect: 'Allow', Action: 's3:GetObject', Resource: '*' };
const fault = (document: unknown, kind: PolicyKind = 'identity') => {
  try {
    readPolicy(document, kind);
    return undefined;
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    return error.message;
  }
};
const of = (statement: unknown, Version = '2012-10-17') => ({ Version, Statement: [statement] });

describe('a policy document', () => {
  it.each<[string, unknown, string, PolicyKind?]>([
    ['no JSON', '{', 'Syntax errors in policy.'],
    ['no object', '[]', 'Syntax errors in policy.'],
    [
      'an unknown version',
      of(GOOD, '2020-01-01'),
      'The policy must contain a valid version string. Use 2012-10-17 or 2008-10-17.',
    ],
    ['no statements', { Version: '2012-10-17' }, 'Syntax errors in policy.'],
    ['no effect', of({ ...GOOD, Effect: undefined }), 'Missing required field Effect'],
    ['no action', of({ Effect: 'Allow', Resource: '*' }), 'Policy statement must contain actions.'],
    ['no resource', of({ Effect: 'Allow', Action: 's3:*' }), 'Policy statement must contain resources.'],
    [
      'an action without a vendor',
      of({ ...GOOD, Action: 'GetObject' }),
      'Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.',
    ],
    ['a resource that is no ARN', of({ ...GOOD, Resource: 'bucket' }), 'Resource bucket must be in ARN format or "*".'],
    [
      'a principal in an identity’s policy',
      of({ ...GOOD, Principal: '*' }),
      'Policy document should not specify a principal.',
    ],
    ['no principal in a resource’s policy', of(GOOD), 'Missing required field Principal', 'resource'],
    ['a resource in a trust policy', of({ ...GOOD, Principal: '*' }), 'Has prohibited field Resource', 'trust'],
    [
      'an unknown operator',
      of({ ...GOOD, Condition: { StringIs: { 'aws:x': 'y' } } }),
      'Invalid Condition type : StringIs.',
    ],
    [
      'Null with IfExists',
      of({ ...GOOD, Condition: { NullIfExists: { 'aws:x': 'true' } } }),
      'Invalid Condition type : NullIfExists.',
    ],
    [
      'a range that is none',
      of({ ...GOOD, Condition: { IpAddress: { 'aws:SourceIp': '10.0.0.0/99' } } }),
      'Invalid IP range: 10.0.0.0/99',
    ],
    [
      'two statements of one id',
      {
        Version: '2012-10-17',
        Statement: [
          { ...GOOD, Sid: 'a' },
          { ...GOOD, Sid: 'a' },
        ],
      },
      'Statement IDs (SID) in a single policy must be unique.',
    ],
    [
      'both Action and NotAction',
      of({ ...GOOD, NotAction: 's3:*' }),
      'Policy statement must not contain both Action and NotAction.',
    ],
    [
      'a principal with a wildcard in it',
      of({ ...GOOD, Principal: { AWS: 'arn:aws:iam::1:user/*' } }),
      'Invalid principal in policy: "AWS":"arn:aws:iam::1:user/*"',
      'resource',
    ],
  ])('with %s is refused, in IAM’s words', (_what, document, message, kind) => {
    expect(fault(document, kind)).toBe(message);
  });

  it('says where it is wrong', () => {
    expect(() => readPolicy({ Statement: [GOOD, { ...GOOD, Action: 'x' }] }, 'identity')).toThrow(
      expect.objectContaining({ element: 'Statement[1].Action' }),
    );
  });

  it('may have one statement in place of a list, single texts in place of lists, and numbers and booleans as values', () => {
    const policy = readPolicy(
      {
        Version: '2012-10-17',
        Statement: {
          ...GOOD,
          Condition: { Bool: { 'aws:SecureTransport': true }, NumericLessThan: { 's3:max-keys': 10 } },
        },
      },
      'identity',
    );
    expect(policy.statements).toHaveLength(1);
    expect([...policy.keys].sort()).toEqual(['aws:securetransport', 's3:max-keys']);
  });

  it('tells the keys that it looks at, those of variables too', () => {
    const policy = readPolicy(
      of({
        ...GOOD,
        Resource: 'arn:aws:s3:::b/${aws:username}/${*}',
        Condition: { StringLike: { 's3:prefix': '${aws:PrincipalTag/Team}*' } },
      }),
      'identity',
    );
    expect([...policy.keys].sort()).toEqual(['aws:principaltag/team', 'aws:username', 's3:prefix']);
  });

  it('is read once: the same text is the same policy', () => {
    const text = JSON.stringify(of(GOOD));
    expect(parsePolicy(text, 'identity')).toBe(parsePolicy(text, 'identity'));
    expect(parsePolicy(text, 'identity')).not.toBe(parsePolicy(text, 'boundary'));
  });
});
