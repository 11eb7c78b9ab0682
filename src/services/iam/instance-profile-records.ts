import type { Tags } from '../../kernel/principals/records.ts';
import { collection } from '../../kernel/store/store.ts';

/** What hands a role to EC2 instances. */
export type InstanceProfileRecord = {
  account: string;
  name: string;
  path: string;
  /** AIPA… */
  id: string;
  arn: string;
  createdAtMs: number;
  /** Name of its role. */
  role?: string;
  tags: Tags;
};

export const instanceProfiles = collection<InstanceProfileRecord>('iam/instance-profile');
