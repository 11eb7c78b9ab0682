import { pageToken, readPageToken } from '../../kernel/resources.ts';
import type { Handlers } from '../../kernel/service.ts';
import { invalid, invalidToken, notHonoured } from './errors.ts';
import { compileFilters, compileOldFilters, DESCRIBE_KEYS } from './filters.ts';
import { describePolicies } from './get.ts';
import { PAGE_DEFAULT } from './limits.ts';
import { parameters, type Parameter } from './records.ts';

type Ssm = Handlers<typeof import('@aws-sdk/client-ssm')>;

function describe({ name, arn, latest, policies }: Parameter) {
  return {
    Name: name,
    ARN: arn,
    Type: latest.type,
    ...(latest.secure ? { KeyId: latest.secure.keyId } : {}),
    LastModifiedDate: new Date(latest.modifiedAtMs),
    LastModifiedUser: latest.modifiedBy,
    ...(latest.description === undefined ? {} : { Description: latest.description }),
    ...(latest.allowedPattern === undefined ? {} : { AllowedPattern: latest.allowedPattern }),
    Version: latest.version,
    Tier: latest.tier,
    Policies: describePolicies(policies ? { policies } : {}),
    DataType: latest.dataType,
  };
}

/** The account's parameters in the region, by name, without their values. Source: API Reference, DescribeParameters. */
export const DescribeParameters: Ssm['DescribeParameters'] = async (call, input) => {
  if (input.Shared === true)
    throw notHonoured('The parameter Shared', 'AWS RAM, which lists what is shared, is not there.');
  if (input.Filters?.length && input.ParameterFilters?.length)
    throw invalid('You can use either Filters or ParameterFilters in a single request.');
  const byFilters = compileFilters(input.ParameterFilters ?? [], DESCRIBE_KEYS);
  const byOldFilters = compileOldFilters(input.Filters ?? []);
  const size = input.MaxResults ?? PAGE_DEFAULT;
  const after = readPageToken<{ after: string }>(input.NextToken, invalidToken)?.after;
  const place = [call.account, call.region];
  const page: Parameter[] = [];
  let more = false;
  for await (const { value } of call.kernel.store.all(
    parameters,
    place,
    after === undefined ? {} : { after: [...place, after] },
  )) {
    if (!byFilters(value) || !byOldFilters(value)) continue;
    if ((more = page.length === size)) break;
    page.push(value);
  }
  return {
    Parameters: page.map(describe),
    ...(more ? { NextToken: pageToken({ after: page.at(-1)!.name }) } : {}),
  };
};
