import { AwsError } from '../../../kernel/errors.ts';
import { denied } from './errors.ts';

/** What the policy of a form lets be uploaded. */
export type SizeRange = { min: number; max: number };

/** Fields that a policy need not speak of. */
const FREE = new Set(['policy', 'x-amz-signature', 'awsaccesskeyid', 'signature', 'file', 'bucket']);

const invalid = (message: string) => new AwsError('InvalidPolicyDocument', `Invalid Policy: ${message}`);
const failed = (message: string) => denied(`Invalid according to Policy: ${message}`);

/**
 * Checks the fields of a form against its policy (base64): the time, every condition, and that no field is beside them. Returns the sizes
 * that the file may have. Throws InvalidPolicyDocument, and AccessDenied for what the policy does not allow. Source: S3 API Reference,
 * "POST Policy".
 *
 * @param nowMs real time, as the policy's expiry is the page's
 */
export function checkFormPolicy(
  encoded: string,
  fields: Map<string, string>,
  bucket: string,
  nowMs: number,
): SizeRange {
  let document: { expiration?: unknown; conditions?: unknown };
  try {
    document = JSON.parse(Buffer.from(encoded, 'base64').toString('utf8')) as typeof document;
  } catch {
    throw invalid('Invalid JSON.');
  }
  if (typeof document !== 'object' || document === null) throw invalid('Invalid JSON.');
  if (typeof document.expiration !== 'string') throw invalid('Policy missing expiration.');
  const expiry = Date.parse(document.expiration);
  if (Number.isNaN(expiry)) throw invalid(`Invalid 'expiration' value: '${document.expiration}'`);
  if (!Array.isArray(document.conditions)) throw invalid('Policy missing conditions.');
  if (expiry <= nowMs) throw failed('Policy expired.');
  const values = new Map([...fields, ['bucket', bucket] as const]);
  const range: SizeRange = { min: 0, max: Infinity };
  const covered = new Set<string>();
  for (const condition of document.conditions as unknown[]) checkCondition(condition, values, covered, range);
  const extra = [...fields.keys()].filter(
    (name) => !FREE.has(name) && !name.startsWith('x-ignore-') && !covered.has(name),
  );
  if (extra.length > 0) throw failed(`Extra input fields: ${extra.join(', ')}`);
  return range;
}

function checkCondition(condition: unknown, values: Map<string, string>, covered: Set<string>, range: SizeRange): void {
  if (Array.isArray(condition)) {
    const [operator, field, value] = condition as unknown[];
    const kind = typeof operator === 'string' ? operator.toLowerCase() : '';
    if (condition.length !== 3) throw invalid(`Invalid Condition: ${JSON.stringify(condition)}`);
    if (kind === 'content-length-range') {
      range.min = sizeOf(field);
      range.max = sizeOf(value);
      return;
    }
    if (
      (kind !== 'eq' && kind !== 'starts-with') ||
      typeof field !== 'string' ||
      !field.startsWith('$') ||
      typeof value !== 'string'
    )
      throw invalid(`Invalid Condition: ${JSON.stringify(condition)}`);
    return checkField(kind, field.slice(1).toLowerCase(), value, values, covered, condition);
  }
  if (typeof condition !== 'object' || condition === null)
    throw invalid(`Invalid Condition: ${JSON.stringify(condition)}`);
  for (const [field, value] of Object.entries(condition))
    checkField('eq', field.toLowerCase(), String(value), values, covered, ['eq', `$${field}`, String(value)]);
}

function checkField(
  kind: 'eq' | 'starts-with',
  field: string,
  wanted: string,
  values: Map<string, string>,
  covered: Set<string>,
  told: unknown,
): void {
  covered.add(field);
  const actual = values.get(field) ?? '';
  // Of a list of types, as file inputs have them, each must fit.
  const parts = kind === 'starts-with' && field === 'content-type' ? actual.split(',') : [actual];
  const fits = parts.every((part) => (kind === 'eq' ? part === wanted : part.startsWith(wanted)));
  if (!fits) throw failed(`Policy Condition failed: ${JSON.stringify(told)}`);
}

function sizeOf(value: unknown): number {
  const size = Number(value);
  if (!Number.isSafeInteger(size) || size < 0) throw invalid(`Invalid content-length-range: ${String(value)}`);
  return size;
}
