import type { Handlers } from '../../kernel/service.ts';
import { beginDigests } from './digests.ts';
import { distribute } from './distribution.ts';
import { tellInterest } from './interest.ts';
import { openTrail, openTrailAtHome } from './names.ts';
import { deliveryStates, trails } from './records.ts';
import { withDigests } from './trails.ts';

type CloudTrail = Handlers<typeof import('@aws-sdk/client-cloudtrail')>;

/** Begins to log; the call itself is the first of it. */
export const StartLogging: CloudTrail['StartLogging'] = async (call, input) => {
  const { kernel } = call;
  const organization = await kernel.principals.organizationOf(call.account);
  // What was called before goes by what was then.
  await kernel.trail.flush();
  await kernel.store.transact(async (tx) => {
    const { stoppedBy: _last, ...trail } = await openTrailAtHome(call, tx, input.Name!);
    if (trail.logging) return;
    const startedAtMs = kernel.clock.now();
    const started = withDigests({ ...trail, logging: true, startedAtMs }, startedAtMs);
    tx.put(trails, [trail.account, trail.region, trail.name], started);
    if (started.digestSinceMs !== undefined) await beginDigests(kernel, tx, started, organization);
    await tellInterest(kernel, tx, call.account, organization);
  });
  return {};
};

/** Ends logging; the call itself is the last of it. */
export const StopLogging: CloudTrail['StopLogging'] = async (call, input) => {
  const { kernel } = call;
  const organization = await kernel.principals.organizationOf(call.account);
  await openTrailAtHome(call, kernel.store, input.Name!);
  await distribute(kernel, call.account);
  await kernel.store.transact(async (tx) => {
    const trail = await openTrailAtHome(call, tx, input.Name!);
    if (!trail.logging) return;
    const stoppedAtMs = kernel.clock.now();
    const stopped = { ...trail, logging: false, stoppedAtMs, stoppedBy: call.requestId };
    tx.put(trails, [trail.account, trail.region, trail.name], withDigests(stopped, stoppedAtMs));
    await tellInterest(kernel, tx, call.account, organization);
  });
  return {};
};

export const GetTrailStatus: CloudTrail['GetTrailStatus'] = async (call, input) => {
  const { store } = call.kernel;
  const trail = await openTrail(call, store, input.Name!);
  const state = (await store.get(deliveryStates, [trail.arn])) ?? {};
  const time = (name: string, atMs: number | undefined) => (atMs === undefined ? {} : { [name]: new Date(atMs) });
  const text = (name: string, atMs: number | undefined) => ({
    [name]: atMs === undefined ? '' : new Date(atMs).toISOString().replace(/\.\d+/, ''),
  });
  return {
    IsLogging: trail.logging,
    ...(state.error === undefined ? {} : { LatestDeliveryError: state.error }),
    ...time('LatestDeliveryTime', state.deliveredAtMs),
    ...time('StartLoggingTime', trail.startedAtMs),
    ...time('StopLoggingTime', trail.logging ? undefined : trail.stoppedAtMs),
    ...time('LatestDigestDeliveryTime', state.digestAtMs),
    ...(state.digestError === undefined ? {} : { LatestDigestDeliveryError: state.digestError }),
    ...text('LatestDeliveryAttemptTime', state.attemptedAtMs),
    LatestNotificationAttemptTime: '',
    LatestNotificationAttemptSucceeded: '',
    ...text('LatestDeliveryAttemptSucceeded', state.deliveredAtMs),
    ...text('TimeLoggingStarted', trail.startedAtMs),
    ...text('TimeLoggingStopped', trail.logging ? undefined : trail.stoppedAtMs),
  };
};
