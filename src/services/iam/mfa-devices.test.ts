import {
  CreateUserCommand,
  CreateVirtualMFADeviceCommand,
  DeactivateMFADeviceCommand,
  DeleteUserCommand,
  DeleteVirtualMFADeviceCommand,
  EnableMFADeviceCommand,
  GetAccountSummaryCommand,
  GetMFADeviceCommand,
  IAMClient,
  ListMFADevicesCommand,
  ListMFADeviceTagsCommand,
  ListVirtualMFADevicesCommand,
  paginateListVirtualMFADevices,
  ResyncMFADeviceCommand,
  TagMFADeviceCommand,
  UntagMFADeviceCommand,
  UpdateUserCommand,
} from '@aws-sdk/client-iam';
import { GetSessionTokenCommand, STSClient } from '@aws-sdk/client-sts';
import { Secret, TOTP } from 'otpauth';
import { toBuffer } from 'qrcode';
import { describe, expect, it } from 'vitest';
import { ACCOUNT, allow, openIam, refusal } from './iam.fixture.ts';

const { outcrop, iam, fresh, nowMs, actor, integer } = await openIam('mfa');

const STEP_MS = 30_000;
const INVALID = {
  name: 'InvalidAuthenticationCodeException',
  message: 'Authentication code for device is not valid.',
  status: 403,
};

/** An authenticator app: it knows a seed, and its clock may be off. */
async function newDevice(options: { Path?: string; Tags?: { Key: string; Value: string }[] } = {}) {
  const name = fresh('phone');
  const { VirtualMFADevice } = await iam.send(
    new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: name, ...options }),
  );
  const seed = Buffer.from(VirtualMFADevice!.Base32StringSeed!).toString();
  const totp = new TOTP({ secret: Secret.fromBase32(seed) });
  return {
    name,
    seed,
    SerialNumber: VirtualMFADevice!.SerialNumber!,
    VirtualMFADevice: VirtualMFADevice!,
    code: (stepsAway = 0) => totp.generate({ timestamp: nowMs() + stepsAway * STEP_MS }),
  };
}
type Device = Awaited<ReturnType<typeof newDevice>>;

async function newUser() {
  const UserName = fresh('mfa');
  await iam.send(new CreateUserCommand({ UserName }));
  return UserName;
}

const enable = ({ SerialNumber, code }: Device, UserName: string, at = -1) =>
  iam.send(
    new EnableMFADeviceCommand({
      UserName,
      SerialNumber,
      AuthenticationCode1: code(at),
      AuthenticationCode2: code(at + 1),
    }),
  );

