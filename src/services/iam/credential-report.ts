import {
  CredentialReportExpiredException,
  CredentialReportNotPresentException,
  CredentialReportNotReadyException,
} from '@aws-sdk/client-iam';
import type { Blob } from '../../kernel/blobs/blobs.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import type { Credential } from '../../kernel/principals/principals.ts';
import { accounts, users } from '../../kernel/principals/records.ts';
import type { Handlers, ServiceJob } from '../../kernel/service.ts';
import { collection } from '../../kernel/store/store.ts';
import { keysOf } from './access-keys.ts';
import { CREDENTIAL_REPORT_MS } from './credential-limits.ts';
import { loginProfileOf, passwordExpiresAtMs } from './login-profiles.ts';
import { devicesOf } from './mfa-devices.ts';
import { ownerOf, rootOwner, type Owner } from './owner.ts';
import { signingCertificatesOf } from './signing-certificates.ts';

type Iam = Handlers<typeof import('@aws-sdk/client-iam')>;

/** An account's latest report; without content while it is being made. Keyed by account. */
type CredentialReport = { job: string; content?: Blob; generatedAtMs?: number };

const reports = collection<CredentialReport>('iam/credential-report');
const KIND = 'iam/credential-report';

const isOld = ({ generatedAtMs }: CredentialReport, nowMs: number) =>
  generatedAtMs !== undefined && nowMs - generatedAtMs >= CREDENTIAL_REPORT_MS;

/** Begins a report, unless one is being made or the last is less than four hours old. */
export const GenerateCredentialReport: Iam['GenerateCredentialReport'] = ({ account, partition, kernel }) =>
  kernel.store.transact(async (tx) => {
    const report = await tx.get(reports, [account]);
    if (report && report.generatedAtMs === undefined) return { State: 'INPROGRESS' as const };
    if (report && !isOld(report, kernel.clock.now())) return { State: 'COMPLETE' as const };
    const job = kernel.ids.uuid();
    if (report?.content) await kernel.blobs.release(tx, report.content);
    tx.put(reports, [account], { job });
    await kernel.jobs.submit<Input>(tx, { kind: KIND, id: job, input: { account, partition } });
    return {
      State: 'STARTED' as const,
      Description: report
        ? 'Report is older than four hours. Starting a new report generation task'
        : 'No report exists. Starting a new report generation task',
    };
  });

export const GetCredentialReport: Iam['GetCredentialReport'] = async ({ account, kernel }) => {
  const report = await kernel.store.get(reports, [account]);
  const error = (message: string) => ({ message, $metadata: {} });
  if (!report) throw new CredentialReportNotPresentException(error('The credential report does not exist.'));
  if (!report.content) throw new CredentialReportNotReadyException(error('The credential report is being generated.'));
  if (isOld(report, kernel.clock.now()))
    throw new CredentialReportExpiredException(error('The most recent credential report has expired.'));
  return {
    Content: await kernel.blobs.bytes(report.content),
    ReportFormat: 'text/csv',
    GeneratedTime: new Date(report.generatedAtMs!),
  };
};

type Input = { account: string; partition: string };

export const credentialReportJob: ServiceJob<Input> = {
  async run({ job, kernel, signal }) {
    const { account } = job.input;
    const generatedAtMs = kernel.clock.now();
    const content = await kernel.blobs.put(lines(kernel, job.input, signal));
    const kept = await kernel.store.transact(async (tx) => {
      if ((await tx.get(reports, [account]))?.job !== job.id) return false;
      await kernel.blobs.retain(tx, content);
      tx.put(reports, [account], { job: job.id, content, generatedAtMs });
      return true;
    });
    if (!kept) await kernel.blobs.discard(content);
  },
  async ended(tx, job) {
    const report = await tx.get(reports, [job.input.account]);
    // One that could not be made is asked for anew.
    if (job.state !== 'completed' && report?.job === job.id) tx.delete(reports, [job.input.account]);
  },
};

const KEY_COLUMNS = ['active', 'last_rotated', 'last_used_date', 'last_used_region', 'last_used_service'];
/** Source: IAM User Guide, "Generate credential reports for your AWS account". */
const COLUMNS = [
  'user',
  'arn',
  'user_creation_time',
  'password_enabled',
  'password_last_used',
  'password_last_changed',
  'password_next_rotation',
  'mfa_active',
  ...[1, 2].flatMap((n) => KEY_COLUMNS.map((column) => `access_key_${n}_${column}`)),
  ...[1, 2].flatMap((n) => ['active', 'last_rotated'].map((column) => `cert_${n}_${column}`)),
];

async function* lines(kernel: Kernel, input: Input, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  yield line(COLUMNS);
  yield line(await rootRow(kernel, input));
  for await (const { value } of kernel.store.all(users, [input.account])) {
    signal.throwIfAborted();
    yield line(await row(kernel, ownerOf(value)));
  }
}

/** Names may hold commas. */
const line = (cells: string[]) =>
  Buffer.from(`${cells.map((cell) => (cell.includes(',') ? `"${cell}"` : cell)).join(',')}\n`);

const NONE = 'N/A';
const time = (ms: number | undefined, none = NONE) =>
  ms === undefined ? none : `${new Date(ms).toISOString().slice(0, 19)}+00:00`;

async function rootRow(kernel: Kernel, input: Input): Promise<string[]> {
  const owner = rootOwner(input);
  const made = (await kernel.store.get(accounts, [input.account]))?.createdAtMs;
  return [
    '<root_account>',
    owner.arn,
    time(made, 'no_information'),
    'false',
    NONE,
    'not_supported',
    'not_supported',
    ...(await others(kernel, owner)),
  ];
}

async function row(kernel: Kernel, owner: Owner): Promise<string[]> {
  const { name, createdAtMs } = owner.user!;
  const profile = await loginProfileOf(kernel.store, owner);
  // Nobody signs in with a password here: there is no console that asks for one.
  const password = profile
    ? [
        'true',
        'no_information',
        time(profile.setAtMs),
        time(await passwordExpiresAtMs(kernel.store, owner.account, profile)),
      ]
    : ['false', NONE, NONE, NONE];
  return [name, owner.arn, time(createdAtMs), ...password, ...(await others(kernel, owner))];
}

/** The columns of second factors, keys and certificates. */
async function others(kernel: Kernel, owner: Owner): Promise<string[]> {
  const devices = await devicesOf(kernel.store, owner);
  const keys = await keysOf(kernel, owner);
  const certificates = await signingCertificatesOf(kernel.store, owner);
  const cells = [String(devices.length > 0)];
  for (const key of [keys[0], keys[1]]) cells.push(...(await keyCells(kernel, key)));
  for (const certificate of [certificates[0], certificates[1]])
    cells.push(String(certificate !== undefined && !certificate.inactive), time(certificate?.uploadedAtMs));
  return cells;
}

async function keyCells(kernel: Kernel, key: Credential | undefined): Promise<string[]> {
  if (!key) return ['false', NONE, NONE, NONE, NONE];
  const used = await kernel.trail.keyUsed(key.accessKeyId);
  return [
    String(!key.inactive),
    time(key.createdAtMs, 'no_information'),
    time(used?.timeMs),
    used?.region ?? NONE,
    used?.service ?? NONE,
  ];
}
