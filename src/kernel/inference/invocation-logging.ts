import { collection } from '../store/store.ts';

/** Where the invocations of an account's models in a region are logged, and what of them. */
export type InvocationLogging = {
  s3?: { bucket: string; keyPrefix?: string };
  cloudWatch?: { logGroup: string; roleArn: string; largeData?: { bucket: string; keyPrefix?: string } };
  textData: boolean;
  imageData: boolean;
  embeddingData: boolean;
  videoData: boolean;
  audioData: boolean;
};

/** Keyed by account and region. */
export const invocationLogging = collection<InvocationLogging>('kernel/inference/invocation-logging');
