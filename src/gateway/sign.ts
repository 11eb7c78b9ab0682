import { sha256, signRequest as sign } from '../kernel/signing.ts';

/** Headers that sign a request of ours to a stack (the CLI's management calls). */
export function signRequest(request: {
  method: string;
  url: string;
  body: string;
  service: string;
  region: string;
  accessKeyId: string;
  secretAccessKey: string;
}): Record<string, string> {
  const { method, url, body, service, region, accessKeyId, secretAccessKey } = request;
  return sign({
    method,
    url: new URL(url),
    payloadSha256: sha256(body),
    service,
    region,
    credentials: { accessKeyId, secretAccessKey },
  });
}
