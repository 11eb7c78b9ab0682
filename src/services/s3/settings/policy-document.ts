import { parsePolicy, PolicyError, readPolicy, type Policy, type Statement } from '../../../engines/policy/policy.ts';
import { AwsError } from '../../../kernel/errors.ts';

/** Bucket policy documents: checked as S3 checks them, in its words, and judged for being public. */
const malformed = (message: string) => new AwsError('MalformedPolicy', message);

/** Throws MalformedPolicy with S3's words. */
export function checkBucketPolicy(text: string, bucket: string): void {
  const document = readDocument(text);
  let policy: Policy;
  try {
    policy = readPolicy(document, 'resource');
  } catch (error) {
    throw error instanceof PolicyError ? malformed(inWordsOfS3(error)) : error;
  }
  if (policy.statements.length === 0) throw malformed('Could not parse the policy: Statement is empty!');
  for (const statement of policy.statements) checkStatement(statement, bucket);
}

function readDocument(text: string): unknown {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    document = undefined;
  }
  if (document === undefined || !text.startsWith('{'))
    throw malformed("Policies must be valid JSON and the first byte must be '{'");
  return document;
}

/** S3 tells of the same faults with other texts than IAM. */
function inWordsOfS3({ message, element }: PolicyError): string {
  const field = /unknown field (\w+)/.exec(message)?.[1];
  if (field !== undefined) return `Unknown field ${field}`;
  if (element === 'Version') return 'The policy must contain a valid version string';
  if (message.startsWith('Missing required field')) return message;
  const effect = /^Invalid effect: "?(.*?)"?$/.exec(message)?.[1];
  if (effect !== undefined) return `Invalid effect: ${effect}`;
  if (message.startsWith('Invalid Condition type')) return message.replace(/\.$/, '');
  if (element === 'Statement' && message.startsWith('Syntax')) return 'Missing required field Statement';
  const missing = /must contain (action|resource)s/.exec(message)?.[1];
  if (missing !== undefined) return `Missing required field ${missing === 'action' ? 'Action' : 'Resource'}`;
  if (message.includes('prefaced by a vendor') && element.includes('.Condition'))
    return 'Policy has an invalid condition key';
  if (element.endsWith('.Action')) return 'Policy has invalid action';
  if (element.endsWith('.Resource')) return 'Policy has invalid resource';
  if (element.endsWith('.Principal')) return 'Invalid principal in policy';
  return message.startsWith('Syntax') ? 'Invalid policy syntax.' : message;
}

const OWN_ACTION = /^(\*|s3:[a-z*?]+)$/i;
const PRINCIPAL = /^(\*|\d{12}|arn:aws[a-z-]*:(iam|sts)::(\d{12}|cloudfront|aws):.+|A[A-Z0-9]{15,})$/;

function checkStatement(statement: Statement, bucket: string): void {
  const { actions, notAction, notResource, principal } = statement;
  const resources = statement.resources.map(({ text }) => text);
  if (actions.some((action) => !OWN_ACTION.test(action))) throw malformed('Policy has invalid action');
  const own = new RegExp(`^arn:(aws|aws-cn|aws-us-gov|\\*):s3:::${bucket.replaceAll('.', '\\.')}(/.*)?$`, 's');
  if (resources.some((resource) => !own.test(resource))) throw malformed('Policy has invalid resource');
  if (!notAction && !notResource) checkPairs(actions, resources);
  if ([...(principal?.aws ?? [])].some((one) => !PRINCIPAL.test(one))) throw malformed('Invalid principal in policy');
}

/** Actions on objects need a resource below the bucket, actions on the bucket the bucket itself. */
function checkPairs(actions: readonly string[], resources: string[]): void {
  for (const action of actions) {
    if (action.includes('*') || action.includes('?')) continue;
    const onObjects =
      /Object|MultipartUploadParts|AbortMultipartUpload|ReplicateDelete|ReplicateTags|BypassGovernance/.test(action) &&
      !/^s3:(Get|Put)Bucket/.test(action);
    if (!resources.some((resource) => resource.includes('/') === onObjects || resource.endsWith('*')))
      throw malformed('Action does not apply to any resource(s) in statement');
  }
}

/** Keys that tie a statement down to callers known beforehand. */
const FIXING = new Set([
  'aws:sourceip',
  'aws:sourcearn',
  'aws:sourcevpc',
  'aws:sourcevpce',
  'aws:sourceowner',
  'aws:sourceaccount',
  'aws:userid',
  'aws:principalorgid',
  'aws:principalorgpaths',
  'aws:principalarn',
  'aws:principalaccount',
  's3:x-amz-server-side-encryption-aws-kms-key-id',
  's3:dataaccesspointarn',
  's3:dataaccesspointaccount',
]);
const FIXING_OPERATOR = /^(ForAnyValue:)?(StringEquals|StringEqualsIgnoreCase|StringLike|ArnEquals|ArnLike|IpAddress)$/;
/** Address ranges broader than these are everybody's. */
const IPV4_PREFIX_MIN = 8;
const IPV6_PREFIX_MIN = 32;

/** Whether a policy that was checked lets in callers that nothing ties down. Source: S3 User Guide, 'The meaning of "public"'. */
export function isPublicPolicy(text: string): boolean {
  return parsePolicy(text, 'resource').statements.some(
    (statement) => statement.effect === 'Allow' && namesAnyone(statement) && !isTiedDown(statement),
  );
}

const namesAnyone = ({ principal, notPrincipal }: Statement) => notPrincipal || principal?.all === true;

const isTiedDown = ({ conditions }: Statement) =>
  conditions.some(
    ({ operator, key, values }) =>
      FIXING_OPERATOR.test(operator) && FIXING.has(key) && values.every((value) => isFixed(key, value)),
  );

function isFixed(key: string, value: string): boolean {
  if (key === 'aws:sourceip') {
    const [address = '', prefix] = value.split('/');
    return prefix === undefined || Number(prefix) >= (address.includes(':') ? IPV6_PREFIX_MIN : IPV4_PREFIX_MIN);
  }
  // Of an ARN the account must be told; of everything else all must be.
  if (key === 'aws:sourcearn' || key === 'aws:principalarn')
    return /^arn:[^:*?]+:[^:*?]+:[^:]*:\d{12}:/.test(value) || !/[*?]/.test(value);
  return !/[*?]/.test(value) && !value.includes('${');
}
