import {
  CreateFoundationModelAgreement,
  DeleteFoundationModelAgreement,
  GetFoundationModelAvailability,
  GetUseCaseForModelAccess,
  ListFoundationModelAgreementOffers,
  PutUseCaseForModelAccess,
} from './agreements.ts';
import { GetAccountDataRetention, PutAccountDataRetention } from './data-retention.ts';
import {
  CreateInferenceProfile,
  DeleteInferenceProfile,
  GetInferenceProfile,
  ListInferenceProfiles,
} from './inference-profiles.ts';
import {
  DeleteModelInvocationLoggingConfiguration,
  GetModelInvocationLoggingConfiguration,
  PutModelInvocationLoggingConfiguration,
} from './invocation-logging.ts';
import { GetFoundationModel, ListFoundationModels } from './models.ts';
import { CreatePromptRouter, DeletePromptRouter, GetPromptRouter, ListPromptRouters } from './prompt-routers.ts';
import {
  CreateProvisionedModelThroughput,
  DeleteProvisionedModelThroughput,
  GetProvisionedModelThroughput,
  ListProvisionedModelThroughputs,
  UpdateProvisionedModelThroughput,
} from './provisioned-throughput.ts';
import { DeleteResourcePolicy, GetResourcePolicy, PutResourcePolicy } from './resource-policies.ts';
import { ListTagsForResource, TagResource, UntagResource } from './tags.ts';

/** Models and what calls to them go through, and what all resources have. */
export const modelOperations = {
  CreateFoundationModelAgreement,
  CreateInferenceProfile,
  CreatePromptRouter,
  CreateProvisionedModelThroughput,
  DeleteFoundationModelAgreement,
  DeleteInferenceProfile,
  DeleteModelInvocationLoggingConfiguration,
  DeletePromptRouter,
  DeleteProvisionedModelThroughput,
  DeleteResourcePolicy,
  GetAccountDataRetention,
  GetFoundationModel,
  GetFoundationModelAvailability,
  GetInferenceProfile,
  GetModelInvocationLoggingConfiguration,
  GetPromptRouter,
  GetProvisionedModelThroughput,
  GetResourcePolicy,
  GetUseCaseForModelAccess,
  ListFoundationModelAgreementOffers,
  ListFoundationModels,
  ListInferenceProfiles,
  ListPromptRouters,
  ListProvisionedModelThroughputs,
  ListTagsForResource,
  PutAccountDataRetention,
  PutModelInvocationLoggingConfiguration,
  PutResourcePolicy,
  PutUseCaseForModelAccess,
  TagResource,
  UntagResource,
  UpdateProvisionedModelThroughput,
};
