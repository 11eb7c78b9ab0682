import type { X509Certificate } from 'node:crypto';
import { lookup, type LookupAddress } from 'node:dns';
import http from 'node:http';
import https from 'node:https';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { checkServerIdentity, connect, type TLSSocket } from 'node:tls';

/**
 * Documents that the stack itself fetches from addresses its users name: an identity provider's keys. Nobody may reach through it what
 * stands behind the stack's own firewall, so every address is looked at when it is connected to (a name may resolve differently a moment
 * later), redirections are not followed, and size and time are bounded.
 */
export class OutboundError extends Error {
  override readonly name = 'OutboundError';
  /** The address is one that is not fetched from, whatever answers there. */
  readonly refused: boolean;
  constructor(message: string, { refused = false, cause }: { refused?: boolean; cause?: unknown } = {}) {
    super(message, { cause });
    this.refused = refused;
  }
}

export type OutboundRequest = {
  /** Bytes; a longer answer is an error. */
  bytesMax: number;
  /** Real ms for the whole exchange. */
  timeoutMs: number;
  signal?: AbortSignal;
  /** SHA-1 of certificates in hexadecimal: a chain that no known authority signed is trusted when it ends in one of them. */
  thumbprints?: readonly string[];
};

/** An answer as it comes: the body is not bounded, and is the caller's to read. */
export type OutboundAnswer = { status: number; headers: Record<string, string>; body: http.IncomingMessage };

/** Not on the public internet. Source: the IANA special-purpose address registries. */
const PRIVATE = { ipv4: new BlockList(), ipv6: new BlockList() };
for (const [address, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const)
  PRIVATE.ipv4.addSubnet(address, bits, 'ipv4');
for (const [address, bits] of [
  ['::', 96],
  ['::ffff:0:0', 96],
  // Both carry an IPv4 address that a gateway would go on to.
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['100::', 64],
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  ['ff00::', 8],
] as const)
  PRIVATE.ipv6.addSubnet(address, bits, 'ipv6');

/** Whether an address, IPv4 or IPv6, is outside the public internet. */
export function isPrivateAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 0) return true;
  return family === 4 ? PRIVATE.ipv4.check(address, 'ipv4') : PRIVATE.ipv6.check(address, 'ipv6');
}

/** Certificates of a chain. */
const CHAIN_MAX = 10;

const isLoopback = (address: string) => address === '::1' || /^127(\.\d+){3}$/.test(address);

export class Outbound {
  readonly #allowPrivate: boolean;

  /** @param allowPrivate fetch from private addresses too, and from this machine without TLS */
  constructor({ allowPrivate }: { allowPrivate: boolean }) {
    this.#allowPrivate = allowPrivate;
  }

  /** Whether private addresses may be fetched from. */
  get allowsPrivate(): boolean {
    return this.#allowPrivate;
  }

  /** The body of a document; rejects with OutboundError unless it is answered with 200. */
  get(url: URL, request: OutboundRequest): Promise<Buffer> {
    return this.#guarded(url, request, (signal) => this.#exchange(url, request, signal));
  }

