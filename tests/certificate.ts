import { createHash, createPrivateKey, generateKeyPairSync, sign, X509Certificate, type KeyObject } from 'node:crypto';

/** DER, as much of it as a certificate needs. */
const der = (tag: number, ...parts: Uint8Array[]) => {
  const body = Buffer.concat(parts);
  const length =
    body.length < 128
      ? Buffer.of(body.length)
      : ((bytes) => Buffer.concat([Buffer.of(0x80 | bytes.length), bytes]))(
          Buffer.from(
            body.length.toString(16).padStart(body.length > 0xffff ? 6 : body.length > 0xff ? 4 : 2, '0'),
            'hex',
          ),
        );
  return Buffer.concat([Buffer.of(tag), length, body]);
};
const sequence = (...parts: Uint8Array[]) => der(0x30, ...parts);
const SHA256_WITH_RSA = sequence(der(0x06, Buffer.from('2a864886f70d01010b', 'hex')), der(0x05));
const COMMON_NAME = der(0x06, Buffer.from('550403', 'hex'));
const time = (date: Date) => der(0x18, Buffer.from(date.toISOString().replace(/[-:T]|\.\d{3}/g, '')));

const named = (name: string) => sequence(der(0x31, sequence(COMMON_NAME, der(0x0c, Buffer.from(name)))));

export type Certified = { name: string; privateKey: KeyObject; certificate: string };

/** A new RSA key and a certificate that it, or an issuer, signed; valid for a century. */
export function makeCertificate(name: string, issuer?: Pick<Certified, 'name' | 'privateKey'>): Certified {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const serial = createHash('sha1')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest();
  serial[0] = 1;
  const content = sequence(
    der(0xa0, der(0x02, Buffer.of(2))),
    der(0x02, serial),
    SHA256_WITH_RSA,
    named(issuer?.name ?? name),
    sequence(time(new Date('2020-01-01T00:00:00Z')), time(new Date('2120-01-01T00:00:00Z'))),
    named(name),
    publicKey.export({ type: 'spki', format: 'der' }),
  );
  const signature = sign('sha256', content, issuer?.privateKey ?? privateKey);
  const whole = sequence(content, SHA256_WITH_RSA, der(0x03, Buffer.concat([Buffer.of(0), signature])));
  return {
    name,
    privateKey: createPrivateKey(privateKey.export({ type: 'pkcs8', format: 'pem' })),
    certificate: new X509Certificate(whole).toString(),
  };
}
