import type { Call } from '../../kernel/call.ts';
import { AwsError } from '../../kernel/errors.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { servicePrincipal } from '../../kernel/principals/principal.ts';
import { parseArn } from '../../kernel/resources.ts';
import type { Handlers, ServiceJob } from '../../kernel/service.ts';
import type { Transaction } from '../../kernel/store/store.ts';
import { applyChange, changeSecret } from './change.ts';
import { newVersion, readVersions, removeVersion } from './history.ts';
import { SERVICE } from './encryption.ts';
import { invalidParameter, invalidRequest, notHonoured } from './errors.ts';
import { publish } from './events.ts';
import { ROTATION_ATTEMPTS_MAX } from './limits.ts';
import { openPrimary } from './lookup.ts';
import { secrets, type Secret, type Version } from './records.ts';
import { checkRules, continueSchedule, stopSchedule } from './schedule.ts';
import { CURRENT, moveStage, PENDING, versionAt } from './stages.ts';
import { tokenOf } from './values.ts';

type SecretsManager = Handlers<typeof import('@aws-sdk/client-secrets-manager')>;

/** Source: User Guide, "Rotation by Lambda function". */
const STEPS = ['createSecret', 'setSecret', 'testSecret', 'finishSecret'] as const;
type Step = (typeof STEPS)[number];

type Place = { account: string; region: string; name: string };
type Work = Place & { arn: string; versionId: string; isTest: boolean };

export const ROTATION_KIND = 'secrets-manager/rotation';

/** The rotation, when the last one is not complete: a version is pending that is not the current one. */
function unfinished(all: readonly Version[]): Version | undefined {
  const pending = versionAt(all, PENDING);
  return pending && !pending.stages.includes(CURRENT) ? pending : undefined;
}

/** Announces the new version and has it made. @param isTest only `testSecret` is run, and the version is gone after */
async function begin(
  kernel: Kernel,
  tx: Transaction,
  secret: Secret,
  all: Version[],
  versionId: string,
  isTest: boolean,
): Promise<void> {
  const rotation = secret.rotation!;
  let version = all.find((one) => one.versionId === versionId);
  if (!version) all.push((version = newVersion(secret, versionId, kernel.clock.now())));
  moveStage(all, PENDING, version);
  const rotationToken = kernel.ids.uuid();
  const { account, region, name, arn } = secret;
  const work: Work = { account, region, name, arn, versionId, isTest };
  const jobId = await kernel.jobs.submit(tx, { kind: ROTATION_KIND, input: work });
  rotation.attempt = { versionId, rotationToken, jobId, isTest };
  await publish(kernel, tx, secret, isTest ? 'TestRotationStarted' : 'RotationStarted');
}

/** Has an unfinished rotation tried again, unless that is under way. */
async function resume(kernel: Kernel, tx: Transaction, secret: Secret, all: Version[]): Promise<void> {
  const pending = unfinished(all)!;
  const { attempt } = secret.rotation!;
  if (attempt?.versionId === pending.versionId) {
    const job = await kernel.jobs.get(tx, ROTATION_KIND, attempt.jobId);
    if (job?.state === 'pending' || job?.state === 'running') return;
  }
  await begin(kernel, tx, secret, all, pending.versionId, false);
}

const requireInvoke = (call: Call, resource: string) => call.require({ action: 'lambda:InvokeFunction', resource });

/** Asks what `RotateSecret` asks as it works, of a secret that may not be here. */
export async function askOfRotation(
  call: Call,
  { SecretId, RotationLambdaARN }: { SecretId: string | undefined; RotationLambdaARN?: string | undefined },
): Promise<void> {
  const stored = () =>
    openPrimary(call, SecretId!).then(
      ({ rotation }) => rotation?.lambdaArn,
      () => undefined,
    );
  const lambdaArn = RotationLambdaARN || (await stored());
  if (lambdaArn) await requireInvoke(call, lambdaArn);
}

/** The function's ARN, once the caller may invoke it, and Secrets Manager too. */
async function checkFunction(call: Call, secret: Secret, lambdaArn: string): Promise<string> {
  const parsed = parseArn(lambdaArn);
  if (parsed?.service !== 'lambda' || !parsed.resource.startsWith('function:'))
    throw invalidParameter(`Invalid RotationLambdaARN ${lambdaArn}.`);
  await requireInvoke(call, lambdaArn);
  try {
    await invoke(call.kernel, secret, lambdaArn, { InvocationType: 'DryRun' });
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    if (error instanceof AwsError && error.status >= 500) throw error;
    throw new AwsError(
      'AccessDeniedException',
      'Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy grants access to the principal secretsmanager.amazonaws.com.',
      400,
      {},
      { cause: error },
    );
  }
  return lambdaArn;
}

