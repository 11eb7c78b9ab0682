import type { Call } from '../../kernel/call.ts';
import type { Kernel } from '../../kernel/kernel.ts';

/** Names, paths and ids of IAM resources. Source: IAM User Guide, "IAM identifiers". */
export type ResourceKind =
  | 'user'
  | 'group'
  | 'role'
  | 'policy'
  | 'instance-profile'
  | 'mfa'
  | 'saml-provider'
  | 'oidc-provider'
  | 'server-certificate';

/** `arn:aws:iam::123456789012:user/path/Name` */
export const iamArn = (call: Pick<Call, 'partition' | 'account'>, kind: ResourceKind, name: string, path = '/') =>
  `arn:${call.partition}:iam::${call.account}:${kind}${path}${name}`;

const ID_ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** Which prefix tells what an id is of. */
export type IdPrefix = 'AIDA' | 'AROA' | 'AGPA' | 'ANPA' | 'AIPA' | 'AKIA' | 'ASCA' | 'APKA' | 'ACCA';

/** A unique id of 21 characters; never used again, unlike a name. An access key id has 20 of them. */
export const newId = ({ ids }: Pick<Kernel, 'ids'>, prefix: IdPrefix) =>
  prefix + ids.text(prefix === 'AKIA' ? 16 : 17, ID_ALPHABET);

/** Kind, path and name out of an ARN of IAM; undefined when it is none. */
export function readIamArn(arn: string): { account: string; kind: string; path: string; name: string } | undefined {
  const found = /^arn:[^:]+:iam::([^:]*):([a-z-]+)(\/(?:.*\/)?)([^/]+)$/.exec(arn);
  return found ? { account: found[1]!, kind: found[2]!, path: found[3]!, name: found[4]! } : undefined;
}
