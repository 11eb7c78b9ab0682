import { DOMParser, XMLSerializer, type Element } from '@xmldom/xmldom';
import { SignedXml } from 'xml-crypto';
import type { Assertion, AssertionJob, AssertionOutcome } from './saml-assertion.ts';

/**
 * Checks the signature of a SAML response and reads what it covers. Everything read comes out of the very text whose digest was signed, so
 * that moving signed parts about, or hiding others beside them, is of no use. Source: SAML 2.0 Core, section 5; XML Signature Best
 * Practices.
 */
const PROTOCOL = 'urn:oasis:names:tc:SAML:2.0:protocol';
const ASSERTION = 'urn:oasis:names:tc:SAML:2.0:assertion';
const SIGNATURE = 'http://www.w3.org/2000/09/xmldsig#';
const BEARER = 'urn:oasis:names:tc:SAML:2.0:cm:bearer';
const SUCCESS = 'urn:oasis:names:tc:SAML:2.0:status:Success';

const EXCLUSIVE = 'http://www.w3.org/2001/10/xml-exc-c14n#';
const ENVELOPED = `${SIGNATURE}enveloped-signature`;
const TRANSFORMS = new Set([ENVELOPED, EXCLUSIVE]);

const ELEMENTS_MAX = 2_000;
const DEPTH_MAX = 40;
const ATTRIBUTES_MAX = 200;

const SIGNATURE_INVALID = 'Response signature invalid';
const RESPONSE_INVALID = 'Invalid SAML response';

class Invalid extends Error {}
class Encrypted extends Error {}
class Rejected extends Error {}

export default function check(job: AssertionJob): AssertionOutcome {
  try {
    return { assertion: facts(signedAssertion(job)) };
  } catch (error) {
    if (error instanceof Invalid) return { invalid: error.message };
    if (error instanceof Encrypted) return { encrypted: true };
    if (error instanceof Rejected) return { rejected: true };
    throw error;
  }
}

/** The assertion as its provider signed it: by itself, or within the response. */
function signedAssertion({ xml, certificates }: AssertionJob): Element {
  // No comments, document types, entities or CDATA: what they would hide or repeat is not wanted here.
  if (xml.includes('<!') || /<\?(?!xml\s)/i.test(xml)) throw new Invalid(RESPONSE_INVALID);
  const root = parse(xml);
  bound(root);
  if (root.namespaceURI !== PROTOCOL || root.localName !== 'Response') throw new Invalid(RESPONSE_INVALID);
  if (children(root, ASSERTION, 'EncryptedAssertion').length > 0) throw new Encrypted();
  const [status] = Array.from(children(root, PROTOCOL, 'Status')).flatMap((one) =>
    children(one, PROTOCOL, 'StatusCode'),
  );
  if (status && status.getAttribute('Value') !== SUCCESS) throw new Rejected();
  const assertion = onlyAssertion(root);
  const ofResponse = children(root, SIGNATURE, 'Signature');
  const ofAssertion = children(assertion, SIGNATURE, 'Signature');
  const all = root.getElementsByTagNameNS(SIGNATURE, 'Signature').length;
  if (all !== ofResponse.length + ofAssertion.length || ofResponse.length > 1 || ofAssertion.length > 1 || all === 0)
    throw new Invalid(SIGNATURE_INVALID);
  const inner = ofAssertion[0] && verified(xml, ofAssertion[0], assertion, certificates);
  const outer = ofResponse[0] && verified(xml, ofResponse[0], root, certificates);
  return outer ? onlyAssertion(outer) : inner!;
}

function onlyAssertion(response: Element): Element {
  const [assertion] = children(response, ASSERTION, 'Assertion');
  if (!assertion || response.getElementsByTagNameNS(ASSERTION, 'Assertion').length !== 1)
    throw new Invalid(RESPONSE_INVALID);
  return assertion;
}

/** The element that the signature is in, read anew from the text that was signed. Throws unless one of the certificates signed it. */
function verified(xml: string, signature: Element, parent: Element, certificates: readonly string[]): Element {
  const id = parent.getAttribute('ID');
  const text = new XMLSerializer().serializeToString(signature);
  for (const certificate of certificates) {
    const signed = new SignedXml({ publicCert: certificate, getCertFromKeyInfo: () => null });
    try {
      signed.loadSignature(text);
      if (signed.canonicalizationAlgorithm !== EXCLUSIVE || !signed.checkSignature(xml)) continue;
    } catch {
      continue;
    }
    const references = signed.getReferences();
    const [reference] = references;
    const [covered] = signed.getSignedReferences();
    if (references.length !== 1 || covered === undefined) throw new Invalid(SIGNATURE_INVALID);
    const isParent = reference!.uri === '' ? parent.parentNode?.nodeType === 9 : !!id && reference!.uri === `#${id}`;
    if (!isParent || reference!.transforms.some((transform) => !TRANSFORMS.has(transform)))
      throw new Invalid(SIGNATURE_INVALID);
    const element = parse(covered);
    if (
      element.localName !== parent.localName ||
      element.namespaceURI !== parent.namespaceURI ||
      element.getAttribute('ID') !== id
    )
      throw new Invalid(SIGNATURE_INVALID);
    return element;
  }
  throw new Invalid(SIGNATURE_INVALID);
}

