import { copyAccess, copyJob, CreateModelCopyJob, GetModelCopyJob, ListModelCopyJobs } from './copies.ts';
import {
  CreateCustomModelDeployment,
  DeleteCustomModelDeployment,
  deploymentAccess,
  deploymentJob,
  GetCustomModelDeployment,
  ListCustomModelDeployments,
  UpdateCustomModelDeployment,
} from './deployments.ts';
import {
  CreateModelCustomizationJob,
  GetModelCustomizationJob,
  jobAccess,
  ListModelCustomizationJobs,
  StopModelCustomizationJob,
} from './jobs.ts';
import { CreateCustomModel, DeleteCustomModel, GetCustomModel, ListCustomModels, modelAccess } from './models.ts';
import { customizationJob, customizationStopJob } from './run.ts';

export const customizationOperations = {
  CreateCustomModel,
  CreateCustomModelDeployment,
  CreateModelCopyJob,
  CreateModelCustomizationJob,
  DeleteCustomModel,
  DeleteCustomModelDeployment,
  GetCustomModel,
  GetCustomModelDeployment,
  GetModelCopyJob,
  GetModelCustomizationJob,
  ListCustomModelDeployments,
  ListCustomModels,
  ListModelCopyJobs,
  ListModelCustomizationJobs,
  StopModelCustomizationJob,
  UpdateCustomModelDeployment,
};

export const customizationAccess = { ...copyAccess, ...deploymentAccess, ...jobAccess, ...modelAccess };

export const customizationJobs = {
  'bedrock/customization': customizationJob,
  'bedrock/customization-stop': customizationStopJob,
  'bedrock/deployment': deploymentJob,
  'bedrock/model-copy': copyJob,
};
