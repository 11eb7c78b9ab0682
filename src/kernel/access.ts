import type { PolicyText } from './principals/principals.ts';

/** Values of condition keys, by lower-case key: `s3:prefix`, `aws:requesttag/team`. */
export type ConditionKeys = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

/** `aws:RequestTag/…` and `aws:TagKeys` of a request that brings tags; none for one without. */
export function requestTagKeys(
  tags: readonly (readonly [key: string | undefined, value: string | undefined])[],
): ConditionKeys {
  if (tags.length === 0) return {};
  return {
    ...Object.fromEntries(tags.map(([key = '', value]) => [`aws:requesttag/${key.toLowerCase()}`, value])),
    'aws:tagkeys': tags.map(([key = '']) => key),
  };
}

/** What a call asks permission for: each must be allowed. */
export type Access = {
  /** `s3:GetObject` */
  action: string;
  /** One ARN, or `*`. */
  resource: string;
  /** Condition keys that this request sets beside the global ones. */
  keys?: ConditionKeys;
};

/** What stands on a resource and bears on who may do what with it. */
export type Resource = {
  /** The account that owns it. */
  owner: string;
  /** Where it is, whichever region a request was signed for: `aws:RequestedRegion`. Absent: the call's. */
  region?: string;
  /** Policies on it, as text; lists of grants and the like are put as policies too. */
  policies?: readonly PolicyText[];
  /** Nobody gets in, not even the owner's root, unless one of `policies` lets them or leaves it to the account's own. KMS keys, roles. */
  closed?: boolean;
  /** It is not here: were it, more might stand on it. */
  missing?: boolean;
  /** Its tags: `aws:ResourceTag`; asked for when a policy looks at them. */
  tags?: () => Promise<Record<string, string>> | Record<string, string>;
  /** Condition keys that the resource sets, as `s3:ExistingObjectTag/…`; asked for when a policy looks at a key of this service. */
  keys?: () => Promise<ConditionKeys> | ConditionKeys;
};
