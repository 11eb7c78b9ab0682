import { collection } from '../store/store.ts';
import type { Tags } from './records.ts';

/** Identity providers that an account trusts: written by IAM, read by STS when it checks assertions and tokens. */
export type SamlProvider = {
  account: string;
  name: string;
  arn: string;
  /** The metadata document as given. */
  metadata: string;
  /** `entityID` of the document's entity descriptor. */
  issuer: string;
  /** Signing certificates of the identity provider, PEM. */
  certificates: string[];
  /** Virtual ms. */
  validUntilMs: number;
  createdAtMs: number;
  tags: Tags;
  uuid: string;
};

export type OidcProvider = {
  account: string;
  /** Without its scheme, as in the ARN: `token.actions.githubusercontent.com`. */
  url: string;
  arn: string;
  /** Audiences. */
  clientIds: string[];
  /** SHA-1 of certificates, 40 hexadecimal digits each, as given. */
  thumbprints: string[];
  createdAtMs: number;
  tags: Tags;
};

/** Keyed by account and name. */
export const samlProviders = collection<SamlProvider>('kernel/saml-provider');
/** Keyed by account and URL without its scheme. */
export const oidcProviders = collection<OidcProvider>('kernel/oidc-provider');
