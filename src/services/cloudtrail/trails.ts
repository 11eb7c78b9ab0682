import type { CreateTrailCommandInput, UpdateTrailCommandInput } from '@aws-sdk/client-cloudtrail';
import type { Call } from '../../kernel/call.ts';
import type { Handlers } from '../../kernel/service.ts';
import { page } from '../../kernel/resources.ts';
import { checkBucket, checkPrefix, resolveKey } from './bucket.ts';
import { beginDigests } from './digests.ts';
import { distribute } from './distribution.ts';
import { fault, notBuilt } from './errors.ts';
import { tellInterest } from './interest.ts';
import { TRAILS_MAX, TRAILS_PAGE } from './limits.ts';
import { checkTrailName, findTrail, openTrail, openTrailAtHome, trailArn } from './names.ts';
import { organizationFor } from './organization.ts';
import { deliveryStates, trails, type Trail } from './records.ts';
import { readTags } from './tag-lists.ts';

type CloudTrail = Handlers<typeof import('@aws-sdk/client-cloudtrail')>;

/** Trails: what is logged goes to a bucket. */
export const CreateTrail: CloudTrail['CreateTrail'] = async (call, input) => {
  refuseUnbuilt(input);
  const name = input.Name!;
  checkTrailName(name);
  const trail: Trail = {
    account: call.account,
    region: call.region,
    name,
    arn: trailArn(call, name),
    bucket: input.S3BucketName!,
    ...(input.S3KeyPrefix ? { prefix: checkPrefix(input.S3KeyPrefix) } : {}),
    includeGlobal: input.IncludeGlobalServiceEvents ?? true,
    multiRegion: input.IsMultiRegionTrail ?? false,
    validation: input.EnableLogFileValidation ?? false,
    ...(input.KmsKeyId ? { kmsKeyId: await resolveKey(call, input.KmsKeyId) } : {}),
    organization: input.IsOrganizationTrail ?? false,
    recursive: input.RecursiveLogging ?? true,
    insights: [],
    tags: readTags(input.TagsList),
    logging: false,
    createdAtMs: call.kernel.clock.now(),
  };
  checkCombination(trail);
  const { kernel } = call;
  await refuseStanding(call, name);
  const organization = await organizationFor(call, trail.organization);
  await checkBucket(call, trail, organization);
  await kernel.store.transact(async (tx) => {
    const all = (await tx.range(trails, [call.account])).map(({ value }) => value);
    if (all.some((one) => one.name === name && (one.region === call.region || one.multiRegion || trail.multiRegion)))
      throw exists(call, name);
    const here = all.filter((one) => one.region === call.region || one.multiRegion);
    if (here.length >= TRAILS_MAX)
      throw fault(
        'MaximumNumberOfTrailsExceededException',
        `User: ${call.account} already has ${TRAILS_MAX} trails in ${call.region}.`,
      );
    tx.put(trails, [trail.account, trail.region, name], trail);
    await tellInterest(kernel, tx, call.account, organization);
  });
  return describe(trail);
};

async function refuseStanding(call: Call, name: string): Promise<void> {
  if (await call.kernel.store.get(trails, [call.account, call.region, name])) throw exists(call, name);
}

const exists = (call: Call, name: string) =>
  fault('TrailAlreadyExistsException', `Trail ${name} already exists for customer: ${call.account}`);

function refuseUnbuilt(input: CreateTrailCommandInput | UpdateTrailCommandInput): void {
  if (input.SnsTopicName) throw notBuilt('SnsTopicName: Amazon SNS');
  const { CloudWatchLogsLogGroupArn: group, CloudWatchLogsRoleArn: role } = input;
  if (group && !role)
    throw fault(
      'InvalidCloudWatchLogsRoleArnException',
      'You must specify a CloudWatch Logs role ARN together with a log group ARN.',
    );
  if (role && !group)
    throw fault(
      'InvalidCloudWatchLogsLogGroupArnException',
      'You must specify a log group ARN together with a CloudWatch Logs role ARN.',
    );
  if (group) throw notBuilt('CloudWatchLogsLogGroupArn: Amazon CloudWatch Logs');
}

function checkCombination({ multiRegion, includeGlobal }: Trail): void {
  if (multiRegion && !includeGlobal)
    throw fault('InvalidParameterCombinationException', 'Multi-Region trail must include global service events.');
}

