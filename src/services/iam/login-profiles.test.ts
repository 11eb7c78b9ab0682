import {
  ChangePasswordCommand,
  CreateLoginProfileCommand,
  CreateUserCommand,
  DeleteAccountPasswordPolicyCommand,
  DeleteLoginProfileCommand,
  DeleteUserCommand,
  GetAccountPasswordPolicyCommand,
  GetLoginProfileCommand,
  IAMClient,
  PutUserPolicyCommand,
  UpdateAccountPasswordPolicyCommand,
  UpdateLoginProfileCommand,
} from '@aws-sdk/client-iam';
import { CreateOrganizationCommand, OrganizationsClient } from '@aws-sdk/client-organizations';
import { afterEach, describe, expect, it } from 'vitest';
import { accountsOf } from '../../../tests/accounts.ts';
import { ACCOUNT, allow, documentOf, openIam, refusal } from './iam.fixture.ts';

const { outcrop, iam, fresh, nowMs, actor, integer } = await openIam('passwords');

const DAY_MS = 86_400_000;
const password = () => `Pw-${integer(1e8, 1e9)}-x`;
const violation = (message: string) => ({ name: 'PasswordPolicyViolationException', message, status: 400 });

async function newUser() {
  const UserName = fresh('pw');
  await iam.send(new CreateUserCommand({ UserName }));
  return UserName;
}

afterEach(async () => {
  await iam.send(new DeleteAccountPasswordPolicyCommand({})).catch(() => {});
});

describe('A login profile', () => {
  it('is made, told of, changed and deleted', async () => {
    const UserName = await newUser();
    const missing = {
      name: 'NoSuchEntityException',
      message: `Login Profile for User ${UserName} cannot be found.`,
      status: 404,
    };
    expect(await refusal(iam.send(new GetLoginProfileCommand({ UserName })))).toEqual(missing);
    const { LoginProfile } = await iam.send(
      new CreateLoginProfileCommand({ UserName, Password: password(), PasswordResetRequired: true }),
    );
    expect(LoginProfile).toEqual({ UserName, CreateDate: new Date(nowMs()), PasswordResetRequired: true });
    expect(await refusal(iam.send(new CreateLoginProfileCommand({ UserName, Password: password() })))).toEqual({
      name: 'EntityAlreadyExistsException',
      message: `Login Profile for user ${UserName} already exists.`,
      status: 409,
    });
    await iam.send(new UpdateLoginProfileCommand({ UserName, PasswordResetRequired: false }));
    expect((await iam.send(new GetLoginProfileCommand({ UserName }))).LoginProfile!.PasswordResetRequired).toBe(false);
    expect(await refusal(iam.send(new DeleteUserCommand({ UserName })))).toMatchObject({
      message: 'Cannot delete entity, must delete login profile first.',
    });
    await iam.send(new DeleteLoginProfileCommand({ UserName }));
    expect(await refusal(iam.send(new DeleteLoginProfileCommand({ UserName })))).toEqual(missing);
  });

  it('takes a password of eight characters of three kinds where the account has no policy', async () => {
    const UserName = await newUser();
    const attempt = (Password: string) => refusal(iam.send(new CreateLoginProfileCommand({ UserName, Password })));
    expect(await attempt('Ab1-xyz')).toEqual(violation('Password should have a minimum length of 8'));
    for (const Password of ['abcdefgh', 'abcdefg1', 'ABCDEFG1', '12345-678'])
      expect(await attempt(Password)).toMatchObject({ name: 'PasswordPolicyViolationException' });
    await iam.send(new CreateLoginProfileCommand({ UserName, Password: 'abcdef-1' }));
  });
});

it('A password is not the name or the e-mail address of its account', async () => {
  await new OrganizationsClient(outcrop.clients).send(new CreateOrganizationCommand({}));
  const { createAccount, assume } = accountsOf(outcrop);
  const named = { AccountName: 'Research-Lab-7', Email: 'Lab7@example.org' };
  const member = new IAMClient(await assume(await createAccount(named)));
  const UserName = fresh('pw');
  await member.send(new CreateUserCommand({ UserName }));
  for (const Password of Object.values(named))
    expect(await refusal(member.send(new CreateLoginProfileCommand({ UserName, Password })))).toMatchObject({
      name: 'PasswordPolicyViolationException',
    });
  await member.send(new CreateLoginProfileCommand({ UserName, Password: `${named.AccountName}x` }));
});

