import type { Handlers } from '../../kernel/service.ts';
import { distribute } from './distribution.ts';
import { fault } from './errors.ts';
import { tellInterest } from './interest.ts';
import { openTrail, openTrailAtHome } from './names.ts';
import { trails, type Trail } from './records.ts';
import { DEFAULT_EVENT_SELECTORS, readAdvancedSelectors, readEventSelectors } from './selectors.ts';

type CloudTrail = Handlers<typeof import('@aws-sdk/client-cloudtrail')>;

/** Which events a trail logs: in place of those it had. */
export const PutEventSelectors: CloudTrail['PutEventSelectors'] = async (call, input) => {
  const { EventSelectors, AdvancedEventSelectors } = input;
  if ((EventSelectors?.length ?? 0) > 0 === (AdvancedEventSelectors?.length ?? 0) > 0)
    throw fault(
      'InvalidEventSelectorsException',
      'Specify either EventSelectors or AdvancedEventSelectors, and at least one of them.',
    );
  const chosen = EventSelectors?.length
    ? { eventSelectors: readEventSelectors(EventSelectors) }
    : {
        advancedEventSelectors: readAdvancedSelectors(AdvancedEventSelectors!, [
          'Management',
          'Data',
          'NetworkActivity',
        ]),
      };
  const { kernel } = call;
  const organization = await kernel.principals.organizationOf(call.account);
  await openTrailAtHome(call, kernel.store, input.TrailName!);
  await distribute(kernel, call.account);
  const trail = await kernel.store.transact(async (tx) => {
    const standing = await openTrailAtHome(call, tx, input.TrailName!);
    const { eventSelectors: _basic, advancedEventSelectors: _advanced, ...rest } = standing;
    const changed: Trail = { ...rest, ...chosen };
    tx.put(trails, [changed.account, changed.region, changed.name], changed);
    await tellInterest(kernel, tx, call.account, organization);
    return changed;
  });
  return describe(trail);
};

export const GetEventSelectors: CloudTrail['GetEventSelectors'] = async (call, input) =>
  describe(await openTrail(call, call.kernel.store, input.TrailName!));

const describe = ({ arn, eventSelectors, advancedEventSelectors }: Trail) => ({
  TrailARN: arn,
  ...(advancedEventSelectors
    ? { AdvancedEventSelectors: advancedEventSelectors }
    : { EventSelectors: eventSelectors ?? DEFAULT_EVENT_SELECTORS }),
});
