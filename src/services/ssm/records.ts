import { collection } from '../../kernel/store/store.ts';

export type Tier = 'Standard' | 'Advanced';
export type ParameterType = 'String' | 'StringList' | 'SecureString';

/** Times are virtual ms since the epoch. */
export type Parameter = {
  account: string;
  region: string;
  name: string;
  arn: string;
  /** The one that is got when no other is asked for. */
  latest: Version;
  /** The oldest version that is kept. */
  oldest: number;
  tags: Record<string, string>;
  /** Each label is on one version. */
  labels: Record<string, number>;
  policies?: ParameterPolicy[];
  /** Tells the jobs of these policies from those of earlier ones. */
  policiesId?: string;
  sharing?: { id: string; hash: string; policy: string };
};

export type Version = {
  version: number;
  type: ParameterType;
  tier: Tier;
  dataType: string;
  modifiedAtMs: number;
  /** ARN. */
  modifiedBy: string;
  description?: string;
  allowedPattern?: string;
  /** As they were when the version was made. */
  policies?: ParameterPolicy[];
} & ({ value: string; secure?: never } | { value?: never; secure: Secure });

/** `direct`: encrypted by KMS itself; `envelope`: under a data key of its own. */
export type Secure = { keyId: string; form: 'direct' | 'envelope'; ciphertext: Uint8Array };

export type ParameterPolicy = {
  type: 'Expiration' | 'ExpirationNotification' | 'NoChangeNotification';
  text: string;
  status: 'Pending' | 'Finished';
};

/** [account, region, name]. */
export const parameters = collection<Parameter>('ssm/parameter');
/** [account, region, name, version]: all that are kept, the latest among them. */
export const versions = collection<Version>('ssm/parameter-version');
/** [account, region]: how many parameters stand, by tier. */
export const counts = collection<Record<Tier, number>>('ssm/parameter-count');
/** [account, region, setting id]. */
export const settings = collection<{ value: string; modifiedAtMs: number; modifiedBy: string }>('ssm/service-setting');
