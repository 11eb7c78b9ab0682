import { defineService } from '../../kernel/service.ts';
import { access, resource } from './access.ts';
import { deliveryJob } from './delivery.ts';
import { digestJob } from './digests.ts';
import { GetEventSelectors, PutEventSelectors } from './event-selectors.ts';
import {
  GetInsightSelectors,
  ListInsightsData,
  ListInsightsMetricData,
  PutInsightSelectors,
} from './insight-selectors.ts';
import { GetTrailStatus, StartLogging, StopLogging } from './logging.ts';
import { LookupEvents } from './lookup.ts';
import { ListPublicKeys } from './signing-keys.ts';
import { AddTags, ListTags, RemoveTags } from './tags.ts';
import { CreateTrail, DeleteTrail, DescribeTrails, GetTrail, ListTrails, UpdateTrail } from './trails.ts';

/** AWS CloudTrail: who did what, when and from where. */
export const service = defineService<typeof import('@aws-sdk/client-cloudtrail')>({
  sdk: 'cloudtrail',
  operations: {
    AddTags,
    CreateTrail,
    DeleteTrail,
    DescribeTrails,
    GetEventSelectors,
    GetInsightSelectors,
    GetTrail,
    GetTrailStatus,
    ListInsightsData,
    ListInsightsMetricData,
    ListPublicKeys,
    ListTags,
    ListTrails,
    LookupEvents,
    PutEventSelectors,
    PutInsightSelectors,
    RemoveTags,
    StartLogging,
    StopLogging,
    UpdateTrail,
  },
  access,
  resource,
  jobs: {
    'cloudtrail/delivery': deliveryJob,
    'cloudtrail/digest': digestJob,
  },
});
