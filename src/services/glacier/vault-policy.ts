import * as client from '@aws-sdk/client-glacier';
import { arnParts, matchesArn, pattern } from '../../engines/policy/pattern.ts';
import { PolicyError, readPolicy, type Policy } from '../../engines/policy/policy.ts';
import { invalid } from './errors.ts';
import { POLICY_BYTES_MAX } from './limits.ts';

/**
 * Vault access and vault lock policies, as they may be set. Source: Developer Guide, "Amazon S3 Glacier Access Control with Vault Access
 * Policies", "… with Vault Lock Policies".
 */
const ACTIONS = Object.keys(client)
  .filter((name) => /^[A-Z].+Command$/.test(name))
  .map((name) => `glacier:${name.slice(0, -'Command'.length)}`.toLowerCase());

const bad = (message: string) => invalid(`Invalid policy document: ${message}`);

/** Throws InvalidParameterValueException, which says what is wrong with the policy of the vault `arn`. */
export function checkPolicy(text: string, arn: string): void {
  if (Buffer.byteLength(text) > POLICY_BYTES_MAX) throw bad(`it is larger than ${POLICY_BYTES_MAX} bytes`);
  const policy = read(text);
  const parts = arnParts(arn);
  if (policy.statements.length === 0) throw bad('Statement is missing');
  for (const { actions, resources, principal } of policy.statements) {
    for (const one of actions) {
      if (!ACTIONS.some(pattern(one.toLowerCase(), { wild: true, variables: false }).matches!))
        throw bad(`${one} is no action of Amazon S3 Glacier`);
    }
    for (const one of resources)
      if (!matchesArn(one, parts, noContext)) throw bad(`the resource ${one.text} is not the vault ${arn}`);
    for (const one of principal?.aws ?? []) if (!PRINCIPAL.test(one)) throw bad(`${one} is no principal`);
  }
}

const noContext = () => undefined;
const PRINCIPAL = /^(\*|\d{12}|arn:aws[a-z-]*:(iam|sts)::\d{12}:.+|A[A-Z0-9]{15,})$/;

function read(text: string): Policy {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    throw bad('it is not JSON');
  }
  try {
    return readPolicy(document, 'resource');
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    throw bad(error.element === '' ? error.message : `${error.message} (${error.element})`);
  }
}
