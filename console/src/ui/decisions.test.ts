import { describe, expect, it } from 'vitest';
import { remedyOf, stepsOf, type Decision, type PolicyReason } from './decisions.ts';

const policy = (
  type: PolicyReason['type'],
  from: string,
  effect: 'Allow' | 'Deny',
  applies: boolean,
  because?: string,
): PolicyReason => ({
  type,
  id: `${type} ${from}`,
  from,
  statements: [{ statement: 0, effect, applies, ...(because === undefined ? {} : { because }) }],
});

const denied = (by: Decision['by'], policies: PolicyReason[], more: Partial<Decision> = {}): Decision => ({
  action: 's3:GetObject',
  resource: 'arn:aws:s3:::b/k',
  principal: 'arn:aws:sts::111111111111:assumed-role/Reader/me',
  allowed: false,
  explicit: false,
  by,
  policies,
  context: {},
  ...more,
});

const wheres = (decision: Decision) => remedyOf(decision)!.suggestions.map(({ where }) => where);
const ROLE = 'arn:aws:iam::111111111111:role/Reader';

describe('what would allow a call', () => {
  it('is nothing where it was allowed', () => {
    expect(remedyOf(denied('identity', [], { allowed: true }))).toBeUndefined();
  });

  it('is a statement in the policies of the role behind the session, and in what bounds it', () => {
    const decision = denied('identity', [
      policy('boundary', '', 'Allow', false, 'Action s3:Put* does not include s3:GetObject'),
      policy('session', '', 'Allow', true),
    ]);
    expect(wheres(decision)).toEqual([`an identity-based policy of ${ROLE}`, `the permissions boundary of ${ROLE}`]);
    expect(stepsOf(decision).map(({ kind, outcome, settled }) => [kind, outcome, settled])).toEqual([
      ['deny', 'nothing', false],
      ['service-control', 'unused', false],
      ['resource', 'unused', false],
      ['identity', 'nothing', true],
      ['boundary', 'nothing', false],
      ['session', 'allowed', false],
    ]);
  });

  it('is asked of each level of the organization that does not allow it', () => {
    const decision = denied('service-control', [
      policy('service-control', 'Root', 'Allow', true),
      policy('service-control', 'Research', 'Allow', false),
      policy('identity', 'own', 'Allow', true),
    ]);
    expect(wheres(decision)).toEqual(['a service control policy attached to Research']);
    expect(stepsOf(decision)[1]).toMatchObject({ outcome: 'nothing', levels: ['Research'], settled: true });
  });

  it('is on both sides across accounts, and names the principal on the side of the resource', () => {
    const decision = denied('resource', [], { resource: 'arn:aws:kms:us-east-1:222222222222:key/k' });
    const { suggestions, notes } = remedyOf(decision)!;
    expect(suggestions.map(({ where }) => where)).toEqual([
      'the resource-based policy of arn:aws:kms:us-east-1:222222222222:key/k',
      `an identity-based policy of ${ROLE}`,
    ]);
    expect(suggestions[0]!.statement).toMatchObject({ Principal: { AWS: ROLE } });
    expect(notes.join(' ')).toContain('both sides');
  });

  it('is no Allow at all against an explicit Deny, and says what else would be missing', () => {
    const decision = denied(
      'resource',
      [policy('resource', 'bucket policy', 'Deny', true), policy('boundary', '', 'Allow', false)],
      { explicit: true },
    );
    const { denials, notes, suggestions } = remedyOf(decision)!;
    expect(denials.map(({ policy: { id } }) => id)).toEqual(['resource bucket policy']);
    expect(notes[0]).toContain('No Allow outweighs an explicit Deny');
    expect(notes[1]).toContain('would still not be allowed');
    expect(suggestions.map(({ where }) => where)).toContain(`the permissions boundary of ${ROLE}`);
    expect(suggestions.map(({ where }) => where)).toContain(`an identity-based policy of ${ROLE}`);
  });

  it('tells the statements that only a condition kept from allowing it', () => {
    const because = 'StringEquals aws:RequestedRegion: wanted eu-west-1, aws:RequestedRegion is "us-east-1"';
    const { near } = remedyOf(denied('identity', [policy('identity', 'own', 'Allow', false, because)]))!;
    expect(near.map(({ statement }) => statement.because)).toEqual([because]);
  });
});