  /**
   * Sends a request to an address that the stack's own configuration names, and gives the answer as it comes. Headers are sent as they are.
   * Rejects with OutboundError where nothing answers; redirections are answers like others.
   */
  async send(
    url: URL,
    request: { method: string; headers: Record<string, string>; body: Uint8Array; signal: AbortSignal },
  ): Promise<OutboundAnswer> {
    if (url.protocol !== 'https:' && !(url.protocol === 'http:' && this.#allowPrivate))
      throw new OutboundError(`${url.protocol}//${url.host} is not sent to: it is not https`, { refused: true });
    if (isIP(hostOf(url))) this.#admit(hostOf(url), url);
    const { method, headers, body, signal } = request;
    return new Promise((resolve, reject) => {
      const outgoing = (url.protocol === 'https:' ? https : http).request(url, {
        method,
        headers,
        signal,
        agent: false,
        lookup: this.#lookup(url),
      });
      outgoing.once('error', (error) =>
        reject(
          error instanceof OutboundError ? error : new OutboundError(`${url.href}: ${error.message}`, { cause: error }),
        ),
      );
      outgoing.once('response', (answer) => {
        const plain = Object.entries(answer.headers).map(([name, value]) => [
          name,
          Array.isArray(value) ? value.join(',') : value!,
        ]);
        resolve({
          status: answer.statusCode!,
          headers: Object.fromEntries(plain) as Record<string, string>,
          body: answer,
        });
      });
      outgoing.end(body);
    });
  }

  /** SHA-1 of the last certificate that a host shows, in hexadecimal, whoever signed it; rejects with OutboundError. */
  thumbprint(url: URL, request: Pick<OutboundRequest, 'timeoutMs' | 'signal'>): Promise<string> {
    return this.#guarded(url, request, (signal) => this.#shake(url, signal));
  }

  async #guarded<T>(
    url: URL,
    request: Pick<OutboundRequest, 'timeoutMs' | 'signal'>,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    if (url.protocol !== 'https:' && !(url.protocol === 'http:' && this.#allowPrivate))
      throw new OutboundError(`${url.protocol}//${url.host} is not fetched from: it is not https`, { refused: true });
    if (url.username !== '' || url.password !== '')
      throw new OutboundError(`${url.host}: an address with a password in it is not fetched from`, { refused: true });
    // Node asks nobody for the address of an address.
    if (isIP(hostOf(url))) this.#admit(hostOf(url), url);
    const signal = AbortSignal.any([
      AbortSignal.timeout(request.timeoutMs),
      ...(request.signal ? [request.signal] : []),
    ]);
    try {
      return await work(signal);
    } catch (error) {
      if (error instanceof OutboundError) throw error;
      const cause: unknown = signal.aborted ? signal.reason : error;
      throw new OutboundError(`${url.href}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    }
  }

  #admit(address: string, url: URL): void {
    if (isPrivateAddress(address) && !this.#allowPrivate)
      throw new OutboundError(`${url.host} is not fetched from: ${address} is a private address`, { refused: true });
    if (url.protocol === 'http:' && !isLoopback(address))
      throw new OutboundError(`${url.host} is not fetched from without TLS: it is not this machine`, {
        refused: true,
      });
  }

  /** Resolves a name, and admits what it resolves to. */
  #lookup(url: URL): LookupFunction {
    return (name, options, done) => {
      lookup(name, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
        try {
          if (error) throw error;
          for (const { address } of addresses) this.#admit(address, url);
          if (options.all) (done as (e: null, list: LookupAddress[]) => void)(null, addresses);
          else done(null, addresses[0]!.address, addresses[0]!.family);
        } catch (refusal) {
          done(refusal as NodeJS.ErrnoException, '', 0);
        }
      });
    };
  }

  #shake(url: URL, signal: AbortSignal): Promise<string> {
    const host = hostOf(url);
    const socket = connect({
      host,
      port: Number(url.port || 443),
      lookup: this.#lookup(url),
      ...(isIP(host) ? {} : { servername: host }),
      // Nothing is trusted yet: nothing is sent either.
      rejectUnauthorized: false,
    });
    const giveUp = () => socket.destroy(signal.reason as Error);
    signal.addEventListener('abort', giveUp, { once: true });
    return new Promise<string>((resolve, reject) => {
      socket.once('error', reject);
      socket.once('close', () => reject(new Error('the connection was closed')));
      socket.once('secureConnect', () => {
        const last = lastOf(socket);
        if (last) resolve(sha1Of(last));
        else reject(new Error('no certificate was shown'));
      });
      if (signal.aborted) giveUp();
    }).finally(() => {
      signal.removeEventListener('abort', giveUp);
      socket.destroy();
    });
  }

  #exchange(url: URL, { bytesMax, thumbprints }: OutboundRequest, signal: AbortSignal): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const secure = url.protocol === 'https:';
      const outgoing = (secure ? https : http).request(url, {
        signal,
        headers: { accept: 'application/json', 'user-agent': 'outcrop' },
        agent: false,
        lookup: this.#lookup(url),
        // An authority of the provider's own is known by its thumbprint instead; see `trusted`.
        ...(secure && thumbprints?.length ? { rejectUnauthorized: false } : {}),
      });
      outgoing.once('error', reject);
      outgoing.once('socket', (socket) => {
        if (!secure || !thumbprints?.length) return;
        socket.once('secureConnect', () => {
          if (!trusted(socket as TLSSocket, url.hostname, thumbprints))
            outgoing.destroy(new OutboundError(`${url.host}: its certificate is not trusted`));
        });
      });
      outgoing.once('response', (answer) => {
        if (answer.statusCode !== 200) {
          answer.destroy();
          reject(new OutboundError(`${url.href} answered ${answer.statusCode}`));
          return;
        }
        const chunks: Buffer[] = [];
        let length = 0;
        answer.on('data', (chunk: Buffer) => {
          length += chunk.length;
          if (length > bytesMax) {
            answer.destroy();
            reject(new OutboundError(`${url.href} is longer than ${bytesMax} bytes`));
          } else chunks.push(chunk);
        });
        answer.once('error', reject);
        answer.once('end', () => resolve(Buffer.concat(chunks)));
      });
      outgoing.end();
    });
  }
}

const hostOf = (url: URL) => url.hostname.replace(/^\[|\]$/g, '');
const sha1Of = (certificate: X509Certificate) => certificate.fingerprint.replaceAll(':', '').toLowerCase();

/** The last certificate of the chain that was presented. */
function lastOf(socket: TLSSocket): X509Certificate | undefined {
  let certificate = socket.getPeerX509Certificate();
  for (let depth = 0; certificate && depth < CHAIN_MAX; depth++) {
    const issuer: X509Certificate | undefined = certificate.issuerCertificate;
    if (!issuer || issuer.fingerprint256 === certificate.fingerprint256) return certificate;
    certificate = issuer;
  }
  return certificate;
}

/** Whether the chain that was presented, each certificate signed by the next, ends in one whose thumbprint is known. */
function trusted(socket: TLSSocket, host: string, thumbprints: readonly string[]): boolean {
  if (socket.authorized) return true;
  if (checkServerIdentity(host, socket.getPeerCertificate()) !== undefined) return false;
  const now = Date.now();
  let certificate = socket.getPeerX509Certificate();
  for (let depth = 0; certificate && depth < CHAIN_MAX; depth++) {
    if (Date.parse(certificate.validFrom) > now || Date.parse(certificate.validTo) < now) return false;
    const issuer: X509Certificate | undefined = certificate.issuerCertificate;
    if (!issuer || issuer.fingerprint256 === certificate.fingerprint256) {
      const last = sha1Of(certificate);
      return thumbprints.some((thumbprint) => thumbprint.toLowerCase() === last);
    }
    // Node links certificates by their names: who signed them must be looked at here.
    if (!issuer.ca || !certificate.verify(issuer.publicKey)) return false;
    certificate = issuer;
  }
  return false;
}
