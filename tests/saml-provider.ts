import { createHash, sign, type KeyObject } from 'node:crypto';
import { makeCertificate } from './certificate.ts';

/**
 * A SAML identity provider for tests. It writes its XML in canonical form at once and signs with Node's own cryptography: an
 * implementation apart from the one that checks it.
 */
const NS = { samlp: 'urn:oasis:names:tc:SAML:2.0:protocol', saml: 'urn:oasis:names:tc:SAML:2.0:assertion' };
const DS = 'http://www.w3.org/2000/09/xmldsig#';
const EXCLUSIVE = 'http://www.w3.org/2001/10/xml-exc-c14n#';
export const AWS_ATTRIBUTE = 'https://aws.amazon.com/SAML/Attributes/';
export const SIGN_IN = 'https://signin.aws.amazon.com/saml';

const text = (value: string) => value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
const attribute = (value: string) => value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');

export type SamlFacts = {
  /** When the response is issued: the stack's time. */
  at: Date;
  subject?: string;
  format?: string;
  issuer?: string;
  audience?: string;
  recipient?: string;
  validSeconds?: number;
  sessionSeconds?: number;
  notBefore?: Date;
  /** Values by the name of the attribute; those of AWS by their short names. */
  attributes: Record<string, string | string[]>;
  signs?: 'assertion' | 'response' | 'both' | 'nothing';
  id?: string;
};

export function samlIdentityProvider(entityId: string) {
  const { privateKey, certificate } = makeCertificate(entityId);
  const bare = certificate.replace(/-----[A-Z ]+-----|\s/g, '');
  let serial = 0;

  const respond = (facts: SamlFacts): string => {
    const id = facts.id ?? `_${createHash('sha256').update(`${entityId}${serial++}`).digest('hex')}`;
    const { signs = 'assertion' } = facts;
    const assertion = assertionOf(facts, entityId, `${id}a`);
    const whole = signs === 'assertion' || signs === 'both' ? enveloped(assertion, `${id}a`, privateKey) : assertion;
    const issued = facts.at.toISOString();
    const response = `<samlp:Response xmlns:samlp="${NS.samlp}" Destination="${SIGN_IN}" ID="${id}" IssueInstant="${issued}" Version="2.0"><saml:Issuer xmlns:saml="${NS.saml}">${text(facts.issuer ?? entityId)}</saml:Issuer><samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"></samlp:StatusCode></samlp:Status>${whole}</samlp:Response>`;
    return signs === 'response' || signs === 'both' ? enveloped(response, id, privateKey) : response;
  };

  return {
    entityId,
    privateKey,
    /** What IAM is given. */
    metadata: `<?xml version="1.0" encoding="UTF-8"?><EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="${attribute(entityId)}"><IDPSSODescriptor protocolSupportEnumeration="${NS.samlp}"><KeyDescriptor use="signing"><ds:KeyInfo xmlns:ds="${DS}"><ds:X509Data><ds:X509Certificate>${bare}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></KeyDescriptor><SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="https://idp.example.com/sso"/></IDPSSODescriptor></EntityDescriptor>`,
    /** The XML of a response. */
    respond,
    /** As `AssumeRoleWithSAML` takes it. */
    assert: (facts: SamlFacts) => Buffer.from(respond(facts)).toString('base64'),
  };
}

function assertionOf(facts: SamlFacts, entityId: string, id: string): string {
  const iso = (ms: number) => new Date(ms).toISOString();
  const atMs = facts.at.getTime();
  const endsMs = atMs + (facts.validSeconds ?? 300) * 1000;
  const { recipient = SIGN_IN, audience = SIGN_IN, subject = 'somebody@example.com' } = facts;
  const format = facts.format ?? 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent';
  const session =
    facts.sessionSeconds === undefined ? '' : ` SessionNotOnOrAfter="${iso(atMs + facts.sessionSeconds * 1000)}"`;
  const attributes = Object.entries(facts.attributes)
    .map(([name, values]) => {
      const whole = /^(Role|RoleSessionName|SessionDuration|SourceIdentity|TransitiveTagKeys|PrincipalTag:.*)$/.test(
        name,
      )
        ? AWS_ATTRIBUTE + name
        : name;
      const each = [values].flat().map((value) => `<saml:AttributeValue>${text(value)}</saml:AttributeValue>`);
      return `<saml:Attribute Name="${attribute(whole)}">${each.join('')}</saml:Attribute>`;
    })
    .join('');
  return `<saml:Assertion xmlns:saml="${NS.saml}" ID="${id}" IssueInstant="${iso(atMs)}" Version="2.0"><saml:Issuer>${text(facts.issuer ?? entityId)}</saml:Issuer><saml:Subject><saml:NameID Format="${format}">${text(subject)}</saml:NameID><saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData NotOnOrAfter="${iso(endsMs)}" Recipient="${attribute(recipient)}"></saml:SubjectConfirmationData></saml:SubjectConfirmation></saml:Subject><saml:Conditions NotBefore="${iso((facts.notBefore ?? facts.at).getTime())}" NotOnOrAfter="${iso(endsMs)}"><saml:AudienceRestriction><saml:Audience>${text(audience)}</saml:Audience></saml:AudienceRestriction></saml:Conditions><saml:AuthnStatement AuthnInstant="${iso(atMs)}"${session}><saml:AuthnContext><saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:Password</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement><saml:AttributeStatement>${attributes}</saml:AttributeStatement></saml:Assertion>`;
}

/** The signature over an element that is in canonical form already. */
export function signatureOf(canonical: string, id: string, key: KeyObject): string {
  const digest = createHash('sha256').update(canonical).digest('base64');
  const transforms = [`${DS}enveloped-signature`, EXCLUSIVE]
    .map((algorithm) => `<ds:Transform Algorithm="${algorithm}"></ds:Transform>`)
    .join('');
  const info = (xmlns: string) =>
    `<ds:SignedInfo${xmlns}><ds:CanonicalizationMethod Algorithm="${EXCLUSIVE}"></ds:CanonicalizationMethod><ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"></ds:SignatureMethod><ds:Reference URI="#${id}"><ds:Transforms>${transforms}</ds:Transforms><ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"></ds:DigestMethod><ds:DigestValue>${digest}</ds:DigestValue></ds:Reference></ds:SignedInfo>`;
  const value = sign('sha256', Buffer.from(info(` xmlns:ds="${DS}"`)), key).toString('base64');
  return `<ds:Signature xmlns:ds="${DS}">${info('')}<ds:SignatureValue>${value}</ds:SignatureValue></ds:Signature>`;
}

/** The element with its signature after its first child, the issuer. */
function enveloped(canonical: string, id: string, key: KeyObject): string {
  const end = canonical.indexOf('</saml:Issuer>') + '</saml:Issuer>'.length;
  return canonical.slice(0, end) + signatureOf(canonical, id, key) + canonical.slice(end);
}
