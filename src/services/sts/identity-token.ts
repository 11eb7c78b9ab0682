import { compactVerify, createLocalJWKSet, decodeJwt, decodeProtectedHeader, errors, type JSONWebKeySet } from 'jose';
import { z } from 'zod';
import type { Call } from '../../kernel/call.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { OutboundError } from '../../kernel/outbound.ts';
import type { OidcProvider } from '../../kernel/principals/federation.ts';
import { expiredToken, idpUnreachable, invalidIdentityToken } from './errors.ts';

/** What an OpenID Connect ID token claims, its signature checked. */
export type Claims = {
  iss: string;
  sub: string;
  /** As the token has them, in a list. */
  aud: string[];
  azp?: string;
  amr?: string[];
  all: Readonly<Record<string, unknown>>;
};

/** Source: STS API Reference, AssumeRoleWithWebIdentity, `WebIdentityToken`. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512'];
/** Bytes of a discovery document or a key set. */
const DOCUMENT_BYTES_MAX = 256 * 1024;
/** Real ms. */
const FETCH_MS_MAX = 5_000;
/** Source: IAM User Guide, "Create an OpenID Connect (OIDC) identity provider in IAM": 100 RSA and 100 EC keys. */
const KEYS_MAX = 200;
/** Virtual ms a provider's keys are kept. */
const KEYS_KEPT_MS = 3_600_000;
/** Virtual ms after which keys are fetched anew for a key id that is not among them. */
const KEYS_FRESH_MS = 30_000;
const PROVIDERS_KEPT_MAX = 200;
/** Virtual ms: an identity provider's clock may be a little ahead. */
const SKEW_MS_MAX = 60_000;

const discovery = z.object({ issuer: z.string(), jwks_uri: z.url() });
const keySet = z.object({ keys: z.array(z.looseObject({ kty: z.string() })).max(KEYS_MAX) });

/** The issuer that a token names, before anything of it is believed. */
export function claimedIssuer(token: string): string {
  try {
    const { iss } = decodeJwt(token);
    if (typeof iss === 'string') return iss;
  } catch {
    throw invalidIdentityToken(
      'The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)',
    );
  }
  throw invalidIdentityToken('Missing a required claim: iss');
}

/** Checks a token's signature by its provider's keys, and its times. */
export async function readIdentityToken(call: Call, token: string, provider: OidcProvider): Promise<Claims> {
  const issuer = claimedIssuer(token);
  await checkSignature(call, token, provider, issuer);
  const all = decodeJwt(token) as Record<string, unknown>;
  const nowMs = call.kernel.clock.now();
  const text = (name: string) => {
    const value = all[name];
    if (typeof value !== 'string' || value === '') throw invalidIdentityToken(`Missing a required claim: ${name}`);
    return value;
  };
  const time = (name: string) => {
    const value = all[name];
    if (value === undefined) throw invalidIdentityToken(`Missing a required claim: ${name}`);
    if (typeof value !== 'number' || !Number.isSafeInteger(value))
      throw invalidIdentityToken(`The claim ${name} must be an integer`);
    return value * 1000;
  };
  const sub = text('sub');
  const expiresMs = time('exp');
  const startMs = Math.max(time('iat'), all['nbf'] === undefined ? -Infinity : time('nbf'));
  if (nowMs >= expiresMs)
    throw expiredToken(
      `Token expired: current date/time ${Math.floor(nowMs / 1000)} must be before the expiration date/time ${expiresMs / 1000}`,
    );
  if (startMs > nowMs + SKEW_MS_MAX) throw invalidIdentityToken('Token is not valid yet');
  const aud = strings(all['aud']);
  if (aud === undefined || aud.length === 0) throw invalidIdentityToken('Missing a required claim: aud');
  const azp = all['azp'] === undefined ? undefined : text('azp');
  const amr = strings(all['amr']);
  return { iss: issuer, sub, aud, ...(azp === undefined ? {} : { azp }), ...(amr ? { amr } : {}), all };
}