/** Configures rotation, and begins one. Source: API Reference, RotateSecret. */
export const RotateSecret: SecretsManager['RotateSecret'] = async (call, input) => {
  if (input.ExternalSecretRotationMetadata !== undefined || input.ExternalSecretRotationRoleArn !== undefined)
    throw notHonoured(
      input.ExternalSecretRotationMetadata === undefined
        ? 'ExternalSecretRotationRoleArn'
        : 'ExternalSecretRotationMetadata',
      'managed external secrets are rotated at a third party.',
    );
  const rules = input.RotationRules && checkRules(input.RotationRules);
  const token = tokenOf(input.ClientRequestToken);
  const seen = await openPrimary(call, input.SecretId!);
  const lambdaArn = input.RotationLambdaARN || seen.rotation?.lambdaArn;
  if (lambdaArn === undefined) throw invalidRequest('No Lambda rotation function ARN is associated with this secret.');
  await checkFunction(call, seen, lambdaArn);
  const { kernel } = call;
  const outcome = await changeSecret(call, seen.arn, async (secret, all, tx) => {
    const { rotation } = secret;
    if (rotation?.attempt?.versionId === token && versionAt(all, PENDING)?.versionId === token) return 'begun';
    if (rotation && unfinished(all)) {
      await resume(kernel, tx, secret, all);
      return 'unfinished';
    }
    if (all.some(({ versionId }) => versionId === token))
      throw invalidRequest(`You can't use ClientRequestToken ${token} because that value is already in use.`);
    await stopSchedule(kernel, tx, secret);
    secret.rotation = {
      ...rotation,
      enabled: true,
      lambdaArn,
      ...(rules ? { rules } : {}),
    };
    await continueSchedule(kernel, tx, secret);
    await begin(kernel, tx, secret, all, token, input.RotateImmediately === false);
    return 'begun';
  });
  if (outcome === 'unfinished')
    throw invalidRequest("A previous rotation isn't complete. That rotation will be reattempted.");
  return { ARN: seen.arn, Name: seen.name, VersionId: token };
};

/** Turns rotation off, and stops one that is under way. Labels stay as they are. Source: API Reference, CancelRotateSecret. */
export const CancelRotateSecret: SecretsManager['CancelRotateSecret'] = (call, input) =>
  changeSecret(call, input.SecretId!, async (secret, all, tx) => {
    if (!secret.rotation) throw invalidRequest('No Lambda rotation function ARN is associated with this secret.');
    await stopSchedule(call.kernel, tx, secret);
    secret.rotation = { ...secret.rotation, enabled: false };
    const pending = unfinished(all);
    return { ARN: secret.arn, Name: secret.name, ...(pending ? { VersionId: pending.versionId } : {}) };
  });

/** Begins the rotation that a schedule set, and sets the next. */
export const scheduleJob: ServiceJob<Place> = {
  async run({ job, kernel }) {
    return kernel.store.transact(async (tx) => {
      const { account, region, name } = job.input;
      const secret = await tx.get(secrets, [account, region, name]);
      if (secret?.rotation?.scheduleId !== job.id || !secret.rotation.enabled) return { begun: false };
      delete secret.rotation.scheduleId;
      return applyChange(asService(kernel, secret), tx, secret, async (all) => {
        await continueSchedule(kernel, tx, secret);
        if (secret.deletion) return { begun: false };
        if (unfinished(all)) await resume(kernel, tx, secret, all);
        else await begin(kernel, tx, secret, all, kernel.ids.uuid(), false);
        return { begun: true };
      });
    });
  },
};

/** Runs the steps of one rotation. Begun anew it runs all of them again: rotation functions are made for that. */
export const rotationJob: ServiceJob<Work> = {
  attemptsMax: ROTATION_ATTEMPTS_MAX,
  async run({ job, kernel, signal }) {
    const work = job.input;
    try {
      for (const step of work.isTest ? (['testSecret'] as const) : STEPS) {
        const secret = await standing(kernel, work, job.id);
        if (!secret) return await abandon(kernel, work, job.id);
        await runStep(kernel, secret, work, step, signal);
      }
      return await conclude(kernel, work, job.id);
    } catch (error) {
      await change(kernel, work, job.id, async (secret, all, tx) => {
        if (work.isTest) dropTest(tx, secret, all, work);
        await publish(kernel, tx, secret, work.isTest ? 'TestRotationFailed' : 'RotationFailed');
      });
      throw error;
    }
  },
};

