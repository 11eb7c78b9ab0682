import type { Call } from '../../kernel/call.ts';
import { parseArn } from '../../kernel/resources.ts';
import { requestTagKeys, type Access, type Resource } from '../../kernel/access.ts';
import { eventDataStoreArn, trailArn } from './names.ts';
import { storesIn } from './statement.ts';
import { eventDataStores, queries, queryPlaces, trails } from './records.ts';

/** IAM actions and resources. Source: Service Authorization Reference, "Actions, resources, and condition keys for AWS CloudTrail". */
type Input = Record<string, unknown>;
type Ask = (call: Call, input: any) => Access[] | Promise<Access[]>;

const action = (call: Call) => `cloudtrail:${call.operation}`;

const onTrail =
  (member: string): Ask =>
  (call, input: Input) => [
    { action: action(call), resource: trailArn(call, String(input[member] ?? '*')), ...tagKeys(input) },
  ];

const onStore =
  (member: string): Ask =>
  (call, input: Input) => [{ action: action(call), resource: eventDataStoreArn(call, String(input[member] ?? '*')) }];

/** A trail or an event data store, whichever is named; and the event data store that gets the insights. */
const onEither: Ask = (call, input: Input) => [
  {
    action: action(call),
    resource:
      input['EventDataStore'] === undefined
        ? trailArn(call, String(input['TrailName'] ?? '*'))
        : eventDataStoreArn(call, String(input['EventDataStore'])),
  },
  ...(typeof input['InsightsDestination'] === 'string'
    ? [{ action: action(call), resource: eventDataStoreArn(call, input['InsightsDestination']) }]
    : []),
];

const onArn =
  (member: string): Ask =>
  (call, input: Input) => [{ action: action(call), resource: String(input[member]), ...tagKeys(input) }];

/** The event data stores of a query: its result tells of all that it read. */
const onQuery: Ask = async (
  call,
  { EventDataStore: named, QueryId: id }: { EventDataStore?: string; QueryId?: string },
) => {
  const { store } = call.kernel;
  const known = id === undefined ? undefined : await store.get(queryPlaces, [call.account, call.region, id]);
  if (!known) return [{ action: action(call), resource: eventDataStoreArn(call, named ?? '*') }];
  const query = await store.get(queries, [known.storeId, known.createdAtMs, id!]);
  const place = parseArn(known.storeArn)!;
  const others = storesIn(query?.statement ?? '').map((one) => eventDataStoreArn(place, one));
  return [...new Set([known.storeArn, ...others])].map((resource) => ({ action: action(call), resource }));
};

/** `aws:RequestTag` and `aws:TagKeys` of a request that tags. */
function tagKeys(input: Input): Pick<Access, 'keys'> {
  const list = input['TagsList'] as { Key?: string; Value?: string }[] | undefined;
  return list?.length ? { keys: requestTagKeys(list.map(({ Key, Value = '' }) => [Key, Value])) } : {};
}

const placeOf = ({ account, region, partition }: Call) => ({ account, region, partition });

export const access = {
  AddTags: onArn('ResourceId'),
  CancelQuery: onQuery,
  CreateEventDataStore: ((call, input: Input) => [
    { action: action(call), resource: eventDataStoreArn(call, '*'), ...tagKeys(input) },
  ]) as Ask,
  CreateTrail: onTrail('Name'),
  DeleteEventDataStore: onStore('EventDataStore'),
  DeleteResourcePolicy: onArn('ResourceArn'),
  DeleteTrail: onTrail('Name'),
  DescribeQuery: onQuery,
  GetEventDataStore: onStore('EventDataStore'),
  GetEventSelectors: onTrail('TrailName'),
  GetInsightSelectors: onEither,
  GetQueryResults: onQuery,
  GetResourcePolicy: onArn('ResourceArn'),
  GetTrail: onTrail('Name'),
  GetTrailStatus: onTrail('Name'),
  ListInsightsData: onArn('InsightSource'),
  // The reference has no action of this one's own.
  ListInsightsMetricData: ((call, { TrailName = '*' }: { TrailName?: string }) => [
    { action: 'cloudtrail:ListInsightsData', resource: trailArn(call, TrailName) },
  ]) as Ask,
  ListQueries: onStore('EventDataStore'),
  ListTags: ((call, { ResourceIdList = [] }: { ResourceIdList?: string[] }) =>
    ResourceIdList.map((resource) => ({ action: action(call), resource }))) as Ask,
  PutEventSelectors: onTrail('TrailName'),
  PutInsightSelectors: onEither,
  PutResourcePolicy: onArn('ResourceArn'),
  RemoveTags: onArn('ResourceId'),
  RestoreEventDataStore: onStore('EventDataStore'),
  StartEventDataStoreIngestion: onStore('EventDataStore'),
  StartLogging: onTrail('Name'),
  StartQuery: ((call, input: { QueryStatement?: string; EventDataStoreOwnerAccountId?: string }) => {
    const place = { ...placeOf(call), account: input.EventDataStoreOwnerAccountId ?? call.account };
    const ids = storesIn(input.QueryStatement ?? '');
    return (ids.length === 0 ? ['*'] : ids).map((id) => ({
      action: action(call),
      resource: eventDataStoreArn(place, id),
    }));
  }) as Ask,
  StopEventDataStoreIngestion: onStore('EventDataStore'),
  StopLogging: onTrail('Name'),
  UpdateEventDataStore: onStore('EventDataStore'),
  UpdateTrail: onTrail('Name'),
};

/** What stands on a trail, or an event data store. */
export async function resource(call: Call, { resource: arn }: Access): Promise<Resource | undefined> {
  const parts = parseArn(arn);
  if (parts?.service !== 'cloudtrail') return undefined;
  const { account, region } = parts;
  const [type, id = ''] = parts.resource.split('/');
  const { store } = call.kernel;
  if (type === 'trail') {
    const trail = await store.get(trails, [account, region, id]);
    return trail && { owner: account, tags: () => trail.tags };
  }
  if (type !== 'eventdatastore') return undefined;
  const found = await store.get(eventDataStores, [account, region, id]);
  return (
    found && {
      owner: account,
      ...(found.policy === undefined ? {} : { policies: [{ id: arn, from: 'resource', document: found.policy }] }),
      tags: () => found.tags,
    }
  );
}
