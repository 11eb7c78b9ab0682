import { collection } from '../store/store.ts';

/** Model units bought for a model: what its calls may take in and give out by the minute. */
export type ProvisionedThroughput = {
  account: string;
  region: string;
  /** 12 lower-case letters and digits. */
  id: string;
  name: string;
  modelUnits: number;
  desiredModelUnits: number;
  /** What answers: a foundation model's or a custom model's ARN. */
  modelArn: string;
  desiredModelArn: string;
  foundationModelArn: string;
  status: 'Creating' | 'InService' | 'Updating' | 'Failed';
  commitment?: 'OneMonth' | 'SixMonths';
  commitmentEndsAtMs?: number;
  failureMessage?: string;
  /** Up to here its hours are on the bill; absent: it has not been in service yet. */
  meteredToMs?: number;
  createdAtMs: number;
  updatedAtMs: number;
};

/** Keyed by account, region and id. */
export const provisionedThroughputs = collection<ProvisionedThroughput>('kernel/inference/provisioned-throughput');

/** Units can be bought for a window of a model's: `amazon.nova-micro-v1:0:24k` is `amazon.nova-micro-v1:0`. */
export const baseModelId = (id: string): string => id.replace(/:\d+k$/, '');
