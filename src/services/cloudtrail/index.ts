import { defineService } from '../../kernel/service.ts';
import { access, resource } from './access.ts';
import { deliveryJob } from './delivery.ts';
import { DeregisterOrganizationDelegatedAdmin, RegisterOrganizationDelegatedAdmin } from './organization.ts';
import { digestJob } from './digests.ts';
import {
  CreateEventDataStore,
  DeleteEventDataStore,
  GetEventDataStore,
  ListEventDataStores,
  removalJob,
  RestoreEventDataStore,
  StartEventDataStoreIngestion,
  StopEventDataStoreIngestion,
  UpdateEventDataStore,
} from './event-data-stores.ts';
import { GetEventSelectors, PutEventSelectors } from './event-selectors.ts';
import {
  askOfStartImport,
  GetImport,
  importJob,
  ListImportFailures,
  ListImports,
  StartImport,
  StopImport,
} from './imports.ts';
import {
  GetInsightSelectors,
  ListInsightsData,
  ListInsightsMetricData,
  PutInsightSelectors,
} from './insight-selectors.ts';
import { GetTrailStatus, StartLogging, StopLogging } from './logging.ts';
import { LookupEvents } from './lookup.ts';
import { CancelQuery, DescribeQuery, GetQueryResults, ListQueries, queryJob, StartQuery } from './queries.ts';
import { DeleteResourcePolicy, GetResourcePolicy, PutResourcePolicy } from './resource-policies.ts';
import { ListPublicKeys } from './signing-keys.ts';
import { AddTags, ListTags, RemoveTags } from './tags.ts';
import { CreateTrail, DeleteTrail, DescribeTrails, GetTrail, ListTrails, UpdateTrail } from './trails.ts';

/** AWS CloudTrail: who did what, when and from where. */
export const service = defineService<typeof import('@aws-sdk/client-cloudtrail')>({
  sdk: 'cloudtrail',
  operations: {
    AddTags,
    CancelQuery,
    CreateEventDataStore,
    CreateTrail,
    DeleteEventDataStore,
    DeleteResourcePolicy,
    DeleteTrail,
    DeregisterOrganizationDelegatedAdmin,
    DescribeQuery,
    DescribeTrails,
    GetEventDataStore,
    GetEventSelectors,
    GetImport,
    GetInsightSelectors,
    GetQueryResults,
    GetResourcePolicy,
    GetTrail,
    GetTrailStatus,
    ListEventDataStores,
    ListImportFailures,
    ListImports,
    ListInsightsData,
    ListInsightsMetricData,
    ListPublicKeys,
    ListQueries,
    ListTags,
    ListTrails,
    LookupEvents,
    PutEventSelectors,
    PutInsightSelectors,
    PutResourcePolicy,
    RegisterOrganizationDelegatedAdmin,
    RemoveTags,
    RestoreEventDataStore,
    StartEventDataStoreIngestion,
    StartImport,
    StartLogging,
    StartQuery,
    StopEventDataStoreIngestion,
    StopImport,
    StopLogging,
    UpdateEventDataStore,
    UpdateTrail,
  },
  access,
  asks: { StartImport: askOfStartImport },
  resource,
  jobs: {
    'cloudtrail/delivery': deliveryJob,
    'cloudtrail/digest': digestJob,
    'cloudtrail/import': importJob,
    'cloudtrail/query': queryJob,
    'cloudtrail/removal': removalJob,
  },
});
