import { CreateVirtualMFADeviceCommand, EnableMFADeviceCommand } from '@aws-sdk/client-iam';
import { AssumeRoleCommand, GetSessionTokenCommand, STSClient } from '@aws-sdk/client-sts';
import { Secret, TOTP } from 'otpauth';
import { describe, expect, it } from 'vitest';
import { generator } from '../../src/kernel/ids.ts';
import { allow, identities, refusal, trust } from '../identities.ts';
import { startForTests, testSeed } from '../start.ts';

const random = generator(testSeed('threats: guessed codes'));
const fresh = (prefix: string) => `${prefix}-${Math.floor(random() * 1e9)}`;
const outcrop = await startForTests({ clock: { frozenAt: new Date('2031-05-05T12:00:00Z') } });
const { iam, user, role } = identities(outcrop);
const STEP_MS = 30_000;

/** A user whose key was stolen, and whose device was not. */
async function victim() {
  const anna = await user(fresh('anna'), allow('sts:*'));
  const { VirtualMFADevice } = await iam.send(
    new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: fresh('phone') }),
  );
  const secret = Secret.fromBase32(Buffer.from(VirtualMFADevice!.Base32StringSeed!).toString());
  const codeAt = (timestamp: number) => new TOTP({ secret }).generate({ timestamp });
  const nowMs = () => outcrop.clock.now().getTime();
  const SerialNumber = VirtualMFADevice!.SerialNumber!;
  await iam.send(
    new EnableMFADeviceCommand({
      UserName: anna.name,
      SerialNumber,
      AuthenticationCode1: codeAt(nowMs() - STEP_MS),
      AuthenticationCode2: codeAt(nowMs()),
    }),
  );
  await outcrop.clock.advance(3 * STEP_MS);
  return {
    ...anna,
    SerialNumber,
    code: () => codeAt(nowMs()),
    wrong: (n: number) => String((Number(codeAt(nowMs())) + 100_000 + n) % 1_000_000).padStart(6, '0'),
  };
}

describe('Somebody with a stolen key who guesses the codes of a device', () => {
  it('has a handful of guesses in half a minute: after them not even the right code is taken', async () => {
    const anna = await victim();
    const guess = (TokenCode: string) =>
      new STSClient(anna.clients).send(new GetSessionTokenCommand({ SerialNumber: anna.SerialNumber, TokenCode }));
    for (let n = 0; n < 5; n++) expect((await refusal(guess(anna.wrong(n)))).name).toBe('AccessDenied');
    expect((await refusal(guess(anna.code()))).message).toBe(
      'MultiFactorAuthentication failed with invalid MFA one time pass code.',
    );
    await outcrop.clock.advance(STEP_MS);
    await guess(anna.code());
  });

  it('has no more of them by guessing at once, or by another way in', async () => {
    const anna = await victim();
    const any = await role(fresh('any'), trust({ AWS: anna.arn }));
    const sts = new STSClient(anna.clients);
    const ways = [
      (TokenCode: string) => sts.send(new GetSessionTokenCommand({ SerialNumber: anna.SerialNumber, TokenCode })),
      (TokenCode: string) =>
        sts.send(
          new AssumeRoleCommand({
            RoleArn: any.arn,
            RoleSessionName: 'one',
            SerialNumber: anna.SerialNumber,
            TokenCode,
          }),
        ),
    ];
    await Promise.all(Array.from({ length: 12 }, (_, n) => refusal(ways[n % 2]!(anna.wrong(n)))));
    for (const way of ways) expect((await refusal(way(anna.code()))).name).toBe('AccessDenied');
  });

  it('does not keep its owner out for longer than that, nor lets wrong codes add up', async () => {
    const anna = await victim();
    const guess = (TokenCode: string) =>
      new STSClient(anna.clients).send(new GetSessionTokenCommand({ SerialNumber: anna.SerialNumber, TokenCode }));
    for (let step = 0; step < 3; step++) {
      for (let n = 0; n < 4; n++) await refusal(guess(anna.wrong(n)));
      await guess(anna.code());
      await outcrop.clock.advance(3 * STEP_MS);
    }
  });
});
