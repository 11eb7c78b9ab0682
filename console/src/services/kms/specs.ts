import type { KeyUsageType } from '@aws-sdk/client-kms';
import type { StatusIndicatorProps } from '@cloudscape-design/components/status-indicator';

const SIGN: KeyUsageType[] = ['SIGN_VERIFY'];
const SIGN_OR_AGREE: KeyUsageType[] = ['SIGN_VERIFY', 'KEY_AGREEMENT'];
const ENCRYPT_OR_SIGN: KeyUsageType[] = ['ENCRYPT_DECRYPT', 'SIGN_VERIFY'];
const MAC: KeyUsageType[] = ['GENERATE_VERIFY_MAC'];

/** Usages of each spec. Source: KMS Developer Guide, "Key spec reference". */
export const SPECS: Record<string, KeyUsageType[]> = {
  SYMMETRIC_DEFAULT: ['ENCRYPT_DECRYPT'],
  RSA_2048: ENCRYPT_OR_SIGN,
  RSA_3072: ENCRYPT_OR_SIGN,
  RSA_4096: ENCRYPT_OR_SIGN,
  ECC_NIST_P256: SIGN_OR_AGREE,
  ECC_NIST_P384: SIGN_OR_AGREE,
  ECC_NIST_P521: SIGN_OR_AGREE,
  ECC_SECG_P256K1: SIGN,
  HMAC_224: MAC,
  HMAC_256: MAC,
  HMAC_384: MAC,
  HMAC_512: MAC,
  ML_DSA_44: SIGN,
  ML_DSA_65: SIGN,
  ML_DSA_87: SIGN,
};

export const STATES: Record<string, { type: StatusIndicatorProps.Type; text: string }> = {
  Enabled: { type: 'success', text: 'Enabled' },
  Disabled: { type: 'stopped', text: 'Disabled' },
  PendingDeletion: { type: 'warning', text: 'Pending deletion' },
  PendingImport: { type: 'pending', text: 'Pending import' },
  PendingReplicaDeletion: { type: 'warning', text: 'Pending replica deletion' },
};
