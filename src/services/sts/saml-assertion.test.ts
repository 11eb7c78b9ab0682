import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { makeCertificate } from '../../../tests/certificate.ts';
import { samlIdentityProvider, signatureOf, type SamlFacts } from '../../../tests/saml-provider.ts';
import { testSeed } from '../../../tests/start.ts';
import { generator } from '../../kernel/ids.ts';
import check from './saml-assertion.worker.ts';

const random = generator(testSeed('sts saml assertions'));
const fresh = (prefix: string) => `${prefix}-${Math.floor(random() * 1e9)}`;
const idp = samlIdentityProvider('https://idp.example.com/saml?a=1&b=2');
const certificate = /<ds:X509Certificate>(.*)<\/ds:X509Certificate>/.exec(idp.metadata)![1]!;
const certificates = [`-----BEGIN CERTIFICATE-----\n${certificate}\n-----END CERTIFICATE-----\n`];
const at = new Date('2031-05-05T12:00:00Z');
const read = (xml: string, by = certificates) => check({ xml, certificates: by });
const facts = (more: Partial<SamlFacts> = {}): SamlFacts => ({
  at,
  attributes: { RoleSessionName: fresh('name') },
  ...more,
});
const INVALID = { invalid: 'Response signature invalid' };
const MALFORMED = { invalid: 'Invalid SAML response' };
/** Text of an element by its local name, replaced. */
const altered = (xml: string, from: string | RegExp, to: string) => {
  const after = xml.replace(from, to);
  expect(after).not.toBe(xml);
  return after;
};

