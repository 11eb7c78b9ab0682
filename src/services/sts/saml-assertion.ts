import { createThreadPool } from '../../engines/threads/pool.ts';
import { AwsError } from '../../kernel/errors.ts';
import { invalidIdentityToken, notBuilt, rejectedClaim } from './errors.ts';

/** What a SAML response says, out of the part of it that its identity provider has signed. Times are virtual ms. */
export type Assertion = {
  issuer: string;
  issuedAtMs: number;
  /** `Conditions` */
  notBeforeMs?: number;
  notOnOrAfterMs?: number;
  audiences: string[];
  subject: string;
  /** `Format` of the NameID, whole. */
  subjectFormat?: string;
  /** `SubjectConfirmationData` of the bearer. */
  recipient: string;
  confirmedUntilMs: number;
  sessionNotOnOrAfterMs?: number;
  /** Values by name. */
  attributes: ReadonlyMap<string, readonly string[]>;
};

export type AssertionJob = { xml: string; certificates: readonly string[] };
export type AssertionOutcome =
  | { assertion: Assertion }
  | { invalid: string }
  | { encrypted: true }
  | { rejected: true };

/** Real ms: a response that takes longer is refused. */
const CHECK_MS_MAX = 5_000;

const threads = createThreadPool({
  name: 'saml-assertion.worker',
  from: import.meta.url,
  threads: 1,
  waitingMax: 64,
  busy: () => new AwsError('Throttling', 'Rate exceeded', 400),
  idleTimeoutMs: 10_000,
  resourceLimits: { maxOldGenerationSizeMb: 256 },
});

/**
 * Reads a response and checks its signature, in a thread: anybody may send one, and canonical forms can be made costly.
 *
 * @param response base64 of the XML
 * @param certificates of the identity provider, PEM
 */
export async function readAssertion(
  response: string,
  certificates: readonly string[],
  signal: AbortSignal,
): Promise<Assertion> {
  const base64 = response.replaceAll(/\s+/g, '');
  const bytes = /^[A-Za-z0-9+/]*={0,2}$/.test(base64) ? Buffer.from(base64, 'base64') : Buffer.alloc(0);
  const xml = bytes.toString('utf8').trim();
  if (!xml.startsWith('<')) throw invalidIdentityToken('Invalid base64 SAMLResponse');
  const job: AssertionJob = { xml, certificates };
  const deadline = AbortSignal.timeout(CHECK_MS_MAX);
  const outcome = await threads
    .run<AssertionOutcome>(job, { signal: AbortSignal.any([signal, deadline]) })
    .catch((error: unknown) => {
      if (deadline.aborted && !signal.aborted) throw invalidIdentityToken('The SAML response takes too long to check');
      throw error;
    });
  if ('encrypted' in outcome) throw notBuilt('Reading encrypted SAML assertions');
  if ('rejected' in outcome) throw rejectedClaim('The identity provider reported that authentication failed.');
  if ('invalid' in outcome) throw invalidIdentityToken(outcome.invalid);
  return outcome.assertion;
}
