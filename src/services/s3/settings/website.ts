import type { RoutingRule, WebsiteConfiguration } from '@aws-sdk/client-s3';
import type { Handlers } from '../../../kernel/service.ts';
import { invalidArgument, invalidRequest, malformedXml } from '../errors.ts';
import { missing } from './errors.ts';
import { ROUTING_RULES_MAX } from './limits.ts';
import { deleteSetting, getSetting, putSetting } from './setting.ts';

type S3 = Handlers<typeof import('@aws-sdk/client-s3')>;

export const PutBucketWebsite: S3['PutBucketWebsite'] = async (call, input) => {
  const website = input.WebsiteConfiguration;
  if (!website) throw malformedXml();
  check(website);
  await putSetting(call, input, 'website', website);
  return {};
};

export const GetBucketWebsite: S3['GetBucketWebsite'] = async (call, input) => {
  const { bucket, value } = await getSetting(call, input, 'website');
  if (!value)
    throw missing(
      'NoSuchWebsiteConfiguration',
      'The specified bucket does not have a website configuration',
      bucket.name,
    );
  return value;
};

export const DeleteBucketWebsite: S3['DeleteBucketWebsite'] = async (call, input) => {
  await deleteSetting(call, input, 'website');
  return {};
};

function check({ IndexDocument, ErrorDocument, RedirectAllRequestsTo, RoutingRules }: WebsiteConfiguration): void {
  if (RedirectAllRequestsTo) {
    if (!RedirectAllRequestsTo.HostName) throw malformedXml();
    if (IndexDocument || ErrorDocument || RoutingRules?.length)
      throw invalidArgument(
        'RedirectAllRequestsTo cannot be provided in conjunction with other Routing Rules.',
        'RedirectAllRequestsTo',
        'not null',
      );
    checkProtocol(RedirectAllRequestsTo.Protocol);
    return;
  }
  const suffix = IndexDocument?.Suffix;
  if (!IndexDocument)
    throw invalidArgument(
      'A value for IndexDocument Suffix must be provided if RedirectAllRequestsTo is empty',
      'IndexDocument',
      'null',
    );
  if (!suffix || suffix.includes('/'))
    throw invalidArgument('The IndexDocument Suffix is not well formed', 'IndexDocument', suffix ?? '');
  if (ErrorDocument && !ErrorDocument.Key)
    throw invalidArgument('The ErrorDocument Key is not well formed', 'ErrorDocument', ErrorDocument.Key ?? '');
  if ((RoutingRules?.length ?? 0) > ROUTING_RULES_MAX)
    throw invalidRequest(
      `${RoutingRules!.length} routing rules provided, the number of routing rules in a website configuration is limited to ${ROUTING_RULES_MAX}.`,
    );
  for (const rule of RoutingRules ?? []) checkRule(rule);
}

function checkRule({ Redirect, Condition }: RoutingRule): void {
  if (!Redirect || Object.values(Redirect).every((value) => value === undefined)) throw malformedXml();
  if (Redirect.ReplaceKeyPrefixWith !== undefined && Redirect.ReplaceKeyWith !== undefined)
    throw invalidRequest('You can only define ReplaceKeyPrefix or ReplaceKey but not both.');
  if (Condition && Condition.KeyPrefixEquals === undefined && Condition.HttpErrorCodeReturnedEquals === undefined)
    throw invalidRequest(
      "Condition cannot be empty. To redirect all requests without a condition, the condition element shouldn't be present.",
    );
  const code = Condition?.HttpErrorCodeReturnedEquals;
  if (code !== undefined && !/^[45]\d\d$/.test(code))
    throw invalidRequest(`The provided HTTP error code (${code}) is not valid. Valid codes are 4XX or 5XX.`);
  if (Redirect.HttpRedirectCode !== undefined && !/^3(0[1-9]|\d[1-9])$/.test(Redirect.HttpRedirectCode))
    throw invalidRequest(
      `The provided HTTP redirect code (${Redirect.HttpRedirectCode}) is not valid. Valid codes are 3XX except 300.`,
    );
  checkProtocol(Redirect.Protocol);
}

function checkProtocol(protocol: string | undefined): void {
  if (protocol !== undefined && protocol !== 'http' && protocol !== 'https')
    throw invalidRequest(
      'Invalid protocol, protocol can be http or https. If not defined the protocol will be selected automatically.',
    );
}
