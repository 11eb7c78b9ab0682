import { sha256, signRequest } from '../src/kernel/signing.ts';
import type { Outcrop } from '../src/main.ts';

/** What the detector says of a picture, and with which status. */
export async function askWatermark(outcrop: Outcrop, picture: Uint8Array, credentials = outcrop.credentials) {
  const url = new URL(`${outcrop.endpoint}/_outcrop/watermark`);
  const signed = { method: 'POST', url, payloadSha256: sha256(picture), service: 'outcrop', region: 'us-east-1' };
  const headers = signRequest({ ...signed, credentials });
  const response = await fetch(url, { method: 'POST', headers, body: new Uint8Array(picture) });
  const answer: { found?: boolean; score?: number; threshold?: number; message?: string } = JSON.parse(
    await response.text(),
  );
  return { ...answer, status: response.status };
}
