import type { Blob } from '../../../kernel/blobs/blobs.ts';
import type { Principal } from '../../../kernel/principals/principal.ts';
import { collection } from '../../../kernel/store/store.ts';

export type AsyncInvoke = {
  account: string;
  region: string;
  id: string;
  arn: string;
  modelArn: string;
  modelId: string;
  clientToken?: string;
  output: { uri: string; kmsKeyId?: string; bucketOwner?: string };
  /** Whose rights it works with: AWS writes the result with the caller's. */
  principal: Principal;
  /** The text that is to be embedded, and where it came from. */
  source?: { text: Blob; uri?: string };
  purpose: string;
  dimension: number;
  truncation: string;
  segmentCharacters: number;
  status: 'InProgress' | 'Completed' | 'Failed';
  failureMessage?: string;
  createdAtMs: number;
  updatedAtMs: number;
  endedAtMs?: number;
};

/** Keyed by account, region and id. */
export const asyncInvokes = collection<AsyncInvoke>('bedrock-runtime/async-invoke');

/** Requests that were made with a client token: account, region, token → id. */
export const asyncTokens = collection<string>('bedrock-runtime/async-invoke-token');