/** The secret, while this job is still the one to rotate it. */
async function standing(kernel: Kernel, work: Work, jobId: string): Promise<Secret | undefined> {
  const secret = await kernel.store.get(secrets, [work.account, work.region, work.name]);
  if (secret?.arn !== work.arn || secret.deletion || !secret.rotation?.enabled) return undefined;
  if (secret.rotation.attempt?.jobId !== jobId) return undefined;
  const version = (await readVersions(kernel.store, work.arn)).find(({ versionId }) => versionId === work.versionId);
  return version?.stages.some((stage) => stage === PENDING || stage === CURRENT) ? secret : undefined;
}

async function runStep(kernel: Kernel, secret: Secret, work: Work, step: Step, signal: AbortSignal): Promise<void> {
  const { lambdaArn, attempt } = secret.rotation!;
  const event = {
    Step: step,
    SecretId: secret.arn,
    ClientRequestToken: work.versionId,
    RotationToken: attempt!.rotationToken,
  };
  const { FunctionError, Payload } = await invoke(
    kernel,
    secret,
    lambdaArn,
    { InvocationType: 'RequestResponse', Payload: Buffer.from(JSON.stringify(event)) },
    signal,
  );
  if (FunctionError === undefined) return;
  throw new Error(`the step ${step} of the rotation failed: ${errorMessage(Payload) ?? FunctionError}`);
}

/** What the function says went wrong: its payload is `{errorMessage, errorType, …}` then. */
function errorMessage(payload: unknown): string | undefined {
  if (!(payload instanceof Uint8Array)) return undefined;
  try {
    const said: unknown = JSON.parse(Buffer.from(payload).toString());
    return (said as { errorMessage?: string } | null)?.errorMessage;
  } catch {
    return undefined;
  }
}

type Invocation = { InvocationType: 'DryRun' | 'RequestResponse'; Payload?: Uint8Array };

/** Secrets Manager invokes by itself, for the secret: the function's policy can hold it to that. */
function invoke(kernel: Kernel, secret: Secret, lambdaArn: string, input: Invocation, signal?: AbortSignal) {
  return kernel.calls.send<{ FunctionError?: string; Payload?: unknown }>({
    service: 'lambda',
    operation: 'Invoke',
    input: { FunctionName: lambdaArn, ...input },
    principal: asService(kernel, secret).principal,
    region: parseArn(lambdaArn)!.region,
    invokedBy: SERVICE,
    ...(signal ? { signal } : {}),
  });
}

const asService = (kernel: Kernel, { account, arn }: Secret) => ({
  kernel,
  principal: servicePrincipal(SERVICE, account, { sourceArn: arn, sourceAccount: account }),
  via: [] as string[],
});

/** Changes the secret while this job is still the one to rotate it. */
function change(
  kernel: Kernel,
  work: Work,
  jobId: string,
  apply: (secret: Secret, all: Version[], tx: Transaction) => void | Promise<void>,
): Promise<boolean> {
  return kernel.store.transact(async (tx) => {
    const secret = await tx.get(secrets, [work.account, work.region, work.name]);
    if (secret?.arn !== work.arn || secret.rotation?.attempt?.jobId !== jobId) return false;
    await applyChange(asService(kernel, secret), tx, secret, (all) => apply(secret, all, tx));
    return true;
  });
}

/** The version of a test is gone after it. */
function dropTest(tx: Transaction, secret: Secret, all: Version[], work: Work): void {
  const at = all.findIndex(({ versionId, value }) => versionId === work.versionId && !value);
  if (at >= 0) {
    all.splice(at, 1);
    removeVersion(tx, secret.arn, work.versionId);
  }
  delete secret.rotation!.attempt;
}

async function conclude(kernel: Kernel, work: Work, jobId: string): Promise<unknown> {
  await change(kernel, work, jobId, async (secret, all, tx) => {
    if (work.isTest) {
      dropTest(tx, secret, all, work);
      await publish(kernel, tx, secret, 'TestRotationSucceeded');
      return;
    }
    if (versionAt(all, CURRENT)?.versionId !== work.versionId)
      throw new Error('the rotation ended without its version being AWSCURRENT');
    secret.rotation!.rotatedAtMs = kernel.clock.now();
    delete secret.rotation!.attempt;
    await continueSchedule(kernel, tx, secret);
    await publish(kernel, tx, secret, 'RotationSucceeded');
  });
  return { rotated: !work.isTest };
}

async function abandon(kernel: Kernel, work: Work, jobId: string): Promise<unknown> {
  await change(kernel, work, jobId, async (secret, all, tx) => {
    if (work.isTest) dropTest(tx, secret, all, work);
    delete secret.rotation!.attempt;
    await publish(kernel, tx, secret, 'RotationAbandoned');
  });
  return { rotated: false };
}
