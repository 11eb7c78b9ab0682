import { gradeOf, PolicyError, readPolicy, type Policy, type Statement } from '../../engines/policy/policy.ts';
import type { Call } from '../../kernel/call.ts';
import { policyNames } from '../../kernel/principals/principal.ts';
import { parseArn } from '../../kernel/resources.ts';
import type { Handlers } from '../../kernel/service.ts';
import { changeSecret } from './change.ts';
import { malformedPolicy, publicPolicy } from './errors.ts';
import { openSecret } from './lookup.ts';

type SecretsManager = Handlers<typeof import('@aws-sdk/client-secrets-manager')>;

/** Keys that, held to values of its own, keep strangers out. Source: S3 User Guide, "The meaning of public". */
const NARROWING = new Set([
  'aws:principalaccount',
  'aws:principalarn',
  'aws:principalorgid',
  'aws:principalorgpaths',
  'aws:sourceaccount',
  'aws:sourcearn',
  'aws:sourceip',
  'aws:sourceorgid',
  'aws:sourceorgpaths',
  'aws:sourceowner',
  'aws:sourcevpc',
  'aws:sourcevpce',
  'aws:userid',
  'aws:username',
]);

/** Throws MalformedPolicyDocumentException for what is no policy, and for principals that there are none of. */
async function read(call: Call, document: string): Promise<Policy> {
  let policy: Policy;
  try {
    policy = readPolicy(document, 'resource');
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    throw malformedPolicy(`This resource policy contains a syntax error: ${error.message}`);
  }
  for (const { principal } of policy.statements)
    for (const one of principal?.aws ?? [])
      if (!(await isKnown(call, one))) throw malformedPolicy('This resource policy contains an unsupported principal.');
  return policy;
}

/** Whether a principal can be: of identities AWS holds the policy to those that exist. */
async function isKnown({ kernel: { principals } }: Call, name: string): Promise<boolean> {
  if (name === '*' || /^\d{12}$/.test(name) || /^A(IDA|ROA)[A-Z0-9]+$/.test(name)) return true;
  const parsed = parseArn(name);
  if (!parsed || !/^\d{12}$/.test(parsed.account)) return false;
  const [kind, role] = parsed.resource.split('/');
  if (parsed.service === 'sts') {
    if (kind === 'federated-user') return true;
    return kind === 'assumed-role' && role !== undefined && (await principals.role(parsed.account, role)) !== undefined;
  }
  if (parsed.service !== 'iam') return false;
  if (parsed.resource === 'root') return true;
  if (kind === 'role') return (await principals.roleByArn(name)) !== undefined;
  return kind === 'user' && (await principals.userByArn(name)) !== undefined;
}

/** Whether a statement lets in whoever asks: it names everyone, and no condition narrows them down. */
function isPublic({ effect, principal, notPrincipal, conditions }: Statement): boolean {
  if (effect !== 'Allow' || !(principal?.all || notPrincipal)) return false;
  return !conditions.some(
    ({ key, negated, ifExists, isNull, qualifier, values }) =>
      NARROWING.has(key) &&
      !negated &&
      !ifExists &&
      !isNull &&
      qualifier !== 'all' &&
      values.length > 0 &&
      values.every((value) => !isAnyone(key, value)),
  );
}

/** A value that holds for everybody, or nearly. */
function isAnyone(key: string, value: string): boolean {
  if (key === 'aws:sourceip') return /\/[0-7]$/.test(value);
  if (key === 'aws:sourcearn' || key === 'aws:principalarn') return /^\*|^arn:[^:]*:[^:]*:[^:]*:[^:]*[*?]/.test(value);
  return /^[*?]+$/.test(value);
}

/** Whether the caller could not change the policy again: it is denied to, whatever else is asked. */
function locksOut(policy: Policy, call: Call, arn: string | undefined): boolean {
  const who = policyNames(call.principal);
  return policy.statements.some(
    (statement) =>
      statement.effect === 'Deny' &&
      statement.conditions.length === 0 &&
      statement.action('secretsmanager:putresourcepolicy') !== statement.notAction &&
      !statement.notResource &&
      statement.resources.some(({ all, text }) => all || text === arn) &&
      gradeOf(statement, who) !== undefined,
  );
}

/** Puts the policy on the secret. Source: API Reference, PutResourcePolicy. */
export const PutResourcePolicy: SecretsManager['PutResourcePolicy'] = async (call, input) => {
  const policy = await read(call, input.ResourcePolicy!);
  if (input.BlockPublicPolicy === true && policy.statements.some(isPublic))
    throw publicPolicy(
      'You can’t add this policy because it grants broad access to the secret, and BlockPublicPolicy is set to true.',
    );
  return changeSecret(call, input.SecretId!, (secret) => {
    secret.policy = input.ResourcePolicy!;
    return { ARN: secret.arn, Name: secret.name };
  });
};

/** The policy, as it was put; absent when there is none. */
export const GetResourcePolicy: SecretsManager['GetResourcePolicy'] = async (call, input) => {
  const { arn, name, policy } = await openSecret(call, input.SecretId!);
  return { ARN: arn, Name: name, ...(policy === undefined ? {} : { ResourcePolicy: policy }) };
};

/** Takes the policy off; one that is not there is no error. */
export const DeleteResourcePolicy: SecretsManager['DeleteResourcePolicy'] = (call, input) =>
  changeSecret(call, input.SecretId!, (secret) => {
    delete secret.policy;
    return { ARN: secret.arn, Name: secret.name };
  });

/** Says whether a policy could be put, lets strangers in, or locks the caller out. Source: API Reference, ValidateResourcePolicy. */
export const ValidateResourcePolicy: SecretsManager['ValidateResourcePolicy'] = async (call, input) => {
  const secret = input.SecretId === undefined ? undefined : await openSecret(call, input.SecretId);
  const policy = await read(call, input.ResourcePolicy!);
  const ValidationErrors = policy.statements.filter(isPublic).map(({ sid, index }) => ({
    CheckName: 'PUBLIC_ACCESS',
    ErrorMessage: `The statement ${sid ?? index + 1} grants access to any principal, and no condition limits it to known accounts, principals or networks.`,
  }));
  if (locksOut(policy, call, secret?.arn))
    ValidationErrors.push({
      CheckName: 'LOCKOUT',
      ErrorMessage:
        'The policy denies the caller secretsmanager:PutResourcePolicy, so that it could not be changed again.',
    });
  return { PolicyValidationPassed: ValidationErrors.length === 0, ValidationErrors };
};
