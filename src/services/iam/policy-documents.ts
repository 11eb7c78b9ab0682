import { parsePolicy, PolicyError, type Policy } from '../../engines/policy/policy.ts';
import { limitExceeded, malformedPolicy, overQuota } from './errors.ts';
import type { IdentityKind } from './identities.ts';
import { INLINE_SIZE_MAX, MANAGED_POLICY_SIZE_MAX, TRUST_SIZE_MAX } from './limits.ts';

/** Characters that count: IAM leaves white space out. */
const sizeOf = (document: string) => document.replaceAll(/\s/g, '').length;

/** A document as the evaluator reads it; `fail` makes the error of one that is none, of IAM's words. */
export function readDocument(
  document: string,
  kind: 'identity' | 'trust' | 'resource',
  fail: (message: string) => Error = malformedPolicy,
): Policy {
  try {
    return parsePolicy(document, kind);
  } catch (error) {
    if (error instanceof PolicyError) throw fail(error.message);
    throw error;
  }
}

export function checkManaged(document: string): void {
  readDocument(document, 'identity');
  if (sizeOf(document) > MANAGED_POLICY_SIZE_MAX) throw overQuota('PolicySize', MANAGED_POLICY_SIZE_MAX);
}

/** The inline policies of an identity share one quota. */
export function checkInline(kind: IdentityKind, name: string, inline: Record<string, string>, added: string): void {
  readDocument(added, 'identity');
  const size = Object.values(inline).reduce((sum, document) => sum + sizeOf(document), 0);
  const max = INLINE_SIZE_MAX[kind];
  if (size > max) throw limitExceeded(`Maximum policy size of ${max} bytes exceeded for ${kind} ${name}`);
}

/** What a trust policy may let somebody do. Source: IAM User Guide, "How to use trust policies with IAM roles". */
const TRUST_ACTIONS = [
  'sts:assumerole',
  'sts:assumerolewithsaml',
  'sts:assumerolewithwebidentity',
  'sts:setcontext',
  'sts:setsourceidentity',
  'sts:tagsession',
];

function isOfTrust(action: string): boolean {
  const folded = action.toLowerCase();
  if (!folded.endsWith('*')) return TRUST_ACTIONS.includes(folded);
  return TRUST_ACTIONS.some((one) => one.startsWith(folded.slice(0, -1)));
}

/** A trust policy speaks of taking on a role, and of nothing else. */
export function readTrust(document: string): Policy {
  const policy = readDocument(document, 'trust');
  for (const { actions } of policy.statements)
    for (const action of actions)
      if (!isOfTrust(action)) throw malformedPolicy('AssumeRole policy may only specify STS AssumeRole actions.');
  if (sizeOf(document) > TRUST_SIZE_MAX) throw overQuota('ACLSizePerRole', TRUST_SIZE_MAX);
  return policy;
}

/** As answers carry documents: percent-encoded by RFC 3986. Source: IAM API Reference, GetPolicyVersion. */
export const encodeDocument = (document: string) =>
  encodeURIComponent(document).replaceAll(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
