import { hmacHex, sameText, scopeText, sha256 } from '../kernel/signing.ts';
import { AuthError, type Authenticated } from './sigv4.ts';

/** A signed event: the outer frame of an event stream. */
export type SignedEvent = {
  date: Date;
  /** The encoded `:date` header: part of what is signed. */
  dateHeader: Uint8Array;
  signature: Uint8Array;
  /** The inner frame; empty in the closing event. */
  payload: Uint8Array;
};

/** Checks the chain of event signatures that starts at the request's own. */
export function eventVerifier(auth: Authenticated): (event: SignedEvent) => void {
  let previous = auth.signature;
  return ({ date, dateHeader, signature, payload }) => {
    const timestamp = date.toISOString().replace(/[-:]|\.\d{3}/g, '');
    const scope = { ...auth.scope, date: timestamp.slice(0, 8) };
    const text = [
      'AWS4-HMAC-SHA256-PAYLOAD',
      timestamp,
      scopeText(scope),
      previous,
      sha256(dateHeader),
      sha256(payload),
    ].join('\n');
    const expected = hmacHex(auth.signingKey, text);
    if (!sameText(expected, Buffer.from(signature).toString('hex')))
      throw new AuthError('bad-signature', 'The signature of an event does not match.');
    previous = expected;
  };
}
