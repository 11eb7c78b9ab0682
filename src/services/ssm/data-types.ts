import { isIPv4, isIPv6 } from 'node:net';
import { invalid, notHonoured } from './errors.ts';

/**
 * Data types of parameters, and what a value of each looks like. Source: User Guide, "Working with parameter data types in Parameter
 * Store".
 */
const CHECKS: Record<string, (value: string) => boolean> = {
  text: () => true,
  boolean: (value) => /^(true|false)$/i.test(value),
  integer: (value) => /^[+-]?\d+$/.test(value),
  float: (value) => /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(value),
  hostname: (value) => value.length <= 253 && value.split('.').every((label) => HOST_LABEL.test(label)),
  email: (value) =>
    /^[^\s@]{1,64}@[^\s@]+$/.test(value) && CHECKS['hostname']!(value.slice(value.lastIndexOf('@') + 1)),
  'ipv4-address': (value) => isIPv4(value),
  'ipv6-address': (value) => isIPv6(value),
  url: (value) => URL.canParse(value),
  json: isJson,
  'aws:region': (value) => /^[a-z]{2}(-[a-z]+)+-\d$/.test(value),
  'aws:account:id': (value) => /^\d{12}$/.test(value),
};

const HOST_LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i;

/** Why a type is refused that AWS has. */
const REFUSED: Record<string, string> = {
  'aws:ec2:image': 'there are no images (Amazon EC2) that the value could be held against.',
  'aws:ssm:integration': 'there are no integrations that the value could be held against.',
  binary: 'AWS does not publish what a value of it looks like.',
  jsonc: 'only plain JSON is checked.',
};

/** Only advanced parameters may have them. Source: API Reference, PutParameter. */
export const ADVANCED_TYPES: ReadonlySet<string> = new Set(['url', 'json', 'jsonc']);

function isJson(value: string): boolean {
  try {
    JSON.parse(value);
    return true;
  } catch {
    return false;
  }
}

/** Throws ValidationException when the value is none of the type, NotImplemented when that cannot be told. */
export function checkDataType(dataType: string, type: string, value: string): void {
  if (Object.hasOwn(REFUSED, dataType)) throw notHonoured(`The data type ${dataType}`, REFUSED[dataType]!);
  const check = Object.hasOwn(CHECKS, dataType) ? CHECKS[dataType]! : undefined;
  if (!check)
    throw invalid(`The following data type is not supported: ${dataType} (Data type names are all lowercase.)`);
  if (dataType !== 'text' && type !== 'String')
    throw invalid(`The data type ${dataType} is supported for parameters of type String only.`);
  if (!check(value)) throw invalid(`The parameter value is not a valid ${dataType}.`);
}
