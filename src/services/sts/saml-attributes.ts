import type { ConditionKeys } from '../../kernel/access.ts';

/**
 * SAML attributes that trust policies can look at, by their name in an assertion.
 * Source: IAM User Guide, "Available keys for SAML-based AWS STS federation" and "Mapping SAML attributes to AWS trust policy context keys".
 */
const EDU_PERSON = 'urn:oid:1.3.6.1.4.1.5923.1.1.1.';
const EDU_ORG = 'urn:oid:1.3.6.1.4.1.5923.1.2.1.';
const CLAIMS = 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/';

const KEYS = new Map<string, string>(
  Object.entries({
    [`${EDU_PERSON}1`]: 'saml:edupersonaffiliation',
    [`${EDU_PERSON}2`]: 'saml:edupersonnickname',
    [`${EDU_PERSON}3`]: 'saml:edupersonorgdn',
    [`${EDU_PERSON}4`]: 'saml:edupersonorgunitdn',
    [`${EDU_PERSON}5`]: 'saml:edupersonprimaryaffiliation',
    [`${EDU_PERSON}6`]: 'saml:edupersonprincipalname',
    [`${EDU_PERSON}7`]: 'saml:edupersonentitlement',
    [`${EDU_PERSON}8`]: 'saml:edupersonprimaryorgunitdn',
    [`${EDU_PERSON}9`]: 'saml:edupersonscopedaffiliation',
    [`${EDU_PERSON}10`]: 'saml:edupersontargetedid',
    [`${EDU_PERSON}11`]: 'saml:edupersonassurance',
    [`${EDU_ORG}2`]: 'saml:eduorghomepageuri',
    [`${EDU_ORG}3`]: 'saml:eduorgidentityauthnpolicyuri',
    [`${EDU_ORG}4`]: 'saml:eduorglegalname',
    [`${EDU_ORG}5`]: 'saml:eduorgsuperioruri',
    [`${EDU_ORG}6`]: 'saml:eduorgwhitepagesuri',
    'urn:oid:2.5.4.3': 'saml:cn',
    'urn:oid:2.5.4.4': 'saml:surname',
    'urn:oid:2.5.4.41': 'saml:name',
    'urn:oid:2.5.4.42': 'saml:givenname',
    'urn:oid:2.5.4.45': 'saml:x500uniqueidentifier',
    'urn:oid:0.9.2342.19200300.100.1.1': 'saml:uid',
    'urn:oid:0.9.2342.19200300.100.1.3': 'saml:mail',
    'urn:oid:0.9.2342.19200300.100.1.45': 'saml:organizationstatus',
    [`${CLAIMS}name`]: 'saml:name',
    [`${CLAIMS}givenname`]: 'saml:givenname',
    [`${CLAIMS}surname`]: 'saml:surname',
    [`${CLAIMS}emailaddress`]: 'saml:mail',
    'http://schemas.xmlsoap.org/claims/CommonName': 'saml:commonname',
    'http://schemas.microsoft.com/ws/2008/06/identity/claims/primarygroupsid': 'saml:primarygroupsid',
  }),
);

export function attributeKeys(attributes: ReadonlyMap<string, readonly string[]>): ConditionKeys {
  const keys: Record<string, string[]> = {};
  for (const [name, values] of attributes) {
    const key = KEYS.get(name);
    if (key !== undefined) (keys[key] ??= []).push(...values);
  }
  return keys;
}
