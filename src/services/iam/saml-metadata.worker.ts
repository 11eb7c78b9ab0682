import { DOMParser, type Element } from '@xmldom/xmldom';
import type { SamlReading } from './saml-metadata.ts';

const METADATA = 'urn:oasis:names:tc:SAML:2.0:metadata';
const SIGNATURE = 'http://www.w3.org/2000/09/xmldsig#';

class Invalid extends Error {}

/** Reads a SAML metadata document; `invalid` says what is wrong with it. */
export default function read({
  document,
  elementsMax,
}: {
  document: string;
  elementsMax: number;
}): SamlReading | { invalid: string } {
  try {
    return readDocument(document, elementsMax);
  } catch (error) {
    if (error instanceof Invalid) return { invalid: error.message };
    throw error;
  }
}

function readDocument(text: string, elementsMax: number): SamlReading {
  // Counted before anything is built: a document of nothing but tags would take all memory.
  let elements = 0;
  for (let at = text.indexOf('<'); at >= 0; at = text.indexOf('<', at + 1))
    if (++elements > 2 * elementsMax) throw new Invalid(`it has more than ${elementsMax} elements`);
  if (/<!DOCTYPE/i.test(text)) throw new Invalid('a document type is not allowed');
  const root = parse(text);
  if (root.namespaceURI !== METADATA || root.localName !== 'EntityDescriptor')
    throw new Invalid('the document is no EntityDescriptor');
  const issuer = root.getAttribute('entityID');
  if (!issuer) throw new Invalid('the EntityDescriptor has no entityID');
  const [provider] = children(root, METADATA, 'IDPSSODescriptor');
  if (!provider) throw new Invalid('there is no IDPSSODescriptor');
  const certificates = children(provider, METADATA, 'KeyDescriptor')
    .filter((key) => key.getAttribute('use') !== 'encryption')
    .flatMap((key) => Array.from(key.getElementsByTagNameNS(SIGNATURE, 'X509Certificate')))
    .map((certificate) => (certificate.textContent ?? '').replace(/\s+/g, ''));
  return {
    issuer,
    certificates: [...new Set(certificates)],
    validUntil: root.getAttribute('validUntil') ?? provider.getAttribute('validUntil') ?? undefined,
  };
}

function parse(text: string): Element {
  try {
    const parser = new DOMParser({
      onError(level, message) {
        if (level !== 'warning') throw new Invalid(message);
      },
    });
    const root = parser.parseFromString(text.trim(), 'text/xml').documentElement;
    if (root) return root;
  } catch {
    throw new Invalid('it is not well-formed XML');
  }
  throw new Invalid('it is empty');
}

const children = (parent: Element, namespace: string, name: string): Element[] =>
  Array.from(parent.childNodes).filter(
    (node): node is Element =>
      node.nodeType === 1 && node.namespaceURI === namespace && (node as Element).localName === name,
  );