describe('A virtual MFA device', () => {
  it('is made with a seed of 64 Base32 characters and its QR code, told this once', async () => {
    const Tags = [{ Key: 'owner', Value: fresh('o') }];
    const { name, seed, SerialNumber, VirtualMFADevice } = await newDevice({ Path: '/phones/', Tags });
    expect(SerialNumber).toBe(`arn:aws:iam::${ACCOUNT}:mfa/phones/${name}`);
    expect(seed).toMatch(/^[A-Z2-7]{64}$/);
    expect(VirtualMFADevice.Tags).toEqual(Tags);
    const picture = await toBuffer(`otpauth://totp/${name}@${ACCOUNT}?secret=${seed}`);
    expect(Buffer.from(VirtualMFADevice.QRCodePNG!).equals(picture)).toBe(true);
    const listed = await iam.send(new ListVirtualMFADevicesCommand({ AssignmentStatus: 'Unassigned' }));
    expect(listed.VirtualMFADevices).toContainEqual({ SerialNumber });
    const again = iam.send(new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: name, Path: '/phones/' }));
    expect(await refusal(again)).toEqual({
      name: 'EntityAlreadyExistsException',
      message: 'MFADevice entity at the same path and name already exists.',
      status: 409,
    });
  });

  it('is enabled by two codes in a row, and by no others', async () => {
    const [UserName, device] = [await newUser(), await newDevice()];
    const { SerialNumber, code } = device;
    const attempt = (AuthenticationCode1: string, AuthenticationCode2: string) =>
      iam.send(new EnableMFADeviceCommand({ UserName, SerialNumber, AuthenticationCode1, AuthenticationCode2 }));
    expect(await refusal(attempt(code(-1), code(-1)))).toEqual(INVALID);
    expect(await refusal(attempt(code(0), code(-1)))).toEqual(INVALID);
    expect(await refusal(attempt(code(-2), code(0)))).toEqual(INVALID);
    expect(await refusal(attempt(code(-60), code(-59)))).toEqual(INVALID);
    await attempt(code(-1), code(0));
    expect((await iam.send(new ListMFADevicesCommand({ UserName }))).MFADevices).toEqual([
      { UserName, SerialNumber, EnableDate: new Date(nowMs()) },
    ]);
    expect(await iam.send(new GetMFADeviceCommand({ SerialNumber, UserName }))).toMatchObject({
      UserName,
      SerialNumber,
      EnableDate: new Date(nowMs()),
    });
    const { VirtualMFADevices } = await iam.send(new ListVirtualMFADevicesCommand({ AssignmentStatus: 'Assigned' }));
    expect(VirtualMFADevices!.find((one) => one.SerialNumber === SerialNumber)!.User).toMatchObject({
      UserName,
      Arn: `arn:aws:iam::${ACCOUNT}:user/${UserName}`,
    });
    expect(await refusal(enable(device, await newUser(), 1))).toMatchObject({ name: 'EntityAlreadyExistsException' });
  });

  it('has no code that is good twice: neither one that enabled it, nor one that was shown to STS', async () => {
    const { user, clients } = await actor(fresh('mfa'), allow('sts:GetSessionToken'));
    const device = await newDevice();
    await enable(device, user.UserName!);
    const sts = new STSClient(clients);
    const ask = (TokenCode: string) =>
      sts.send(new GetSessionTokenCommand({ SerialNumber: device.SerialNumber, TokenCode }));
    const invalid = { name: 'AccessDenied', message: expect.stringContaining('invalid MFA one time pass code') };
    expect(await refusal(ask(device.code()))).toMatchObject(invalid);
    await outcrop.clock.advance(STEP_MS);
    const code = device.code();
    expect((await ask(code)).Credentials!.SessionToken).toBeTruthy();
    expect(await refusal(ask(code))).toMatchObject(invalid);
    await outcrop.clock.advance(3 * STEP_MS);
    // One step early or late passes, two do not, and none that is before one that was used.
    expect(await refusal(ask(device.code(2)))).toMatchObject(invalid);
    expect(await refusal(ask(device.code(-2)))).toMatchObject(invalid);
    await ask(device.code(1));
    expect(await refusal(ask(device.code(0)))).toMatchObject(invalid);
  });

  it('has no code that is good for two that show it at once', async () => {
    const { user, clients } = await actor(fresh('mfa'));
    const device = await newDevice();
    await enable(device, user.UserName!);
    await outcrop.clock.advance(STEP_MS);
    const sts = new STSClient(clients);
    const TokenCode = device.code();
    const asked = await Promise.allSettled(
      Array.from({ length: 8 }, () =>
        sts.send(new GetSessionTokenCommand({ SerialNumber: device.SerialNumber, TokenCode })),
      ),
    );
    expect(asked.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('whose clock is off is found by two codes and followed from then on', async () => {
    const { user, clients } = await actor(fresh('mfa'), allow('sts:GetSessionToken'));
    const device = await newDevice();
    await enable(device, user.UserName!);
    const ahead = integer(4, 15);
    const sts = new STSClient(clients);
    const ask = () =>
      sts.send(new GetSessionTokenCommand({ SerialNumber: device.SerialNumber, TokenCode: device.code(ahead) }));
    expect(await refusal(ask())).toMatchObject({ name: 'AccessDenied' });
    const resync = (UserName: string) =>
      iam.send(
        new ResyncMFADeviceCommand({
          UserName,
          SerialNumber: device.SerialNumber,
          AuthenticationCode1: device.code(ahead - 1),
          AuthenticationCode2: device.code(ahead),
        }),
      );
    expect(await refusal(resync(await newUser()))).toMatchObject({ name: 'NoSuchEntityException' });
    await resync(user.UserName!);
    await outcrop.clock.advance(STEP_MS);
    expect((await ask()).Credentials!.SessionToken).toBeTruthy();
  });

  it('is deleted when it is deactivated, and keeps its user until then', async () => {
    const [UserName, device] = [await newUser(), await newDevice()];
    const { SerialNumber } = device;
    await enable(device, UserName);
    expect(await refusal(iam.send(new DeleteVirtualMFADeviceCommand({ SerialNumber })))).toMatchObject({
      name: 'DeleteConflictException',
    });
    expect(await refusal(iam.send(new DeleteUserCommand({ UserName })))).toMatchObject({
      name: 'DeleteConflictException',
      message: 'Cannot delete entity, must delete MFA device first.',
    });
    await iam.send(new DeactivateMFADeviceCommand({ UserName, SerialNumber }));
    await iam.send(new DeleteVirtualMFADeviceCommand({ SerialNumber }));
    await iam.send(new DeleteUserCommand({ UserName }));
    expect(await refusal(iam.send(new DeleteVirtualMFADeviceCommand({ SerialNumber })))).toEqual({
      name: 'NoSuchEntityException',
      message: `VirtualMFADevice with serial number ${SerialNumber} does not exist.`,
      status: 404,
    });
  });

  it('is one of eight at most that a user has', async () => {
    const UserName = await newUser();
    for (let made = 0; made < 8; made++) await enable(await newDevice(), UserName);
    expect(await refusal(enable(await newDevice(), UserName))).toMatchObject({
      name: 'LimitExceededException',
      message: 'Cannot exceed quota for MFADevicesPerUser: 8',
    });
    const { SummaryMap } = await iam.send(new GetAccountSummaryCommand({}));
    expect(SummaryMap!.MFADevicesInUse).toBeGreaterThanOrEqual(8);
    expect(SummaryMap!.MFADevices).toBeGreaterThan(SummaryMap!.MFADevicesInUse!);
  });

  it('is listed with all others, page by page', async () => {
    const made = await Promise.all([newDevice(), newDevice(), newDevice()]);
    const found: string[] = [];
    for await (const page of paginateListVirtualMFADevices({ client: iam, pageSize: 2 }, {}))
      found.push(...page.VirtualMFADevices!.map(({ SerialNumber }) => SerialNumber!));
    expect(new Set(found).size).toBe(found.length);
    expect(found).toEqual(expect.arrayContaining(made.map(({ SerialNumber }) => SerialNumber)));
  });

  it('has tags', async () => {
    const { SerialNumber } = await newDevice({ Tags: [{ Key: 'a', Value: '1' }] });
    await iam.send(new TagMFADeviceCommand({ SerialNumber, Tags: [{ Key: 'b', Value: '2' }] }));
    await iam.send(new UntagMFADeviceCommand({ SerialNumber, TagKeys: ['a'] }));
    expect((await iam.send(new ListMFADeviceTagsCommand({ SerialNumber }))).Tags).toEqual([{ Key: 'b', Value: '2' }]);
  });

  it('belongs to the root when the root enables it for the id of its account', async () => {
    const device = await newDevice();
    await enable(device, ACCOUNT);
    const { SerialNumber } = device;
    expect((await iam.send(new ListMFADevicesCommand({}))).MFADevices).toMatchObject([{ SerialNumber }]);
    expect((await iam.send(new GetAccountSummaryCommand({}))).SummaryMap!.AccountMFAEnabled).toBe(1);
    await iam.send(new DeactivateMFADeviceCommand({ SerialNumber }));
  });

  it('goes on with its user when that gets another name', async () => {
    const { user, clients } = await actor(fresh('mfa'), allow('*'));
    const device = await newDevice();
    await enable(device, user.UserName!);
    const NewUserName = fresh('renamed');
    await iam.send(new UpdateUserCommand({ UserName: user.UserName, NewUserName }));
    await outcrop.clock.advance(STEP_MS);
    const { SerialNumber } = device;
    const own = new IAMClient(clients);
    expect((await own.send(new ListMFADevicesCommand({}))).MFADevices).toMatchObject([{ UserName: NewUserName }]);
    await new STSClient(clients).send(new GetSessionTokenCommand({ SerialNumber, TokenCode: device.code() }));
  });
});
