import { CloudTrailClient, paginateLookupEvents } from '@aws-sdk/client-cloudtrail';
import {
  ChangePasswordCommand,
  CreateAccessKeyCommand,
  CreateLoginProfileCommand,
  CreateServiceSpecificCredentialCommand,
  CreateVirtualMFADeviceCommand,
  EnableMFADeviceCommand,
  IAMClient,
  UpdateLoginProfileCommand,
  UploadServerCertificateCommand,
} from '@aws-sdk/client-iam';
import { expect, it } from 'vitest';
import { makeCertificate } from '../../../tests/certificate.ts';
import { allow, openIam, refusal } from './iam.fixture.ts';

const { outcrop, iam, fresh, actor, integer } = await openIam('secrets');

it('No record of a call tells a password, a key, a seed or a code', async () => {
  const { user, clients } = await actor(fresh('user'), allow('iam:*'));
  const { UserName } = user;
  const password = () => `Pass-${integer(1e8, 1e9)}`;
  const [first, second, third, short] = [password(), password(), password(), `x${integer(100, 999)}`];
  await iam.send(new CreateLoginProfileCommand({ UserName, Password: first }));
  await iam.send(new UpdateLoginProfileCommand({ UserName, Password: second }));
  const own = new IAMClient(clients);
  await own.send(new ChangePasswordCommand({ OldPassword: second, NewPassword: third }));
  expect(await refusal(own.send(new ChangePasswordCommand({ OldPassword: third, NewPassword: short })))).toMatchObject({
    name: 'PasswordPolicyViolationException',
    message: expect.not.stringContaining(short),
  });
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
  const { VirtualMFADevice } = await iam.send(
    new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: fresh('device') }),
  );
  const { SerialNumber, Base32StringSeed } = VirtualMFADevice!;
  const codes = { AuthenticationCode1: String(integer(100_000, 499_999)), AuthenticationCode2: '999999' };
  expect(await refusal(iam.send(new EnableMFADeviceCommand({ UserName, SerialNumber, ...codes })))).toMatchObject({
    name: 'InvalidAuthenticationCodeException',
  });
  const { ServiceSpecificCredential } = await iam.send(
    new CreateServiceSpecificCredentialCommand({ UserName, ServiceName: 'bedrock.amazonaws.com' }),
  );
  const { certificate, privateKey } = makeCertificate('server.example.com');
  const PrivateKey = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
  await iam.send(
    new UploadServerCertificateCommand({
      ServerCertificateName: fresh('cert'),
      CertificateBody: certificate,
      PrivateKey,
    }),
  );

  const told: string[] = [];
  const trail = new CloudTrailClient({ ...outcrop.clients, region: 'us-east-1' });
  for await (const page of paginateLookupEvents({ client: trail }, {}))
    told.push(...page.Events!.map(({ CloudTrailEvent }) => CloudTrailEvent!));
  const names = told.map((event) => (JSON.parse(event) as { eventName: string }).eventName);
  expect(names).toEqual(
    expect.arrayContaining([
      'ChangePassword',
      'CreateAccessKey',
      'CreateLoginProfile',
      'CreateServiceSpecificCredential',
      'CreateVirtualMFADevice',
      'EnableMFADevice',
      'UpdateLoginProfile',
      'UploadServerCertificate',
    ]),
  );
  const secrets = {
    first,
    second,
    third,
    short: `"${short}"`,
    key: AccessKey!.SecretAccessKey!,
    seed: Buffer.from(Base32StringSeed!).toString(),
    seedInBase64: Buffer.from(Base32StringSeed!).toString('base64'),
    code: `"${codes.AuthenticationCode1}"`,
    api: ServiceSpecificCredential!.ServiceCredentialSecret!,
    privateKey: PrivateKey.split('\n')[2]!,
  };
  const whole = told.join('\n');
  expect(whole).toContain(AccessKey!.AccessKeyId);
  for (const [what, secret] of Object.entries(secrets)) expect(whole.includes(secret), what).toBe(false);
});
