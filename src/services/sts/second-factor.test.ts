import { CreateVirtualMFADeviceCommand, EnableMFADeviceCommand, GetUserCommand, IAMClient } from '@aws-sdk/client-iam';
import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { AssumeRoleCommand, GetSessionTokenCommand, STSClient } from '@aws-sdk/client-sts';
import { Secret, TOTP } from 'otpauth';
import { describe, expect, it } from 'vitest';
import { allow, identities, policy, refusal, trust } from '../../../tests/identities.ts';
import { startForTests, testSeed } from '../../../tests/start.ts';
import { generator } from '../../kernel/ids.ts';

const random = generator(testSeed('sts second factor'));
const outcrop = await startForTests({ clock: { frozenAt: new Date('2031-05-05T12:00:00Z') } });
const { iam, as, user, role } = identities(outcrop);
const fresh = (prefix: string) => `${prefix}-${Math.floor(random() * 1e9)}`;
const sts = (clients: object) => new STSClient({ maxAttempts: 1, ...clients });
const STEP_MS = 30_000;

/** A user with a device whose codes it knows; each code is asked for in a step of its own. */
async function withDevice(PolicyDocument?: string) {
  const someone = await user(fresh('anna'), PolicyDocument);
  const { VirtualMFADevice } = await iam.send(
    new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: fresh('phone') }),
  );
  const secret = Secret.fromBase32(Buffer.from(VirtualMFADevice!.Base32StringSeed!).toString());
  const codeAt = (timestamp: number) => new TOTP({ secret }).generate({ timestamp });
  const nowMs = outcrop.clock.now().getTime();
  const SerialNumber = VirtualMFADevice!.SerialNumber!;
  await iam.send(
    new EnableMFADeviceCommand({
      UserName: someone.name,
      SerialNumber,
      AuthenticationCode1: codeAt(nowMs - STEP_MS),
      AuthenticationCode2: codeAt(nowMs),
    }),
  );
  const code = async () => {
    await outcrop.clock.advance(3 * STEP_MS);
    return codeAt(outcrop.clock.now().getTime());
  };
  return { ...someone, SerialNumber, code };
}

const INVALID = {
  name: 'AccessDenied',
  message: 'MultiFactorAuthentication failed with invalid MFA one time pass code.',
  status: 403,
};
const WITH_MFA = policy({
  Effect: 'Allow',
  Action: '*',
  Resource: '*',
  Condition: { Bool: { 'aws:MultiFactorAuthPresent': 'true' } },
});

describe('A session with a second factor', () => {
  it('has what only such sessions have, IAM included, and tells its age', async () => {
    const recent = policy({
      Effect: 'Allow',
      Action: '*',
      Resource: '*',
      Condition: { NumericLessThan: { 'aws:MultiFactorAuthAge': '3600' } },
    });
    const anna = await withDevice(recent);
    const plain = await sts(anna.clients).send(new GetSessionTokenCommand({}));
    const list = (clients: object) => new S3Client(clients as never).send(new ListBucketsCommand());
    expect((await refusal(list(anna.clients))).name).toBe('AccessDenied');
    expect((await refusal(list(as(plain.Credentials)))).name).toBe('AccessDenied');
    const { Credentials } = await sts(anna.clients).send(
      new GetSessionTokenCommand({ SerialNumber: anna.SerialNumber, TokenCode: await anna.code() }),
    );
    await list(as(Credentials));
    expect((await new IAMClient(as(Credentials)).send(new GetUserCommand({}))).User!.Arn).toBe(anna.arn);
    await outcrop.clock.advance(3_600_000);
    expect((await refusal(list(as(Credentials)))).name).toBe('AccessDenied');
  });

  it("is made with a code that was not used before, of the caller's own device, serial number and code together", async () => {
    const anna = await withDevice();
    const bert = await withDevice();
    const get = (input: object, clients: object = anna.clients) =>
      refusal(sts(clients).send(new GetSessionTokenCommand(input)));
    const TokenCode = await anna.code();
    await sts(anna.clients).send(new GetSessionTokenCommand({ SerialNumber: anna.SerialNumber, TokenCode }));
    expect(await get({ SerialNumber: anna.SerialNumber, TokenCode })).toEqual(INVALID);
    const next = await anna.code();
    expect(
      await get({
        SerialNumber: anna.SerialNumber,
        TokenCode: String((Number(next) + 1) % 1_000_000).padStart(6, '0'),
      }),
    ).toEqual(INVALID);
    const UNKNOWN = {
      name: 'AccessDenied',
      message:
        'MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user.',
    };
    expect(await get({ SerialNumber: bert.SerialNumber, TokenCode: await bert.code() })).toMatchObject(UNKNOWN);
    expect(await get({ SerialNumber: `${anna.SerialNumber}x`, TokenCode: next })).toMatchObject(UNKNOWN);
    for (const half of [{ SerialNumber: anna.SerialNumber }, { TokenCode: next }])
      expect(await get(half)).toMatchObject({
        name: 'AccessDenied',
        message: 'MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.',
      });
  });

  it('can be what a role asks for, shown when it is assumed or by the session that assumes it', async () => {
    const anna = await withDevice(allow('sts:*'));
    const guarded = await role(
      fresh('guarded'),
      trust({ AWS: anna.arn }, { Condition: { Bool: { 'aws:MultiFactorAuthPresent': 'true' } } }),
      WITH_MFA,
    );
    const enter = (clients: object, input: object = {}) =>
      sts(clients).send(new AssumeRoleCommand({ RoleArn: guarded.arn, RoleSessionName: 'one', ...input }));
    expect((await refusal(enter(anna.clients))).name).toBe('AccessDenied');
    expect(await refusal(enter(anna.clients, { SerialNumber: anna.SerialNumber, TokenCode: '000000' }))).toEqual(
      INVALID,
    );
    const shown = await enter(anna.clients, { SerialNumber: anna.SerialNumber, TokenCode: await anna.code() });
    await new S3Client(as(shown.Credentials)).send(new ListBucketsCommand());
    const session = await sts(anna.clients).send(
      new GetSessionTokenCommand({ SerialNumber: anna.SerialNumber, TokenCode: await anna.code() }),
    );
    const through = await enter(as(session.Credentials));
    await new S3Client(as(through.Credentials)).send(new ListBucketsCommand());
  });

  it('does not come along a chain of roles', async () => {
    const anna = await withDevice(allow('sts:*'));
    const first = await role(fresh('first'), trust({ AWS: anna.arn }), allow('*'));
    const second = await role(fresh('second'), trust({ AWS: first.arn }), WITH_MFA);
    const one = await sts(anna.clients).send(
      new AssumeRoleCommand({
        RoleArn: first.arn,
        RoleSessionName: 'one',
        SerialNumber: anna.SerialNumber,
        TokenCode: await anna.code(),
      }),
    );
    const two = await sts(as(one.Credentials)).send(
      new AssumeRoleCommand({ RoleArn: second.arn, RoleSessionName: 'two' }),
    );
    expect((await refusal(new S3Client(as(two.Credentials)).send(new ListBucketsCommand()))).name).toBe('AccessDenied');
  });
});
