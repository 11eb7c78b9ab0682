import { CloudTrailServiceException } from '@aws-sdk/client-cloudtrail';
import type { Call } from '../../kernel/call.ts';
import { parseArn } from '../../kernel/resources.ts';
import type { Handlers } from '../../kernel/service.ts';
import type { Reader, Transaction } from '../../kernel/store/store.ts';
import { fault } from './errors.ts';
import { LIST_TAGS_RESOURCES_MAX } from './limits.ts';
import { openEventDataStore, openTrail } from './names.ts';
import { eventDataStores, trails, type Tags } from './records.ts';
import { checkCount, listTags, readTags } from './tag-lists.ts';

type CloudTrail = Handlers<typeof import('@aws-sdk/client-cloudtrail')>;

/** Tags of trails and event data stores, by ARN. */
async function open(
  call: Call,
  reader: Reader,
  arn: string,
): Promise<{ tags: Tags; put: (tx: Transaction, tags: Tags) => void }> {
  const parts = parseArn(arn);
  if (parts?.service !== 'cloudtrail') throw fault('CloudTrailARNInvalidException', `The ARN ${arn} is not valid.`);
  const [type] = parts.resource.split('/');
  if (parts.account !== call.account || parts.region !== call.region)
    throw fault('ResourceNotFoundException', `The resource ${arn} does not exist.`);
  if (type === 'trail') {
    const trail = await openTrail(call, reader, arn).catch((error: unknown) => {
      if (error instanceof CloudTrailServiceException) return undefined;
      throw error;
    });
    if (!trail) throw fault('ResourceNotFoundException', `The resource ${arn} does not exist.`);
    return {
      tags: trail.tags,
      put: (tx, tags) => tx.put(trails, [trail.account, trail.region, trail.name], { ...trail, tags }),
    };
  }
  if (type === 'eventdatastore') {
    const store = await openEventDataStore(call, reader, arn);
    if (store.status === 'PENDING_DELETION')
      throw fault('InactiveEventDataStoreException', 'The event data store is inactive.');
    return {
      tags: store.tags,
      put: (tx, tags) => tx.put(eventDataStores, [store.account, store.region, store.id], { ...store, tags }),
    };
  }
  throw fault('ResourceTypeNotSupportedException', `The resource type ${type} is not supported.`);
}

/** Adds tags; the value of a key that is there is replaced. */
export const AddTags: CloudTrail['AddTags'] = async (call, input) => {
  const added = readTags(input.TagsList);
  await call.kernel.store.transact(async (tx) => {
    const { tags, put } = await open(call, tx, input.ResourceId!);
    put(tx, checkCount({ ...tags, ...added }));
  });
  return {};
};

/** Removes tags; with a value, only where it is that value. */
export const RemoveTags: CloudTrail['RemoveTags'] = async (call, input) => {
  const removed = (key: string, value: string) =>
    input.TagsList!.some(({ Key, Value }) => Key === key && (Value === undefined || Value === '' || Value === value));
  await call.kernel.store.transact(async (tx) => {
    const { tags, put } = await open(call, tx, input.ResourceId!);
    put(tx, Object.fromEntries(Object.entries(tags).filter(([key, value]) => !removed(key, value))));
  });
  return {};
};

export const ListTags: CloudTrail['ListTags'] = async (call, input) => {
  const ids = input.ResourceIdList!;
  if (ids.length > LIST_TAGS_RESOURCES_MAX)
    throw fault('InvalidTagParameterException', `At most ${LIST_TAGS_RESOURCES_MAX} resources can be asked for.`);
  if (input.NextToken) throw fault('InvalidTokenException', 'The NextToken is not valid.');
  const found = await Promise.all(ids.map((id) => open(call, call.kernel.store, id)));
  return { ResourceTagList: found.map(({ tags }, index) => ({ ResourceId: ids[index]!, TagsList: listTags(tags) })) };
};