describe('The password policy of an account', () => {
  it('is set as a whole, told of and deleted', async () => {
    const missing = {
      name: 'NoSuchEntityException',
      message: `The Password Policy with domain name ${ACCOUNT} cannot be found.`,
      status: 404,
    };
    expect(await refusal(iam.send(new GetAccountPasswordPolicyCommand({})))).toEqual(missing);
    const MinimumPasswordLength = integer(6, 128);
    const MaxPasswordAge = integer(1, 1095);
    const PasswordReusePrevention = integer(1, 24);
    await iam.send(
      new UpdateAccountPasswordPolicyCommand({
        MinimumPasswordLength,
        MaxPasswordAge,
        PasswordReusePrevention,
        RequireSymbols: true,
        HardExpiry: true,
      }),
    );
    expect((await iam.send(new GetAccountPasswordPolicyCommand({}))).PasswordPolicy).toEqual({
      MinimumPasswordLength,
      RequireSymbols: true,
      RequireNumbers: false,
      RequireUppercaseCharacters: false,
      RequireLowercaseCharacters: false,
      AllowUsersToChangePassword: false,
      ExpirePasswords: true,
      MaxPasswordAge,
      PasswordReusePrevention,
      HardExpiry: true,
    });
    await iam.send(new UpdateAccountPasswordPolicyCommand({ RequireNumbers: true }));
    expect((await iam.send(new GetAccountPasswordPolicyCommand({}))).PasswordPolicy).toEqual({
      MinimumPasswordLength: 6,
      RequireSymbols: false,
      RequireNumbers: true,
      RequireUppercaseCharacters: false,
      RequireLowercaseCharacters: false,
      AllowUsersToChangePassword: false,
      ExpirePasswords: false,
    });
    await iam.send(new DeleteAccountPasswordPolicyCommand({}));
    expect(await refusal(iam.send(new DeleteAccountPasswordPolicyCommand({})))).toEqual(missing);
  });

  it('holds every new password to what it asks', async () => {
    const UserName = await newUser();
    await iam.send(new CreateLoginProfileCommand({ UserName, Password: password() }));
    const attempt = (Password: string) => iam.send(new UpdateLoginProfileCommand({ UserName, Password }));
    await iam.send(
      new UpdateAccountPasswordPolicyCommand({
        MinimumPasswordLength: 14,
        RequireLowercaseCharacters: true,
        RequireUppercaseCharacters: true,
        RequireNumbers: true,
        RequireSymbols: true,
      }),
    );
    expect(await refusal(attempt('Short-1'))).toEqual(violation('Password should have a minimum length of 14'));
    expect(await refusal(attempt('lower-case-only-1'))).toEqual(
      violation('Password should have at least one uppercase letter'),
    );
    expect(await refusal(attempt('UPPER-CASE-ONLY-1'))).toEqual(
      violation('Password should have at least one lowercase letter'),
    );
    expect(await refusal(attempt('No-Number-In-Here'))).toEqual(violation('Password should have at least one number'));
    expect(await refusal(attempt('NoSymbolInHere123'))).toEqual(violation('Password should have at least one symbol'));
    await attempt('All-Of-Them-In-Here-1');
  });
});

describe('A user that changes its own password', () => {
  const newActor = async (policy?: string) => {
    const { user, clients } = await actor(fresh('own'), policy);
    const first = password();
    await iam.send(new CreateLoginProfileCommand({ UserName: user.UserName, Password: first }));
    const own = new IAMClient(clients);
    const change = (OldPassword: string, NewPassword: string) =>
      own.send(new ChangePasswordCommand({ OldPassword, NewPassword }));
    return { UserName: user.UserName!, own, first, change };
  };
  const MAY = allow('iam:ChangePassword', `arn:aws:iam::${ACCOUNT}:user/\${aws:username}`);

  it('must know the old one', async () => {
    const { first, change } = await newActor(MAY);
    const [second, third] = [password(), password()];
    expect(await refusal(change(second, third))).toMatchObject({ name: 'AccessDenied', status: 403 });
    await change(first, second);
    expect(await refusal(change(first, third))).toMatchObject({ name: 'AccessDenied' });
    await change(second, first);
  });

  it('cannot take one of its latest again where the policy prevents it', async () => {
    const { first, change } = await newActor(MAY);
    const [second, third] = [password(), password()];
    await iam.send(new UpdateAccountPasswordPolicyCommand({ MinimumPasswordLength: 8, PasswordReusePrevention: 2 }));
    expect(await refusal(change(first, first))).toMatchObject({ name: 'PasswordPolicyViolationException' });
    await change(first, second);
    expect(await refusal(change(second, first))).toMatchObject({ name: 'PasswordPolicyViolationException' });
    await change(second, third);
    await change(third, first);
  });

  it('is too late when the password has expired for good', async () => {
    const { UserName, first, change } = await newActor(MAY);
    await iam.send(
      new UpdateAccountPasswordPolicyCommand({ MinimumPasswordLength: 8, MaxPasswordAge: 30, HardExpiry: true }),
    );
    await outcrop.clock.advance(30 * DAY_MS);
    expect(await refusal(change(first, password()))).toMatchObject({
      name: 'EntityTemporarilyUnmodifiableException',
    });
    const second = password();
    await iam.send(new UpdateLoginProfileCommand({ UserName, Password: second }));
    await change(second, password());
  });

  it('needs a policy that lets it, or an account that lets all of its users, and a denial goes before both', async () => {
    const { UserName, own, first, change } = await newActor();
    const second = password();
    expect(await refusal(change(first, second))).toMatchObject({
      name: 'AccessDenied',
      message: expect.stringContaining(`iam:ChangePassword on resource: arn:aws:iam::${ACCOUNT}:user/${UserName}`),
    });
    await iam.send(
      new UpdateAccountPasswordPolicyCommand({ MinimumPasswordLength: 8, AllowUsersToChangePassword: true }),
    );
    expect((await own.send(new GetAccountPasswordPolicyCommand({}))).PasswordPolicy!.MinimumPasswordLength).toBe(8);
    await change(first, second);
    expect(await refusal(own.send(new DeleteLoginProfileCommand({})))).toMatchObject({ name: 'AccessDenied' });
    const PolicyDocument = documentOf({ Effect: 'Deny', Action: 'iam:ChangePassword', Resource: '*' });
    await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'never', PolicyDocument }));
    expect(await refusal(change(second, first))).toMatchObject({ name: 'AccessDenied' });
  });

  it('is no root, and has a password at all', async () => {
    const attempt = iam.send(new ChangePasswordCommand({ OldPassword: 'a', NewPassword: 'b' }));
    expect(await refusal(attempt)).toMatchObject({ name: 'InvalidUserTypeException' });
    const { clients } = await actor(fresh('none'), allow('*'));
    const none = new IAMClient(clients).send(new ChangePasswordCommand({ OldPassword: 'a', NewPassword: 'b' }));
    expect(await refusal(none)).toMatchObject({ name: 'NoSuchEntityException' });
  });
});
