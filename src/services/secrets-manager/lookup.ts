import type { Call } from '../../kernel/call.ts';
import { arn, parseArn } from '../../kernel/resources.ts';
import type { Reader } from '../../kernel/store/store.ts';
import { invalidName, markedForDeletion, notFound, onReplica } from './errors.ts';
import { ARN_SUFFIX_LENGTH } from './limits.ts';
import { secrets, type Secret } from './records.ts';

/** `!` is in the names that AWS services give to secrets they own. */
const NAME = /^[A-Za-z0-9/_+=.@!-]{1,512}$/;
const SUFFIXED = new RegExp(`^(.+)-[A-Za-z0-9]{${ARN_SUFFIX_LENGTH}}$`);

type Place = { account: string; region: string };
type Caller = Place & { partition: string };

export function checkName(name: string): string {
  if (!NAME.test(name)) throw invalidName();
  return name;
}

export const keyOf = ({ account, region }: Place, name: string) => [account, region, name];

/** The ARN of a secret by its name and suffix; without the suffix it is the partial ARN. */
export const secretArn = ({ partition, region, account }: Caller, name: string, suffix?: string) =>
  arn({
    partition,
    service: 'secretsmanager',
    region,
    account,
    resource: `secret:${name}${suffix === undefined ? '' : `-${suffix}`}`,
  });

/** What a SecretId may mean, the likelier first: a name; a full ARN; an ARN without its suffix. Undefined: nothing of this region. */
function meanings(call: Caller, secretId: string): { place: Place; names: { name: string; arn?: string }[] } {
  if (!secretId.startsWith('arn:')) return { place: call, names: [{ name: checkName(secretId) }] };
  const parsed = parseArn(secretId);
  if (!parsed || parsed.service !== 'secretsmanager' || !parsed.resource.startsWith('secret:')) throw invalidName();
  const rest = checkName(parsed.resource.slice('secret:'.length));
  const place = { account: parsed.account, region: parsed.region };
  // A secret lives in one region; an ARN of another finds nothing here.
  if (place.region !== call.region) return { place, names: [] };
  const bare = SUFFIXED.exec(rest)?.[1];
  return { place, names: [...(bare === undefined ? [] : [{ name: bare, arn: secretId }]), { name: rest }] };
}

/** The secret that a SecretId names, or undefined. Throws ValidationException for what can be no name. */
export async function lookUp(call: Caller, secretId: string, reader: Reader): Promise<Secret | undefined> {
  const { place, names } = meanings(call, secretId);
  for (const { name, arn: full } of names) {
    const secret = await reader.get(secrets, keyOf(place, name));
    if (secret && (full === undefined || secret.arn === full)) return secret;
  }
  return undefined;
}

/** The secret that a SecretId names, marked for deletion or not. Throws ResourceNotFoundException. */
export async function findSecret(call: Call, secretId: string, reader: Reader = call.kernel.store): Promise<Secret> {
  const secret = await lookUp(call, secretId, reader);
  if (!secret) throw notFound();
  return secret;
}

/** The secret that a SecretId names, fit for use. Throws ResourceNotFoundException, InvalidRequestException. */
export async function openSecret(call: Call, secretId: string, reader?: Reader): Promise<Secret> {
  const secret = await findSecret(call, secretId, reader);
  if (secret.deletion) throw markedForDeletion();
  return secret;
}

/** The secret that a SecretId names, fit for changes: a replica takes them from its primary only. */
export async function openPrimary(call: Call, secretId: string, reader?: Reader): Promise<Secret> {
  const secret = await openSecret(call, secretId, reader);
  if (secret.primaryRegion !== undefined) throw onReplica();
  return secret;
}
