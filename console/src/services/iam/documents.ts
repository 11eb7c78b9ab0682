/** Policies come percent-encoded from IAM. */
export function documentText(encoded: string | undefined): string {
  if (encoded === undefined) return '';
  try {
    return decodeURIComponent(encoded);
  } catch {
    return encoded;
  }
}

export const policyName = (arn: string): string => arn.split('/').at(-1) ?? arn;
export const policyHref = (arn: string): string => `#/iam/policies/${encodeURIComponent(arn)}`;
