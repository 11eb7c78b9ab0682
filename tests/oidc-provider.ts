import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll } from 'vitest';

type Key = { id: string; algorithm: string; privateKey: KeyObject; publicKey: KeyObject };

/**
 * An OpenID Connect provider for tests, on this machine, without TLS. It signs with Node's own cryptography: an implementation apart from
 * the one that checks it.
 */
export async function oidcIdentityProvider() {
  const keys: Key[] = [];
  let fetches = 0;
  let answer: http.RequestListener | undefined;
  const addKey = (algorithm: 'RS256' | 'ES256' = 'RS256'): Key => {
    const pair =
      algorithm === 'RS256'
        ? generateKeyPairSync('rsa', { modulusLength: 2048 })
        : generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const key = { id: `key-${keys.length}`, algorithm, ...pair };
    keys.push(key);
    return key;
  };
  addKey();
  const server = http.createServer((request, response) => {
    fetches++;
    if (answer) return answer(request, response);
    response.setHeader('content-type', 'application/json');
    if (request.url === '/.well-known/openid-configuration')
      return response.end(JSON.stringify({ issuer: url, jwks_uri: `${url}/keys` }));
    if (request.url !== '/keys') return response.writeHead(404).end();
    response.end(
      JSON.stringify({
        keys: keys.map(({ id, algorithm, publicKey }) => ({
          ...publicKey.export({ format: 'jwk' }),
          kid: id,
          alg: algorithm,
          use: 'sig',
        })),
      }),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    /** The issuer. */
    url,
    /** As IAM takes it, which knows no other scheme. */
    registered: url.replace('http:', 'https:'),
    /** Without the scheme: as ARNs and condition keys have it. */
    bare: url.replace('http://', ''),
    keys,
    addKey,
    fetches: () => fetches,
    /** Answers in place of the provider's own. */
    answerWith(listener: http.RequestListener | undefined) {
      answer = listener;
    },
    /** An ID token. `header` and `key` make one that the provider would not. */
    token(
      claims: Record<string, unknown> & { at: Date },
      options: { header?: Record<string, unknown>; key?: Key; seconds?: number } = {},
    ): string {
      const { at, ...rest } = claims;
      const key = options.key ?? keys[0]!;
      const issuedAt = Math.floor(at.getTime() / 1000);
      const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
      const body = `${part({ alg: key.algorithm, typ: 'JWT', kid: key.id, ...options.header })}.${part({ iss: url, iat: issuedAt, exp: issuedAt + (options.seconds ?? 300), ...rest })}`;
      const signature = sign('sha256', Buffer.from(body), { key: key.privateKey, dsaEncoding: 'ieee-p1363' });
      return `${body}.${signature.toString('base64url')}`;
    },
  };
}
