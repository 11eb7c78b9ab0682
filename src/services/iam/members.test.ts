import {
  CreateRoleCommand,
  CreateUserCommand,
  DeleteUserCommand,
  GetRoleCommand,
  IAMClient,
  PutUserPolicyCommand,
  SimulatePrincipalPolicyCommand,
  type SimulatePrincipalPolicyCommandInput,
} from '@aws-sdk/client-iam';
import {
  AttachPolicyCommand,
  CreateOrganizationCommand,
  CreatePolicyCommand,
  OrganizationsClient,
} from '@aws-sdk/client-organizations';
import { describe, expect, it } from 'vitest';
import { accountsOf } from '../../../tests/accounts.ts';
import { allow, documentOf, openIam, refusal, trustOf } from './iam.fixture.ts';

/** IAM in an account that is a member of an organization. */
const { outcrop, iam, fresh, pick } = await openIam('members');
const organizations = new OrganizationsClient(outcrop.clients);
await organizations.send(new CreateOrganizationCommand({}));
const { createAccount, assume } = accountsOf(outcrop);
const account = await createAccount();
const member = new IAMClient(await assume(account));

const makeUser = async () => {
  const UserName = fresh('member');
  return (await member.send(new CreateUserCommand({ UserName }))).User!;
};

describe('In a member account', () => {
  it('a simulation counts service control policies in, without telling their statements', async () => {
    const action = pick(['sqs:SendMessage', 'sns:Publish', 's3:ListAllMyBuckets']);
    const { Policy } = await organizations.send(
      new CreatePolicyCommand({
        Name: fresh('guard'),
        Description: 'guard',
        Type: 'SERVICE_CONTROL_POLICY',
        Content: documentOf({ Effect: 'Deny', Action: action, Resource: '*' }),
      }),
    );
    await organizations.send(new AttachPolicyCommand({ PolicyId: Policy!.PolicySummary!.Id, TargetId: account }));
    const user = await makeUser();
    const own = { UserName: user.UserName, PolicyName: 'own', PolicyDocument: allow('*') };
    await member.send(new PutUserPolicyCommand(own));
    const ask = async (more: Partial<SimulatePrincipalPolicyCommandInput>) =>
      (
        await member.send(
          new SimulatePrincipalPolicyCommand({ PolicySourceArn: user.Arn, ActionNames: [action], ...more }),
        )
      ).EvaluationResults![0]!;
    const denied = await ask({});
    expect(denied).toMatchObject({
      EvalDecision: 'explicitDeny',
      OrganizationsDecisionDetail: { AllowedByOrganizations: false },
    });
    expect(denied.MatchedStatements ?? []).toEqual([]);
    expect(await ask({ ActionNames: ['iam:GetUser'] })).toMatchObject({
      EvalDecision: 'allowed',
      OrganizationsDecisionDetail: { AllowedByOrganizations: true },
    });
    const without = await ask({ PolicyExclusionList: [{ PolicyType: 'scp' }] });
    expect(without.EvalDecision).toBe('allowed');
    expect(without.OrganizationsDecisionDetail).toBeUndefined();
  });

  it('users are known to trust policies of the other accounts, and so is that they are gone', async () => {
    const { UserName, UserId, Arn } = await makeUser();
    const make = (RoleName: string) =>
      iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trustOf({ AWS: Arn }) }));
    const RoleName = fresh('role');
    await make(RoleName);
    await member.send(new DeleteUserCommand({ UserName }));
    const { Role } = await iam.send(new GetRoleCommand({ RoleName }));
    expect(JSON.parse(decodeURIComponent(Role!.AssumeRolePolicyDocument!)).Statement[0].Principal.AWS).toBe(UserId);
    expect((await refusal(make(fresh('role')))).message).toBe(`Invalid principal in policy: "AWS":"${Arn}"`);
  });
});
