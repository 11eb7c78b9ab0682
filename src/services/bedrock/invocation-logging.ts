import type { LoggingConfig } from '@aws-sdk/client-bedrock';
import {
  invocationLogging,
  logFolder,
  putLogObject,
  type InvocationLogging,
} from '../../kernel/inference/invocation-logging.ts';
import type { Handlers } from '../../kernel/service.ts';
import { invalid, unbuilt } from './errors.ts';

type Bedrock = Handlers<typeof import('@aws-sdk/client-bedrock')>;

/** What Bedrock writes to see whether it may. */
const PERMISSION_CHECK = 'amazon-bedrock-logs-permission-check';

/**
 * Says where the invocations of the account's models in the region are logged. The bucket must be there, and its policy must let Bedrock write:
 * that is tried out. Throws ValidationException, NotImplemented for CloudWatch Logs.
 */
export const PutModelInvocationLoggingConfiguration: Bedrock['PutModelInvocationLoggingConfiguration'] = async (
  call,
  { loggingConfig },
) => {
  const config = loggingConfig!;
  if (config.cloudWatchConfig) throw unbuilt('loggingConfig.cloudWatchConfig: CloudWatch Logs');
  if (!config.s3Config) throw invalid('At least one of s3Config, cloudWatchConfig must be given.');
  const { bucketName, keyPrefix } = config.s3Config;
  const logging: InvocationLogging = {
    s3: { bucket: bucketName!, ...(keyPrefix ? { keyPrefix: keyPrefix.replace(/\/$/, '') } : {}) },
    textData: config.textDataDeliveryEnabled ?? true,
    imageData: config.imageDataDeliveryEnabled ?? true,
    embeddingData: config.embeddingDataDeliveryEnabled ?? true,
    videoData: config.videoDataDeliveryEnabled ?? true,
    audioData: config.audioDataDeliveryEnabled ?? true,
  };
  const { account, region, partition, kernel, signal } = call;
  try {
    await putLogObject(kernel, {
      place: { account, region, partition },
      bucket: bucketName!,
      key: `${logFolder(logging.s3!, { account, region })}/${PERMISSION_CHECK}`,
      body: new Uint8Array(),
      signal,
    });
  } catch (error) {
    signal.throwIfAborted();
    throw invalid(
      `Failed to validate permissions for S3 bucket: ${bucketName}. Verify that the bucket exists and that its policy lets bedrock.amazonaws.com write to it. (${(error as Error).message})`,
    );
  }
  await kernel.store.transact((tx) => tx.put(invocationLogging, [account, region], logging));
  return {};
};

/** The configuration; empty where there is none. */
export const GetModelInvocationLoggingConfiguration: Bedrock['GetModelInvocationLoggingConfiguration'] = async (
  call,
) => {
  const found = await call.kernel.store.get(invocationLogging, [call.account, call.region]);
  if (!found) return {};
  const loggingConfig: LoggingConfig = {
    ...(found.s3 ? { s3Config: { bucketName: found.s3.bucket, keyPrefix: found.s3.keyPrefix ?? '' } } : {}),
    textDataDeliveryEnabled: found.textData,
    imageDataDeliveryEnabled: found.imageData,
    embeddingDataDeliveryEnabled: found.embeddingData,
    videoDataDeliveryEnabled: found.videoData,
    audioDataDeliveryEnabled: found.audioData,
  };
  return { loggingConfig };
};

/** Ends logging; what is on its way is still delivered. */
export const DeleteModelInvocationLoggingConfiguration: Bedrock['DeleteModelInvocationLoggingConfiguration'] = async (
  call,
) => {
  await call.kernel.store.transact((tx) => tx.delete(invocationLogging, [call.account, call.region]));
  return {};
};
