import { createHash } from 'node:crypto';
import type { Principal } from '../kernel/principals/principal.ts';
import { nameKey, users, type User } from '../kernel/principals/records.ts';
import { secretHash, serviceCredentials, serviceCredentialSecrets } from '../kernel/principals/service-credentials.ts';
import type { Store } from '../kernel/store/store.ts';
import { AuthError, verify, type Authenticated, type SignedRequest, type Verifier } from './sigv4.ts';

/**
 * Amazon Bedrock API keys, as `Authorization: Bearer …`. A long-term key belongs to a user and was made by IAM: `ABSK` and Base64. A short-term
 * key is a presigned URL that whoever has credentials makes without a call: `bedrock-api-key-` and Base64 of it. Source: Bedrock User Guide,
 * "Amazon Bedrock API keys"; the token generators that AWS publishes.
 */
const LONG_TERM = 'ABSK';
const SHORT_TERM = 'bedrock-api-key-';
const SHORT_TERM_SECONDS_MAX = 12 * 60 * 60;
const TOKEN_CHARACTERS_MAX = 8_192;
/** Decoders of Base64 pass over what follows its end: nothing may. */
const TOKEN = /^[\w+/-]+={0,2}$/;
const EMPTY_SHA256 = createHash('sha256').digest('hex');

const refused = (message: string) => new AuthError('bad-api-key', message);
const notValid = () => refused('Authentication failed: Please make sure your API Key is valid.');

/** The token of a request that brings one. */
export function bearerToken({ headers }: Pick<SignedRequest, 'headers'>): string | undefined {
  return /^Bearer +(.+)$/i.exec(headers['authorization'] ?? '')?.[1]?.trim();
}

/** The region that a short-term key is for: the request itself names none. */
export function bearerRegion(token: string): string | undefined {
  if (!token.startsWith(SHORT_TERM)) return undefined;
  const credential = new URLSearchParams(urlOf(token)?.rawQuery).get('X-Amz-Credential');
  return credential?.split('/').at(-3);
}

/** Who brings the token; where anybody is let in, an unknown one is the root's. Throws AuthError. */
export async function verifyBearer(
  token: string,
  region: string,
  verifier: Verifier,
  store: Store,
): Promise<Authenticated> {
  try {
    return await verifyToken(token, region, verifier, store);
  } catch (error) {
    if (verifier.mode !== 'open' || !(error instanceof AuthError)) throw error;
    return byKey(verifier.principals.root, region);
  }
}

const byKey = (credential: Authenticated['credential'], region: string): Authenticated => ({
  credential,
  scope: { date: '', region, service: 'bedrock' },
  payload: { kind: 'unsigned' },
  signature: '',
  signingKey: Buffer.alloc(0),
  timestamp: '',
  presigned: false,
  bearer: 'LONG_TERM',
});

async function verifyToken(token: string, region: string, verifier: Verifier, store: Store): Promise<Authenticated> {
  if (token.length > TOKEN_CHARACTERS_MAX || !TOKEN.test(token)) throw notValid();
  if (token.startsWith(SHORT_TERM)) return verifyShort(token, verifier);
  if (!token.startsWith(LONG_TERM)) throw notValid();
  const key = await store.get(serviceCredentialSecrets, [secretHash(token)]);
  const credential = key && (await store.get(serviceCredentials, key));
  if (!credential || credential.service !== 'bedrock.amazonaws.com' || credential.inactive) throw notValid();
  if (credential.expiresAtMs !== undefined && credential.expiresAtMs <= verifier.clock.now())
    throw refused('Authentication failed: The API Key has expired.');
  const user = await userOf(store, credential.account, credential.userId, credential.alias);
  if (!user || (await verifier.principals.closed(credential.account))) throw notValid();
  const principal: Principal = {
    type: 'user',
    account: credential.account,
    arn: user.arn,
    id: user.id,
    name: user.name,
  };
  return byKey({ accessKeyId: credential.id, secretAccessKey: '', principal }, region);
}

/** Users are found by name; a user that was renamed since the key was made, by looking at all. */
async function userOf(store: Store, account: string, id: string, alias: string): Promise<User | undefined> {
  const name = alias.replace(/(\+\d+)?-at-\d+$/, '');
  const found = await store.get(users, [account, nameKey(name)]);
  if (found?.id === id) return found;
  for await (const { value } of store.all(users, [account])) if (value.id === id) return value;
  return undefined;
}

function urlOf(token: string): SignedRequest | undefined {
  const text = Buffer.from(token.slice(SHORT_TERM.length), 'base64').toString('utf8');
  const found = /^([a-z0-9.-]+)(\/[^?]*)?\?([!-~]+)$/.exec(text);
  if (!found) return undefined;
  const [, host, path = '/', query] = found;
  // The generator adds the version once the URL is signed.
  const rawQuery = query!.replace(/&Version=1$/, '');
  return { method: 'POST', rawPath: path, rawQuery, headers: {}, host: host! };
}

async function verifyShort(token: string, verifier: Verifier): Promise<Authenticated> {
  const request = urlOf(token);
  const query = new URLSearchParams(request?.rawQuery);
  if (!request || query.get('Action') !== 'CallWithBearerToken' || request.host !== 'bedrock.amazonaws.com')
    throw notValid();
  if (!(Number(query.get('X-Amz-Expires')) <= SHORT_TERM_SECONDS_MAX))
    throw refused('Authentication failed: The API Key is valid for more than 12 hours.');
  const auth = await verify(request, verifier, async () => EMPTY_SHA256).catch((error: unknown) => {
    if (error instanceof AuthError && error.failure === 'expired-url')
      throw refused('Authentication failed: The API Key has expired.');
    if (error instanceof AuthError && error.failure === 'bad-signature') throw notValid();
    throw error;
  });
  if (auth.scope.service !== 'bedrock') throw notValid();
  return { ...auth, payload: { kind: 'unsigned' }, presigned: false, bearer: 'SHORT_TERM' };
}
