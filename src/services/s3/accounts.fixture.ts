import { S3Client } from '@aws-sdk/client-s3';
import type { Outcrop } from '../../main.ts';

/** A client that signs nothing. */
export const anonymous = (outcrop: Outcrop) =>
  new S3Client({ ...outcrop.clients, maxAttempts: 1, signer: { sign: async (request) => request } });
