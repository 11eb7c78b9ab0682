import {
  CreateAccessKeyCommand,
  CreateLoginProfileCommand,
  CreateUserCommand,
  GenerateCredentialReportCommand,
  GetCredentialReportCommand,
  UpdateAccessKeyCommand,
  UpdateAccountPasswordPolicyCommand,
} from '@aws-sdk/client-iam';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { expect, it } from 'vitest';
import { ACCOUNT, openIam, refusal } from './iam.fixture.ts';

const { outcrop, iam, fresh, actor, nowMs } = await openIam('credential-report');

const HOUR_MS = 3_600_000;
const time = (ms: number) => `${new Date(ms).toISOString().slice(0, 19)}+00:00`;

/** Asks until the report is there; its rows by user. */
async function newReport() {
  const states: string[] = [];
  for (;;) {
    const { State, Description } = await iam.send(new GenerateCredentialReportCommand({}));
    states.push(Description ? `${State}: ${Description}` : State!);
    if (State === 'COMPLETE') break;
    await outcrop.clock.advance(0);
  }
  const { Content, GeneratedTime, ReportFormat } = await iam.send(new GetCredentialReportCommand({}));
  const [head, ...lines] = Buffer.from(Content!).toString('utf8').trimEnd().split('\n');
  const columns = head!.split(',');
  const rows = lines.map((line) => Object.fromEntries(line.split(',').map((cell, at) => [columns[at]!, cell])));
  return { states, columns, rows, GeneratedTime, ReportFormat };
}

it('A credential report tells of every user and the root what they sign in with, and stands for four hours', async () => {
  expect(await refusal(iam.send(new GetCredentialReportCommand({})))).toMatchObject({
    name: 'CredentialReportNotPresentException',
    status: 410,
  });
  await iam.send(new UpdateAccountPasswordPolicyCommand({ MinimumPasswordLength: 8, MaxPasswordAge: 90 }));
  const plain = fresh('plain');
  await iam.send(new CreateUserCommand({ UserName: plain }));
  const { user, clients } = await actor(fresh('busy'));
  const { UserName } = user;
  await iam.send(new CreateLoginProfileCommand({ UserName, Password: 'Abcdef-123' }));
  const madeMs = nowMs();
  await outcrop.clock.advance(HOUR_MS);
  await new STSClient({ ...clients, region: 'eu-west-1' }).send(new GetCallerIdentityCommand({}));
  const usedMs = nowMs();
  const second = await iam.send(new CreateAccessKeyCommand({ UserName }));
  const AccessKeyId = second.AccessKey!.AccessKeyId;
  await iam.send(new UpdateAccessKeyCommand({ UserName, AccessKeyId, Status: 'Inactive' }));

  const report = await newReport();
  expect(report.states[0]).toBe('STARTED: No report exists. Starting a new report generation task');
  expect(report.ReportFormat).toBe('text/csv');
  expect(report.GeneratedTime).toEqual(new Date(nowMs()));
  expect(report.columns).toHaveLength(22);
  expect(report.rows.find((row) => row['user'] === UserName)).toEqual({
    user: UserName,
    arn: user.Arn,
    user_creation_time: time(madeMs),
    password_enabled: 'true',
    password_last_used: 'no_information',
    password_last_changed: time(madeMs),
    password_next_rotation: time(madeMs + 90 * 24 * HOUR_MS),
    mfa_active: 'false',
    access_key_1_active: 'true',
    access_key_1_last_rotated: time(madeMs),
    access_key_1_last_used_date: time(usedMs),
    access_key_1_last_used_region: 'eu-west-1',
    access_key_1_last_used_service: 'sts',
    access_key_2_active: 'false',
    access_key_2_last_rotated: time(usedMs),
    access_key_2_last_used_date: 'N/A',
    access_key_2_last_used_region: 'N/A',
    access_key_2_last_used_service: 'N/A',
    cert_1_active: 'false',
    cert_1_last_rotated: 'N/A',
    cert_2_active: 'false',
    cert_2_last_rotated: 'N/A',
  });
  expect(report.rows.find((row) => row['user'] === plain)).toMatchObject({
    password_enabled: 'false',
    password_next_rotation: 'N/A',
    access_key_1_active: 'false',
    access_key_1_last_rotated: 'N/A',
  });
  expect(report.rows[0]).toMatchObject({
    user: '<root_account>',
    arn: `arn:aws:iam::${ACCOUNT}:root`,
    password_last_changed: 'not_supported',
    access_key_1_active: 'true',
    access_key_1_last_used_service: 'iam',
  });

  const later = fresh('later');
  await iam.send(new CreateUserCommand({ UserName: later }));
  await outcrop.clock.advance(4 * HOUR_MS - 1);
  const same = await newReport();
  expect(same.states).toEqual(['COMPLETE']);
  expect(same.rows.map((row) => row['user'])).not.toContain(later);
  await outcrop.clock.advance(1);
  expect(await refusal(iam.send(new GetCredentialReportCommand({})))).toMatchObject({
    name: 'CredentialReportExpiredException',
    status: 410,
  });
  const anew = await newReport();
  expect(anew.states[0]).toMatch(/^STARTED: /);
  expect(anew.rows.map((row) => row['user'])).toContain(later);
});
