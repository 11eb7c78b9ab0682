import { defineService } from '../../kernel/service.ts';
import { access, resource } from './access.ts';
import { DeleteParameter, DeleteParameters } from './delete.ts';
import { DescribeParameters } from './describe.ts';
import { GetParameter, GetParameterHistory, GetParameters, GetParametersByPath } from './get.ts';
import { LabelParameterVersion, UnlabelParameterVersion } from './labels.ts';
import { POLICY_KIND, policyJob } from './policies.ts';
import { PutParameter } from './put.ts';
import { GetServiceSetting, ResetServiceSetting, UpdateServiceSetting } from './settings.ts';
import { DeleteResourcePolicy, GetResourcePolicies, PutResourcePolicy } from './sharing.ts';
import { AddTagsToResource, ListTagsForResource, RemoveTagsFromResource } from './tags.ts';

/** AWS Systems Manager, as far as Parameter Store. CloudTrail counts all of these operations as management events. */
export const service = defineService<typeof import('@aws-sdk/client-ssm')>({
  sdk: 'ssm',
  operations: {
    AddTagsToResource,
    DeleteParameter,
    DeleteParameters,
    DeleteResourcePolicy,
    DescribeParameters,
    GetParameter,
    GetParameterHistory,
    GetParameters,
    GetParametersByPath,
    GetResourcePolicies,
    GetServiceSetting,
    LabelParameterVersion,
    ListTagsForResource,
    PutParameter,
    PutResourcePolicy,
    RemoveTagsFromResource,
    ResetServiceSetting,
    UnlabelParameterVersion,
    UpdateServiceSetting,
  },
  access,
  resource,
  jobs: { [POLICY_KIND]: policyJob },
});
