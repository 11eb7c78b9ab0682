import {
  CreateModelInvocationJob,
  GetModelInvocationJob,
  ListModelInvocationJobs,
  StopModelInvocationJob,
} from './jobs.ts';
import { batchEndJob, batchExpiryJob, batchJob } from './run.ts';

export { batchAccess } from './jobs.ts';

export const batchOperations = {
  CreateModelInvocationJob,
  GetModelInvocationJob,
  ListModelInvocationJobs,
  StopModelInvocationJob,
};

export const batchJobs = {
  'bedrock/batch': batchJob,
  'bedrock/batch-end': batchEndJob,
  'bedrock/batch-expiry': batchExpiryJob,
};
