import {
  BedrockClient,
  CreateGuardrailVersionCommand,
  DeleteGuardrailCommand,
  GetGuardrailCommand,
  ListGuardrailsCommand,
} from '@aws-sdk/client-bedrock';
import Button from '@cloudscape-design/components/button';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Tabs from '@cloudscape-design/components/tabs';
import { useState } from 'react';
import { useNavigate, useParams } from 'react-router';
import { useAllPages, useCall, useRefresh, useSend } from '../../../aws/call.ts';
import { isMissing } from '../../../aws/failure.ts';
import { tellSuccess } from '../../../shell/notices.tsx';
import { AskFirst } from '../../../ui/ask-first.tsx';
import { FormModal } from '../../../ui/form-modal.tsx';
import { Failure } from '../../../ui/failure.tsx';
import { Loading, Page } from '../../../ui/page.tsx';
import { Bench } from './bench/bench.tsx';
import { Compare } from './bench/compare.tsx';
import { Overview } from './overview.tsx';
import { TestText } from './test-text.tsx';
import { Versions } from './versions.tsx';

/** One guardrail: its policies and versions, a text to try, and the test bench. */
export function Guardrail() {
  const { id, tab = 'overview' } = useParams();
  const navigate = useNavigate();
  const refresh = useRefresh();
  const send = useSend(BedrockClient);
  const [asking, setAsking] = useState<'version' | 'delete'>();
  const [description, setDescription] = useState('');
  const guardrail = useCall(BedrockClient, GetGuardrailCommand, { guardrailIdentifier: id });
  const versions = useAllPages(
    BedrockClient,
    ListGuardrailsCommand,
    { guardrailIdentifier: id },
    {
      input: 'nextToken',
      items: ({ guardrails }) => guardrails,
    },
  );
  const name = guardrail.data?.name ?? id!;
  const numbers = (versions.data ?? []).map(({ version }) => version!);
  const known = numbers.includes('DRAFT') ? numbers : ['DRAFT', ...numbers];
  const href = `/bedrock/guardrails/${id}`;

  return (
    <Page
      title={name}
      trail={[
        { text: 'Amazon Bedrock', href: '#/bedrock/models' },
        { text: 'Guardrails', href: '#/bedrock/guardrails' },
      ]}
      actions={
        <SpaceBetween direction="horizontal" size="xs">
          <Button onClick={() => setAsking('delete')}>Delete</Button>
          <Button href={`#${href}/edit`}>Edit draft</Button>
          <Button variant="primary" onClick={() => setAsking('version')}>
            Create version
          </Button>
        </SpaceBetween>
      }
    >
      {isMissing(guardrail.error) ? (
        <Failure error={guardrail.error} retry={() => void refresh()} />
      ) : (
        <Tabs
          ariaLabel="Parts of the guardrail"
          activeTabId={tab}
          onChange={({ detail }) =>
            void navigate(detail.activeTabId === 'overview' ? href : `${href}/${detail.activeTabId}`)
          }
          tabs={[
            {
              id: 'overview',
              label: 'Overview',
              content: guardrail.data ? (
                <Overview guardrail={guardrail.data} versions={known} />
              ) : guardrail.error ? (
                <Failure error={guardrail.error} retry={() => void refresh()} />
              ) : (
                <Loading />
              ),
            },
            {
              id: 'versions',
              label: 'Versions',
              content: (
                <Versions
                  id={id!}
                  versions={versions.data}
                  error={versions.error}
                  refreshing={versions.isFetching}
                  create={() => setAsking('version')}
                />
              ),
            },
            { id: 'test', label: 'Test', content: <TestText id={id!} versions={known} /> },
            { id: 'bench', label: 'Test bench', content: <Bench id={id!} name={name} versions={known} /> },
            { id: 'compare', label: 'Compare versions', content: <Compare id={id!} versions={known} /> },
          ]}
        />
      )}
      {asking === 'version' && (
        <FormModal
          title={`Create a version of ${name}`}
          action="Create version"
          close={() => setAsking(undefined)}
          submit={async () => {
            const { version } = await send(CreateGuardrailVersionCommand, {
              guardrailIdentifier: id,
              ...(description.trim() === '' ? {} : { description: description.trim() }),
            });
            tellSuccess(`Version ${version} of ${name} is created.`);
            setDescription('');
            await refresh();
          }}
        >
          <SpaceBetween size="m">
            <span>The draft as it is now is kept under the next number, and never changes there.</span>
            <FormField label="Description - optional">
              <Input value={description} onChange={({ detail }) => setDescription(detail.value)} />
            </FormField>
          </SpaceBetween>
        </FormModal>
      )}
      {asking === 'delete' && (
        <AskFirst
          title={`Delete guardrail ${name}?`}
          typed="delete"
          action="Delete"
          close={() => setAsking(undefined)}
          act={async () => {
            await send(DeleteGuardrailCommand, { guardrailIdentifier: id });
            tellSuccess(`Guardrail ${name} is deleted.`);
            await navigate('/bedrock/guardrails');
            await refresh();
          }}
        >
          The draft and all versions go. Calls that name this guardrail fail from then on.
        </AskFirst>
      )}
    </Page>
  );
}
