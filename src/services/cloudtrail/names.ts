import type { Call } from '../../kernel/call.ts';
import { arn, parseArn } from '../../kernel/resources.ts';
import type { Reader } from '../../kernel/store/store.ts';
import { fault } from './errors.ts';
import { TRAIL_NAME_LENGTH_MAX, TRAIL_NAME_LENGTH_MIN } from './limits.ts';
import { eventDataStores, trails, type EventDataStore, type Trail } from './records.ts';

/** Names and ARNs of trails and event data stores. */
export const SERVICE = 'cloudtrail.amazonaws.com';

type Place = Pick<Call, 'account' | 'region' | 'partition'>;

const arnOf = (place: Place, resource: string) =>
  arn({ partition: place.partition, service: 'cloudtrail', region: place.region, account: place.account, resource });

/** The ARN of a trail that is called by name (in this region) or by ARN. */
export const trailArn = (place: Place, nameOrArn: string) =>
  nameOrArn.startsWith('arn:') ? nameOrArn : arnOf(place, `trail/${nameOrArn}`);

/** The ARN of an event data store that is called by id or by ARN. */
export const eventDataStoreArn = (place: Place, idOrArn: string) =>
  idOrArn.startsWith('arn:') ? idOrArn : arnOf(place, `eventdatastore/${idOrArn}`);

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

/** Source: CloudTrail User Guide, "Naming requirements for CloudTrail resources". */
export function checkTrailName(name: string): void {
  const wrong = (message: string) => fault('InvalidTrailNameException', message);
  if (name === '') throw wrong('Trail name or ARN can not be blank.');
  if (name.length < TRAIL_NAME_LENGTH_MIN)
    throw wrong(
      `Trail name too short. Minimum allowed length: ${TRAIL_NAME_LENGTH_MIN} characters. Specified name length: ${name.length} characters.`,
    );
  if (name.length > TRAIL_NAME_LENGTH_MAX)
    throw wrong(
      `Trail name too long. Maximum allowed length: ${TRAIL_NAME_LENGTH_MAX} characters. Specified name length: ${name.length} characters.`,
    );
  if (!/^[A-Za-z0-9]/.test(name)) throw wrong('Trail name must starts with a letter or number.');
  if (!/[A-Za-z0-9]$/.test(name)) throw wrong('Trail name must ends with a letter or number.');
  if (!NAME.test(name))
    throw wrong(
      'Trail name or ARN can only contain uppercase letters, lowercase letters, numbers, periods (.), hyphens (-), and underscores (_).',
    );
  if (/[._-]{2}/.test(name)) throw wrong('Trail name can not contain adjacent periods, underscores or dashes.');
  if (/^\d+\.\d+\.\d+\.\d+$/.test(name)) throw wrong('Trail name can not be in IP address format.');
}

/** What a trail's name or ARN names; the ARN may be of another region. */
export function readTrailName(
  call: Call,
  nameOrArn: string,
): { account: string; region: string; name: string; arn: string } {
  if (!nameOrArn.startsWith('arn:')) {
    checkTrailName(nameOrArn);
    return { account: call.account, region: call.region, name: nameOrArn, arn: trailArn(call, nameOrArn) };
  }
  const parts = parseArn(nameOrArn);
  const name = /^trail\/(.+)$/.exec(parts?.resource ?? '')?.[1];
  if (parts?.service !== 'cloudtrail' || name === undefined || parts.region === '' || parts.account === '')
    throw fault('CloudTrailARNInvalidException', `The trail ARN ${nameOrArn} is not valid.`);
  return { account: parts.account, region: parts.region, name, arn: nameOrArn };
}

export const unknownTrail = (call: Call, arn: string) =>
  fault('TrailNotFoundException', `Unknown trail: ${arn} for the user: ${call.account}`);

/** The trail of a name or an ARN; a name also finds a trail of all regions that has its home elsewhere. */
export async function findTrail(call: Call, reader: Reader, nameOrArn: string): Promise<Trail | undefined> {
  const { account, region, name } = readTrailName(call, nameOrArn);
  if (account !== call.account) return undefined;
  const here = await reader.get(trails, [account, region, name]);
  if (here || nameOrArn.startsWith('arn:')) return here;
  const all = await reader.range(trails, [account]);
  return all.find(({ value }) => value.name === name && value.multiRegion)?.value;
}

export async function openTrail(call: Call, reader: Reader, nameOrArn: string): Promise<Trail> {
  const trail = await findTrail(call, reader, nameOrArn);
  if (!trail) throw unknownTrail(call, trailArn(call, nameOrArn));
  return trail;
}

/** A trail that is to be changed: only in its home region. */
export async function openTrailAtHome(call: Call, reader: Reader, nameOrArn: string): Promise<Trail> {
  const trail = await openTrail(call, reader, nameOrArn);
  if (trail.region !== call.region)
    throw fault(
      'InvalidHomeRegionException',
      `Invalid home region: the home region of the trail ${trail.arn} is ${trail.region}.`,
    );
  return trail;
}

const STORE = /^(?:arn:[^:]+:cloudtrail:([^:]+):(\d{12}):eventdatastore\/)?([0-9a-f-]{36})$/;

/** What an event data store's id or ARN names. */
export function readEventDataStore(call: Call, idOrArn: string): { account: string; region: string; id: string } {
  const match = STORE.exec(idOrArn);
  if (!match)
    throw fault('EventDataStoreARNInvalidException', `The specified event data store ARN is not valid: ${idOrArn}`);
  return { account: match[2] ?? call.account, region: match[1] ?? call.region, id: match[3]! };
}

export const unknownStore = (idOrArn: string) =>
  fault('EventDataStoreNotFoundException', `The specified event data store was not found: ${idOrArn}`);

/** The event data store of an id or ARN, in whichever account: policies have decided. */
export async function openEventDataStore(call: Call, reader: Reader, idOrArn: string): Promise<EventDataStore> {
  const { account, region, id } = readEventDataStore(call, idOrArn);
  const store = region === call.region ? await reader.get(eventDataStores, [account, region, id]) : undefined;
  if (!store || (store.deletedAtMs !== undefined && store.deletedAtMs <= call.kernel.clock.now()))
    throw unknownStore(idOrArn);
  return store;
}
