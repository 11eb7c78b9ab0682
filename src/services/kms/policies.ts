import { decide, namedPolicy, PolicyError, readPolicy } from '../../engines/policy/policy.ts';
import type { Call } from '../../kernel/call.ts';
import { policyNames } from '../../kernel/principals/principal.ts';
import { page } from '../../kernel/resources.ts';
import type { Handlers } from '../../kernel/service.ts';
import { invalidMarker, malformedPolicy, notFound, limitExceeded } from './errors.ts';
import { changeKey, openOwnKey, readLimit } from './key-id.ts';
import { POLICIES_PAGE, POLICY_BYTES_MAX } from './limits.ts';
import { identifyPrincipals, shownPolicy, type KeyPolicy } from './policy-principals.ts';

type Kms = Handlers<typeof import('@aws-sdk/client-kms')>;

/** A key has one policy, and this is its name. */
const POLICY_NAME = 'default';

/** What a key gets that is made without a policy, to the letter. Source: Developer Guide, "Default key policy". */
export function defaultPolicy(call: Pick<Call, 'account' | 'partition'>): string {
  return `{
  "Version" : "2012-10-17",
  "Id" : "key-default-1",
  "Statement" : [ {
    "Sid" : "Enable IAM User Permissions",
    "Effect" : "Allow",
    "Principal" : {
      "AWS" : "arn:${call.partition}:iam::${call.account}:root"
    },
    "Action" : "kms:*",
    "Resource" : "*"
  } ]
}`;
}

/**
 * Refuses a key policy that is none, that names users or roles which are not there, or (unless that check is bypassed) that would lock the
 * caller out. Throws MalformedPolicyDocumentException, LimitExceededException. Returns it as a key keeps it.
 */
export async function checkPolicy(call: Call, text: string, owner: string, bypass: boolean): Promise<KeyPolicy> {
  if (Buffer.byteLength(text) > POLICY_BYTES_MAX)
    throw limitExceeded(`The key policy exceeds the quota of ${POLICY_BYTES_MAX} bytes.`);
  try {
    readPolicy(text, 'resource');
  } catch (error) {
    if (error instanceof PolicyError) throw malformedPolicy(error.message);
    throw error;
  }
  const found = await identifyPrincipals(call, text);
  if (!found) throw malformedPolicy('Policy contains a statement with one or more invalid principals.');
  if (!bypass && !leavesAWay(call, text, owner))
    throw malformedPolicy('The new key policy will not allow you to update the key policy in the future.');
  return found;
}

/** Stands for what the account's own policies say: a key policy that leaves it to them locks nobody out. */
const ACCOUNT_ALLOWS = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 'kms:PutKeyPolicy', Resource: '*' }],
});

/** Whether the key policy lets the caller, or its account, put another one under it. */
function leavesAWay(call: Call, text: string, owner: string): boolean {
  const { principal } = call;
  const identity = [namedPolicy({ id: 'account', from: 'account', document: ACCOUNT_ALLOWS }, 'identity')];
  const resource = [namedPolicy({ id: POLICY_NAME, from: 'key policy', document: text }, 'resource')];
  const keys: Record<string, string> = {
    'kms:calleraccount': principal.account,
    'aws:principalaccount': principal.account,
    'aws:principalarn': principal.arn,
  };
  const request = {
    principal: policyNames(principal),
    action: 'kms:PutKeyPolicy',
    resource: '*',
    context: (key: string) => keys[key],
  };
  return decide(request, { identity, resource, owner, closed: true }).allowed;
}

export const GetKeyPolicy: Kms['GetKeyPolicy'] = async (call, input) => {
  const key = await openOwnKey(call, input.KeyId!);
  requireName(input.PolicyName);
  return { Policy: await shownPolicy(call, key), PolicyName: POLICY_NAME };
};

export const ListKeyPolicies: Kms['ListKeyPolicies'] = async (call, input) => {
  await openOwnKey(call, input.KeyId!);
  const { items } = page([POLICY_NAME], input.Marker, readLimit(input.Limit, POLICIES_PAGE), invalidMarker);
  return { PolicyNames: items, Truncated: false };
};

/** Replaces the key policy. */
export const PutKeyPolicy: Kms['PutKeyPolicy'] = async (call, input) => {
  const key = await openOwnKey(call, input.KeyId!);
  requireName(input.PolicyName);
  const bypass = input.BypassPolicyLockoutSafetyCheck ?? false;
  const policy = await checkPolicy(call, input.Policy!, key.account, bypass);
  await changeKey(call, key, ({ policyById: _policyById, principalIds: _principalIds, ...rest }) => ({
    ...rest,
    ...policy,
  }));
  return {};
};

function requireName(name: string | undefined): void {
  if (name !== undefined && name !== POLICY_NAME) throw notFound(`No such policy exists`);
}
