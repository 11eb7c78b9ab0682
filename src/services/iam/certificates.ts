import { MalformedCertificateException } from '@aws-sdk/client-iam';
import { X509Certificate } from 'node:crypto';

/** Certificates a chain may have; ours: AWS bounds its length in characters alone. */
const CHAIN_MAX = 50;
const BLOCK = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g;

export const malformed = (message: string) => new MalformedCertificateException({ message, $metadata: {} });

/** The one certificate of a PEM text. Throws MalformedCertificate. */
export function readCertificate(pem: string): X509Certificate {
  const [certificate, ...more] = readAll(pem);
  if (!certificate || more.length > 0)
    throw malformed('Unable to parse certificate. Please ensure the certificate is in PEM format.');
  return certificate;
}

/** Holds a chain to its order: each certificate was issued by the next. Throws MalformedCertificate. */
export function checkChain(certificate: X509Certificate, pem: string): void {
  const chain = [certificate, ...readAll(pem)];
  const issued = chain.slice(0, -1).every((one, at) => {
    const issuer = chain[at + 1]!;
    return one.checkIssued(issuer) && one.verify(issuer.publicKey);
  });
  if (chain.length < 2 || !issued)
    throw malformed(
      'Unable to validate certificate chain. The certificate chain must start with the immediate signing certificate, followed by any intermediaries in order.',
    );
}

function readAll(pem: string): X509Certificate[] {
  const blocks = pem.match(BLOCK) ?? [];
  if (blocks.length > CHAIN_MAX) throw malformed(`A certificate chain has at most ${CHAIN_MAX} certificates.`);
  try {
    return blocks.map((block) => new X509Certificate(block));
  } catch {
    throw malformed('Unable to parse certificate. Please ensure the certificate is in PEM format.');
  }
}
