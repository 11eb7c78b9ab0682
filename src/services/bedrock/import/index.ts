import { CreateModelImportJob, GetModelImportJob, jobAccess, ListModelImportJobs } from './jobs.ts';
import { DeleteImportedModel, GetImportedModel, ListImportedModels, modelAccess } from './models.ts';
import { importJob } from './run.ts';

export const importOperations = {
  CreateModelImportJob,
  DeleteImportedModel,
  GetImportedModel,
  GetModelImportJob,
  ListImportedModels,
  ListModelImportJobs,
};

export const importAccess = { ...jobAccess, ...modelAccess };

export const importJobs = { 'bedrock/model-import': importJob };
