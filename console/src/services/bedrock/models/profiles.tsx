import { BedrockClient, ListInferenceProfilesCommand, type InferenceProfileSummary } from '@aws-sdk/client-bedrock';
import Box from '@cloudscape-design/components/box';
import Link from '@cloudscape-design/components/link';
import { useAllPages, useRefresh } from '../../../aws/call.ts';
import { Empty } from '../../../ui/empty.tsx';
import { ResourceTable, type ResourceColumn } from '../../../ui/resource-table.tsx';
import { chatHref } from './chat-href.ts';
import { modelHref } from './foundation-models.tsx';

/** AWS's cross-region profiles that can be called from here, and the account's own. */
export function useProfiles() {
  const page = (typeEquals: 'SYSTEM_DEFINED' | 'APPLICATION') => ({ typeEquals, maxResults: 1000 });
  const reading = {
    items: ({ inferenceProfileSummaries }: { inferenceProfileSummaries?: InferenceProfileSummary[] | undefined }) =>
      inferenceProfileSummaries,
    input: 'nextToken',
  };
  const system = useAllPages(BedrockClient, ListInferenceProfilesCommand, page('SYSTEM_DEFINED'), reading);
  const own = useAllPages(BedrockClient, ListInferenceProfilesCommand, page('APPLICATION'), reading);
  return {
    data: system.data && own.data ? [...own.data, ...system.data] : undefined,
    error: system.error ?? own.error,
    isFetching: system.isFetching || own.isFetching,
  };
}

/** What a call names to go through a profile: AWS's by id, one's own by ARN. */
export const callableId = ({ type, inferenceProfileId, inferenceProfileArn }: InferenceProfileSummary): string =>
  (type === 'APPLICATION' ? inferenceProfileArn : inferenceProfileId) ?? '';

export const modelOfArn = (arn: string | undefined): string => arn?.slice(arn.indexOf('/') + 1) ?? '';

const COLUMNS: ResourceColumn<InferenceProfileSummary>[] = [
  {
    id: 'name',
    header: 'Profile',
    isRowHeader: true,
    width: 270,
    value: (profile) => `${profile.inferenceProfileName} ${callableId(profile)}`,
    cell: (profile) => (
      <>
        {profile.inferenceProfileName}
        <Box variant="small" display="block">
          {callableId(profile)}
        </Box>
      </>
    ),
  },
  {
    id: 'type',
    header: 'Type',
    width: 120,
    cell: ({ type }) => (type === 'APPLICATION' ? 'Application' : 'Cross-region'),
  },
  {
    id: 'model',
    header: 'Model',
    width: 220,
    value: ({ models }) => modelOfArn(models?.[0]?.modelArn),
    cell: ({ models }) => {
      const id = modelOfArn(models?.[0]?.modelArn);
      return <Link href={modelHref(id)}>{id}</Link>;
    },
  },
  {
    id: 'regions',
    header: 'Regions',
    width: 150,
    value: ({ models }) => regionsOf(models),
    cell: ({ models }) => regionsOf(models),
  },
  {
    id: 'chat',
    header: 'Chat',
    width: 90,
    value: () => '',
    cell: (profile) => (
      <Link href={chatHref(callableId(profile))} ariaLabel={`Chat with ${callableId(profile)}`}>
        Chat
      </Link>
    ),
  },
];

export function Profiles() {
  const { data, error, isFetching } = useProfiles();
  const refresh = useRefresh();
  return (
    <ResourceTable<InferenceProfileSummary>
      title="Inference profiles"
      noun="profile"
      items={data}
      error={error}
      idOf={({ inferenceProfileArn }) => inferenceProfileArn!}
      refresh={() => void refresh()}
      refreshing={isFetching}
      columns={COLUMNS}
      empty={
        <Empty title="No inference profiles" code={[SAMPLE]}>
          A profile of your own carries tags by which costs are told apart.
        </Empty>
      }
    />
  );
}

const SAMPLE = {
  serviceId: 'Bedrock',
  operation: 'CreateInferenceProfile',
  input: {
    inferenceProfileName: 'team-a',
    modelSource: { copyFrom: 'arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0' },
    tags: [{ key: 'team', value: 'a' }],
  },
};

const regionsOf = (models: InferenceProfileSummary['models']): string =>
  [...new Set(models?.map(({ modelArn }) => modelArn?.split(':')[3] || 'global'))].join(', ');
