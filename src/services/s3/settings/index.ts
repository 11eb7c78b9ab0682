import type { Handlers } from '../../../kernel/service.ts';
import type { JobHandler } from '../../../kernel/jobs.ts';
import type { ServiceDefinition } from '../../../kernel/service.ts';

type Client = typeof import('@aws-sdk/client-s3');

/** Operations on the settings of buckets, and what time and events make of them. */
export const settings: Partial<Handlers<Client>> = {};
export const jobs: Record<string, JobHandler> = {};
export const cors: ServiceDefinition<Client>['cors'] = undefined;
export const web: ServiceDefinition<Client>['web'] = undefined;
