import type { Call } from '../../../kernel/call.ts';
import type { Ids } from '../../../kernel/ids.ts';
import { parseArn } from '../../../kernel/resources.ts';

const ID_LENGTH = 12;
const ID_ALPHABET = 'abcdefghijklmnopqrstuvwxyz0123456789';

/** 12 lower-case letters and digits, as Bedrock names its resources. */
export const newId = (ids: Ids) => ids.text(ID_LENGTH, ID_ALPHABET);

type Where = Pick<Call, 'partition' | 'region' | 'account'>;

/** `arn:aws:bedrock:<region>:<account>:<kind>/<id>` */
export const bedrockArn = ({ partition, region, account }: Where, kind: string, id: string) =>
  `arn:${partition}:bedrock:${region}:${account}:${kind}/${id}`;

/** The id in an ARN of one of the account's own resources of a kind, or the text itself where it is no ARN; undefined for other ARNs. */
export function idOf(text: string, kind: string, { partition, region, account }: Where): string | undefined {
  if (!text.startsWith('arn:')) return text;
  const arn = parseArn(text);
  if (arn?.service !== 'bedrock' || arn.partition !== partition || arn.region !== region || arn.account !== account)
    return undefined;
  return arn.resource.startsWith(`${kind}/`) ? arn.resource.slice(kind.length + 1) : undefined;
}