function strings(value: unknown): string[] | undefined {
  if (typeof value === 'string') return [value];
  return Array.isArray(value) && value.every((one) => typeof one === 'string') ? value : undefined;
}

async function checkSignature(call: Call, token: string, provider: OidcProvider, issuer: string): Promise<void> {
  const { alg } = protectedHeader(token);
  if (alg === undefined || !ALGORITHMS.includes(alg))
    throw invalidIdentityToken(`Token must be signed using one of ${ALGORITHMS.join(', ')}`);
  const verify = async (keys: JSONWebKeySet) => {
    await compactVerify(token, createLocalJWKSet(keys), { algorithms: ALGORITHMS });
  };
  try {
    const kept = await keysOf(call, provider, issuer, KEYS_KEPT_MS);
    await verify(kept).catch(async (error: unknown) => {
      // The provider may have changed its keys since they were fetched.
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      await verify(await keysOf(call, provider, issuer, KEYS_FRESH_MS));
    });
  } catch (error) {
    if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys) throw noKey();
    if (error instanceof errors.JOSEError) throw invalidIdentityToken('The signature of the token is not valid');
    throw error;
  }
}

function protectedHeader(token: string): { alg?: string | undefined } {
  try {
    return decodeProtectedHeader(token);
  } catch {
    return {};
  }
}

const noKey = () =>
  invalidIdentityToken(
    "Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity documentation for requirements",
  );

type Kept = { fetchedMs: number; keys: Promise<JSONWebKeySet> };
/** Keys of providers, fetched not long ago or just now; by stack, provider and issuer. */
const keptByStack = new WeakMap<Kernel, Map<string, Kept>>();

async function keysOf(call: Call, provider: OidcProvider, issuer: string, ageMaxMs: number): Promise<JSONWebKeySet> {
  const { kernel } = call;
  let kept = keptByStack.get(kernel);
  if (!kept) keptByStack.set(kernel, (kept = new Map()));
  const id = `${provider.arn}\n${issuer}\n${provider.thumbprints.join()}`;
  const nowMs = kernel.clock.now();
  const known = kept.get(id);
  if (known && nowMs >= known.fetchedMs && nowMs < known.fetchedMs + ageMaxMs) return known.keys;
  const fetched = { fetchedMs: nowMs, keys: fetchKeys(call, provider, issuer) };
  kept.delete(id);
  kept.set(id, fetched);
  if (kept.size > PROVIDERS_KEPT_MAX) kept.delete(kept.keys().next().value!);
  try {
    return await fetched.keys;
  } catch (error) {
    if (kept.get(id) === fetched) kept.delete(id);
    throw error;
  }
}

/** Not ended by the call that began it: others may wait for the same keys. */
async function fetchKeys(call: Call, provider: OidcProvider, issuer: string): Promise<JSONWebKeySet> {
  const get = async (url: string): Promise<unknown> => {
    const bytes = await call.kernel.outbound.get(new URL(url), {
      bytesMax: DOCUMENT_BYTES_MAX,
      timeoutMs: FETCH_MS_MAX,
      thumbprints: provider.thumbprints,
    });
    return JSON.parse(bytes.toString('utf8')) as unknown;
  };
  try {
    const found = discovery.parse(await get(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`));
    if (found.issuer !== issuer)
      throw invalidIdentityToken(`The issuer of the provider's discovery document is not ${issuer}`);
    return keySet.parse(await get(found.jwks_uri));
  } catch (error) {
    if (error instanceof OutboundError) {
      call.log.warn({ err: error, provider: provider.arn }, 'the keys of an identity provider were not fetched');
      // Whether something answers at an address that is not fetched from is not told apart.
      if (error.refused) throw noKey();
      throw idpUnreachable('Failed to communicate with the identity provider. Please try again.');
    }
    if (error instanceof z.ZodError || error instanceof SyntaxError) throw noKey();
    throw error;
  }
}
