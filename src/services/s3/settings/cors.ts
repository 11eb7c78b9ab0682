import type { CORSRule } from '@aws-sdk/client-s3';
import { AwsError } from '../../../kernel/errors.ts';
import type { Handlers, ServiceDefinition } from '../../../kernel/service.ts';
import { buckets } from '../records.ts';
import { invalidRequest, malformedXml } from '../errors.ts';
import { missing } from './errors.ts';
import { CORS_RULES_MAX, RULE_ID_LENGTH_MAX } from './limits.ts';
import { deleteSetting, getSetting, putSetting } from './setting.ts';
import { readSetting } from './stored.ts';
import { websiteBucket } from './website-host.ts';

type S3 = Handlers<typeof import('@aws-sdk/client-s3')>;

const METHODS = new Set(['GET', 'PUT', 'HEAD', 'POST', 'DELETE']);

export const PutBucketCors: S3['PutBucketCors'] = async (call, input) => {
  const rules = input.CORSConfiguration?.CORSRules;
  if (!rules || rules.length === 0 || rules.length > CORS_RULES_MAX) throw malformedXml();
  rules.forEach(check);
  await putSetting(call, input, 'cors', { CORSRules: rules });
  return {};
};

export const GetBucketCors: S3['GetBucketCors'] = async (call, input) => {
  const { bucket, value } = await getSetting(call, input, 'cors');
  if (!value) throw missing('NoSuchCORSConfiguration', 'The CORS configuration does not exist', bucket.name);
  return { CORSRules: value.CORSRules };
};

export const DeleteBucketCors: S3['DeleteBucketCors'] = async (call, input) => {
  await deleteSetting(call, input, 'cors');
  return {};
};

function check({ ID, AllowedMethods, AllowedOrigins, AllowedHeaders, ExposeHeaders }: CORSRule): void {
  if (!AllowedMethods?.length || !AllowedOrigins?.length) throw malformedXml();
  if ((ID?.length ?? 0) > RULE_ID_LENGTH_MAX) throw malformedXml();
  for (const method of AllowedMethods) {
    if (!METHODS.has(method))
      throw invalidRequest(`Found unsupported HTTP method in CORS config. Unsupported method is ${method}`);
  }
  for (const origin of AllowedOrigins) {
    if (wildcards(origin) > 1) throw invalidRequest(`AllowedOrigin "${origin}" can not have more than one wildcard.`);
  }
  for (const header of AllowedHeaders ?? []) {
    if (wildcards(header) > 1) throw invalidRequest(`AllowedHeader "${header}" can not have more than one wildcard.`);
  }
  for (const header of ExposeHeaders ?? []) {
    if (!/^[\w!#$%&'*+.^`|~-]+$/.test(header)) throw invalidRequest(`ExposeHeader "${header}" is no header name.`);
    if (wildcards(header) > 0) {
      throw invalidRequest(
        `ExposeHeader "${header}" contains wildcard. We currently do not support wildcard for ExposeHeader.`,
      );
    }
  }
}

const wildcards = (text: string) => text.split('*').length - 1;

/**
 * The headers that let a page of `origin` send the request or read its answer, from the first rule that fits. A preflight of a bucket
 * that has no rules, or is not there, is refused with S3's own words; one that no rule fits gives undefined.
 */
export const cors: NonNullable<ServiceDefinition['cors']> = async (kernel, request) => {
  const { host, origin, method, headers, preflight } = request;
  const name = websiteBucket(host) ?? request.bucket;
  if (name === undefined) return undefined;
  const rules = (await readSetting(kernel.store, name, 'cors'))?.CORSRules;
  if (!rules) {
    if (!preflight) return undefined;
    const message = (await kernel.store.get(buckets, [name]))
      ? 'CORS is not enabled for this bucket.'
      : 'Bucket not found';
    throw new AwsError('AccessForbidden', `CORSResponse: ${message}`, 403, { Method: method, ResourceType: 'BUCKET' });
  }
  const rule = rules.find(
    ({ AllowedMethods, AllowedOrigins, AllowedHeaders }) =>
      AllowedMethods!.includes(method) &&
      AllowedOrigins!.some((pattern) => fits(pattern, origin)) &&
      headers.every((header) => AllowedHeaders?.some((pattern) => fits(pattern.toLowerCase(), header.toLowerCase()))),
  );
  if (!rule) return undefined;
  const anyone = rule.AllowedOrigins!.includes('*');
  return {
    'access-control-allow-origin': anyone ? '*' : origin,
    ...(anyone ? {} : { 'access-control-allow-credentials': 'true' }),
    'access-control-allow-methods': rule.AllowedMethods!.join(', '),
    ...(headers.length > 0
      ? { 'access-control-allow-headers': headers.map((name) => name.toLowerCase()).join(', ') }
      : {}),
    ...(rule.ExposeHeaders?.length ? { 'access-control-expose-headers': rule.ExposeHeaders.join(', ') } : {}),
    ...(preflight && rule.MaxAgeSeconds !== undefined ? { 'access-control-max-age': String(rule.MaxAgeSeconds) } : {}),
    vary: 'Origin, Access-Control-Request-Headers, Access-Control-Request-Method',
  };
};

/** One `*` stands for any text. */
function fits(pattern: string, text: string): boolean {
  const at = pattern.indexOf('*');
  if (at < 0) return pattern === text;
  const [head, tail] = [pattern.slice(0, at), pattern.slice(at + 1)];
  return text.length >= head.length + tail.length && text.startsWith(head) && text.endsWith(tail);
}