function facts(assertion: Element): Assertion {
  const text = (element: Element | undefined) => element?.textContent?.trim() ?? '';
  const [subject] = children(assertion, ASSERTION, 'Subject');
  const [nameId] = subject ? children(subject, ASSERTION, 'NameID') : [];
  if (!nameId || text(nameId) === '') throw new Invalid('Subject is required in AuthnResponse');
  const bearers = children(subject!, ASSERTION, 'SubjectConfirmation').filter(
    (one) => one.getAttribute('Method') === BEARER,
  );
  const data = bearers.flatMap((one) => children(one, ASSERTION, 'SubjectConfirmationData'));
  const [confirmation] = data;
  const recipient = confirmation?.getAttribute('Recipient');
  if (data.length !== 1 || !recipient || !confirmation!.getAttribute('NotOnOrAfter'))
    throw new Invalid('SubjectConfirmationData with NotOnOrAfter and Recipient is required in AuthnResponse');
  const [conditions] = children(assertion, ASSERTION, 'Conditions');
  const [authentication] = children(assertion, ASSERTION, 'AuthnStatement');
  const attributes = new Map<string, string[]>();
  const given = children(assertion, ASSERTION, 'AttributeStatement').flatMap((one) =>
    children(one, ASSERTION, 'Attribute'),
  );
  for (const attribute of given) {
    const name = attribute.getAttribute('Name') ?? '';
    const values = children(attribute, ASSERTION, 'AttributeValue').map(text);
    attributes.set(name, [...(attributes.get(name) ?? []), ...values]);
  }
  const format = nameId.getAttribute('Format');
  const notBeforeMs = timeOf(conditions, 'NotBefore');
  const notOnOrAfterMs = timeOf(conditions, 'NotOnOrAfter');
  const sessionNotOnOrAfterMs = timeOf(authentication, 'SessionNotOnOrAfter');
  const issuedAtMs = timeOf(assertion, 'IssueInstant');
  if (issuedAtMs === undefined) throw new Invalid(RESPONSE_INVALID);
  return {
    issuer: text(children(assertion, ASSERTION, 'Issuer')[0]),
    issuedAtMs,
    ...(notBeforeMs === undefined ? {} : { notBeforeMs }),
    ...(notOnOrAfterMs === undefined ? {} : { notOnOrAfterMs }),
    audiences: (conditions ? children(conditions, ASSERTION, 'AudienceRestriction') : [])
      .flatMap((one) => children(one, ASSERTION, 'Audience'))
      .map(text),
    subject: text(nameId),
    ...(format ? { subjectFormat: format } : {}),
    recipient,
    confirmedUntilMs: timeOf(confirmation, 'NotOnOrAfter')!,
    ...(sessionNotOnOrAfterMs === undefined ? {} : { sessionNotOnOrAfterMs }),
    attributes,
  };
}

/** Virtual ms; undefined when the element does not say. */
function timeOf(element: Element | undefined, name: string): number | undefined {
  const text = element?.getAttribute(name);
  if (!text) return undefined;
  const at = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(at)) throw new Invalid(RESPONSE_INVALID);
  return at;
}

function parse(xml: string): Element {
  try {
    const parser = new DOMParser({
      onError: (_level, message) => {
        throw new Invalid(message);
      },
    });
    const root = parser.parseFromString(xml, 'text/xml').documentElement;
    if (root) return root;
  } catch {
    // What the parser says of it is no help to whoever sent it.
  }
  throw new Invalid(RESPONSE_INVALID);
}

/** Holds the document to what any real response needs, before its canonical form is made. */
function bound(root: Element): void {
  const ids = new Set<string>();
  let elements = 0;
  const stack: [Element, number][] = [[root, 1]];
  for (let next = stack.pop(); next; next = stack.pop()) {
    const [element, depth] = next;
    if (++elements > ELEMENTS_MAX || depth > DEPTH_MAX || element.attributes.length > ATTRIBUTES_MAX)
      throw new Invalid(RESPONSE_INVALID);
    for (const name of ['ID', 'Id', 'id']) {
      const id = element.getAttribute(name);
      if (id === null || id === '') continue;
      if (ids.has(id)) throw new Invalid(SIGNATURE_INVALID);
      ids.add(id);
    }
    for (const child of Array.from(element.childNodes))
      if (child.nodeType === 1) stack.push([child as Element, depth + 1]);
  }
}

const children = (parent: Element, namespace: string, name: string): Element[] =>
  Array.from(parent.childNodes).filter(
    (node): node is Element =>
      node.nodeType === 1 && node.namespaceURI === namespace && (node as Element).localName === name,
  );