export const UpdateTrail: CloudTrail['UpdateTrail'] = async (call, input) => {
  refuseUnbuilt(input);
  const { kernel } = call;
  const before = await openTrailAtHome(call, kernel.store, input.Name!);
  // An empty key takes the encryption away, an absent one leaves it.
  const kmsKeyId =
    input.KmsKeyId === undefined ? before.kmsKeyId : input.KmsKeyId && (await resolveKey(call, input.KmsKeyId));
  const change = (trail: Trail): Trail => {
    const { prefix: oldPrefix, kmsKeyId: _key, ...rest } = trail;
    const prefix = input.S3KeyPrefix === undefined ? oldPrefix : checkPrefix(input.S3KeyPrefix);
    return {
      ...rest,
      bucket: input.S3BucketName ?? trail.bucket,
      ...(prefix ? { prefix } : {}),
      includeGlobal: input.IncludeGlobalServiceEvents ?? trail.includeGlobal,
      multiRegion: input.IsMultiRegionTrail ?? trail.multiRegion,
      validation: input.EnableLogFileValidation ?? trail.validation,
      ...(kmsKeyId ? { kmsKeyId } : {}),
      organization: input.IsOrganizationTrail ?? trail.organization,
      recursive: input.RecursiveLogging ?? trail.recursive,
    };
  };
  const next = change(before);
  checkCombination(next);
  const organization = await organizationFor(call, next.organization && !before.organization);
  const elsewhere = next.bucket !== before.bucket || next.prefix !== before.prefix || next.kmsKeyId !== before.kmsKeyId;
  if (elsewhere || next.organization !== before.organization) await checkBucket(call, next, organization);
  await distribute(kernel, call.account);
  const trail = await kernel.store.transact(async (tx) => {
    const standing = await openTrailAtHome(call, tx, input.Name!);
    const changed = withDigests(change(standing), kernel.clock.now());
    tx.put(trails, [changed.account, changed.region, changed.name], changed);
    if (changed.digestSinceMs !== undefined && changed.digestSinceMs !== standing.digestSinceMs)
      await beginDigests(kernel, tx, changed, organization);
    await tellInterest(kernel, tx, call.account, organization);
    return changed;
  });
  return describe(trail);
};

/** Log files are put on digests while a trail logs and asks for it. */
export function withDigests(trail: Trail, nowMs: number): Trail {
  const { digestSinceMs, ...rest } = trail;
  return trail.logging && trail.validation ? { ...rest, digestSinceMs: digestSinceMs ?? nowMs } : rest;
}

export const DeleteTrail: CloudTrail['DeleteTrail'] = async (call, input) => {
  const { kernel } = call;
  const { account } = await openTrailAtHome(call, kernel.store, input.Name!);
  // What was logged until now is still delivered.
  await distribute(kernel, account);
  const organization = await kernel.principals.organizationOf(account);
  await kernel.store.transact(async (tx) => {
    const trail = await openTrailAtHome(call, tx, input.Name!);
    tx.delete(trails, [trail.account, trail.region, trail.name]);
    tx.delete(deliveryStates, [trail.arn]);
    await tellInterest(kernel, tx, account, organization);
  });
  return {};
};

export const GetTrail: CloudTrail['GetTrail'] = async (call, input) => ({
  Trail: describeWhole(await openTrail(call, call.kernel.store, input.Name!)),
});

/** The trails of this region, with those of all regions that have their home elsewhere unless they are not wanted. */
export const DescribeTrails: CloudTrail['DescribeTrails'] = async (call, input) => {
  const { trailNameList = [], includeShadowTrails = true } = input;
  const { store } = call.kernel;
  if (trailNameList.length === 0) {
    const all = (await store.range(trails, [call.account])).map(({ value }) => value);
    const here = all.filter(
      ({ region, multiRegion }) => region === call.region || (multiRegion && includeShadowTrails),
    );
    return { trailList: here.map(describeWhole) };
  }
  const found = await Promise.all(trailNameList.map((name) => findTrail(call, store, name)));
  const shown = found.filter((trail) => trail !== undefined && (includeShadowTrails || trail.region === call.region));
  return { trailList: shown.map((trail) => describeWhole(trail!)) };
};

/** The trails of all regions. */
export const ListTrails: CloudTrail['ListTrails'] = async (call, input) => {
  const all = (await call.kernel.store.range(trails, [call.account])).map(({ value }) => value);
  const { items, nextToken } = page(all, input.NextToken, TRAILS_PAGE, () =>
    fault('InvalidTokenException', 'The NextToken is not valid.'),
  );
  return {
    Trails: items.map(({ arn, name, region }) => ({ TrailARN: arn, Name: name, HomeRegion: region })),
    ...(nextToken === undefined ? {} : { NextToken: nextToken }),
  };
};

function describe(trail: Trail) {
  return {
    Name: trail.name,
    S3BucketName: trail.bucket,
    ...(trail.prefix === undefined ? {} : { S3KeyPrefix: trail.prefix }),
    IncludeGlobalServiceEvents: trail.includeGlobal,
    IsMultiRegionTrail: trail.multiRegion,
    TrailARN: trail.arn,
    LogFileValidationEnabled: trail.validation,
    ...(trail.kmsKeyId === undefined ? {} : { KmsKeyId: trail.kmsKeyId }),
    IsOrganizationTrail: trail.organization,
    ...(trail.recursive ? {} : { RecursiveLogging: false }),
  };
}

const describeWhole = (trail: Trail) => ({
  ...describe(trail),
  HomeRegion: trail.region,
  HasCustomEventSelectors: trail.eventSelectors !== undefined || trail.advancedEventSelectors !== undefined,
  HasInsightSelectors: trail.insights.length > 0,
});
