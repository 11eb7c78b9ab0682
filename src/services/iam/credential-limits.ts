/** Quotas of what identities prove themselves with. Source: IAM User Guide, "IAM and AWS STS quotas", unless another is named. */
export const ACCESS_KEYS_PER_USER_MAX = 2;
export const MFA_DEVICES_PER_USER_MAX = 8;
/** Virtual devices of an account: as many as it may have users. */
export const VIRTUAL_MFA_DEVICES_MAX = 5_000;
export const SIGNING_CERTIFICATES_PER_USER_MAX = 2;
export const SSH_PUBLIC_KEYS_PER_USER_MAX = 5;
/** Of one service. Source: IAM User Guide, "Service-specific credentials for IAM users". */
export const SERVICE_CREDENTIALS_PER_USER_MAX = 2;
export const SERVER_CERTIFICATES_MAX = 20;
export const SAML_PROVIDERS_MAX = 100;
export const OIDC_PROVIDERS_MAX = 100;
/** Audiences of one OIDC provider. */
export const CLIENT_IDS_MAX = 100;
/** Source: IAM API Reference, CreateOpenIDConnectProvider, `ThumbprintList`. */
export const THUMBPRINTS_MAX = 5;
/** Keys in the metadata of one SAML provider. */
export const SAML_KEYS_MAX = 10;
/** Elements of one metadata document; ours: the document's length is AWS's. */
export const SAML_ELEMENTS_MAX = 20_000;
/** Source: IAM API Reference, GetCredentialReport. */
export const CREDENTIAL_REPORT_MS = 4 * 3_600_000;
/** How long a report of last use is kept. Source: IAM API Reference, GetServiceLastAccessedDetails. */
export const ACCESS_REPORT_MS = 7 * 86_400_000;
/** How far back the use of services is told. Source: IAM User Guide, "Refine permissions in AWS using last accessed information". */
export const TRACKING_DAYS = 400;
/** Passwords of an account without a policy of its own. Source: IAM User Guide, "Set an account password policy". */
export const DEFAULT_PASSWORD_LENGTH_MIN = 8;
/** What UpdateAccountPasswordPolicy sets when it is not told. Source: IAM API Reference, UpdateAccountPasswordPolicy. */
export const PASSWORD_LENGTH_MIN = 6;