describe('A SAML response', () => {
  it.each(['assertion', 'response', 'both'] as const)('says what its provider signed: %s', (signs) => {
    const subject = `${fresh('sub')} <&> "'`;
    const affiliation = ['staff', fresh('member')];
    const outcome = read(
      idp.respond(
        facts({ signs, subject, sessionSeconds: 7_200, attributes: { 'urn:oid:1': affiliation, Role: 'a,b' } }),
      ),
    );
    expect(outcome).toEqual({
      assertion: {
        issuer: idp.entityId,
        issuedAtMs: at.getTime(),
        notBeforeMs: at.getTime(),
        notOnOrAfterMs: at.getTime() + 300_000,
        audiences: ['https://signin.aws.amazon.com/saml'],
        subject,
        subjectFormat: 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent',
        recipient: 'https://signin.aws.amazon.com/saml',
        confirmedUntilMs: at.getTime() + 300_000,
        sessionNotOnOrAfterMs: at.getTime() + 7_200_000,
        attributes: new Map([
          ['urn:oid:1', affiliation],
          ['https://aws.amazon.com/SAML/Attributes/Role', ['a,b']],
        ]),
      },
    });
  });

  it('may be indented outside of what is signed, and have a declaration', () => {
    const xml = idp.respond(facts());
    expect(
      read(`<?xml version="1.0" encoding="UTF-8"?>\n${xml.replace('<samlp:Status>', '\n  <samlp:Status>')}`),
    ).toHaveProperty('assertion');
  });

  it('is signed by any one of the certificates, and by none but those', () => {
    const other = makeCertificate('other').certificate;
    const xml = idp.respond(facts());
    expect(read(xml, [other, ...certificates])).toHaveProperty('assertion');
    expect(read(xml, [other])).toEqual(INVALID);
    expect(read(xml, [])).toEqual(INVALID);
  });

  it('is refused without a signature, with one of another key, and with the key brought along', () => {
    expect(read(idp.respond(facts({ signs: 'nothing' })))).toEqual(INVALID);
    const forger = samlIdentityProvider(idp.entityId);
    expect(read(forger.respond(facts()))).toEqual(INVALID);
    const key = /<ds:X509Certificate>.*<\/ds:X509Certificate>/.exec(forger.metadata)![0];
    const bringing = forger
      .respond(facts())
      .replace(
        '</ds:SignatureValue>',
        `</ds:SignatureValue><ds:KeyInfo><ds:X509Data>${key}</ds:X509Data></ds:KeyInfo>`,
      );
    expect(read(bringing)).toEqual(INVALID);
  });

  it('is refused when anything that was signed is altered', () => {
    const name = fresh('name');
    const xml = idp.respond(facts({ subject: 'anna', attributes: { RoleSessionName: name, Role: 'x,y' } }));
    for (const [from, to] of [
      [name, `${name}x`],
      ['>anna<', '>root<'],
      [/NotOnOrAfter="[^"]*"/, 'NotOnOrAfter="2099-01-01T00:00:00.000Z"'],
      ['>x,y<', '>z,y<'],
      ['<saml:AttributeStatement>', '<saml:AttributeStatement><saml:Attribute Name="a"></saml:Attribute>'],
      [/(<ds:DigestValue>)./, '$1A'],
      [/(<ds:SignatureValue>)../, '$1AA'],
    ] as const)
      expect(read(altered(xml, from, to)), String(from)).toEqual(INVALID);
  });

  it('is refused when a signed assertion is put where another is read', () => {
    const signed = idp.respond(facts({ subject: 'anna' }));
    const assertion = /<saml:Assertion.*<\/saml:Assertion>/s.exec(signed)![0];
    const forged = assertion
      .replace(/<ds:Signature .*<\/ds:Signature>/s, '')
      .replace('>anna<', '>root<')
      .replace(/ID="[^"]*"/, 'ID="_forged"');
    const wrap = (inside: string) => signed.replace(assertion, () => inside);
    const signature = /<ds:Signature .*<\/ds:Signature>/s.exec(assertion)![0];
    const hidden = (where: string) => forged.replace('</saml:Issuer>', () => `</saml:Issuer>${where}`);
    for (const [name, xml] of Object.entries({
      'the forged one before the signed': wrap(forged + assertion),
      'the forged one after the signed': wrap(assertion + forged),
      'the signed one in an extension': wrap(`<samlp:Extensions>${assertion}</samlp:Extensions>${forged}`),
      'the signed one within the forged': wrap(hidden(assertion)),
      'the signed one in an object of the signature that was moved': wrap(
        hidden(
          signature.replace(
            '</ds:Signature>',
            () => `<ds:Object>${assertion.replace(signature, '')}</ds:Object></ds:Signature>`,
          ),
        ),
      ),
      'the signature alone moved to the forged one': wrap(hidden(signature)),
      'both with one id': wrap(forged.replace('_forged', /ID="([^"]*)"/.exec(assertion)![1]!) + assertion),
    })) {
      const outcome = read(xml);
      expect(outcome, name).toHaveProperty('invalid');
    }
  });

  it('is read from what was signed even when the signature is over the response and not the assertion', () => {
    const xml = idp.respond(facts({ signs: 'response', subject: 'anna' }));
    const id = /ID="([^"]*)"/.exec(xml)![1]!;
    // A signature of the provider's over something else: an assertion of its own, long ago, with the id of this response.
    const stolen = signatureOf(
      `<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="${id}"></saml:Assertion>`,
      id,
      idp.privateKey,
    );
    expect(read(xml.replace(/<ds:Signature .*<\/ds:Signature>/s, () => stolen))).toEqual(INVALID);
  });

  it('is refused with two signatures of which one is wrong', () => {
    const xml = idp.respond(facts({ signs: 'both' }));
    const [first, second] = [...xml.matchAll(/<ds:SignatureValue>/g)];
    for (const { index } of [first!, second!]) {
      const cut = index + '<ds:SignatureValue>'.length;
      expect(read(`${xml.slice(0, cut)}AAAA${xml.slice(cut + 4)}`)).toEqual(INVALID);
    }
  });

  it('is refused with algorithms by which anybody could sign, or that leave parts out', () => {
    const xml = idp.respond(facts());
    for (const [from, to] of [
      ['http://www.w3.org/2001/04/xmldsig-more#rsa-sha256', 'http://www.w3.org/2000/09/xmldsig#hmac-sha1'],
      [
        /<ds:Transform Algorithm="http:\/\/www.w3.org\/2001\/10\/xml-exc-c14n#">/,
        '<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116">',
      ],
      [
        /<ds:CanonicalizationMethod Algorithm="[^"]*">/,
        '<ds:CanonicalizationMethod Algorithm="http://www.w3.org/TR/2001/REC-xml-c14n-20010315">',
      ],
    ] as const)
      expect(read(altered(xml, from, to))).toEqual(INVALID);
  });

  it('is refused with comments, document types, entities, CDATA and instructions, wherever they stand', () => {
    const xml = idp.respond(facts({ subject: 'anna@example.com.evil.org' }));
    for (const [from, to] of [
      ['.evil', '<!---->.evil'],
      ['<samlp:Status>', '<!-- x --><samlp:Status>'],
      [/^/, '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'],
      [/^/, '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'],
      ['<samlp:Status>', '<samlp:Extensions><![CDATA[x]]></samlp:Extensions><samlp:Status>'],
      ['<samlp:Status>', '<?php x ?><samlp:Status>'],
    ] as const)
      expect(read(altered(xml, from, to))).toEqual(MALFORMED);
  });

  it('is refused when it is no response, not well-formed, or larger than any response needs to be', () => {
    const xml = idp.respond(facts());
    const deep = (depth: number) =>
      altered(xml, '<samlp:Status>', `${'<a>'.repeat(depth)}${'</a>'.repeat(depth)}<samlp:Status>`);
    for (const bad of [
      '<a/>',
      'text',
      '<',
      xml.slice(0, -5),
      altered(xml, '</samlp:Status>', '</samlp:Statos>'),
      altered(xml, /samlp:Response/g, 'samlp:LogoutResponse'),
      deep(50),
      altered(xml, '<samlp:Status>', `${'<a/>'.repeat(2_500)}<samlp:Status>`),
      altered(
        xml,
        '<samlp:Status>',
        `<a ${Array.from({ length: 300 }, (_, n) => `x${n}=""`).join(' ')}/><samlp:Status>`,
      ),
    ])
      expect(read(bad), bad.slice(0, 200)).toEqual(MALFORMED);
  });

  it('that its provider answered with a failure lets nobody in', () => {
    const xml = altered(idp.respond(facts()), 'status:Success', 'status:Responder');
    expect(read(xml)).toEqual({ rejected: true });
  });

  it('with an encrypted assertion is told apart: it is not read', () => {
    const xml = altered(
      idp.respond(facts()),
      '<samlp:Status>',
      '<saml:EncryptedAssertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"></saml:EncryptedAssertion><samlp:Status>',
    );
    expect(read(xml)).toEqual({ encrypted: true });
  });

  it('cannot bring names that mean something to the reader itself', () => {
    const outcome = read(idp.respond(facts({ attributes: { __proto__x: 'a', constructor: 'b', ['__proto__']: 'c' } })));
    if (!('assertion' in outcome)) throw new Error('refused');
    const { attributes } = outcome.assertion;
    expect(attributes.get('constructor')).toEqual(['b']);
    expect(attributes.get('__proto__')).toEqual(['c']);
  });

  it('of random alterations is never taken for another', () => {
    const subject = 'anna';
    const xml = idp.respond(facts({ subject }));
    const good = JSON.stringify(read(xml));
    for (let round = 0; round < 150; round++) {
      const index = Math.floor(random() * xml.length);
      const char = String.fromCharCode(32 + Math.floor(random() * 95));
      const outcome = read(xml.slice(0, index) + char + xml.slice(index + 1));
      if ('assertion' in outcome) expect(JSON.stringify(outcome)).toBe(good);
    }
  });
});

it('a key pair that nobody trusts signs nothing that is taken', () => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const xml = idp.respond(facts({ signs: 'nothing' }));
  const assertion = /<saml:Assertion.*<\/saml:Assertion>/s.exec(xml)![0];
  const id = /ID="([^"]*)"/.exec(assertion)![1]!;
  const signed = xml.replace(
    '</saml:Issuer><saml:Subject>',
    () => `</saml:Issuer>${signatureOf(assertion, id, privateKey)}<saml:Subject>`,
  );
  expect(read(signed)).toEqual(INVALID);
});
