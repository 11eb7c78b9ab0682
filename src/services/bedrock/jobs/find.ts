import type { Access } from '../../../kernel/access.ts';
import type { Call } from '../../../kernel/call.ts';
import { valuesOf, type Collection, type Reader } from '../../../kernel/store/store.ts';
import { bedrockArn } from './ids.ts';

/** One of the caller's records by id, or else by name; `id` is undefined where the identifier cannot be one. */
export async function findNamed<T extends { name: string }>(
  { account, region }: Pick<Call, 'account' | 'region'>,
  reader: Reader,
  records: Collection<T>,
  identifier: string,
  id: string | undefined,
): Promise<T | undefined> {
  const found = id === undefined ? undefined : await reader.get(records, [account, region, id]);
  if (found || identifier.startsWith('arn:')) return found;
  return (await valuesOf(reader, records, [account, region])).find(({ name }) => name === identifier);
}

/**
 * The permission of an operation on what its identifier means: by a name or another spelling of an ARN nobody gets around a policy that names
 * it. Where nothing is found, on what the identifier says.
 */
export const onMeant = (call: Call, kind: string, given: string, arn: string | undefined): Access[] => [
  {
    action: `bedrock:${call.operation}`,
    resource: arn ?? (given.startsWith('arn:') ? given : bedrockArn(call, kind, given || '*')),
  },
];
