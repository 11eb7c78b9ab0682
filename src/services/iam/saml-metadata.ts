import { X509Certificate } from 'node:crypto';
import { createThreadPool } from '../../engines/threads/pool.ts';
import { AwsError } from '../../kernel/errors.ts';
import { SAML_ELEMENTS_MAX, SAML_KEYS_MAX } from './credential-limits.ts';
import { invalidInput } from './errors.ts';

/** What IAM reads out of an identity provider's metadata. Source: SAML V2.0 Metadata, section 2.3 and 2.4. */
export type SamlMetadata = {
  /** `entityID` */
  issuer: string;
  /** Signing certificates, PEM. */
  certificates: string[];
  /** Virtual ms; undefined when the document does not say. */
  validUntilMs: number | undefined;
};

/** What the thread reads; text as it stands in the document. */
export type SamlReading = { issuer: string; certificates: string[]; validUntil: string | undefined };

const threads = createThreadPool({
  name: 'saml-metadata.worker',
  from: import.meta.url,
  threads: 1,
  waitingMax: 16,
  busy: () => new AwsError('Throttling', 'Rate exceeded', 400),
  idleTimeoutMs: 10_000,
  resourceLimits: { maxOldGenerationSizeMb: 512 },
});

/** Reads a metadata document, in a thread: it may be 10 MB. Rejects with InvalidInput. */
export async function readSamlMetadata(document: string, signal: AbortSignal): Promise<SamlMetadata> {
  const outcome = await threads.run<SamlReading | { invalid: string }>(
    { document, elementsMax: SAML_ELEMENTS_MAX },
    { signal },
  );
  if ('invalid' in outcome) throw invalid(outcome.invalid);
  const { issuer, certificates, validUntil } = outcome;
  if (certificates.length === 0) throw invalid('there is no signing certificate');
  if (certificates.length > SAML_KEYS_MAX) throw invalid(`there are more than ${SAML_KEYS_MAX} signing certificates`);
  const validUntilMs = validUntil === undefined ? undefined : Date.parse(validUntil);
  if (Number.isNaN(validUntilMs)) throw invalid('validUntil is no time');
  return { issuer, certificates: certificates.map(pem), validUntilMs };
}

const invalid = (reason: string) => invalidInput(`Could not parse metadata: ${reason}`);

function pem(base64: string): string {
  try {
    return new X509Certificate(Buffer.from(base64, 'base64')).toString();
  } catch {
    throw invalid('a certificate cannot be read');
  }
}
