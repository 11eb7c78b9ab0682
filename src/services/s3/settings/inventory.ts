import type { InventoryConfiguration } from '@aws-sdk/client-s3';
import type { Call } from '../../../kernel/call.ts';
import { AwsError } from '../../../kernel/errors.ts';
import { pageToken, parseArn, readPageToken } from '../../../kernel/resources.ts';
import type { Handlers } from '../../../kernel/service.ts';
import type { Transaction } from '../../../kernel/store/store.ts';
import { getBucket } from '../buckets.ts';
import { invalidArgument, malformedXml, notImplemented } from '../errors.ts';
import { bucketSettings, buckets, type Bucket } from '../records.ts';
import { isReported } from './inventory-job.ts';
import { midnightAfter } from './lifecycle-rules.ts';
import { DAY_MS, INVENTORY_CONFIGURATIONS_MAX } from './limits.ts';
import { change } from './setting.ts';
import { readSetting } from './stored.ts';

type S3 = Handlers<typeof import('@aws-sdk/client-s3')>;

/** Configurations in one page of a list. */
const PAGE = 100;
const ID = /^[A-Za-z0-9._-]{1,64}$/;

export const PutBucketInventoryConfiguration: S3['PutBucketInventoryConfiguration'] = async (call, input) => {
  const configuration = input.InventoryConfiguration;
  if (!configuration) throw malformedXml();
  check(configuration, input.Id);
  await change(call, input, async (tx, bucket) => {
    await checkDestination(tx, bucket, configuration);
    const known = (await readSetting(tx, bucket.name, 'inventory')) ?? [];
    const others = known.filter(({ Id }) => Id !== configuration.Id);
    if (others.length >= INVENTORY_CONFIGURATIONS_MAX) {
      const message = `You are attempting to create a new configuration but have already reached the ${INVENTORY_CONFIGURATIONS_MAX.toLocaleString('en')}-configuration limit.`;
      throw new AwsError('TooManyConfigurations', message);
    }
    const all = [...others, configuration].sort((a, b) => (a.Id! < b.Id! ? -1 : 1));
    tx.put(bucketSettings, [bucket.name, 'inventory'], all);
    const runAtMs = midnightAfter(call.kernel.clock.now(), 0);
    const { jobs } = call.kernel;
    await jobs.submit(tx, {
      kind: 's3/inventory',
      id: bucket.name,
      input: { bucket: bucket.name },
      runAtMs,
      everyMs: DAY_MS,
    });
  });
  return {};
};

export const GetBucketInventoryConfiguration: S3['GetBucketInventoryConfiguration'] = async (call, input) => {
  const found = (await configurationsOf(call, input)).find(({ Id }) => Id === input.Id);
  if (!found) throw noSuchConfiguration();
  return { InventoryConfiguration: found };
};

export const ListBucketInventoryConfigurations: S3['ListBucketInventoryConfigurations'] = async (call, input) => {
  const all = await configurationsOf(call, input);
  const fail = () => invalidArgument('The continuation token provided is incorrect', 'continuation-token');
  const after = readPageToken<{ after: string }>(input.ContinuationToken, fail)?.after ?? '';
  const left = all.filter(({ Id }) => Id! > after);
  const page = left.slice(0, PAGE);
  const more = left.length > PAGE;
  return {
    InventoryConfigurationList: page,
    IsTruncated: more,
    ...(input.ContinuationToken === undefined ? {} : { ContinuationToken: input.ContinuationToken }),
    ...(more ? { NextContinuationToken: pageToken({ after: page.at(-1)!.Id! }) } : {}),
  };
};

export const DeleteBucketInventoryConfiguration: S3['DeleteBucketInventoryConfiguration'] = async (call, input) => {
  await change(call, input, async (tx, bucket) => {
    const known = (await readSetting(tx, bucket.name, 'inventory')) ?? [];
    const left = known.filter(({ Id }) => Id !== input.Id);
    if (left.length === known.length) throw noSuchConfiguration();
    tx.put(bucketSettings, [bucket.name, 'inventory'], left);
    if (left.length === 0) await call.kernel.jobs.remove(tx, 's3/inventory', bucket.name);
  });
  return {};
};

type Target = { Bucket?: string | undefined; ExpectedBucketOwner?: string | undefined };

async function configurationsOf(call: Call, input: Target): Promise<InventoryConfiguration[]> {
  const bucket = await getBucket(call, input.Bucket!, input.ExpectedBucketOwner);
  return (await readSetting(call.kernel.store, bucket.name, 'inventory')) ?? [];
}

const noSuchConfiguration = () =>
  new AwsError('NoSuchConfiguration', 'The specified configuration does not exist.', 404);

function check(configuration: InventoryConfiguration, id: string | undefined): void {
  const { Id, IsEnabled, IncludedObjectVersions, Schedule, Destination } = configuration;
  if (Id === undefined || !ID.test(Id)) throw invalidArgument('The inventory configuration ID is not valid', 'Id', Id);
  if (Id !== id) throw new AwsError('IdMismatch', 'Document ID does not match the specified configuration ID.');
  if (IsEnabled === undefined) throw malformedXml();
  if (IncludedObjectVersions !== 'All' && IncludedObjectVersions !== 'Current') throw malformedXml();
  if (Schedule?.Frequency !== 'Daily' && Schedule?.Frequency !== 'Weekly') throw malformedXml();
  const target = Destination?.S3BucketDestination;
  if (!target?.Bucket || !target.Format) throw malformedXml();
  if (target.Format !== 'CSV') throw notImplemented(`inventory Format ${target.Format}`);
  const unknown = configuration.OptionalFields?.find((field) => !isReported(field));
  if (unknown !== undefined) throw notImplemented(`inventory field ${unknown}`);
}

async function checkDestination(
  tx: Transaction,
  bucket: Bucket,
  { Destination }: InventoryConfiguration,
): Promise<void> {
  const { Bucket: bucketArn, AccountId } = Destination!.S3BucketDestination!;
  const parsed = parseArn(bucketArn!);
  const target = parsed?.service === 's3' ? await tx.get(buckets, [parsed.resource]) : undefined;
  if (target && target.region === bucket.region && (AccountId === undefined || AccountId === target.account)) return;
  throw new AwsError(
    'InvalidS3DestinationBucket',
    'The specified S3 destination bucket is not valid: it must be in the same region.',
  );
}
