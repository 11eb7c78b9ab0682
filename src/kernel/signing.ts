import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** What a Signature Version 4 key is for: `date` is `20261120`. Source: "AWS Signature Version 4 for API requests". */
export type Scope = { date: string; region: string; service: string };

export const scopeText = ({ date, region, service }: Scope) => `${date}/${region}/${service}/aws4_request`;

const keys = new Map<string, Buffer>();
const KEYS_MAX = 1_000;

/** The key derived from a secret for a day, region and service; the latest are kept. */
export function signingKey(secret: string, scope: Scope): Buffer {
  const id = `${scope.date}/${scope.region}/${scope.service}/${secret}`;
  let key = keys.get(id);
  if (!key) {
    key = [scope.date, scope.region, scope.service, 'aws4_request'].reduce<Buffer>(
      (k, part) => createHmac('sha256', k).update(part).digest(),
      Buffer.from(`AWS4${secret}`),
    );
    if (keys.size >= KEYS_MAX) keys.clear();
    keys.set(id, key);
  }
  return key;
}

export function hmacHex(key: Buffer, text: string): string {
  return createHmac('sha256', key).update(text).digest('hex');
}

/** Compares without telling by its duration where two texts differ. */
export function sameText(a: string, b: string): boolean {
  const left = createHash('sha256').update(a).digest();
  const right = createHash('sha256').update(b).digest();
  return timingSafeEqual(left, right);
}
